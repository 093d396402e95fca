"""stock-subscriptions, stock-by-creator (internal): how stock reaches the creators that link a product."""

from typing import Literal

from schemas.base import Count, Event, Fact, Id, Position


class StockSubscription(Event):
    """This creator wants to be told the stock of this product, or no longer."""

    type: Literal["stock_subscription"]
    creator_id: Id
    product_id: Id
    subscribed: bool
    """False: tell them no longer."""


class StockForCreator(Fact):
    """The stock of a product, for one creator: an inventory fact, and in `cause` where its record stands."""

    type: Literal["stock_for_creator"]
    creator_id: Id
    product_id: Id
    available: Count
    cause: Position
    """Where the inventory fact stands."""
