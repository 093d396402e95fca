"""The tables against the facts: their encoding is the product's, their contents are the oracle's to say."""

from collections.abc import Iterator

from streams.domain.facets import Moderation, Stock
from streams.domain.facts import Fact
from streams.domain.product import Product
from streams.domain.video import Video
from tests.chaos.judge.evidence import Evidence, Tables
from tests.properties import oracle
from tests.properties.oracle import Standing
from tests.support.codecs import CODECS
from tests.support.events import Event

Contents = dict[tuple[str, bytes], object]
Identity = tuple[int, str] | None

# Which changes there were, the order of arrival decides; `outputs` judges them.
_BY_ARRIVAL = frozenset({"changes", "numbers"})


def problems(evidence: Evidence) -> Iterator[str]:
    """What is wrong with the tables; nothing if all is well, or if none were looked at."""
    if evidence.tables is None:
        return
    found = contents(evidence.tables)
    due = expected(Standing(evidence.events), evidence.now)
    for entry in sorted(found.keys() | due.keys()):
        if found.get(entry) != due.get(entry):
            yield f"table {entry}: {found.get(entry)}, where the input log says {due.get(entry)}"


def contents(tables: Tables) -> Contents:
    """Entries by table and key, without what the order of arrival may decide."""
    read = {"videos": _video, "products": _product, "levels": _level}
    return {
        (name, key): read[name](value) if name in read else True
        for name, entries in tables.items()
        if name not in _BY_ARRIVAL
        for key, value in entries.items()
    }


def expected(known: Standing, now: int) -> Contents:
    """The same, from the facts that stand."""
    return {
        **_videos(known, now),
        **_products(known, now),
        **{("timers", key): True for key in _timers(known, now)},
        **{("levels", p.encode()): (oracle.rank(f), f["available"]) for p, f in known.levels.items()},
        **{("subscribers", _key(product, creator)): True for creator, product in _linked(known)},
    }


def _video(data: bytes) -> object:
    video: Video = CODECS["videos"].decode(data)
    verdicts: dict[str | None, Moderation | None] = {None: video.verdict}
    verdicts.update(video.link_verdicts)
    return (
        (_identity(video.registration), _identity(video.deletion)),
        (video.title, [(link.product_id, link.approval_required) for link in video.links]),
        [(link.product_id, link.status, list(link.issues)) for link in video.statuses],
        {key: (_identity(each.fact), each.violation) for key, each in verdicts.items() if each},
    )


def _videos(known: Standing, now: int) -> Contents:
    shown = {video: oracle.video(registration, known, now) for video, registration in known.live.items()}
    facts = [*known.posted.values(), *known.deleted.values(), *known.verdicts.values()]
    found: Contents = {}
    for creator, video in {(fact["creator_id"], fact["video_id"]) for fact in facts}:
        posted, deleted = known.posted.get(video), known.deleted.get(video)
        live = known.live.get(video)
        links = [(each["product_id"], _needs_approval(each)) for each in live["links"]] if live else []
        found["videos", _key(creator, video)] = (
            (_rank(posted), _rank(deleted)),
            (live["title"] if live else "", links),
            [_status(each) for each in shown[video]["links"]] if live else [],
            {} if deleted else _verdicts(known, video),
        )
    return found


def _status(link: Event) -> tuple[str, str, list[str]]:
    return link["product_id"], link["status"], [issue["code"] for issue in link["issues"]]


def _verdicts(known: Standing, video: str) -> dict[str | None, tuple[Identity, bool]]:
    return {
        product: (_rank(fact), fact["verdict"] == "violation")
        for product, fact in known.verdicts_on(video).items()
    }


def _product(data: bytes) -> object:
    product: Product = CODECS["products"].decode(data)
    application, invite = product.application, product.invite
    told = product.contact
    return (
        application and (_identity(application.fact), application.approved),
        {name: text for name in oracle.CONTACT if (text := getattr(told, name, None)) is not None},
        invite and (_identity(invite.fact), invite.expires_at, invite.expired),
        # Only running out and coming back are told: which of several levels above zero, chance decides.
        product.out_of_stock,
        sorted(product.videos),
    )


def _products(known: Standing, now: int) -> Contents:
    linked = _linked(known)
    found: Contents = {}
    for scope in known.decisions.keys() | known.invites.keys() | linked.keys():
        decision, invite = known.decisions.get(scope), known.invites.get(scope)
        level, videos = known.levels.get(scope[1]), sorted(linked.get(scope, []))
        found["products", _key(*scope)] = (
            decision and (_rank(decision), decision["decision"] == "approved"),
            oracle.contact(decision) if decision else {},
            invite and (_rank(invite), invite["expires_at"], invite["expires_at"] <= now),
            bool(videos and level and level["available"] == 0),
            videos,
        )
    return found


def _linked(known: Standing) -> dict[tuple[str, str], list[str]]:
    """Live videos by creator and product."""
    found: dict[tuple[str, str], list[str]] = {}
    for video, registration in known.live.items():
        for link in registration["links"]:
            found.setdefault((registration["creator_id"], link["product_id"]), []).append(video)
    return found


def _level(data: bytes) -> object:
    stock: Stock = CODECS["levels"].decode(data)
    return _identity(stock.fact), stock.available


def _timers(known: Standing, now: int) -> Iterator[bytes]:
    for scope, fact in known.invites.items():
        if fact["expires_at"] > now:
            yield fact["expires_at"].to_bytes(8, "big") + _key(*scope)


def _needs_approval(link: Event) -> bool:
    return (link.get("seller_approval") or "required") == "required"


def _key(first: str, second: str) -> bytes:
    return f"{first}\0{second}".encode()


def _identity(fact: Fact | None) -> Identity:
    return None if fact is None else (fact.occurred_at, fact.event_id)


def _rank(fact: Event | None) -> Identity:
    return None if fact is None else oracle.rank(fact)
