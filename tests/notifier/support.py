"""A notifier without Kafka and channels: what it is sent by hand, by a clock that the test moves."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examples.notifier.desk import Desk
from examples.notifier.intake import Intake
from examples.notifier.messages import Message
from examples.notifier.outbox import Outbox
from examples.notifier.recipients import Recipient
from examples.notifier.rules import HOUR, Rules
from examples.notifier.state import State
from examples.notifier.writer import Writer

START = 1_795_424_400_000
OUT, REJECTED, EXPIRED = "product_out_of_stock", "rejected_by_seller", "invite_expired"
CHANGES, STATUS = "video-status-changes", "video-status"


class Record(NamedTuple):
    """A record as it is read."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


class Notifier:
    """State in `directory`, and what it tells; `restart` is what a crash leaves of it."""

    def __init__(
        self, directory: Path, rules: Rules | None = None, recipients: Mapping[str, Recipient] | None = None
    ) -> None:
        self.now = START
        self.rules = rules or Rules()
        self._path = directory / "state.sqlite3"
        self._writer = Writer(recipients or {}, "en", "UTC")
        self._versions: dict[str, int] = {}
        self._open()

    def restart(self) -> None:
        self.state.close()
        self._open()

    def change(self, *links: Mapping[str, Any], video: str = "v1", **other: Any) -> dict[str, Any]:
        """Publish and read the next change of a video; `other` are fields that it has otherwise."""
        version = self._versions[video] = self._versions.get(video, 0) + 1
        change = {
            "video_id": video,
            "creator_id": "c1",
            "version": version,
            "occurred_at": self.now,
            "after": {"status": "any"},
            "links": links,
            **other,
        }
        self.read(change)
        return change

    def read(self, change: Mapping[str, Any]) -> None:
        """Read a change, perhaps again."""
        with self.state.transaction():
            self.intake.read_change(Record(CHANGES, 0, 0, None, json.dumps(change).encode()), self.now)

    def status(self, video: str, title: str, version: int, *links: Mapping[str, Any]) -> None:
        """Read a record of `video-status`."""
        with self.state.transaction():
            self.intake.read_title(status_record(video, title, version, self.now, links), self.now)

    def known(self) -> list[Any]:
        """What is known of all links."""
        return self.state.db.execute("SELECT link FROM links ORDER BY video_id, product_id").fetchall()

    def told(self, after: int = 0) -> list[str]:
        """What is told when the clock has moved on by `after`, as "kind product code" of each item."""
        return [
            " ".join(filter(None, (item.kind, item.product_id, item.code)))
            for message in self.messages(after)
            for item in message.items
        ]

    def messages(self, after: int = 0) -> list[Message]:
        """The messages that are due when the clock has moved on by `after`; all are delivered."""
        self.now += after
        self.desk.write(self.now)
        sent = []
        while due := self.outbox.due(self.now, 100):
            for each in due:
                sent.append(each.message)
                self.outbox.delivered(each, self.now)
        return sent

    def _open(self) -> None:
        self.state = State(self._path, CHANGES)
        self.outbox = Outbox(self.state)
        self.intake = Intake(self.state, self.rules)
        self.desk = Desk(self.state, self.rules, self._writer)


def status_record(
    video: str, title: str, version: int, at: int, links: Sequence[Mapping[str, Any]]
) -> Record:
    """A record of `video-status`."""
    status = {
        "video_id": video,
        "creator_id": "c1",
        "title": title,
        "version": version,
        "updated_at": at,
        "links": links,
    }
    return Record(STATUS, 0, 0, video.encode(), json.dumps(status).encode())


def link(product: str = "p1", *codes: str, status: str = "", **issue: Any) -> dict[str, Any]:
    """A link with issues, as published; without issues it is approved."""
    issues = [
        {
            "code": code,
            "recovery": "automatic" if code == OUT else "new_upload",
            "message": f"this is {code}",
            **issue,
        }
        for code in codes
    ]
    return {
        "product_id": product,
        "status": status or ("needs_attention" if codes else "approved"),
        "issues": issues,
    }


SOON = Rules().gather
WAIT = 48 * HOUR
