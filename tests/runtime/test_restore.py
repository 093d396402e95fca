"""A store catches up with its changelogs, by position."""

import asyncio
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.structs import TopicPartition

from streams.runtime.restore import Changelog, Restorations, restore
from streams.runtime.store import Store
from tests.runtime.counting import turns_during
from tests.runtime.fakes import Broker, Reader, Sent

TP = TopicPartition("log", 1)


@pytest.fixture
def broker() -> Broker:
    broker = Broker()
    values = [(b"a", b"1"), (b"b", b"2"), (b"a", b"3"), (b"b", None), (b"c", b"5"), (b"marker", b"")]
    broker.logs[TP] = [Sent(1, offset, *entry) for offset, entry in enumerate(values)]
    return broker


def restored(store: Store, reader: Reader) -> set[Store]:
    return asyncio.run(restore([Changelog("log", 1, "t", store)], lambda: reader))


@pytest.mark.parametrize("chunk", [1, 2, 100])
@pytest.mark.parametrize("hidden", [(5,), (4, 5)], ids=["a marker last", "an aborted record, too"])
def test_an_empty_store_gets_it_all(
    store: Store, broker: Broker, chunk: int, hidden: tuple[int, ...]
) -> None:
    reader = Reader(broker, hidden, chunk=chunk)
    assert restored(store, reader) == {store}
    expected = [(b"a", b"3")] if 4 in hidden else [(b"a", b"3"), (b"c", b"5")]
    assert store.scan("t", b"", b"\xff", 99) == expected
    assert store.position("log") == 6
    assert reader.stopped


def test_its_progress_can_be_seen(store: Store, broker: Broker) -> None:
    progress, seen = Restorations(), []

    class Watched(Reader):
        async def getmany(self, *given: Any, **named: Any) -> Any:
            seen.append((progress.restored, progress.remaining))
            return await super().getmany(*given, **named)

    reader = Watched(broker, (5,), chunk=2)
    asyncio.run(restore([Changelog("log", 1, "t", store)], lambda: reader, progress))
    assert seen == [(0, 0), (2, 4), (4, 2)]
    assert (progress.restored, progress.remaining) == (5, 0)


def test_it_holds_up_nobody_with_what_was_fetched(store: Store, broker: Broker) -> None:
    restoring = restore([Changelog("log", 1, "t", store)], lambda: Reader(broker, chunk=1))
    assert asyncio.run(turns_during(restoring)) >= len(broker.logs[TP])


def test_only_what_is_missing_is_read(store: Store, broker: Broker) -> None:
    store.write({"t": [(b"a", b"mine")]}, {"log": 3})
    assert restored(store, Reader(broker, (5,))) == {store}
    assert store.get("t", [b"a", b"c"]) == [b"mine", b"5"]


@pytest.mark.parametrize("position", [5, 6])
def test_a_store_that_lacks_no_record_does_not_change(store: Store, broker: Broker, position: int) -> None:
    store.write({"t": [(b"a", b"mine")]}, {"log": position})
    assert restored(store, Reader(broker, (5,))) == set()
    assert (store.get("t", [b"a"]), store.position("log")) == ([b"mine"], 6)


@pytest.mark.parametrize(
    ("position", "beginning"), [(7, 0), (1, 2)], ids=["ahead of its changelog", "behind its beginning"]
)
def test_a_store_of_another_changelog_is_made_anew(
    store: Store, broker: Broker, position: int, beginning: int, caplog: pytest.LogCaptureFixture
) -> None:
    store.write({"t": [(b"x", b"foreign")]}, {"log": position})
    assert restored(store, Reader(broker, (5,), beginning)) == {store}
    assert store.get("t", [b"x", b"a"]) == [None, b"3"]
    (said,) = caplog.records
    assert (said.levelname, "what it lacks is lost" in said.message) == ("ERROR", True)


def test_a_store_that_was_made_anew_from_nothing_has_changed(store: Store) -> None:
    store.write({"t": [(b"x", b"foreign")]}, {"log": 7})
    assert restored(store, Reader(Broker())) == {store}
    assert (store.get("t", [b"x"]), store.position("log")) == ([None], None)


def test_a_store_that_is_at_the_beginning_of_its_changelog_is_of_it(store: Store, broker: Broker) -> None:
    store.write({"t": [(b"x", b"mine")]}, {"log": 2})
    assert restored(store, Reader(broker, (5,), beginning=2)) == {store}
    assert store.get("t", [b"x", b"a"]) == [b"mine", b"3"]


def test_an_empty_changelog_needs_nothing(store: Store) -> None:
    assert restored(store, Reader(Broker())) == set()
    assert store.scan("t", b"", b"\xff", 9) == []


def test_no_changelog_opens_no_reader() -> None:
    def never() -> Reader:
        raise AssertionError

    assert asyncio.run(restore([], never)) == set()


def test_each_changelog_fills_its_own_table(store: Store, broker: Broker) -> None:
    broker.logs[TopicPartition("second", 1)] = [Sent(1, 0, b"a", b"9")]
    logs = [Changelog("log", 1, "t", store), Changelog("second", 1, "u", store)]
    assert asyncio.run(restore(logs, lambda: Reader(broker))) == {store}
    assert (store.get("t", [b"a"]), store.get("u", [b"a"])) == ([b"3"], [b"9"])


def test_a_changelog_that_is_made_anew_meanwhile_is_not_waited_for(store: Store, broker: Broker) -> None:
    class MadeAnew(Reader):
        async def getmany(self, *given: Any, **named: Any) -> Any:
            found = await super().getmany(*given, **named)
            del broker.logs[TP][1:]
            return found

    with pytest.raises(KafkaError, match="log-1 was made anew: it ends at 1, not at 6"):
        restored(store, MadeAnew(broker))
    assert restored(store, Reader(broker)) == {store}
    assert store.scan("t", b"", b"\xff", 9) == [(b"a", b"1")]


def test_a_reader_that_cannot_start_is_let_go_of(store: Store, broker: Broker) -> None:
    class Unreachable(Reader):
        async def start(self) -> None:
            raise KafkaConnectionError

    reader = Unreachable(broker)
    with pytest.raises(KafkaConnectionError):
        restored(store, reader)
    assert reader.stopped
