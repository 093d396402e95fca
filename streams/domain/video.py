"""A video with its product links, as one creator posted it."""

from msgspec import Raw, Struct, field

from streams.domain.facets import Moderation
from streams.domain.facts import Fact
from streams.domain.status import LinkStatus

VERDICTS_KEPT = 250
"""Of one video, on links: what links it has not, or not yet, may be any number of mistakes."""


class Link(Struct, frozen=True, array_like=True, gc=False):
    """A product link of a posted video."""

    product_id: str
    approval_required: bool = True
    seller_id: str | None = None


class Video(Struct, array_like=True, gc=False):
    """Registration, verdicts, links in posted order, and the mark of each as it was published last: its
    status and its issues in a byte (streams/domain/issues.py); no marks until the links were judged.

    A verdict or a deletion may come before the registration. `version` counts the changes published so far;
    `history` has the numbers of the last of them (streams/chronicle.py).
    """

    registration: Fact | None = None
    deletion: Fact | None = None
    title: str = ""
    links: list[Link] = field(default_factory=list)
    marks: bytes = b""
    version: int = 0
    verdict: Moderation | None = None
    link_verdicts: dict[str, Moderation] = field(default_factory=dict)
    history: list[int] = field(default_factory=list)

    @property
    def visible(self) -> bool:
        """Whether the creator sees this video: posted and not deleted."""
        return self.registration is not None and self.deletion is None

    @property
    def statuses(self) -> list[LinkStatus]:
        """The links that were judged, in words."""
        return [LinkStatus(link.product_id, mark) for link, mark in zip(self.links, self.marks, strict=False)]

    def register(self, fact: Fact, title: str, links: list[Link]) -> bool:
        """Take a registration; returns whether it stands.

        Its links are to be judged then. Links of a posted video cannot be replaced, so of two registrations
        the *earlier* stands (CONTRACT.md). Of a deleted video only the registration's identity is kept, to
        tell a later one apart.
        """
        if self.registration is not None and not self.registration.supersedes(fact):
            return False
        self.registration = fact
        if self.deletion is None:
            self.title, self.links, self.marks = title, links, b""
        return True

    def delete(self, fact: Fact) -> bool:
        """Take a deletion; returns whether the record of it changed. A deleted video stays deleted and needs
        no details.
        """
        if not fact.supersedes(self.deletion):
            return False
        self.deletion = fact
        self.title, self.links, self.marks = "", [], b""
        self.verdict, self.link_verdicts = None, {}
        return True

    def moderate(self, verdict: Moderation, product_id: str | None) -> bool:
        """Take a verdict on the whole video (`product_id` None) or on one link; returns whether it stands in
        its scope.
        """
        if self.deletion is not None:
            return False
        known = self.verdict if product_id is None else self.link_verdicts.get(product_id)
        if known is not None and not verdict.fact.supersedes(known.fact):
            return False
        if product_id is None:
            self.verdict = verdict
        else:
            self.link_verdicts[product_id] = verdict
        return True

    def has_room_for(self, product_id: str) -> bool:
        """Whether a verdict on the link of this product can be kept; on a link of the video it can always."""
        return (
            len(self.link_verdicts) < VERDICTS_KEPT
            or product_id in self.link_verdicts
            or any(link.product_id == product_id for link in self.links)
        )

    def verdict_on(self, product_id: str) -> Moderation | None:
        """The verdict that holds for one link: the later of the video's and the link's own."""
        own = self.link_verdicts.get(product_id)
        if own is None:
            return self.verdict
        if self.verdict is None or own.fact.supersedes(self.verdict.fact):
            return own
        return self.verdict

    def rulings(self, product_id: str | None) -> list[bool | None]:
        """Whether the link of one product, or each link (`product_id` None), is a violation; None while
        moderation has not decided. It is all that a link's status takes from verdicts.
        """
        if product_id is not None:
            verdicts = [self.verdict_on(product_id)]
        elif self.link_verdicts:
            verdicts = [self.verdict_on(link.product_id) for link in self.links]
        else:
            verdicts = [self.verdict] * len(self.links)
        return [None if verdict is None else verdict.violation for verdict in verdicts]


class _When(Struct, frozen=True, array_like=True, gc=False):
    """The beginning of a `Fact`."""

    occurred_at: int


class Glance(Struct, frozen=True, array_like=True, gc=False):
    """The beginning of a `Video`, field by field, as far as a list tells it: decoded in half the time."""

    registration: _When | None
    deletion: _When | None
    title: str
    links: Raw
    marks: bytes
    version: int
