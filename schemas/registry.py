"""Which topic carries which events, and under which key. Names are without prefix."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import Annotated, Any, Final, get_args

from pydantic import Field, TypeAdapter

from schemas.base import Event
from schemas.decisions import SellerDecision
from schemas.inventory import InventoryLevel
from schemas.invites import InviteExpiry
from schemas.links import VideoDeleted, VideoPosted
from schemas.moderation import ModerationVerdict
from schemas.status import VideoStatus, VideoStatusChanged
from schemas.stock import StockForCreator, StockSubscription


@dataclass(frozen=True)
class TopicSchema:
    """The field whose value is the record's key, and the models of the events; `type` tells them apart."""

    key: str
    models: tuple[type[Event], ...]

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
    "video-status-changes": TopicSchema("video_id", (VideoStatusChanged,)),
    "video-status": TopicSchema("video_id", (VideoStatus,)),
}
