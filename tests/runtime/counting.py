"""A step that counts records by key, and a commit that keeps a journal: enough to test the runtime."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping

from aiokafka.structs import TopicPartition

from streams.runtime.records import Batch, Effects, Outgoing
from streams.runtime.step import Halt, StepContext, StepSpec, TableSpec
from streams.runtime.table import Table
from tests.runtime.fakes import Sent


class Number:
    """Integers as text."""

    def encode(self, value: int) -> bytes:
        return b"%d" % value

    def decode(self, data: bytes) -> int:
        return int(data)


class Counting:
    """Counts records by key and tells each count; `alarm` is its deadline, told once."""

    alarm: int | None = None

    def __init__(self, context: StepContext) -> None:
        self._counts: Table[int] = context.tables["counts"]

    def process(self, batch: Batch, now: int) -> Iterable[Outgoing]:
        for records in batch.records.values():
            for record in records:
                if record.value == b"halt":
                    raise Halt("no more")
                if record.value == b"poison":
                    raise ValueError("poison")
                key = record.key or b""
                count = (self._counts.get(key) or 0) + 1
                self._counts.put(key, count)
                yield Outgoing("out", key, b"%d" % count)
        if self.alarm is not None and self.alarm <= now:
            yield Outgoing("out", b"alarm", b"%d" % self.alarm)
            self.alarm = None

    def deadline(self) -> int | None:
        return self.alarm


SPEC = StepSpec("counting", ("in",), (TableSpec("counts", "log", Number()),), Counting)


def batch(
    *keys: bytes, offset: int = 0, partition: int = 0, generation: int = 1, value: bytes = b""
) -> Batch:
    """A batch of records with these keys."""
    records = [Sent(partition, offset + place, key, value) for place, key in enumerate(keys)]
    if not records:
        return Batch("counting", partition, generation)
    positions = {TopicPartition("in", partition): offset + len(records)}
    return Batch("counting", partition, generation, {"in": records}, positions)


class Journal:
    """A commit that keeps what it was given; `fails` is raised once."""

    def __init__(self) -> None:
        self.published: list[Effects] = []
        self.done: list[Effects] = []
        self.opened = 0
        self.retaken = 0
        self.closed = False
        self.fails: BaseException | None = None
        self.hangs = self.hanging = False

    async def open(self) -> None:
        self.opened += 1

    async def publish(self, effects: Effects) -> Mapping[str, int]:
        if self.fails is not None:
            failure, self.fails = self.fails, None
            raise failure
        if self.hangs:
            self.hanging = True
            await asyncio.Event().wait()
        self.published.append(effects)
        return {topic: 100 * len(self.published) for topic, writes in effects.changelog.items() if writes}

    async def retake(self) -> None:
        self.retaken += 1

    def finished(self, effects: Effects) -> None:
        self.done.append(effects)

    async def close(self) -> None:
        self.closed = True

    @property
    def values(self) -> list[bytes | None]:
        """The values of all outputs."""
        return [output.value for effects in self.published for output in effects.outputs]


class Silent:
    """Is told of batches and says nothing."""

    def finished(self, batch: Batch, effects: Effects, folding_s: float, committing_s: float) -> None: ...


async def until(condition: Callable[[], object]) -> None:
    """Let others go on until `condition` holds."""
    while not condition():
        await asyncio.sleep(0)


async def turns() -> None:
    """Let others go on for longer than any of them takes that waits for nothing."""
    for _ in range(20):
        await asyncio.sleep(0)


async def turns_during(work: Coroutine[object, object, object]) -> int:
    """How many turns others get while `work` goes on."""
    going, number = asyncio.ensure_future(work), 0
    while not going.done():
        await asyncio.sleep(0)
        number += 1
    going.result()
    return number
