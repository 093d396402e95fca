"""How far a worker is behind in its input partitions: in records, in seconds, and whether it gets on."""

import time
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from aiokafka.structs import TopicPartition

from streams.runtime.records import Batch, Effects

_UNKNOWN: Mapping[TopicPartition, int] = MappingProxyType({})


class Lag:
    """Kept by finished batches, and by asking the brokers where partitions end.

    Seconds are those since the last moment at which nothing was missing: the timestamp of the last record
    processed or, if that is later, the last time that nothing was left. That is the age of the oldest record
    that waits, or a little more. `now` is in epoch milliseconds, `clock` in seconds from anywhere.
    """

    def __init__(self, now: Callable[[], int], clock: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._clock = clock
        self._positions: dict[TopicPartition, int] = {}
        self._ends: dict[TopicPartition, int] = {}
        self._complete_until: dict[TopicPartition, int] = {}
        self._waiting_since: dict[TopicPartition, float] = {}
        self._kept_back: dict[TopicPartition, tuple[int, float]] = {}
        self._away_since: float | None = None

    def begin(self, positions: Mapping[TopicPartition, int]) -> None:
        """Partitions were assigned, to be read from these positions."""
        now = self._now()
        self._positions = dict(positions)
        self._ends = {}
        self._complete_until = dict.fromkeys(positions, now)
        self._waiting_since = {}
        self._kept_back = {}

    def finished(self, batch: Batch, effects: Effects, folding_s: float, committing_s: float) -> None:
        """A batch is durable: what is behind its positions is done."""
        partition = batch.partition
        self._positions.update(effects.offsets)
        for topic, records in batch.records.items():
            # Clocks of producers may be ahead.
            until = min(records[-1].timestamp, self._now())
            self._complete_until[TopicPartition(topic, partition)] = until
        if batch.records:
            now = self._clock()
            for tp in effects.offsets:
                if tp in self._waiting_since:
                    self._waiting_since[tp] = now

    def answered(
        self, ends: Mapping[TopicPartition, int], written: Mapping[TopicPartition, int] = _UNKNOWN
    ) -> None:
        """The brokers say where what is committed ends; more may be `written`."""
        self._away_since = None
        now, clock = self._now(), self._clock()
        for tp, end in ends.items():
            self._ends[tp] = end
            if self.records(tp):
                self._waiting_since.setdefault(tp, clock)
            else:
                self._complete_until[tp] = max(now, self._complete_until.get(tp, 0))
                self._waiting_since.pop(tp, None)
            if written.get(tp, 0) <= end:
                self._kept_back.pop(tp, None)
            elif self._kept_back.get(tp, (None,))[0] != end:
                self._kept_back[tp] = end, clock

    def unanswered(self) -> None:
        """The brokers are away. Nobody can get on then, and all have their time anew afterwards."""
        self._waiting_since = {}
        self._kept_back = {}
        if self._away_since is None:
            self._away_since = self._clock()

    def partitions(self) -> Iterable[TopicPartition]:
        """Those of which the lag is known."""
        return self._ends.keys() & self._positions.keys()

    def records(self, tp: TopicPartition) -> int:
        """How many records, or markers of transactions, wait."""
        return max(0, self._ends.get(tp, 0) - self._positions.get(tp, 0))

    def behind(self, ends: Mapping[TopicPartition, int]) -> int:
        """How many records, or markers of transactions, are left before these ends, in all."""
        return sum(max(0, end - self._positions.get(tp, end)) for tp, end in ends.items())

    def seconds(self, tp: TopicPartition) -> float:
        """How old the oldest of them is, at most; 0 if none waits."""
        if not self.records(tp):
            return 0.0
        return max(0, self._now() - self._complete_until.get(tp, self._now())) / 1000

    def kept_back_s(self) -> Mapping[str, float]:
        """For how long an open transaction has kept back what lies behind it, at most, by topic."""
        now = self._clock()
        longest = {tp.topic: 0.0 for tp in self._ends}
        for tp, (_, since) in self._kept_back.items():
            longest[tp.topic] = max(longest[tp.topic], now - since)
        return longest

    @property
    def away_s(self) -> float:
        """For how long the brokers have not answered."""
        return 0.0 if self._away_since is None else self._clock() - self._away_since

    def waiting_s(self, without: Callable[[TopicPartition], bool]) -> tuple[float, TopicPartition | None]:
        """For how long records have waited and none was finished, at most, and where; `without` some."""
        waits = [(since, tp) for tp, since in self._waiting_since.items() if not without(tp)]
        if not waits:
            return 0.0, None
        since, tp = min(waits)
        return self._clock() - since, tp
