"""The step by product: tells each creator that links a product when it runs out of stock and when it is back.

A foreign-key join as in KIP-213: creators register subscriptions, stock is the response.
"""

from typing import Any

from schemas.inventory import InventoryLevel
from schemas.stock import StockSubscription
from streams import keys
from streams.domain.facets import Stock
from streams.fanouts import FanOuts
from streams.folded import Folded
from streams.intake import Arrival, Follow, Intake, Keyed, Routes
from streams.runtime.records import Batch, Outgoing
from streams.runtime.step import StepContext
from streams.runtime.table import Table


class StockStep:
    """Keeps the stock of each product, and who wants to be told.

    Tables: `levels` by product, `subscribers` by product and creator, `fanouts` by product and level.
    """

    def __init__(
        self,
        context: StepContext,
        routes: Routes,
        levels_topic: str,
        responses_topic: str,
        follow: Follow,
    ) -> None:
        self._levels: Table[Stock] = context.tables["levels"]
        self._subscribers: Table[bool] = context.tables["subscribers"]
        self._intake = Intake(routes, context.partition, context.partitions)
        self.folded = Folded(self._intake.taken)
        self._follow = follow
        self._fan_outs = FanOuts(
            context.tables["fanouts"], self._subscribers, levels_topic, responses_topic, context.congested
        )

    def process(self, batch: Batch, now: int) -> list[Outgoing]:
        """Fold `batch`; returns responses to subscribers and what was refused."""
        # A batch comes in pieces; what may be told, and one page of what is left, are of all of it.
        out = [] if batch.continues else self._fan_outs.resume()
        keyed: list[Keyed] = [
            (arrival.event.product_id.encode(), arrival) for arrival in self._intake.read(batch, now, out)
        ]
        self._levels.prefetch({key for key, _ in keyed})
        for key, arrival in self._follow(keyed, out):
            event: Any = arrival.event
            if event.type == "inventory_level":
                self._level(event, key, arrival, out)
            else:
                self._subscription(event, key, out)
        return out

    def deadline(self) -> int | None:
        """At once, while subscribers are left to tell."""
        return 0 if self._fan_outs.waiting else None

    def _level(self, event: InventoryLevel, key: bytes, arrival: Arrival, out: list[Outgoing]) -> None:
        known = self._levels.get(key)
        fact = arrival.fact
        if known is not None and not fact.supersedes(known.fact):
            return
        stock = Stock(fact, event.available)
        self._levels.put(key, stock)
        was_out = known is not None and known.available == 0
        # Creators see only whether there is any: a sale of one unit out of many is no news to 100,000 of
        # them.
        if was_out != (event.available == 0):
            out += self._fan_outs.begin(event.product_id, stock)

    def _subscription(self, event: StockSubscription, key: bytes, out: list[Outgoing]) -> None:
        subscriber = keys.pair(event.product_id, event.creator_id)
        if not event.subscribed:
            self._subscribers.delete(subscriber)
            return
        owed = self._fan_outs.owed(event.product_id, event.creator_id)
        # Who was no subscriber when they came hears of what is now only.
        levels = owed if owed and self._subscribers.get(subscriber) else []
        self._subscribers.append(subscriber, True)
        stock = self._levels.get(key)
        if stock is not None:
            for level in [*levels, stock]:
                out += self._fan_outs.responses(event.product_id, level, [event.creator_id])
