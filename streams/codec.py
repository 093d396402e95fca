"""How state is stored: a format byte, then MessagePack."""

from typing import Generic, TypeVar

from msgspec import msgpack

T = TypeVar("T")

_FORMAT = b"\x01"


class MessagePack(Generic[T]):
    """Codec for one type. Fields are stored by position: new ones go last, with a default, and old state
    stays readable.
    """

    def __init__(self, kind: type[T]) -> None:
        self._encode = msgpack.Encoder().encode
        self._decode = msgpack.Decoder(kind).decode

    def encode(self, value: T) -> bytes:
        return _FORMAT + self._encode(value)

    def decode(self, data: bytes) -> T:
        """Raises ValueError for state that a newer version wrote in another format."""
        if data[:1] != _FORMAT:
            raise ValueError(f"state format {data[:1]!r} is not known to this version")
        return self._decode(memoryview(data)[1:])
