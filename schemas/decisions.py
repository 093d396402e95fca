"""seller-decisions: what a seller said to a creator's application for a product."""

from typing import Literal

from schemas.base import Fact, Id, Model


class SellerContact(Model):
    """How to reach the seller, as far as known."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    url: str | None = None


class SellerDecision(Fact):
    """The seller approved or rejected this creator's application for a product."""

    type: Literal["seller_decision"]
    creator_id: Id
    product_id: Id
    decision: Literal["approved", "rejected"]
    reason: str | None = None
    """Why, in the seller's words."""

    seller_contact: SellerContact | None = None
    """Shown to the creator whose application was rejected."""
