"""Keys go where Java clients send them."""

import pytest
from aiokafka import partitioner
from hypothesis import given
from hypothesis import strategies as st

from streams.runtime.partitioner import murmur2, partition_for

# org.apache.kafka.common.utils.UtilsTest.testMurmur2
VECTORS = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize(("key", "hashed"), VECTORS.items())
@pytest.mark.parametrize("partitions", [1, 3, 8, 2**31])
def test_it_agrees_with_kafkas_own_vectors(key: bytes, hashed: int, partitions: int) -> None:
    assert partition_for(key, partitions) == (hashed & 0x7FFFFFFF) % partitions


@given(st.binary(max_size=600))
def test_it_agrees_with_aiokafka(key: bytes) -> None:
    assert murmur2(key) == partitioner.murmur2(key) & 0xFFFFFFFF


def test_an_empty_key_has_a_partition() -> None:
    assert 0 <= partition_for(b"", 8) < 8
