"""What can be asked of the tables. Pure: a view goes in, and what was committed comes out."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from streams import earlier, keys
from streams.chronicle import LAST
from streams.codec import MessagePack
from streams.domain.change import Change
from streams.domain.facets import Contact
from streams.domain.judge import Facets
from streams.domain.product import Product
from streams.domain.status import LinkStatus
from streams.domain.video import Glance, Video
from streams.runtime.view import View

_CHUNK = 500
_GLANCE = MessagePack(Glance, earlier.video)


class _AsStored:
    """A codec that leaves values as they are."""

    encode = decode = bytes


class Place(NamedTuple):
    """Where a video stands in its creator's list: when it was posted (epoch milliseconds), then its id."""

    posted_at: int
    video_id: str


class LinkId(NamedTuple):
    """A product link by its ids."""

    creator_id: str
    video_id: str
    product_id: str


Entry = tuple[int, str, Glance]
"""A video of the list: its place, and what the list tells of it. A plain tuple, since there are many."""


def videos(view: View, creator_id: str) -> Iterator[list[Entry]]:
    """All videos that the creator sees, in no order that means anything, some hundred at a time."""
    start, stop = keys.span(creator_id)
    creator = len(start)
    while True:
        found = view.scan("videos", start, stop, _CHUNK, _AsStored())
        glances = _GLANCE.decode_all([data for _, data in found])
        yield [
            (video.registration.occurred_at, key[creator:].decode(), video)
            for (key, _), video in zip(found, glances, strict=True)
            if video.registration is not None and video.deletion is None
        ]
        if len(found) < _CHUNK:
            return
        start = found[-1][0] + b"\0"


def video(view: View, creator_id: str, video_id: str) -> Video | None:
    """A video of this creator, deleted ones and those that are only heard of included."""
    found: list[Video | None] = view.get("videos", [keys.pair(creator_id, video_id)])
    return found[0]


def products(view: View, creator_id: str, product_ids: Iterable[str]) -> dict[str, Product]:
    """What is known of products for this creator; nothing of one that nobody heard of."""
    wanted = list(product_ids)
    found = view.get("products", [keys.pair(creator_id, product_id) for product_id in wanted])
    return {product_id: product or Product() for product_id, product in zip(wanted, found, strict=True)}


def contacts(view: View, creator_id: str, links: Iterable[LinkStatus]) -> dict[str, Contact | None]:
    """The sellers' contacts of those links that have an issue, by product."""
    found = products(view, creator_id, [link.product_id for link in links if link.issues])
    return {product_id: product.contact for product_id, product in found.items()}


def facets(view: View, creator_id: str, of: Video, product_id: str) -> Facets | None:
    """All that is known of one link; None where the video has no such link."""
    for link in of.links:
        if link.product_id == product_id:
            product = products(view, creator_id, [product_id])[product_id]
            return Facets(link, product, of.verdict_on(product_id))
    return None


def history(view: View, creator_id: str, of: Video) -> list[Change]:
    """The changes of a video that are kept, the oldest first."""
    found = view.get("changes", [keys.numbered(creator_id, number) for number in of.history])
    return [change for change in found if change is not None]


class Numbers(NamedTuple):
    """Of the changes of a creator's partition: the last number given, and the creator's last one dropped."""

    last: int
    dropped: int


def numbers(view: View, creator_id: str) -> Numbers:
    """How far changes are numbered, and from where on a creator's are all there."""
    last, dropped = view.get("numbers", [LAST, creator_id.encode()])
    return Numbers(last or 0, dropped or 0)


def changes_after(view: View, creator_id: str, number: int, limit: int) -> list[tuple[int, Change]]:
    """Up to `limit` kept changes of the creator's videos beyond `number`, in order, each with its number."""
    _, stop = keys.span(creator_id)
    found = view.scan("changes", keys.numbered(creator_id, number + 1), stop, limit)
    return [(keys.number_of(key), change) for key, change in found]


def creators_of(view: View, product_id: str, after: str, limit: int) -> list[str]:
    """Up to `limit` creators who link the product, by their ids beyond `after`; of the step by product."""
    start, stop = keys.span(product_id)
    if after:
        start = keys.pair(product_id, after) + b"\0"
    return [keys.split(key)[1] for key, _ in view.scan("subscribers", start, stop, limit)]


class ProductLink(NamedTuple):
    """A link of a product in a creator's video."""

    video_id: str
    status: LinkStatus


def links_of(view: View, creator_id: str, product_id: str) -> list[ProductLink]:
    """The links of the product in this creator's videos."""
    video_ids = products(view, creator_id, [product_id])[product_id].videos
    found = view.get("videos", [keys.pair(creator_id, video_id) for video_id in video_ids])
    return [
        ProductLink(video_id, link)
        for video_id, video in zip(video_ids, found, strict=True)
        if video is not None
        for link in video.statuses
        if link.product_id == product_id
    ]
