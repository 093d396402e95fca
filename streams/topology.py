"""The topology in one table: which step reads which topics into which tables, and where it writes."""

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from schemas.registry import TOPICS
from streams import earlier
from streams.changes import Sink
from streams.codec import MessagePack
from streams.domain.change import Change
from streams.domain.facets import Stock
from streams.domain.product import Product
from streams.domain.video import Video
from streams.fanouts import FanOut
from streams.intake import Follow, Routes, unfollowed
from streams.links import LinksStep, LinksTopics
from streams.runtime.step import StepSpec, TableSpec
from streams.stock import StockStep
from streams.topics import Name, Topics

LINKS = "links"
STOCK = "stock"

_OF_CREATORS = (Name.VIDEO_LINKS, Name.SELLER_DECISIONS, Name.INVITE_EXPIRIES, Name.MODERATION)


def steps(
    topics: Topics,
    max_record_bytes: int,
    frames: Mapping[str, bytes] = MappingProxyType({}),
    follow: Follow = unfollowed,
) -> list[StepSpec]:
    """The steps under the prefix of `topics`; records above `max_record_bytes` are dead-lettered.

    `frames`: by full name of a sink, what a schema registry wants before each of its values; `follow` sees
    which record comes of which.
    """
    read = routes(topics, max_record_bytes)
    return [_links(topics, read.links, frames, follow), _stock(topics, read.stock, follow)]


def _links(topics: Topics, read: Routes, frames: Mapping[str, bytes], follow: Follow) -> StepSpec:
    name = topics.full_name

    def sink(topic: Name) -> Sink:
        return Sink(name(topic), frames.get(name(topic), b""))

    written = LinksTopics(
        changes=sink(Name.VIDEO_STATUS_CHANGES),
        status=sink(Name.VIDEO_STATUS),
        subscriptions=name(Name.STOCK_SUBSCRIPTIONS),
        sources=sources(topics),
    )
    return StepSpec(
        LINKS,
        (*read.inputs, read.repartition),
        (
            TableSpec("videos", name(Name.LINKS_VIDEOS_CHANGELOG), MessagePack(Video, earlier.video)),
            TableSpec("products", name(Name.LINKS_PRODUCTS_CHANGELOG), MessagePack(Product, earlier.product)),
            TableSpec("timers", name(Name.LINKS_TIMERS_CHANGELOG), MessagePack(bool, earlier.same)),
            TableSpec("changes", name(Name.LINKS_CHANGES_CHANGELOG), MessagePack(Change, earlier.change)),
            TableSpec("numbers", name(Name.LINKS_NUMBERS_CHANGELOG), MessagePack(int, earlier.same)),
        ),
        partial(LinksStep, routes=read, topics=written, follow=follow),
    )


def _stock(topics: Topics, read: Routes, follow: Follow) -> StepSpec:
    name = topics.full_name
    responses = name(Name.STOCK_BY_CREATOR)
    return StepSpec(
        STOCK,
        (*read.inputs, read.repartition),
        (
            TableSpec("levels", name(Name.STOCK_LEVELS_CHANGELOG), MessagePack(Stock, earlier.stock)),
            TableSpec("subscribers", name(Name.STOCK_SUBSCRIBERS_CHANGELOG), MessagePack(bool, earlier.same)),
            TableSpec("fanouts", name(Name.STOCK_FANOUTS_CHANGELOG), MessagePack(FanOut, earlier.fan_out)),
        ),
        partial(
            StockStep,
            routes=read,
            levels_topic=name(Name.INVENTORY),
            responses_topic=responses,
            follow=follow,
        ),
        feeds=frozenset({responses}),
    )


def links_step(topics: Topics) -> StepSpec:
    """The step by creator, for who reads its tables and folds nothing."""
    return _links(topics, routes(topics, 0).links, {}, unfollowed)


def sources(topics: Topics) -> Mapping[str, str]:
    """The full name of the topic that has events of a type: of each type one."""
    return {
        kind: topics.full_name(name)
        for name in (*_OF_CREATORS, Name.INVENTORY)
        for kind in TOPICS[name].types
    }


class RoutesOfSteps(NamedTuple):
    """What each step reads."""

    links: Routes
    stock: Routes


def routes(topics: Topics, max_record_bytes: int) -> RoutesOfSteps:
    """The same for all partitions of a step."""
    return RoutesOfSteps(
        _routes(topics, _OF_CREATORS, Name.STOCK_BY_CREATOR, Name.EVENTS_BY_CREATOR, max_record_bytes),
        _routes(topics, [Name.INVENTORY], Name.STOCK_SUBSCRIPTIONS, Name.EVENTS_BY_PRODUCT, max_record_bytes),
    )


def _routes(topics: Topics, sources: Sequence[Name], internal: Name, repartition: Name, limit: int) -> Routes:
    name = topics.full_name
    return Routes(
        inputs={name(topic): topic.value for topic in (*sources, internal)},
        internal=frozenset({name(internal)}),
        repartition=name(repartition),
        dead_letters=name(Name.DEAD_LETTERS),
        max_record_bytes=limit,
    )
