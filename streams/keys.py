"""Keys of the tables. Ids hold no control characters (CONTRACT.md), so NUL separates them."""

_SEPARATOR = "\0"
_DEADLINE_BYTES = 8
_NUMBER_BYTES = 8


def pair(first: str, second: str) -> bytes:
    """Key of something that two ids name, such as creator and video. Those of one `first` lie together."""
    return f"{first}{_SEPARATOR}{second}".encode()


def split(key: bytes) -> tuple[str, str]:
    """The two ids of a `pair`."""
    first, _, second = key.decode().partition(_SEPARATOR)
    return first, second


def span(first: str) -> tuple[bytes, bytes]:
    """Start and stop of all pairs of `first`."""
    return first.encode() + b"\0", first.encode() + b"\1"


def numbered(creator_id: str, number: int) -> bytes:
    """Key of a creator's change: those of one creator lie together, in the order of their numbers."""
    return creator_id.encode() + b"\0" + number.to_bytes(_NUMBER_BYTES, "big")


def number_of(key: bytes) -> int:
    """The number in a `numbered` key."""
    return int.from_bytes(key[-_NUMBER_BYTES:], "big")


def at(deadline: int, key: bytes = b"") -> bytes:
    """Key of a timer: the deadline (epoch milliseconds) in front, so that timers lie in the order of time."""
    return deadline.to_bytes(_DEADLINE_BYTES, "big") + key


def split_at(key: bytes) -> tuple[int, bytes]:
    """Deadline and rest of a timer's key."""
    return int.from_bytes(key[:_DEADLINE_BYTES], "big"), key[_DEADLINE_BYTES:]


def pair_at(first: str, deadline: int, second: str) -> bytes:
    """Key of something that an id, a time (epoch milliseconds) and a second id name, in this order."""
    return first.encode() + _SEPARATOR.encode() + at(deadline, second.encode())


def first_of(key: bytes) -> str:
    """The id that a key begins with."""
    return key.partition(_SEPARATOR.encode())[0].decode()


END_OF_TIME = b"\xff" * _DEADLINE_BYTES
