"""Held writes are read as if they were stored."""

from hypothesis import given
from hypothesis import strategies as st

from streams.runtime.held import Held
from tests.support.memory import Memory

_keys = st.sampled_from([b"%d" % number for number in range(12)])
_writes = st.dictionaries(
    st.sampled_from(["t", "u"]), st.lists(st.tuples(_keys, st.none() | st.binary(max_size=2)))
)
_looks = st.tuples(_keys, _keys, st.integers(1, 4))


@given(_writes, st.lists(st.tuples(_writes, _looks)))
def test_reads_are_those_of_a_store_that_has_them(
    stored: dict[str, list[tuple[bytes, bytes | None]]],
    steps: list[tuple[dict[str, list[tuple[bytes, bytes | None]]], tuple[bytes, bytes, int]]],
) -> None:
    store, expected = Memory(), Memory()
    store.write(stored)
    expected.write(stored)
    held = Held(store)
    everything = [b"%d" % number for number in range(12)]
    for writes, (start, stop, limit) in steps:
        held.hold(writes)
        expected.write(writes)
        for table in ("t", "u"):
            assert held.get(table, everything) == expected.get(table, everything)
            assert held.scan(table, start, stop, limit) == expected.scan(table, start, stop, limit)
    store.write(held.writes)
    held.let_go()
    assert not len(held)
    for table in ("t", "u"):
        assert held.scan(table, b"", b"\xff", 99) == expected.scan(table, b"", b"\xff", 99)
