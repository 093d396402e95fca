"""What became of a video: its last changes with their causes, and the time that it spent in each status."""

from collections.abc import Sequence

from streams import queries
from streams.domain.change import Change
from streams.web import models, shown, texts
from streams.web.routing import Asked
from streams.web.videos import seen


async def show_history(asked: Asked) -> models.History:
    """The changes that are kept, newest first."""
    video_id = asked.ids["video_id"]
    video = seen(asked.view, asked.creator_id, video_id)
    changes = queries.history(asked.view, asked.creator_id, video)
    return models.History(
        creator_id=asked.creator_id,
        video_id=video_id,
        version=video.version,
        changes=[shown_change(asked, each) for each in reversed(changes)],
        complete=len(changes) == video.version,
        time_in_status=[
            models.TimeInStatus(
                status=status,
                status_text=asked.language.text(texts.STATUS[status]),
                seconds=milliseconds / 1000,
            )
            for status, milliseconds in time_in_status(changes, asked.context.now()).items()
        ],
    )


def time_in_status(changes: Sequence[Change], now: int) -> dict[str, int]:
    """Milliseconds for which each status was shown, from the first of `changes` (oldest first) to `now`."""
    spent: dict[str, int] = {}
    ends = [*(change.processed_at for change in changes[1:]), now]
    for change, end in zip(changes, ends, strict=False):
        if change.after is not None:
            status = change.after.status
            spent[status] = spent.get(status, 0) + max(0, end - change.processed_at)
    return spent


def shown_change(asked: Asked, change: Change) -> models.Change:
    """A change as it is told to who asked."""
    topic = asked.context.sources[change.fact.type]
    return shown.change(asked.creator_id, change, topic, asked.language, asked.zone)
