"""What each event takes and refuses, beside the examples."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from schemas import InvalidEvent, decode
from schemas.decisions import SellerContact, SellerDecision
from schemas.inventory import InventoryLevel
from schemas.invites import InviteExpiry
from schemas.links import Link, VideoDeleted, VideoPosted
from schemas.moderation import ModerationVerdict
from schemas.stock import StockForCreator, StockSubscription

COMMON = {"event_id": "e-1", "occurred_at": "2026-11-23T09:00:00.250Z"}
MILLIS = 1_795_424_400_250
CREATOR = COMMON | {"creator_id": "c7"}
POSTED = CREATOR | {"type": "video_posted", "video_id": "v1", "title": "", "links": [{"product_id": "p42"}]}
DECISION = CREATOR | {"type": "seller_decision", "product_id": "p42", "decision": "rejected"}
VERDICT = CREATOR | {"type": "moderation_verdict", "video_id": "v1", "verdict": "violation"}
LEVEL = COMMON | {"type": "inventory_level", "product_id": "p42", "available": 3}


def read(topic: str, fields: dict[str, Any]) -> Any:
    return decode(topic, json.dumps(fields).encode())


def refused(topic: str, fields: dict[str, Any]) -> str:
    with pytest.raises(InvalidEvent) as caught:
        read(topic, fields)
    assert caught.value.code == "invalid_event"
    return caught.value.message


def test_video_posted() -> None:
    event = read("video-links", POSTED)
    assert isinstance(event, VideoPosted)
    assert (event.type, event.event_id, event.occurred_at) == ("video_posted", "e-1", MILLIS)
    assert (event.creator_id, event.video_id, event.title) == ("c7", "v1", "")
    assert event.links == (Link(product_id="p42", seller_id=None, seller_approval="required"),)


def test_video_deleted() -> None:
    event = read("video-links", CREATOR | {"type": "video_deleted", "video_id": "v1"})
    assert isinstance(event, VideoDeleted)
    assert (event.creator_id, event.video_id) == ("c7", "v1")


def test_seller_decision() -> None:
    event = read("seller-decisions", DECISION | {"seller_contact": {"email": "a@b.example", "fax": 1}})
    assert isinstance(event, SellerDecision)
    assert (event.product_id, event.decision, event.reason) == ("p42", "rejected", None)
    assert event.seller_contact == SellerContact(email="a@b.example")


def test_invite_expiry() -> None:
    fields = CREATOR | {"type": "invite_expiry", "product_id": "p42", "expires_at": "1970-01-01T00:00:00Z"}
    event = read("invite-expiries", fields)
    assert isinstance(event, InviteExpiry)
    assert (event.product_id, event.expires_at) == ("p42", 0)


def test_moderation_verdict() -> None:
    event = read("moderation", VERDICT | {"policy": "", "reason": "x"})
    assert isinstance(event, ModerationVerdict)
    assert (event.video_id, event.product_id, event.verdict) == ("v1", None, "violation")
    assert (event.policy, event.reason) == ("", "x")


def test_inventory_level() -> None:
    event = read("inventory", LEVEL)
    assert isinstance(event, InventoryLevel)
    assert (event.product_id, event.available) == ("p42", 3)


def test_stock_events() -> None:
    pair = {"creator_id": "c7", "product_id": "p42"}
    subscription = read("stock-subscriptions", pair | {"type": "stock_subscription", "subscribed": False})
    assert isinstance(subscription, StockSubscription)
    assert subscription.subscribed is False
    cause = {"topic": "inventory", "partition": 3, "offset": 204}
    stock = read("stock-by-creator", LEVEL | pair | {"type": "stock_for_creator", "cause": cause})
    assert isinstance(stock, StockForCreator)
    assert (stock.available, stock.cause.topic, stock.cause.partition, stock.cause.offset) == (
        3,
        "inventory",
        3,
        204,
    )


@pytest.mark.parametrize(
    ("topic", "fields", "optional"),
    [
        ("seller-decisions", DECISION, ("reason", "seller_contact")),
        ("moderation", VERDICT, ("product_id", "policy", "reason")),
    ],
)
def test_null_is_absent(topic: str, fields: dict[str, Any], optional: tuple[str, ...]) -> None:
    assert read(topic, fields | dict.fromkeys(optional)) == read(topic, fields)


def test_null_is_absent_within() -> None:
    links = [{"product_id": "p42", "seller_id": None, "seller_approval": None}]
    assert read("video-links", POSTED | {"links": links}) == read("video-links", POSTED)
    contact = dict.fromkeys(("name", "email", "phone", "url"))
    event = read("seller-decisions", DECISION | {"seller_contact": contact})
    assert event.seller_contact == SellerContact()


@pytest.mark.parametrize("field", ["event_id", "product_id"])
@pytest.mark.parametrize("value", ["x", "x" * 128, "😀" * 128, " ", "\u00a0", "\u2028", "~", "é"])
def test_id(field: str, value: str) -> None:
    assert getattr(read("inventory", LEVEL | {field: value}), field) == value


@pytest.mark.parametrize("field", ["event_id", "product_id"])
@pytest.mark.parametrize(
    "value",
    ["", "x" * 129, "\x00", "a\x1f", "\x7fa", "a\x80b", "a\x9f", "a\n", "a\r\n", 5, True, None, ["a"], {}],
)
def test_no_id(field: str, value: object) -> None:
    assert refused("inventory", LEVEL | {field: value}).startswith(f"{field}: ")


@pytest.mark.parametrize("value", [0, 1, 2**63 - 1])
def test_available(value: int) -> None:
    assert read("inventory", LEVEL | {"available": value}).available == value


@pytest.mark.parametrize("value", [-1, 2**63, 2**64, 10**30, 1.5, 1.0, "1", True, None, [1]])
def test_not_available(value: object) -> None:
    assert refused("inventory", LEVEL | {"available": value}).startswith("available: ")


def test_links_are_1_to_50_and_no_product_is_twice() -> None:
    links = [{"product_id": f"p{number}"} for number in range(51)]
    assert len(read("video-links", POSTED | {"links": links[:50]}).links) == 50
    assert refused("video-links", POSTED | {"links": links}).startswith("links: ")
    assert refused("video-links", POSTED | {"links": []}).startswith("links: ")
    assert refused("video-links", POSTED | {"links": links[:2] * 2}) == "links: a product is linked twice"


@pytest.mark.parametrize("approval", ["required", "not_required"])
def test_seller_approval(approval: str) -> None:
    links = [{"product_id": "p42", "seller_approval": approval}]
    assert read("video-links", POSTED | {"links": links}).links[0].seller_approval == approval


@pytest.mark.parametrize("approval", ["", "Required", True, 0, {}])
def test_no_seller_approval(approval: object) -> None:
    links = [{"product_id": "p42"}, {"product_id": "p43", "seller_approval": approval}]
    message = refused("video-links", POSTED | {"links": links})
    assert message == "links.1.seller_approval: Input is none of the allowed values"


def test_events_are_frozen() -> None:
    event = read("inventory", LEVEL)
    with pytest.raises(ValidationError):
        event.available = 4
