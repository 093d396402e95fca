"""How state is stored, and read by the many."""

import pytest

from streams.codec import MessagePack
from streams.domain.facts import Source

CODEC = MessagePack(Source)
SOURCES = [Source("inventory", number % 3, number) for number in range(70_000)]


@pytest.mark.parametrize("many", [0, 1, 15, 16, 70_000])
def test_many_are_read_at_once(many: int) -> None:
    assert CODEC.decode_all([CODEC.encode(source) for source in SOURCES[:many]]) == SOURCES[:many]


def test_a_format_that_is_not_known_is_refused() -> None:
    known = CODEC.encode(SOURCES[0])
    for read in (CODEC.decode, lambda data: CODEC.decode_all([known, data])):
        with pytest.raises(ValueError, match="state format b'\\\\x02'"):
            read(b"\x02" + known[1:])
