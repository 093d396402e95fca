"""What the worker knows of tracing. OpenTelemetry is imported only when it is on."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from streams.intake import Keyed, unfollowed
from streams.runtime.records import Outgoing
from streams.runtime.step import StepSpec
from streams.runtime.task import Observer
from streams.settings import ENV_PREFIX, Settings, WrongSetting
from streams.topics import Topics


class Tracing(Protocol):
    """Spans of what a worker does."""

    def follow(self, keyed: list[Keyed], out: list[Outgoing], /) -> Iterable[Keyed]:
        """What steps are built with: which record comes of which."""

    def over(self, specs: Sequence[StepSpec]) -> list[StepSpec]:
        """The steps with a span for each batch, outermost: it ends when what is within fails."""

    def beside(self, observer: Observer) -> Observer:
        """`observer`, and the end of spans."""

    def close(self) -> None:
        """Send what is left, for a moment."""


class Off:
    """No tracing: everything is as it was."""

    def follow(self, keyed: list[Keyed], out: list[Outgoing], /) -> Iterable[Keyed]:
        return unfollowed(keyed, out)

    def over(self, specs: Sequence[StepSpec]) -> list[StepSpec]:
        return list(specs)

    def beside(self, observer: Observer) -> Observer:
        return observer

    def close(self) -> None:
        return None


def tracing(settings: Settings, topics: Topics) -> Tracing:
    """As the settings and OTEL_* say. Raises WrongSetting."""
    if settings.tracing == "off":
        return Off()
    try:
        from streams.tracing.provider import provider
        from streams.tracing.spans import On
    except ImportError as error:
        raise WrongSetting(
            f"{ENV_PREFIX}TRACING=on: OpenTelemetry is not installed "
            f"(pip install 'product-link-status[tracing]'): {error}"
        ) from None
    return On(provider(), settings.consumer_group, topics)
