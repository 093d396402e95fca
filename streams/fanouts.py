"""Telling all subscribers of a product about its stock, in pages: a product may have any number of them."""

from collections import Counter
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.json import Encoder

from streams import keys
from streams.domain.facets import Stock
from streams.runtime.records import Outgoing
from streams.runtime.table import Table

_encode = Encoder().encode

_PAGE = 2_000
_AT_ONCE = 50_000
_EVERYTHING = (b"", b"\xff" * 600, 1_000_000)


class FanOut(Struct, array_like=True, gc=False):
    """A level that subscribers after the creator `after` are still to be told."""

    stock: Stock
    after: str = ""


class FanOuts:
    """Responses to subscribers: at once while there is room in the batch, the others page by page later.

    What is left to tell stands in a table, so nothing is lost, a batch stays small, and other products go
    on: while there is much to do for who reads the responses (`congested`) there come no more of them. Every
    level of one product is told, one after the other.
    """

    def __init__(
        self,
        table: Table[FanOut],
        subscribers: Table[bool],
        levels_topic: str,
        responses_topic: str,
        congested: Callable[[], bool],
    ) -> None:
        self._congested = congested
        self._table = table
        self._subscribers = subscribers
        self._levels_topic = levels_topic
        self._responses_topic = responses_topic
        self._waiting: Counter[str] | None = None
        self._turn = b""
        self._room = _AT_ONCE

    @property
    def waiting(self) -> Counter[str]:
        """How many levels are left to tell, by product."""
        if self._waiting is None:
            self._waiting = Counter(keys.first_of(key) for key, _ in self._table.scan(*_EVERYTHING))
        return self._waiting

    def resume(self) -> list[Outgoing]:
        """Begin a batch: a page of what is left from earlier ones. Products take turns."""
        self._room = _AT_ONCE
        if not self.waiting or self._congested():
            return []
        key, fan_out = next(self._table.scan(self._turn, _EVERYTHING[1], 1), None) or next(
            self._table.scan(*_EVERYTHING)
        )
        product_id = keys.first_of(key)
        self._turn = keys.span(product_id)[1]
        self._table.delete(key)
        self.waiting[product_id] -= 1
        if not self.waiting[product_id]:
            del self.waiting[product_id]
        return self._page(product_id, fan_out)

    def begin(self, product_id: str, stock: Stock) -> list[Outgoing]:
        """The responses about a new level that can be sent at once."""
        if product_id in self.waiting or self._room <= 0:
            self._put_off(product_id, FanOut(stock))
            return []
        return self._page(product_id, FanOut(stock))

    def owed(self, product_id: str, creator_id: str) -> list[Stock]:
        """The levels that a subscriber is still to be told, in their order. Once it is told a later one, they
        would change nothing.
        """
        if product_id not in self.waiting:
            return []
        start, stop = keys.span(product_id)
        waiting = self._table.scan(start, stop, _EVERYTHING[2])
        return [fan_out.stock for _, fan_out in waiting if fan_out.after < creator_id]

    def responses(self, product_id: str, stock: Stock, creators: Sequence[str]) -> list[Outgoing]:
        """What tells each of `creators` about the stock of a product."""
        template = _Template(product_id, stock, self._levels_topic)
        topic = self._responses_topic
        return [
            Outgoing(topic, creator_id.encode(), template.for_creator(creator_id)) for creator_id in creators
        ]

    def _page(self, product_id: str, fan_out: FanOut) -> list[Outgoing]:
        start, stop = keys.span(product_id)
        if fan_out.after:
            start = keys.pair(product_id, fan_out.after) + b"\0"
        creators = [keys.split(key)[1] for key, _ in self._subscribers.scan(start, stop, _PAGE)]
        self._room -= len(creators)
        if len(creators) == _PAGE:
            self._put_off(product_id, FanOut(fan_out.stock, creators[-1]))
        return self.responses(product_id, fan_out.stock, creators)

    def _put_off(self, product_id: str, fan_out: FanOut) -> None:
        fact = fan_out.stock.fact
        self._table.append(keys.pair_at(product_id, fact.occurred_at, fact.event_id), fan_out)
        self.waiting[product_id] += 1


class _Template:
    """A stock response but for its creator: a fan-out encodes it once."""

    def __init__(self, product_id: str, stock: Stock, levels_topic: str) -> None:
        fact = stock.fact
        body = {
            "type": "stock_for_creator",
            "product_id": product_id,
            "available": stock.available,
            "event_id": fact.event_id,
            "occurred_at": fact.occurred_at,
            "cause": {"topic": levels_topic, "partition": fact.partition, "offset": fact.offset},
        }
        self._head = _encode(body)[:-1] + b',"creator_id":'

    def for_creator(self, creator_id: str) -> bytes:
        """The response as JSON."""
        return self._head + _encode(creator_id) + b"}"
