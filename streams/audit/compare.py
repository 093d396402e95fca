"""One subject at a time: the facts that stand against what the tables and video-status say of it."""

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote_to_bytes

from streams import keys
from streams.audit import history, views
from streams.audit.causes import may_have_made
from streams.audit.differences import Difference, Subject, differences
from streams.audit.expect import Body, video_status
from streams.audit.facts import DECIDED, DELETED, INVITED, LEVEL, POSTED, VERDICT, Facts, Standing, prevails
from streams.audit.kept import UNREADABLE, Place
from streams.audit.live import Live
from streams.audit.tables import CHANGES, LEVELS, NUMBERS, PRODUCTS, STATUS, SUBSCRIBERS, TIMERS, VIDEOS
from streams.audit.trust import Trust
from streams.chronicle import KEPT, LAST
from streams.domain.video import VERDICTS_KEPT, Video

VIDEO, PRODUCT, STOCK, SUBSCRIBER, TIMER = "video", "product", "stock", "subscriber", "timer"
CHANGE, ENTRY = "change", "entry"


class Compare:
    """Compares as of `now` (epoch milliseconds), which the caller moves."""

    def __init__(self, facts: Facts, live: Live, trust: Trust) -> None:
        self.now = 0
        self._facts = facts
        self._live = live
        self._trust = trust
        self._of: Mapping[str, Callable[..., Iterator[Difference]]] = {
            VIDEO: self._video,
            PRODUCT: self._product,
            STOCK: self._stock,
            SUBSCRIBER: self._subscriber,
            TIMER: self._timer,
            CHANGE: self._change,
            ENTRY: self._entry,
        }

    def check(self, subject: Subject) -> list[Difference]:
        """Every difference of one subject."""
        return list(self._of[subject.kind](subject, *subject.ids))

    def _stands(self, kind: str, first: str, *ids: str | None) -> Standing | None:
        fact, trusted = self._facts.get(kind, first, *ids), self._trust.fact(kind, first, *ids)
        if kind == VERDICT and fact and self._refused(first, *ids):
            return None
        return trusted if trusted and prevails(kind, trusted, fact) else fact

    def _refused(self, creator: str, video: str | None, product: str | None = None) -> bool:
        """Whether a verdict is a dead letter since there are as many on other links as are kept of a video,
        which depends on the order in which they came.
        """
        entry = self._live.get(VIDEOS, keys.pair(creator, video or ""), creator) if product else None
        return bool(
            entry and len(entry.link_verdicts) >= VERDICTS_KEPT and product not in entry.link_verdicts
        )

    def _video(self, subject: Subject, creator: str, video: str) -> Iterator[Difference]:
        entry = self._live.get(VIDEOS, keys.pair(creator, video), creator)
        expected = video_status(self._stands, creator, video, self.now)
        status = views.shown(self._live.get(STATUS, video.encode(), video))
        if expected is not None:
            expected["version"] = entry.version if entry else None
        elif status is not None and status["creator_id"] != creator:
            status = None  # Whoever spoke of another's video published nothing.
        yield from differences(subject, STATUS, status, expected)
        view = views.expected_video(
            self._stands(POSTED, creator, video),
            self._stands(DELETED, creator, video) is not None,
            expected,
            self._verdicts(creator, video, entry),
        )
        yield from differences(subject, VIDEOS, entry and views.video(entry), view)
        for link in expected["links"] if expected else ():
            yield from self._linked(subject, creator, video, link["product_id"])
        if entry and view:
            yield from self._history(subject, entry, expected)

    def _verdicts(self, creator: str, video: str, entry: object) -> dict[str, Standing]:
        judged = {product for _, _, product in self._facts.scopes(VERDICT, creator, video)}
        judged |= {"", *getattr(entry, "link_verdicts", ())}
        found = {product: self._stands(VERDICT, creator, video, product or None) for product in judged}
        return {product: verdict for product, verdict in found.items() if verdict}

    def _linked(self, subject: Subject, creator: str, video: str, product: str) -> Iterator[Difference]:
        """A live link is known to its product, and its creator hears of the stock."""
        entry = self._live.get(PRODUCTS, keys.pair(creator, product), creator)
        known = entry is not None and video in entry.videos
        told = self._live.get(SUBSCRIBERS, keys.pair(product, creator), product) is not None
        yield from differences(subject, PRODUCTS, known, True, f"{product} knows the video")
        yield from differences(subject, SUBSCRIBERS, told, True, f"the creator hears of {product}")

    def _history(self, subject: Subject, entry: Video, shown: Body | None) -> Iterator[Difference]:
        """Its changes are kept, those that are not are known to be gone, and the next one gets a number of
        its own.
        """
        creator, video = subject.ids
        numbered = [keys.numbered(creator, number) for number in entry.history]
        changes = [self._live.get(CHANGES, key, creator) for key in numbered]
        kept = history.kept(entry.version, changes)
        expected = history.expected(video, entry.version, changes, shown)
        yield from differences(subject, CHANGES, kept, expected)
        for change in filter(None, changes):
            caused = self._trust.gone(change.fact) or may_have_made(self._stands, creator, video, change)
            yield from differences(subject, CHANGES, caused, True, f"{change.version}.cause can be its cause")
        yield from self._numbers(subject, entry)

    def _numbers(self, subject: Subject, entry: Video) -> Iterator[Difference]:
        creator, _ = subject.ids
        last = self._live.get(NUMBERS, LAST, creator) or 0
        goes_on = last >= max(entry.history, default=0)
        yield from differences(subject, NUMBERS, goes_on, True, "go on after its changes")
        # Its first change has the number 1 at the least, and each one a greater number than those before.
        fewest = entry.version - KEPT if len(entry.history) == KEPT else 0
        dropped = self._live.get(NUMBERS, creator.encode(), creator) or 0
        told = fewest <= dropped <= max(last, fewest)
        yield from differences(subject, NUMBERS, told, True, "tell how far changes were dropped")

    def _product(self, subject: Subject, creator: str, product: str) -> Iterator[Difference]:
        entry = self._live.get(PRODUCTS, keys.pair(creator, product), creator)
        invite = self._stands(INVITED, creator, product)
        linking = entry.videos if entry else []
        view = views.expected_product(
            self._stands(DECIDED, creator, product),
            invite,
            self._stands(LEVEL, product),
            bool(linking),
            self.now,
        )
        yield from differences(subject, PRODUCTS, entry and views.product(entry), view)
        for video in linking:
            linked = self._links(creator, video, product)
            yield from differences(subject, PRODUCTS, True, linked, f"video {video} links it")
        if invite and invite.says["expires_at"] > self.now:
            key = keys.at(invite.says["expires_at"], keys.pair(creator, product))
            waits = self._live.get(TIMERS, key, creator) is not None
            yield from differences(subject, TIMERS, waits, True, "the invite's deadline")

    def _links(self, creator: str, video: str, product: str) -> bool:
        posted = self._stands(POSTED, creator, video)
        if posted is None or self._stands(DELETED, creator, video) is not None:
            return False
        return any(linked == product for linked, *_ in posted.says["links"])

    def _stock(self, subject: Subject, product: str) -> Iterator[Difference]:
        entry = self._live.get(LEVELS, product.encode(), product)
        expected = views.expected_stock(self._stands(LEVEL, product))
        yield from differences(subject, LEVELS, entry and views.stock(entry), expected)

    def _subscriber(self, subject: Subject, product: str, creator: str) -> Iterator[Difference]:
        entry = self._live.get(PRODUCTS, keys.pair(creator, product), creator)
        linked = entry is not None and bool(entry.videos)
        told = self._live.holds(SUBSCRIBERS, keys.pair(product, creator), product)
        yield from differences(subject, SUBSCRIBERS, told, told and linked, "links it")

    def _timer(self, subject: Subject, creator: str, product: str, deadline: str) -> Iterator[Difference]:
        invite = self._stands(INVITED, creator, product)
        stands = invite is not None and invite.says["expires_at"] == int(deadline) > self.now
        waits = self._live.holds(TIMERS, keys.at(int(deadline), keys.pair(creator, product)), creator)
        yield from differences(subject, TIMERS, waits, waits and stands, "waits for an invite")

    def _change(self, subject: Subject, creator: str, number: str) -> Iterator[Difference]:
        """Event streams tell it, whether a history has it or not."""
        change = self._live.get(CHANGES, keys.numbered(creator, int(number)), creator)
        if change is not None:
            video = self._live.get(VIDEOS, keys.pair(creator, change.video_id), creator)
            kept = video is not None and int(number) in video.history
            yield from differences(subject, CHANGES, True, kept, "is of a video's history")

    def _entry(self, subject: Subject, table: str, partition: str, key: str) -> Iterator[Difference]:
        place = Place(int(partition), unquote_to_bytes(key))
        found = self._live.at(table, place)
        if found is not None:
            at_home = self._live.at_home(table, place)
            yield from differences(subject, table, at_home, True, "lies on the partition of its key")
            yield from differences(subject, table, found is not UNREADABLE, True, "can be read")
