"""A table reads through its cache and what was not stored yet; it writes nothing by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.runtime.generations import Generations
from streams.runtime.table import Table
from tests.support.memory import Memory


class Numbers:
    """Lists of numbers, which can be changed in place."""

    def encode(self, value: list[int]) -> bytes:
        return bytes(value)

    def decode(self, data: bytes) -> list[int]:
        return list(data)


class Counting(Memory):
    """Counts look-ups."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[bytes]] = []

    def get(self, table: str, keys: list[bytes]) -> list[bytes | None]:
        self.asked.append(list(keys))
        return super().get(table, keys)


@pytest.fixture
def memory() -> Counting:
    memory = Counting()
    memory.write({"t": [(b"a", b"\1"), (b"b", b"\2"), (b"c", b"\3"), (b"d", b"\4")], "u": [(b"a", b"\7")]})
    return memory


def table(memory: Memory, cached: int = 100) -> Table[list[int]]:
    return Table("t", Numbers(), memory, Generations(cached))


def test_it_reads_what_is_stored(memory: Counting) -> None:
    t = table(memory)
    assert (t.get(b"a"), t.get(b"x")) == ([1], None)


def test_what_is_not_there_is_remembered_too(memory: Counting) -> None:
    t = table(memory)
    for _ in range(3):
        t.get(b"a")
        t.get(b"x")
    assert memory.asked == [[b"a"], [b"x"]]


def test_prefetching_asks_once_for_what_is_missing(memory: Counting) -> None:
    t = table(memory)
    t.get(b"a")
    t.put(b"n", [9])
    t.prefetch([b"a", b"b", b"n", b"x"])
    assert memory.asked == [[b"a"], [b"b", b"x"]]
    assert [t.get(key) for key in (b"a", b"b", b"n", b"x")] == [[1], [2], [9], None]
    assert len(memory.asked) == 2


@pytest.mark.parametrize("cached", [1, 2, 3, 100])
def test_writes_are_seen_at_once_and_stay_here_until_drained(memory: Counting, cached: int) -> None:
    t = table(memory, cached)
    t.put(b"a", [8])
    t.delete(b"b")
    for key in (b"c", b"d", b"x", b"y"):
        t.get(key)
    assert (t.get(b"a"), t.get(b"b")) == ([8], None)
    assert memory.tables["t"][b"a"] == b"\1"
    assert t.drain() == [(b"a", b"\x08"), (b"b", None)]
    assert t.drain() == []


@pytest.mark.parametrize("cached", [1, 2, 100])
def test_a_value_is_one_object_while_it_is_unstored(memory: Counting, cached: int) -> None:
    t = table(memory, cached)
    value = t.get(b"a")
    assert value is not None
    t.put(b"a", value)
    for key in (b"b", b"c", b"d", b"x"):
        t.get(key)
    assert t.get(b"a") is value
    value.append(5)
    assert t.drain() == [(b"a", b"\1\5")]


def test_the_last_of_several_writes_counts(memory: Counting) -> None:
    t = table(memory)
    t.put(b"a", [1])
    t.delete(b"a")
    t.put(b"a", [2])
    assert t.drain() == [(b"a", b"\2")]


@pytest.mark.parametrize("written", [False, True])
def test_the_cache_is_bounded(memory: Counting, written: bool) -> None:
    t = table(memory, cached=10)
    for number in range(1000):
        if written:
            t.put(b"%d" % number, [1])
        else:
            t.get(b"%d" % number)
    assert len(t._young) + len(t._old) <= 10


def test_what_was_appended_is_read_back_whatever_was_cached(memory: Counting) -> None:
    t = table(memory, cached=2)
    for key in (b"a", b"b"):  # of two generations now
        t.get(key)
    for key in (b"a", b"b"):
        t.append(key, [9])
    memory.write({"t": t.drain()})
    assert (t.get(b"a"), t.get(b"b")) == ([9], [9])


def test_a_scan_has_the_order_of_keys_whatever_that_of_writes(memory: Counting) -> None:
    t = table(memory)
    for key in (b"e", b"ab", b"d", b"bb"):
        t.put(key, [9])
    assert [key for key, _ in t.scan(b"a", b"e", 9)] == [b"a", b"ab", b"b", b"bb", b"c", b"d"]


def test_what_was_discarded_is_not_scanned(memory: Counting) -> None:
    t = table(memory)
    t.put(b"n", [9])
    assert len(list(t.scan(b"a", b"z", 9))) == 5
    t.discard()
    assert [key for key, _ in t.scan(b"a", b"z", 9)] == [b"a", b"b", b"c", b"d"]


def test_look_ups_are_counted(memory: Counting) -> None:
    generations = Generations(10)
    t = Table("t", Numbers(), memory, generations)
    t.prefetch([b"a"])
    t.prefetch([b"a", b"b", b"x"])
    assert (generations.hits, generations.misses) == (1, 3)


def test_tables_share_the_room(memory: Counting) -> None:
    generations = Generations(10)
    busy, quiet = (Table("t", Numbers(), memory, generations) for _ in range(2))
    for number in range(5):
        quiet.get(b"%d" % number)
    for number in range(1000):
        busy.get(b"%d" % number)
        assert sum(len(t._young) + len(t._old) for t in (busy, quiet)) <= 10
    assert not quiet._old
    quiet.get(b"a")
    quiet.close()
    assert (quiet._young, generations._tables) == ({}, [busy])
    for number in range(100):
        busy.get(b"x%d" % number)


def test_dropped_objects_go_one_by_one(memory: Counting) -> None:
    generations = Generations(10)
    t = Table("t", Numbers(), memory, generations)

    def held() -> int:
        return len(t._young) + len(t._old) + sum(map(len, generations._dropped))

    for number in range(10):
        t.get(b"%d" % number)
    for number in range(10, 100):
        before = held()
        t.get(b"%d" % number)
        assert before - 1 <= held() <= 10


def test_what_is_asked_for_again_stays_cached(memory: Counting) -> None:
    t = table(memory, cached=6)
    for number in range(30):
        t.get(b"a")
        t.get(b"%d" % number)
    assert memory.asked.count([b"a"]) == 1


@pytest.mark.parametrize(
    ("start", "stop", "limit", "expected"),
    [
        (b"a", b"z", 9, [b"a", b"aa", b"d"]),
        (b"aa", b"z", 9, [b"aa", b"d"]),
        (b"a", b"d", 9, [b"a", b"aa"]),
        (b"a", b"z", 2, [b"a", b"aa"]),
        (b"b", b"z", 1, [b"d"]),
        (b"e", b"z", 9, []),
    ],
)
def test_scanning_sees_what_was_written_and_not_what_was_deleted(
    memory: Counting, start: bytes, stop: bytes, limit: int, expected: list[bytes]
) -> None:
    t = table(memory)
    t.put(b"aa", [9])
    t.delete(b"b")
    t.delete(b"c")
    assert [key for key, _ in t.scan(start, stop, limit)] == expected


def test_scanning_gives_the_newest_value(memory: Counting) -> None:
    t = table(memory)
    t.put(b"a", [9])
    assert list(t.scan(b"a", b"c", 9)) == [(b"a", [9]), (b"b", [2])]
    t.put(b"aa", [7])
    t.delete(b"a")
    assert list(t.scan(b"a", b"c", 9)) == [(b"aa", [7]), (b"b", [2])]


def test_discarding_goes_back_to_what_is_stored(memory: Counting) -> None:
    t = table(memory)
    value = t.get(b"a")
    assert value is not None
    value.append(99)
    t.put(b"a", value)
    t.delete(b"b")
    t.discard()
    assert (t.get(b"a"), t.get(b"b"), t.drain()) == ([1], [2], [])
    assert [key for key, _ in t.scan(b"a", b"z", 9)] == [b"a", b"b", b"c", b"d"]


def test_what_is_appended_is_written_but_not_kept_decoded(memory: Counting) -> None:
    t = table(memory)
    t.get(b"a")
    t.append(b"a", [8])
    t.append(b"n", [9])
    assert t.get(b"n") == [9]
    writes = t.drain()
    assert writes == [(b"a", b"\x08"), (b"n", b"\x09")]
    memory.write({"t": writes})
    assert t.get(b"a") == [8]
    assert memory.asked[-1] == [b"a"]


_KEYS = [b"a", b"b", b"c", b"d", b"e", b"f"]
_STEPS = st.tuples(
    st.sampled_from(["put", "append", "delete", "commit"]), st.sampled_from(_KEYS), st.integers(1, 7)
)


@given(st.lists(_STEPS, max_size=30))
def test_it_is_a_sorted_map_whatever_is_stored_of_it(steps: list[tuple[str, bytes, int]]) -> None:
    memory, oracle = Memory(), dict[bytes, list[int]]()
    t = table(memory, cached=4)
    for kind, key, number in steps:
        match kind:
            case "put":
                t.put(key, [number])
                oracle[key] = [number]
            case "append":
                t.append(key, [number])
                oracle[key] = [number]
            case "delete":
                t.delete(key)
                oracle.pop(key, None)
            case _:
                memory.write({"t": t.drain()})
        assert list(t.scan(b"a", b"z", 9)) == sorted(oracle.items())
        within = [(each, value) for each, value in sorted(oracle.items()) if key <= each < b"f"]
        assert list(t.scan(key, b"f", number)) == within[:number]
    assert {key: value for key in _KEYS if (value := t.get(key))} == oracle
