"""How record batches are compressed: as a setting says, and for speed."""

import sys
from functools import partial
from types import MappingProxyType
from typing import Any, Literal, cast

from aiokafka import codec
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

Compression = Literal["zstd", "lz4", "none"]
"""Names as Kafka's producers have them (compression.type)."""

CODECS = MappingProxyType(
    {
        "zstd": DefaultRecordBatch.CODEC_ZSTD,
        "lz4": DefaultRecordBatch.CODEC_LZ4,
        "none": DefaultRecordBatch.CODEC_NONE,
    }
)


def install() -> None:
    """Have all producers of this process compress at the lowest level.

    Of our records, nanoseconds a byte and how many times smaller: zstd at aiokafka's level 3 takes 1.36 (9.2
    times), at 1 1.13 (9.2); lz4 at its 9 5.87 (6.6), at 1 0.73 (5.2).
    """
    builders = cast(Any, sys.modules[DefaultRecordBatchBuilder.__module__])
    builders.zstd_encode = partial(codec.zstd_encode, level=1)
    builders.lz4_encode = partial(codec.lz4_encode, level=1)
