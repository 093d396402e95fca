"""Facts from before the log's beginning, which retention took: what tables hold of them is taken on trust."""

from collections.abc import Iterable, Mapping
from typing import Any

from streams import keys
from streams.audit.facts import DECIDED, DELETED, INVITED, LEVEL, POSTED, Standing
from streams.audit.live import Live
from streams.audit.report import Gone
from streams.audit.tables import LEVELS, PRODUCTS, VIDEOS
from streams.domain.facts import Fact

_Known = tuple[Fact | None, dict[str, Any]]
_NOTHING: _Known = (None, {})


class Trust:
    """What live tables know from before the log's beginning."""

    def __init__(self, live: Live, gone: Iterable[Gone], sources: Mapping[str, str]) -> None:
        """`sources`: the full name of the topic that has events of a type."""
        self._live = live
        self._sources = sources
        self._beginnings = {(topic, partition): first for topic, partition, first in gone}

    def fact(self, kind: str, first: str, *ids: str | None) -> Standing | None:
        """The fact of a kind that the tables hold, if its record is gone."""
        if not self._beginnings:
            return None
        fact, says = self._known(kind, first, *ids)
        if fact is None or not self.gone(fact):
            return None
        return Standing(fact.occurred_at, fact.event_id, says)

    def gone(self, fact: Fact) -> bool:
        """Whether its record is."""
        return fact.offset < self._beginnings.get((self._sources[fact.type], fact.partition), 0)

    def _known(self, kind: str, first: str, second: str | None = None, product: str | None = None) -> _Known:
        if kind == LEVEL:
            stock = self._live.get(LEVELS, first.encode(), first)
            return (stock.fact, {"available": stock.available}) if stock else _NOTHING
        table = PRODUCTS if kind in (DECIDED, INVITED) else VIDEOS
        entry = self._live.get(table, keys.pair(first, second or ""), first)
        if entry is None:
            return _NOTHING
        return self._of_product(kind, entry) if table == PRODUCTS else self._of_video(kind, entry, product)

    @staticmethod
    def _of_video(kind: str, video: Any, product: str | None) -> _Known:
        if kind == POSTED:
            links = [[link.product_id, link.approval_required, link.seller_id] for link in video.links]
            return video.registration, {"title": video.title, "links": links}
        if kind == DELETED:
            return video.deletion, {}
        verdict = video.link_verdicts.get(product) if product else video.verdict
        if verdict is None:
            return _NOTHING
        says = {"violation": verdict.violation, "policy": verdict.policy, "reason": verdict.reason}
        return verdict.fact, says

    @staticmethod
    def _of_product(kind: str, product: Any) -> _Known:
        if kind == INVITED:
            invite = product.invite
            return (invite.fact, {"expires_at": invite.expires_at}) if invite else _NOTHING
        decision = product.application
        if decision is None:
            return _NOTHING
        contact = (
            {name: getattr(decision.contact, name) for name in ("name", "email", "phone", "url")}
            if decision.contact
            else {}
        )
        says = {"approved": decision.approved, "contact": contact, "reason": decision.reason}
        return decision.fact, says
