"""When things are told: the figures of damping and digests."""

from dataclasses import dataclass

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True)
class Rules:
    """All in milliseconds, but for `outage_limit`."""

    outage_wait: int = 48 * HOUR
    """An issue that recovers by itself is told once it has stood for so long."""

    outage_limit: int = 4
    """So many of them are told of a link ..."""

    outage_window: int = 14 * DAY
    """... in any period of this length; one that still stands when the period is over is told then."""

    digest_interval: int = HOUR
    """What is not urgent waits until this long after the creator's last message, and goes in one."""

    gather: int = 2 * SECOND
    """What is urgent waits this long for what else comes of the same event."""

    def __post_init__(self) -> None:
        for name in ("outage_wait", "digest_interval", "gather"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: at least 0 expected")
        if self.outage_limit < 1:
            raise ValueError("outage_limit: at least 1 expected, for else no outage is ever told")
        if self.outage_window <= self.outage_wait:
            raise ValueError("outage_window: longer than outage_wait expected, for else it limits nothing")
