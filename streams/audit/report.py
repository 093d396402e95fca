"""What an audit tells: how far it is, and what it found."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from streams.audit.differences import Difference


class Gone(NamedTuple):
    """A source partition whose log has lost its beginning to retention; `first` is the first offset left."""

    topic: str
    partition: int
    first: int


class Report(NamedTuple):
    """What an audit found."""

    records: int
    subjects: int
    differences: Sequence[Difference]

    unsettled: int
    """How many subjects differed while records that may explain it were on their way."""

    more: bool
    """So many subjects differed at first that not all were looked at."""

    gone: Sequence[Gone]


class Progress(Protocol):
    """Is told how far an audit is."""

    def stage(self, what: str, steps: int | None = None) -> None:
        """Another stage begins, of so many steps if that is known."""

    def step(self, count: int = 1) -> None:
        """So many steps of the stage are done."""
