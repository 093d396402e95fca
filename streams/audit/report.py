"""What an audit, or a replay, found."""

from collections.abc import Sequence
from typing import NamedTuple

from streams.audit.differences import Difference


class Gone(NamedTuple):
    """A source partition whose log has lost its beginning to retention; `first` is the first offset left."""

    topic: str
    partition: int
    first: int


class Report(NamedTuple):
    """What was found: of how many records, in how many subjects (of a replay: videos)."""

    records: int
    subjects: int
    differences: Sequence[Difference]

    unsettled: int
    """How many subjects differed while records that may explain it were on their way."""

    more: bool
    """So many subjects differed at first that not all were looked at."""

    gone: Sequence[Gone]
