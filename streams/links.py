"""The step by creator: facts about a creator's videos and products into status changes."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from msgspec.json import Encoder

from schemas.decisions import SellerDecision
from schemas.invites import InviteExpiry
from schemas.links import VideoDeleted, VideoPosted
from schemas.moderation import ModerationVerdict
from schemas.stock import StockForCreator
from streams import keys, taken
from streams.changes import Cause, Named, Sink
from streams.chronicle import Chronicle
from streams.dead_letters import INVALID_EVENT, LINKS_ARE_IMMUTABLE, dead_letter
from streams.domain.facets import Stock
from streams.domain.facts import Fact
from streams.domain.product import Product
from streams.domain.video import VERDICTS_KEPT, Link, Video
from streams.folded import Folded
from streams.intake import Arrival, Follow, Intake, Keyed, Routes
from streams.runtime.records import Batch, Outgoing
from streams.runtime.step import StepContext
from streams.runtime.table import Table
from streams.timers import Timers
from streams.verdicts import FEW, Verdicts

_encode = Encoder().encode

_ABOUT_VIDEOS = frozenset({"video_posted", "video_deleted", "moderation_verdict"})


class LinksTopics(NamedTuple):
    """Where the step writes; `subscriptions` is a full name. `sources`: in which topic (full name) events of
    a type came.
    """

    changes: Sink
    status: Sink
    subscriptions: str
    sources: Mapping[str, str]


class LinksStep:
    """Keeps each creator's videos, and their products as this creator has them.

    Tables: `videos` by creator and video, `products` by creator and product, `timers` by the deadline of an
    invite; `changes` and `numbers` are the chronicle's.
    """

    def __init__(self, context: StepContext, routes: Routes, topics: LinksTopics, follow: Follow) -> None:
        self._videos: Table[Video] = context.tables["videos"]
        self._products: Table[Product] = context.tables["products"]
        self._timers = Timers(context.tables["timers"])
        self._intake = Intake(routes, context.partition, context.partitions)
        self.folded = Folded(self._intake.taken, timers_came=self._timers.came, timers_went=self._timers.went)
        self._verdicts = Verdicts(
            self._videos,
            self._products,
            Chronicle(context.tables["changes"], context.tables["numbers"]),
            topics.changes,
            topics.status,
            topics.sources,
            self.folded,
        )
        self._routes = routes
        self._topics = topics
        self._follow = follow
        self._fold: Mapping[str, Callable[[Any, bytes, Arrival], None]] = {
            "video_posted": self._posted,
            "video_deleted": self._deleted,
            "seller_decision": self._decided,
            "invite_expiry": self._invited,
            "moderation_verdict": self._moderated,
            "stock_for_creator": self._stocked,
        }
        self._begin(0)

    def process(self, batch: Batch, now: int) -> list[Outgoing]:
        """Fold deadlines up to `now` (epoch milliseconds), then `batch`; returns changes, what was refused
        and, when the batch is finished, the status of each video that it touched.
        """
        self._begin(now)
        self._expire()
        arrivals = self._intake.read(batch, now, self._out)
        for key, arrival in self._follow(self._keyed(arrivals), self._out):
            event: Any = arrival.event
            self._fold[event.type](event, key, arrival)
        if not batch.unfinished:
            self._verdicts.publish_statuses()
        return self._out

    def deadline(self) -> int | None:
        """When the next invite expires, in epoch milliseconds."""
        return self._timers.next()

    def _begin(self, now: int) -> None:
        self._now = now
        self._out: list[Outgoing] = []
        self._verdicts.begin(self._out, now)

    def _keyed(self, arrivals: list[Arrival]) -> list[Keyed]:
        """Arrivals with the key of what they are about; all that they touch is looked up at once."""
        keyed: list[Keyed] = []
        products: set[bytes] = set()
        linked: set[bytes] = set()
        videos: set[bytes] = set()
        for arrival in arrivals:
            event: Any = arrival.event
            about_video = event.type in _ABOUT_VIDEOS
            key = keys.pair(event.creator_id, event.video_id if about_video else event.product_id)
            (videos if about_video else products).add(key)
            if event.type == "video_posted":
                linked.update([keys.pair(event.creator_id, link.product_id) for link in event.links])
            keyed.append((key, arrival))
        self._products.prefetch(products | linked)
        self._look_up(products, videos)
        return keyed

    def _look_up(self, products: set[bytes], videos: set[bytes]) -> None:
        """Have `videos` at hand, and those that link the `products`, where these are few.

        Not those that link what a posting links: it judges one video.
        """
        touched = set(videos)
        for key in products:
            product = self._products.get(key)
            if product is not None and 0 < len(product.videos) <= FEW:
                creator_id, _ = keys.split(key)
                touched.update([keys.pair(creator_id, video_id) for video_id in product.videos])
        self._videos.prefetch(touched)

    def _expire(self) -> None:
        """Invites whose deadline has come: the change occurred then, not now."""
        for deadline, key in self._timers.due(self._now):
            product = self._products.get(key)
            if product is None or product.invite is None or not product.expire_invite(deadline):
                continue
            self._products.put(key, product)
            self._verdicts.reassess_product(key, product, Cause(product.invite.fact, deadline))

    def _posted(self, event: VideoPosted, key: bytes, arrival: Arrival) -> None:
        video = self._videos.get(key) or Video()
        fact = arrival.fact
        if fact.same_event(video.registration):
            return
        links = [
            Link(link.product_id, link.seller_approval == "required", link.seller_id) for link in event.links
        ]
        linked_before, before, registered = video.links, video.statuses, video.registration
        if not video.register(fact, event.title, links):
            said = "was posted earlier, and links of a posted video cannot be replaced"
            self._refuse(arrival, LINKS_ARE_IMMUTABLE, f"video_id: {event.video_id!r} {said}")
            return
        self._videos.put(key, video)
        if not video.visible:
            return
        self._verdicts.repost(key, registered, fact, before)
        kept = {link.product_id for link in links}
        for link in linked_before:
            if link.product_id not in kept:
                self._unlink(event.creator_id, event.video_id, link.product_id)
        for link in links:
            self._link(event.creator_id, event.video_id, link.product_id)
        named = Named(event.creator_id, event.video_id, video)
        self._verdicts.register(key, named, before, Cause(fact, fact.occurred_at))

    def _deleted(self, event: VideoDeleted, key: bytes, arrival: Arrival) -> None:
        video = self._videos.get(key) or Video()
        fact = arrival.fact
        visible, statuses, links = video.visible, video.statuses, video.links
        if not video.delete(fact):
            return
        self._videos.put(key, video)
        if not visible:
            return
        named = Named(event.creator_id, event.video_id, video)
        self._verdicts.delete(key, named, statuses, Cause(fact, fact.occurred_at))
        for link in links:
            self._unlink(event.creator_id, event.video_id, link.product_id)

    def _decided(self, event: SellerDecision, key: bytes, arrival: Arrival) -> None:
        product = self._products.get(key) or Product()
        fact = arrival.fact
        rejection, contact = product.rejection, product.contact
        if not product.decide(taken.application(event, fact)):
            return
        self._products.put(key, product)
        retold = contact != product.contact
        if retold or rejection != product.rejection:
            self._verdicts.reassess_product(key, product, Cause(fact, fact.occurred_at), republish=retold)

    def _invited(self, event: InviteExpiry, key: bytes, arrival: Arrival) -> None:
        product = self._products.get(key) or Product()
        fact = arrival.fact
        replaced = product.invite
        invite = taken.invite(event, fact, self._now)
        if not product.invite_until(invite):
            return
        if replaced is not None and not replaced.expired:
            self._timers.cancel(replaced.expires_at, key)
        if not invite.expired:
            self._timers.set(event.expires_at, key)
        self._products.put(key, product)
        if invite.expired != (replaced is not None and replaced.expired):
            self._verdicts.reassess_product(key, product, Cause(fact, fact.occurred_at))

    def _moderated(self, event: ModerationVerdict, key: bytes, arrival: Arrival) -> None:
        video = self._videos.get(key) or Video()
        fact = arrival.fact
        verdict = taken.verdict(event, fact)
        if event.product_id is not None and not video.has_room_for(event.product_id):
            said = f"video {event.video_id!r} has no such link, and {VERDICTS_KEPT} verdicts on others"
            self._refuse(arrival, INVALID_EVENT, f"product_id: {said}")
            return
        rulings = video.rulings(event.product_id)
        if not video.moderate(verdict, event.product_id):
            return
        self._videos.put(key, video)
        if rulings == video.rulings(event.product_id):
            return
        named, cause = Named(event.creator_id, event.video_id, video), Cause(fact, fact.occurred_at)
        if event.product_id is None:
            self._verdicts.reassess_video(key, named, cause)
        else:
            self._verdicts.reassess_link(key, named, event.product_id, cause)

    def _stocked(self, event: StockForCreator, key: bytes, arrival: Arrival) -> None:
        product = self._products.get(key)
        if product is None:
            return
        cause = event.cause
        fact = Fact(event.occurred_at, event.event_id, "inventory_level", cause.partition, cause.offset)
        out_of_stock = product.out_of_stock
        if not product.stock_up(Stock(fact, event.available)):
            return
        self._products.put(key, product)
        if out_of_stock != product.out_of_stock:
            self._verdicts.reassess_product(key, product, Cause(fact, fact.occurred_at))

    def _link(self, creator_id: str, video_id: str, product_id: str) -> None:
        key = keys.pair(creator_id, product_id)
        product = self._products.get(key) or Product()
        product.link(video_id)
        self._products.put(key, product)
        # Said for each registration, not only for the first link: what a crash made of an earlier one is put
        # right.
        self._subscribe(creator_id, product_id, subscribed=True)

    def _unlink(self, creator_id: str, video_id: str, product_id: str) -> None:
        key = keys.pair(creator_id, product_id)
        product = self._products.get(key)
        if product is None:
            return
        if product.unlink(video_id):
            self._subscribe(creator_id, product_id, subscribed=False)
        if product.forgotten:
            self._products.delete(key)
        else:
            self._products.put(key, product)

    def _subscribe(self, creator_id: str, product_id: str, subscribed: bool) -> None:
        body = {
            "type": "stock_subscription",
            "creator_id": creator_id,
            "product_id": product_id,
            "subscribed": subscribed,
        }
        self._out.append(Outgoing(self._topics.subscriptions, product_id.encode(), _encode(body)))

    def _refuse(self, arrival: Arrival, code: str, message: str) -> None:
        self._out.append(dead_letter(self._routes.dead_letters, arrival.origin(), code, message, self._now))
