"""What a fact means for the videos it touches: judges links again and publishes what changed."""

from collections.abc import Mapping, Sequence
from functools import partial

from msgspec import Raw

from streams import changes, keys
from streams.changes import Cause, Named, Sink
from streams.chronicle import Chronicle
from streams.domain.change import Change, Move, issues_added, issues_removed, moves
from streams.domain.facets import Contact
from streams.domain.facts import Fact
from streams.domain.judge import Facets, judge
from streams.domain.product import Product
from streams.domain.status import LinkStatus, count
from streams.domain.video import Video
from streams.folded import Folded, Reposted
from streams.runtime.records import Outgoing
from streams.runtime.table import Table

FEW = 100
"""Videos of one creator that link one product, up to which they are looked up before it is known whether
they change."""


class Verdicts:
    """Judges videos, piece by piece of a batch; the records that tell of it go to the `out` of `begin`."""

    def __init__(
        self,
        videos: Table[Video],
        products: Table[Product],
        chronicle: Chronicle,
        changes_sink: Sink,
        status_sink: Sink,
        sources: Mapping[str, str],
        folded: Folded,
    ) -> None:
        self._videos = videos
        self._products = products
        self._chronicle = chronicle
        self._changes_sink = changes_sink
        self._status_sink = status_sink
        self._sources = sources
        self._folded = folded
        # The last fact, and its links as the last change of this batch told them, unless something that they
        # show is newer.
        self._touched: dict[bytes, tuple[Named, Fact, Raw | None]] = {}
        self.begin([], 0)

    def begin(self, out: list[Outgoing], now: int) -> None:
        """Another piece, at `now` (epoch milliseconds)."""
        self._out = out
        self._now = now

    def reassess_product(self, key: bytes, product: Product, cause: Cause, republish: bool = False) -> None:
        """A facet of `product` (at `key`) changed: judge its link in each video that has it.

        With `republish`, statuses that stay are published again when they show something of the facet (a
        contact).
        """
        creator_id, product_id = keys.split(key)
        video_keys = [keys.pair(creator_id, video_id) for video_id in product.videos]
        if len(video_keys) > FEW:
            self._videos.prefetch(video_keys)
        for video_key, video_id in zip(video_keys, product.videos, strict=True):
            video = self._videos.get(video_key)
            if video is None:
                continue
            named = Named(creator_id, video_id, video)
            if not self._reassess_link(video_key, named, product_id, product, cause) and republish:
                self._touched[video_key] = named, cause.fact, None

    def reassess_link(self, key: bytes, named: Named, product_id: str, cause: Cause) -> None:
        """The verdict on one link of a video (at `key`) changed."""
        product = self._products.get(keys.pair(named.creator_id, product_id)) or Product()
        self._reassess_link(key, named, product_id, product, cause)

    def reassess_video(self, key: bytes, named: Named, cause: Cause) -> None:
        """The verdict on a video (at `key`) changed: judge all its links."""
        video = named.video
        before, video.marks = video.marks, self._judged(named)
        if before != video.marks:
            marked = zip(video.links, before, video.marks, strict=True)
            moved = tuple([Move(link.product_id, old, new) for link, old, new in marked if old != new])
            self._tell(key, named, before, moved, cause)

    def register(self, key: bytes, named: Named, before: Sequence[LinkStatus], cause: Cause) -> None:
        """A visible video (at `key`) was registered and put, which had the links `before`: judge all that it
        has now. Where no link comes, goes or changes, its other fields are published.
        """
        video = named.video
        video.marks = self._judged(named)
        moved = moves(before if video.version else (), video.statuses)
        if moved or not video.version:
            self._tell(key, named, _marks(before), moved, cause)
        else:
            self._touched[key] = named, cause.fact, None

    def delete(self, key: bytes, named: Named, before: Sequence[LinkStatus], cause: Cause) -> None:
        """A video (at `key`) that was visible was deleted, which had the links `before`."""
        self._tell(key, named, _marks(before), moves(before, ()), cause)

    def _judged(self, named: Named) -> bytes:
        """The marks that the links of a video have by now."""
        video = named.video
        products = [keys.pair(named.creator_id, link.product_id) for link in video.links]
        self._products.prefetch(products)
        product = self._products.get
        return bytes([
            judge(Facets(link, product(key) or Product(), video.verdict_on(link.product_id)))
            for key, link in zip(products, video.links, strict=True)
        ])  # fmt: skip

    def _tell(self, key: bytes, named: Named, before: bytes, moved: tuple[Move, ...], cause: Cause) -> None:
        """Publish a change of a video that had the marks `before`."""
        creator_id, video = named.creator_id, named.video
        first = not video.version
        video.version += 1
        changed = Change(
            named.video_id,
            video.version,
            cause.fact,
            cause.occurred_at,
            self._now,
            None if first else count(before),
            None if video.deletion is not None else count(video.marks),
            moved,
        )
        self._chronicle.add(creator_id, video, changed)
        added, removed = issues_added(moved), issues_removed(moved)
        if video.registration is not None:
            more = len(video.marks) - len(before)
            self._folded.change(key, video.registration, changed, more, added, removed)
        self._videos.put(key, video)
        links = self._links(named)
        self._touched[key] = named, cause.fact, links
        topic = self._sources[cause.fact.type]
        self._out.append(
            changes.change(self._changes_sink, creator_id, changed, topic, links, added, removed)
        )

    def repost(self, key: bytes, replaced: Fact | None, by: Fact, before: Sequence[LinkStatus]) -> None:
        """The registration `by` of the video at `key`, which had the links `before`, took the place of
        another.
        """
        if replaced is not None:
            in_review = count(_marks(before)).in_review
            self._folded.reposted.append(Reposted(key, replaced.occurred_at, by.occurred_at, in_review))

    def publish_statuses(self) -> None:
        """The current status of each video that the batch touched, once."""
        for named, fact, known in self._touched.values():
            links = self._links(named) if known is None else known
            self._out.append(changes.status(self._status_sink, named, fact, links, self._now))
        self._touched = {}

    def _reassess_link(
        self, key: bytes, named: Named, product_id: str, product: Product, cause: Cause
    ) -> bool:
        """Judge one link, if the video has it; publishes a change if it is one, and returns whether it is."""
        video = named.video
        before = video.marks
        for index, link in enumerate(video.links):
            if link.product_id == product_id:
                mark = judge(Facets(link, product, video.verdict_on(product_id)))
                if mark == before[index]:
                    return False
                video.marks = b"%b%c%b" % (before[:index], mark, before[index + 1 :])
                self._tell(key, named, before, (Move(product_id, before[index], mark),), cause)
                return True
        return False

    def _links(self, named: Named) -> Raw:
        return changes.links_of(named.video, partial(self._contact, named.creator_id))

    def _contact(self, creator_id: str, product_id: str) -> Contact | None:
        product = self._products.get(keys.pair(creator_id, product_id))
        return None if product is None else product.contact


def _marks(statuses: Sequence[LinkStatus]) -> bytes:
    return bytes([link.mark for link in statuses])
