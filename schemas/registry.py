"""Which topic carries which events, and under which key. Names are without prefix."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import Annotated, Any, Final, get_args

from pydantic import Field, TypeAdapter

from schemas.base import Event, Model
from schemas.decisions import SellerDecision
from schemas.headers import ChangeHeaders, DeadLetterHeaders, StatusHeaders
from schemas.inventory import InventoryLevel
from schemas.invites import InviteExpiry
from schemas.links import VideoDeleted, VideoPosted
from schemas.moderation import ModerationVerdict
from schemas.status import VideoStatus, VideoStatusChanged
from schemas.stock import StockForCreator, StockSubscription


@dataclass(frozen=True)
class TopicSchema:
    """The field whose value is the record's key, and the models of the events; `type` tells them apart.

    What is `published` holds no field that its schema does not name; what is read may, and it is ignored.
    """

    key: str
    models: tuple[type[Event], ...]
    published: bool = False
    version: int = 1

    @cached_property
    def types(self) -> frozenset[str]:
        """The values of `type` that belong here; empty where records have no `type` (video-status)."""
        fields = (model.model_fields.get("type") for model in self.models)
        return frozenset(get_args(field.annotation)[0] for field in fields if field)

    @cached_property
    def adapter(self) -> TypeAdapter[Event]:
        """Validates an event of any of the models."""
        if len(self.models) == 1:
            return TypeAdapter(self.models[0])
        union: Any = reduce(or_, self.models)
        return TypeAdapter(Annotated[union, Field(discriminator="type")])


TOPICS: Final[Mapping[str, TopicSchema]] = {
    "video-links": TopicSchema("creator_id", (VideoPosted, VideoDeleted)),
    "seller-decisions": TopicSchema("creator_id", (SellerDecision,)),
    "invite-expiries": TopicSchema("creator_id", (InviteExpiry,)),
    "moderation": TopicSchema("creator_id", (ModerationVerdict,)),
    "inventory": TopicSchema("product_id", (InventoryLevel,)),
    "stock-subscriptions": TopicSchema("product_id", (StockSubscription,)),
    "stock-by-creator": TopicSchema("creator_id", (StockForCreator,)),
    "video-status-changes": TopicSchema("video_id", (VideoStatusChanged,), published=True),
    "video-status": TopicSchema("video_id", (VideoStatus,), published=True),
}

HEADERS: Final[Mapping[str, type[Model]]] = {
    "video-status-changes": ChangeHeaders,
    "video-status": StatusHeaders,
    "dead-letters": DeadLetterHeaders,
}
"""What the records of a sink have as headers, decoded as UTF-8."""
