"""Where records become knowledge: what stands of each link, and since when."""

import logging
from collections.abc import Sequence
from typing import Protocol

from examples.notifier import events
from examples.notifier.digest import schedule
from examples.notifier.events import Change, SeenLink, Status
from examples.notifier.known import Known, Video
from examples.notifier.links import Moment, observe, take_as_told
from examples.notifier.rules import Rules
from examples.notifier.state import State

GONE_AT_ONCE = 100

log = logging.getLogger(__name__)


class Record(Protocol):
    """As aiokafka hands it out."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...


class Intake:
    """Takes in records, within the caller's transaction."""

    def __init__(self, state: State, rules: Rules) -> None:
        self._known = Known(state)
        self._rules = rules

    def read_change(self, record: Record, now: int) -> None:
        """Take in a record of `video-status-changes`."""
        try:
            change = events.change(record.value)
        except events.Unreadable as error:
            log.error("%s/%s@%s is skipped: %s", record.topic, record.partition, record.offset, error)
            return
        known = self._known.video(change.video_id)
        if known and (change.version < known.version or known.deleted_at):
            return  # published again
        self._take(change, known, now)

    def read_title(self, record: Record, now: int) -> None:
        """Take in a record of `video-status`: titles and contacts; changes say the rest."""
        status = _status(record)
        if status is None:
            return
        # It may come before the first change, of another partition.
        known = self._known.video(status.video_id) or Video(status.video_id, status.creator_id, 0)
        if known.deleted_at:
            return
        self._known.put_video(known._replace(title=status.title))
        if status.version == known.version:
            self._observe(known, status.links, Moment(status.at, now, status.version))

    def begin_standing(self) -> None:
        """`video-status` is read from its beginning."""
        self._known.begin_standing()

    def note_standing(self, record: Record) -> None:
        """A record of `video-status` says that its video is there; a tombstone, that it is not any more."""
        if record.key is not None:
            self._known.stands(record.key.decode(), still=record.value is not None)

    def read_standing(self, record: Record, now: int, as_told: bool) -> None:
        """Take in a record of `video-status` as what stands.

        `as_told`: its creator knows already. Else what is new to the state is told.
        """
        status = _status(record)
        if status is None:
            return
        known = self._known.video(status.video_id)
        if known is None or known.version <= status.version:
            video = Video(status.video_id, status.creator_id, status.version, status.title)
            self._known.put_video(video)
            self._observe(video, status.links, Moment(status.at, now, status.version), as_told)

    def end_standing(self, now: int) -> None:
        """All is read: videos that do not stand were deleted while nobody was listening."""
        while gone := self._known.not_standing(GONE_AT_ONCE):
            for video in gone:
                self._delete(video, now)
        self._known.begin_standing()

    def _take(self, change: Change, known: Video | None, now: int) -> None:
        title = known.title if known else ""
        video = Video(change.video_id, change.creator_id, change.version, title)
        if change.after is None:
            self._delete(video, now)
            return
        self._known.put_video(video)
        self._observe(video, change.links, Moment(change.at, now, change.version))

    def _observe(self, video: Video, seen: Sequence[SeenLink], moment: Moment, as_told: bool = False) -> None:
        known = self._known.links(video.video_id)
        for each in seen:
            before = known.get(each.product_id)
            link = observe(before, each, moment)
            if as_told:
                link = take_as_told(link)
            if link != before:
                self._known.put_link(video.creator_id, video.video_id, link, schedule(link, self._rules))
        for product_id in known.keys() - {each.product_id for each in seen}:
            self._known.drop_link(video.video_id, product_id)  # an earlier registration came late

    def _delete(self, video: Video, now: int) -> None:
        self._known.put_video(video._replace(deleted_at=now))
        self._known.drop_links(video.video_id)


def _status(record: Record) -> Status | None:
    """None for a tombstone, and for what cannot be read."""
    if record.value is None:
        return None
    try:
        return events.status(record.value)
    except events.Unreadable as error:
        log.error("%s/%s@%s is skipped: %s", record.topic, record.partition, record.offset, error)
        return None
