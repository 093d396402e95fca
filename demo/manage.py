"""The creator's "Video > Manage" list, as it follows from the changes alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.status import LinkStatus, VideoStatusChanged


@dataclass(frozen=True)
class Entry:
    """A video in the list."""

    video_id: str
    title: str
    posted_at: int | None
    """Epoch milliseconds; None if the change that told of it was missed."""
    labels: tuple[str, ...]
    links: tuple[LinkStatus, ...]


class ManageList:
    """Folds changes of status into the list. Titles, which changes do not tell, are given by video id."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        self._titles = titles
        self._videos: dict[str, Entry] = {}
        self._versions: dict[str, int] = {}

    def fold(self, change: VideoStatusChanged) -> bool:
        """Take a change in; False if it is known already, as changes may be published twice."""
        video_id = change.video_id
        if change.version <= self._versions.get(video_id, 0):
            return False
        self._versions[video_id] = change.version
        known = self._videos.pop(video_id, None)
        if change.after is not None:
            missed = known.posted_at if known else None
            posted_at = change.occurred_at if change.before is None else missed
            title = self._titles.get(video_id, video_id)
            self._videos[video_id] = Entry(video_id, title, posted_at, change.after.labels, change.links)
        return True

    def labels(self, video_id: str) -> tuple[str, ...] | None:
        """What stands under a video's title; None if it is not in the list."""
        entry = self._videos.get(video_id)
        return entry.labels if entry else None

    def entries(self) -> list[Entry]:
        """The videos, newest first."""
        return sorted(
            self._videos.values(), key=lambda entry: (entry.posted_at or 0, entry.video_id), reverse=True
        )
