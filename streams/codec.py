"""How state is stored: a format byte, then MessagePack."""

from collections.abc import Sequence
from types import GenericAlias
from typing import Generic, TypeVar

from msgspec import msgpack

T = TypeVar("T")

_FORMAT = b"\x01"
_ARRAY = b"\xdd"


class MessagePack(Generic[T]):
    """Codec for one type. Fields are stored by position: new ones go last, with a default, and old state
    stays readable.
    """

    def __init__(self, kind: type[T]) -> None:
        self._encode = msgpack.Encoder().encode
        self._decode = msgpack.Decoder(kind).decode
        self._decode_all = msgpack.Decoder(GenericAlias(list, kind)).decode

    def encode(self, value: T) -> bytes:
        return _FORMAT + self._encode(value)

    def decode(self, data: bytes) -> T:
        """Raises ValueError for state that a newer version wrote in another format."""
        if data[:1] != _FORMAT:
            raise _unknown(data)
        return self._decode(memoryview(data)[1:])

    def decode_all(self, stored: Sequence[bytes]) -> list[T]:
        """The same of many, as one array: two thirds of the time."""
        for data in stored:
            if data[:1] != _FORMAT:
                raise _unknown(data)
        length = len(stored).to_bytes(4, "big")
        found: list[T] = self._decode_all(b"".join((_ARRAY, length, *[data[1:] for data in stored])))
        return found


def _unknown(data: bytes) -> ValueError:
    return ValueError(f"state format {data[:1]!r} is not known to this version")
