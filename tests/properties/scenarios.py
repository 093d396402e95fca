"""Scenarios: facts of a small world, with ties, and how their records get lost on the way."""

from typing import NamedTuple

from hypothesis import strategies as st

from tests.support.events import Event, decided, deleted, invited, moderated, posted, stocked
from tests.support.simulation import NOW

END = NOW + 40
CREATOR_OF = {"v1": "c1", "v2": "c1", "v3": "c2"}
PRODUCTS = ("p1", "p2", "p3")
BAD = (None, b"", b"{", b"[]", b'{"type":"weather"}', b'{"type":"video_posted"}', b"\xff")

_at = st.integers(0, 9)
_product = st.sampled_from(PRODUCTS)
_creator = st.sampled_from(sorted(set(CREATOR_OF.values())))
_video = st.sampled_from(sorted(CREATOR_OF))
_link = st.fixed_dictionaries(
    {"product_id": _product}, optional={"seller_approval": st.sampled_from(["required", "not_required"])}
)
_links = st.lists(_link, min_size=1, max_size=3, unique_by=lambda link: link["product_id"])
_email = st.sampled_from(["a@b.example", "c@d.example", None])
_contact = st.fixed_dictionaries({"email": _email}) | st.none()

_posted = st.builds(
    lambda video, links, at: posted(video, *links, at=at, creator=CREATOR_OF[video], title=f"title {at}"),
    _video, _links, _at,
)  # fmt: skip
_deleted = st.builds(lambda video, at: deleted(video, at, CREATOR_OF[video]), _video, _at)
_decided = st.builds(
    decided, _product, st.sampled_from(["approved", "rejected"]), _at, _creator, contact=_contact
)
_invited = st.builds(invited, _product, st.sampled_from([1, NOW]) | st.integers(NOW, END + 5), _at, _creator)
_moderated = st.builds(
    lambda video, verdict, at, product: moderated(video, verdict, at, product, CREATOR_OF[video]),
    _video, st.sampled_from(["approved", "violation"]), _at, st.none() | _product,
)  # fmt: skip
_stocked = st.builds(stocked, _product, st.sampled_from([0, 0, 1, 7]), _at)

# Deletions end a video, so they are rare.
_fact = st.one_of(_posted, _posted, _decided, _invited, _moderated, _stocked, _stocked, _moderated, _deleted)


def _named(facts: list[Event]) -> list[Event]:
    """Each fact with an id of its own, in no order that means anything."""
    return [fact | {"event_id": f"e{place * 7919 % 97}"} for place, fact in enumerate(facts)]


facts = st.lists(_fact, min_size=1, max_size=30).map(_named)


class Delivery(NamedTuple):
    """How one fact's records are published."""

    copies: int
    stray: int
    key: bytes | str | None


deliveries = st.builds(
    Delivery,
    copies=st.sampled_from([1, 1, 1, 2, 3]),
    stray=st.sampled_from([0, 0, 0, 1, 2]),
    key=st.sampled_from(["own", "own", None, b"", b"\xff"]),
)


class Scenario(NamedTuple):
    """Facts with their deliveries, bad values, and a seed for everything that chance decides."""

    facts: list[tuple[Event, Delivery]]
    bad: list[bytes | None]
    seed: int

    @property
    def events(self) -> list[Event]:
        """The facts alone."""
        return [event for event, _ in self.facts]


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Any scenario."""
    chosen = [(fact, draw(deliveries)) for fact in draw(facts)]
    bad = draw(st.lists(st.sampled_from(BAD), max_size=3))
    return Scenario(chosen, bad, draw(st.integers(0, 2**32)))
