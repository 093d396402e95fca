"""What there is to compare: all that tables or facts speak of, each once."""

from collections.abc import Iterator
from urllib.parse import quote_from_bytes

from streams import keys
from streams.audit.compare import CHANGE, ENTRY, PRODUCT, STOCK, SUBSCRIBER, TIMER, VIDEO
from streams.audit.differences import Subject
from streams.audit.facts import DECIDED, DELETED, INVITED, LEVEL, POSTED, VERDICT, Facts
from streams.audit.live import Live
from streams.audit.tables import CHANGES, LEVELS, PRODUCTS, STATUS, SUBSCRIBERS, TIMERS, VIDEOS


def subjects(facts: Facts, live: Live) -> Iterator[Subject]:
    """Everything to compare, first what the tables hold, then what they should."""
    yield from (Subject(VIDEO, keys.split(key)) for key in live.keys(VIDEOS))
    yield from (Subject(PRODUCT, keys.split(key)) for key in live.keys(PRODUCTS))
    yield from (Subject(STOCK, (key.decode(),)) for key in live.keys(LEVELS))
    yield from (Subject(SUBSCRIBER, keys.split(key)) for key in live.keys(SUBSCRIBERS))
    for key in live.keys(TIMERS):
        deadline, pair = keys.split_at(key)
        yield Subject(TIMER, (*keys.split(pair), str(deadline)))
    for key in live.keys(CHANGES):
        yield Subject(CHANGE, (keys.first_of(key), str(keys.number_of(key))))
    for table, (partition, key) in live.flawed():
        yield Subject(ENTRY, (table, str(partition), quote_from_bytes(key)))
    yield from _missing(facts, live)


def _missing(facts: Facts, live: Live) -> Iterator[Subject]:
    found: set[tuple[str, ...]] = set()
    for creator, video in _videos(facts, live):
        if (creator, video) not in found and not live.holds(VIDEOS, keys.pair(creator, video), creator):
            found.add((creator, video))
            yield Subject(VIDEO, (creator, video))
    for kind in (DECIDED, INVITED):
        for creator, product in facts.scopes(kind):
            if not live.holds(PRODUCTS, keys.pair(creator, product), creator):
                yield Subject(PRODUCT, (creator, product))
    for (product,) in facts.scopes(LEVEL):
        if not live.holds(LEVELS, product.encode(), product):
            yield Subject(STOCK, (product,))


def _videos(facts: Facts, live: Live) -> Iterator[tuple[str, str]]:
    for kind in (POSTED, DELETED, VERDICT):
        yield from ((ids[0], ids[1]) for ids in facts.scopes(kind))
    for key in live.keys(STATUS):
        if body := live.get(STATUS, key, key.decode()):
            yield body["creator_id"], key.decode()
