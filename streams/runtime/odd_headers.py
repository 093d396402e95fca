"""Records whose header names are not UTF-8, which aiokafka cannot read, though brokers take them.

Names become text as Java's clients make it: what is no UTF-8 is the replacement character.
"""

from collections.abc import Sequence

from aiokafka.record.default_records import _DefaultRecordBatchPy, _DefaultRecordPy
from aiokafka.record.util import decode_varint

from streams.runtime.records import Record

_ATTRIBUTES = 1


class _Cursor:
    """Reads the fields of a record one after the other."""

    def __init__(self, data: bytearray, at: int) -> None:
        self._data = data
        self._at = at

    def skip(self, size: int) -> None:
        self._at += size

    def number(self) -> int:
        value, self._at = decode_varint(self._data, self._at)
        return int(value)

    def sized(self) -> bytes | None:
        size = self.number()
        if size < 0:
            return None
        start = self._at
        self._at += size
        return bytes(self._data[start : self._at])

    def header(self) -> tuple[str, bytes | None]:
        name = self.sized() or b""
        return name.decode(errors="replace"), self.sized()


def read(record_batch: bytes) -> Sequence[Record]:
    """The records of a record batch."""
    batch = _DefaultRecordBatchPy(record_batch)
    batch._maybe_uncompress()
    cursor = _Cursor(batch._buffer, batch._pos)
    return [_record(batch, cursor) for _ in range(batch._num_records)]


def _record(batch: _DefaultRecordBatchPy, cursor: _Cursor) -> Record:
    cursor.number()  # its length
    cursor.skip(_ATTRIBUTES)
    timestamp = batch.first_timestamp + cursor.number()
    offset = batch.base_offset + cursor.number()
    key, value = cursor.sized(), cursor.sized()
    headers = [cursor.header() for _ in range(cursor.number())]
    when = batch.max_timestamp if batch.timestamp_type else timestamp
    record: Record = _DefaultRecordPy(offset, when, batch.timestamp_type, key, value, headers)
    return record
