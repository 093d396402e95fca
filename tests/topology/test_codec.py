"""How state is stored, and read by the many."""

import re

import pytest

from streams import earlier
from streams.codec import MessagePack
from streams.domain.facts import Fact
from streams.runtime.table import Unreadable

CODEC = MessagePack(Fact)
FACTS = [Fact(number, f"e{number}", "inventory_level", number % 3, number) for number in range(70_000)]


@pytest.mark.parametrize("many", [0, 1, 15, 16, 70_000])
def test_many_are_read_at_once(many: int) -> None:
    assert CODEC.decode_all([CODEC.encode(fact) for fact in FACTS[:many]]) == FACTS[:many]


@pytest.mark.parametrize(
    ("codec", "written"), [(CODEC, b"\x03"), (CODEC, b"\x01"), (MessagePack(Fact, earlier.same), b"\x03")]
)
def test_a_format_that_is_not_known_is_refused(codec: MessagePack[Fact], written: bytes) -> None:
    known = codec.encode(FACTS[0])
    for read in (codec.decode, lambda data: codec.decode_all([known, data])):
        with pytest.raises(Unreadable, match=re.escape(f"state format {written!r}")):
            read(written + known[1:])
