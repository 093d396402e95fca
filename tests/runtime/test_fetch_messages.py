"""Fetch messages are, byte by byte, what aiokafka would make of them."""

from io import BytesIO
from typing import Any

import pytest
from aiokafka.protocol import fetch
from hypothesis import given
from hypothesis import strategies as st

from streams.runtime import fetch_messages

_ints16, _ints32, _ints64 = (st.integers(-(1 << bits), (1 << bits) - 1) for bits in (15, 31, 63))
_topics = st.text(max_size=9)
_asked = st.tuples(_ints32, _ints64, _ints32)
_fetched = st.tuples(
    _ints32,
    _ints16,
    _ints64,
    _ints64,
    _ints64,
    st.none() | st.lists(st.tuples(_ints64, _ints64), max_size=3),
    _ints32,
    st.none() | st.binary(max_size=20),
)


def by_topic(partitions: st.SearchStrategy[Any]) -> st.SearchStrategy[list[tuple[str, list[Any]]]]:
    return st.lists(st.tuples(_topics, st.lists(partitions, max_size=4)), max_size=3)


@given(_ints32, st.integers(0, 1), by_topic(_asked), st.text(max_size=5))
def test_requests(wait_ms: int, isolation: int, topics: list[tuple[str, list[Any]]], rack: str) -> None:
    request = fetch.FetchRequest(wait_ms, 1, 1 << 20, isolation, topics, rack_id=rack)
    assert request.build(fetch_messages.Request).encode() == request.build(fetch.FetchRequest_v11).encode()


@given(_ints32, _ints16, by_topic(_fetched), st.binary(max_size=4))
def test_answers(throttle_ms: int, error: int, topics: list[tuple[str, list[Any]]], header: bytes) -> None:
    answer = fetch.FetchResponse_v11(throttle_ms, error, 0, topics)
    data = BytesIO(header + answer.encode())
    data.read(len(header))
    assert fetch_messages.Response.decode(data) == answer
    assert fetch_messages.Response.decode(answer.encode()) == answer


def test_brokers_that_know_the_version_are_asked_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch.FetchRequest, "_CLASSES", fetch.FetchRequest._CLASSES)
    fetch_messages.install()
    request = fetch.FetchRequest(25, 1, 1, 1, [("t", [(0, 5, 9)])])
    assert isinstance(request.prepare({1: (4, 17)}), fetch_messages.Request)
    assert isinstance(request.prepare({1: (4, 10)}), fetch.FetchRequest_v10)
