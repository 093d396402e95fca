"""State of format 1, written by hand, as this version reads it."""

import pytest
from msgspec import msgpack

from streams.domain.change import Change, Move
from streams.domain.facets import Application, Moderation, Stock
from streams.domain.facts import Fact
from streams.domain.product import Product
from streams.domain.status import Counts
from streams.domain.video import Link, Video
from streams.fanouts import FanOut
from tests.support.codecs import CODECS

POSTED = [5, "e1", "video_posted", ["video-links", 3, 7]]
RULED = [6, "e2", "moderation_verdict", ["moderation", 1, 8]]
LEVEL = [7, "e3", "inventory_level", ["inventory", 2, 9]]
LINKS = [["p1", True, None], ["p2", False, "s"], ["p3", True, None]]
REVIEWED = ["p1", "in_review", []]
REJECTED = ["p2", "needs_attention", ["rejected_by_seller", "product_out_of_stock"]]
STATUSES = [REVIEWED, REJECTED, ["p3", "approved", []]]
MOVED = [["p2", "in_review", []], REJECTED]
_LINKS = [Link("p1"), Link("p2", False, "s"), Link("p3")]
_POSTED = Fact(5, "e1", "video_posted", 3, 7)
_RULED = Fact(6, "e2", "moderation_verdict", 1, 8)
_STOCK = Stock(Fact(7, "e3", "inventory_level", 2, 9), 0)

CASES: list[tuple[str, object, object]] = [
    (
        "videos",
        [POSTED, None, "seen", LINKS, STATUSES, 4, [RULED, False, None, None], {"p1": [RULED, True]}, [1, 9]],
        Video(
            _POSTED, None, "seen", _LINKS, b"\x01\x14\x00", 4,
            Moderation(_RULED, False), {"p1": Moderation(_RULED, True)}, [1, 9],
        ),
    ),
    (
        "videos",
        [POSTED, None, "", LINKS, STATUSES, 4, None, {}],
        Video(_POSTED, None, "", _LINKS, b"\x01\x14\x00", 4),
    ),
    ("videos", [None, POSTED, "", [], [], 0, None, {}, []], Video(None, _POSTED)),
    ("products", [None, None, None, ["v1"]], Product(videos=["v1"])),
    (
        "products",
        [[RULED, True, "why", None], None, [LEVEL, 0], []],
        Product(Application(_RULED, True, "why"), None, _STOCK),
    ),
    (
        "changes",
        ["v1", 2, RULED, 6, 8, None, [1, 0], [[None, REJECTED], [REVIEWED, None], MOVED]],
        Change(
            "v1", 2, _RULED, 6, 8, None, Counts(1, 0),
            (Move("p2", None, 20), Move("p1", 1, None), Move("p2", 1, 20)),
        ),
    ),
    ("levels", [LEVEL, 0], _STOCK),
    ("fanouts", [[LEVEL, 0], "c7"], FanOut(_STOCK, "c7")),
    ("timers", True, True),
    ("numbers", 70, 70),
]  # fmt: skip


@pytest.mark.parametrize(("table", "stored", "meant"), CASES)
def test_it_means_the_same(table: str, stored: object, meant: object) -> None:
    assert CODECS[table].decode(b"\x01" + msgpack.encode(stored)) == meant
