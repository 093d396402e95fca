"""Stored values at hand: bounded over all tables, the ones that are asked for again longest."""

import pytest

from streams.runtime.cache import Cache
from streams.runtime.generations import Generations
from tests.runtime.test_table import Counting


@pytest.fixture
def memory() -> Counting:
    memory = Counting()
    memory.write({"t": [(b"a", b"\1"), (b"b", b"\2")]})
    return memory


def held(*caches: Cache) -> int:
    return sum(len(cache._young) + len(cache._old) for cache in caches)


def test_it_is_bounded(memory: Counting) -> None:
    cache = Cache("t", memory, Generations(10))
    for number in range(1000):
        cache.get(b"%d" % number)
        assert held(cache) <= 10


def test_caches_share_the_room(memory: Counting) -> None:
    generations = Generations(10)
    busy, quiet = (Cache("t", memory, generations) for _ in range(2))
    for number in range(5):
        quiet.get(b"%d" % number)
    for number in range(1000):
        busy.get(b"%d" % number)
        assert held(busy, quiet) <= 10
    assert held(quiet) == 0
    quiet.get(b"a")
    quiet.close()
    assert held(quiet) == 0
    for number in range(100):
        busy.get(b"x%d" % number)


def test_dropped_values_go_one_by_one(memory: Counting) -> None:
    generations = Generations(10)
    cache = Cache("t", memory, generations)

    def all_held() -> int:
        return held(cache) + sum(map(len, generations._dropped))

    for number in range(10):
        cache.get(b"%d" % number)
    for number in range(10, 100):
        before = all_held()
        cache.get(b"%d" % number)
        assert before - 1 <= all_held() <= 10


def test_what_is_asked_for_again_stays(memory: Counting) -> None:
    cache = Cache("t", memory, Generations(6))
    for number in range(30):
        cache.get(b"a")
        cache.get(b"%d" % number)
    assert memory.asked.count([b"a"]) == 1


def test_it_says_how_often_it_had_to_ask(memory: Counting) -> None:
    generations = Generations(10)
    cache = Cache("t", memory, generations)
    cache.fetch([b"a", b"x"])
    cache.fetch([b"a", b"b"])
    assert (generations.hits, generations.misses) == (1, 3)


@pytest.mark.parametrize("cached", [2, 10])
def test_what_it_has_is_kept_up_to_date(memory: Counting, cached: int) -> None:
    cache = Cache("t", memory, Generations(cached))
    cache.fetch([b"a", b"b"])
    writes = [(b"a", b"\7"), (b"b", None), (b"n", b"\7")]
    cache.update(writes)
    memory.write({"t": writes})
    assert [cache.get(key) for key in (b"a", b"b", b"n")] == [b"\7", None, b"\7"]
    assert memory.asked[-1] == [b"n"]
