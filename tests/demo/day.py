"""What the list should show, thought out anew from the help page: no code of streams is used.

It takes the story's facts in the order in which they happened, with a clock of its own.
"""

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from demo.facts import Broken, Fact
from demo.story import Scene

ISSUES = ("content_quality_violation", "rejected_by_seller", "invite_expired", "product_out_of_stock")
PAUSE = timedelta(seconds=1)


class Day:
    """The creator's videos in the course of the story."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 10, tzinfo=UTC)
        self.dead_letters = 0
        self._videos: dict[str, dict[str, bool]] = {}  # by link: the seller need not be asked
        self._decisions: dict[str, str] = {}
        self._invites: dict[str, datetime] = {}
        self._stock: dict[str, int] = defaultdict(lambda: 1)
        self._verdicts: dict[tuple[str, str], str] = {}

    def play(self, scene: Scene) -> None:
        """What happens in the scene; one with no facts lasts until the next invite ends."""
        for fact in scene.facts:
            self._take(fact)
        waits = not scene.facts
        self.now = min(end for end in self._invites.values() if end > self.now) if waits else self.now + PAUSE

    def labels(self) -> dict[str, tuple[str, ...]]:
        """The labels of each video."""
        return {video_id: self._labels(video_id) for video_id in self._videos}

    def issues(self) -> set[tuple[str, str, str]]:
        """Video, product and code of each issue that stands."""
        return {
            (video_id, product_id, code)
            for video_id, links in self._videos.items()
            for product_id in links
            for code in self._issues(video_id, product_id)
        }

    def _take(self, fact: Fact) -> None:
        if isinstance(fact, Broken):
            self.dead_letters += 1
            return
        event = json.loads(fact.record("f", self.now))
        product_id = event.get("product_id")
        match event["type"]:
            case "video_posted" if event["video_id"] in self._videos:
                self.dead_letters += 1
            case "video_posted":
                links = {each["product_id"]: "seller_approval" in each for each in event["links"]}
                self._videos[event["video_id"]] = links
            case "video_deleted":
                del self._videos[event["video_id"]]
            case "seller_decision":
                self._decisions[product_id] = event["decision"]
            case "invite_expiry":
                self._invites[product_id] = datetime.fromisoformat(event["expires_at"])
            case "inventory_level":
                self._stock[product_id] = event["available"]
            case "moderation_verdict":
                about = [product_id] if product_id else self._videos[event["video_id"]]
                self._verdicts.update({(event["video_id"], each): event["verdict"] for each in about})

    def _issues(self, video_id: str, product_id: str) -> list[str]:
        invite = self._invites.get(product_id)
        present = (
            self._verdicts.get((video_id, product_id)) == "violation",
            self._decisions.get(product_id) == "rejected",
            invite is not None and invite <= self.now,
            self._stock[product_id] == 0,
        )
        return [code for code, there in zip(ISSUES, present, strict=True) if there]

    def _labels(self, video_id: str) -> tuple[str, ...]:
        links = self._videos[video_id]
        troubled = {product_id for product_id in links if self._issues(video_id, product_id)}
        waiting = {
            product_id
            for product_id, needs_no_seller in links.items()
            if (video_id, product_id) not in self._verdicts
            or not (needs_no_seller or product_id in self._decisions)
        } - troubled
        return tuple(
            f"{number} product link{'s' if number > 1 else ''} {what}"
            for number, what in (
                (len(troubled), "need attention" if len(troubled) > 1 else "needs attention"),
                (len(waiting), "in review"),
            )
            if number
        )
