"""What record batches are compressed with."""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import get_args

import pytest
from aiokafka.codec import lz4_decode, lz4_encode, zstd_decode, zstd_encode
from aiokafka.record.memory_records import MemoryRecords

from streams.runtime import compression
from streams.runtime.compression import CODECS, Compression
from streams.runtime.connection import Connection
from streams.runtime.outbox import fill
from streams.runtime.producer import Producer

_VALUES = [b'{"product_id":"p%d","status":"need_attention"}' % number for number in range(500)]
_NAMES: tuple[Compression, ...] = ("zstd", "lz4")
_HEADER_BYTES = 61
"""Of a record batch, before its records."""


def batch_by(name: Compression) -> bytes:
    return asyncio.run(_batch_by(name))


async def _batch_by(name: Compression, values: Sequence[bytes] = _VALUES) -> bytes:
    compression.install()
    batch = Producer(Connection("nowhere:1"), None, name).new_batch(sum(map(len, values)))
    fill(batch, [(b"k", value, []) for value in values], 0)
    return bytes(batch._build())


@pytest.mark.parametrize("name", get_args(Compression))
def test_a_record_batch_is_compressed_as_asked_for(name: Compression) -> None:
    batch = MemoryRecords(batch_by(name)).next_batch()
    assert batch.compression_type == CODECS[name]
    assert [record.value for record in batch] == _VALUES


def test_compression_is_for_speed() -> None:
    zstd, lz4 = (batch_by(name)[_HEADER_BYTES:] for name in _NAMES)
    assert zstd == zstd_encode(zstd_decode(zstd), level=1)
    assert lz4 == lz4_encode(lz4_decode(lz4), level=1)


@pytest.mark.parametrize("name", get_args(Compression))
def test_what_a_source_took_compressed_fits_again(name: Compression) -> None:
    repeated = Random(1).randbytes(900_000) * 3
    assert len(zstd_encode(repeated)) < 1 << 20, "no source would have taken it"
    batch = asyncio.run(_batch_by(name, [repeated]))
    assert len(batch) < 1 << 20
    (record,) = MemoryRecords(batch).next_batch()
    assert record.value == repeated
