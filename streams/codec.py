"""How state is stored: a format byte, then MessagePack."""

from collections.abc import Callable, Sequence
from types import GenericAlias
from typing import Any, Generic, TypeVar

from msgspec import msgpack

from streams.runtime.table import Unreadable

T = TypeVar("T")

_FORMAT = b"\x02"
_EARLIER = b"\x01"
_ARRAY = b"\xdd"

_unpack, _pack = msgpack.Decoder().decode, msgpack.Encoder().encode


class MessagePack(Generic[T]):
    """Codec for one type. Fields are stored by position: new ones go last, with a default, and old state
    stays readable. What changed otherwise is another format; `upgrade` makes of a value of the earlier one,
    as lists, one of the present. Without it that is refused.
    """

    def __init__(self, kind: type[T], upgrade: Callable[[Any], Any] | None = None) -> None:
        self._encode = msgpack.Encoder().encode
        self._decode = msgpack.Decoder(kind).decode
        self._decode_all = msgpack.Decoder(GenericAlias(list, kind)).decode
        self._upgrade = upgrade

    def encode(self, value: T) -> bytes:
        return _FORMAT + self._encode(value)

    def decode(self, data: bytes) -> T:
        """Raises Unreadable for state that a newer version wrote in another format."""
        if data[:1] != _FORMAT:
            data = self._upgraded(data)
        return self._decode(memoryview(data)[1:])

    def decode_all(self, stored: Sequence[bytes]) -> list[T]:
        """The same of many, as one array: two thirds of the time."""
        bodies = [(data if data[:1] == _FORMAT else self._upgraded(data))[1:] for data in stored]
        found: list[T] = self._decode_all(b"".join((_ARRAY, len(stored).to_bytes(4, "big"), *bodies)))
        return found

    def _upgraded(self, data: bytes) -> bytes:
        """The same value in the present format."""
        if data[:1] != _EARLIER or self._upgrade is None:
            unknown = f"state format {data[:1]!r} is not known to this version"
            raise Unreadable(f"{unknown}: a newer one wrote it, and has to run here (docs/upgrading.md)")
        return _FORMAT + _pack(self._upgrade(_unpack(memoryview(data)[1:])))
