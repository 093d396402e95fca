"""moderation: verdicts on videos and their links."""

from typing import Literal

from schemas.base import Fact, Id


class ModerationVerdict(Fact):
    """A verdict on one link of a video, or on all of them where `product_id` is absent."""

    type: Literal["moderation_verdict"]
    creator_id: Id
    video_id: Id
    product_id: Id | None = None
    """The link; absent: all links of the video."""

    verdict: Literal["approved", "violation"]
    policy: str | None = None
    """The guideline that was violated."""

    reason: str | None = None
    """Why, in words."""
