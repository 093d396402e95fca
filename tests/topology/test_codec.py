"""How state is stored, and read by the many."""

import pytest

from streams.codec import MessagePack
from streams.domain.facts import Fact

CODEC = MessagePack(Fact)
FACTS = [Fact(number, f"e{number}", "inventory_level", number % 3, number) for number in range(70_000)]


@pytest.mark.parametrize("many", [0, 1, 15, 16, 70_000])
def test_many_are_read_at_once(many: int) -> None:
    assert CODEC.decode_all([CODEC.encode(fact) for fact in FACTS[:many]]) == FACTS[:many]


def test_a_format_that_is_not_known_is_refused() -> None:
    known = CODEC.encode(FACTS[0])
    for read in (CODEC.decode, lambda data: CODEC.decode_all([known, data])):
        with pytest.raises(ValueError, match="state format b'\\\\x03'"):
            read(b"\x03" + known[1:])
