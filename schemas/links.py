"""video-links: videos with their product links."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from schemas.base import Fact, Id, Model, NullMeans

SellerApproval = Annotated[Literal["required", "not_required"], NullMeans("required")]


class Link(Model):
    """A product link of a video, and whether the seller has to approve it."""

    product_id: Id
    seller_id: Id | None = None
    """Who sells the product."""

    seller_approval: SellerApproval = "required"
    """`required` unless given; `not_required`: no decision of the seller is waited for."""


def _no_product_twice(links: tuple[Link, ...]) -> tuple[Link, ...]:
    if len({link.product_id for link in links}) < len(links):
        raise PydanticCustomError("product_twice", "a product is linked twice")
    return links


Links = Annotated[tuple[Link, ...], Field(min_length=1, max_length=50), AfterValidator(_no_product_twice)]


class VideoPosted(Fact):
    """A video was posted with its links, no product twice; the links never change."""

    type: Literal["video_posted"]
    creator_id: Id
    video_id: Id
    title: str
    """May be empty."""

    links: Links
    """In the order in which they are shown."""


class VideoDeleted(Fact):
    """A video was deleted, for good."""

    type: Literal["video_deleted"]
    creator_id: Id
    video_id: Id
    """It is never used again."""
