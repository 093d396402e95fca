"""How a setting is refused: by its name, and with the reason."""

ENV_PREFIX = "NOTIFIER_"


class WrongSetting(Exception):
    """A setting makes no sense. Its text names each such setting and says why."""


def wrong(field: str, why: str) -> ValueError:
    """What a validator raises."""
    return ValueError(f"{ENV_PREFIX}{field.upper()}: {why}")
