"""Videos, links and creators as the state file keeps them."""

from typing import NamedTuple

from msgspec.json import Decoder, Encoder

from examples.notifier.digest import Schedule
from examples.notifier.links import Link
from examples.notifier.state import State

_encode = Encoder().encode
_decode = Decoder(Link).decode


class Video(NamedTuple):
    """A video: the version that is known of it, and when it was read that it is deleted."""

    video_id: str
    creator_id: str
    version: int
    title: str = ""
    deleted_at: int | None = None


class Waiting(NamedTuple):
    """A creator who has something to be told: from when, and when the last message was."""

    creator_id: str
    first: Schedule
    last_message: int | None


class Known:
    """Reads and writes within the caller's transaction."""

    def __init__(self, state: State) -> None:
        self._db = state.db

    def video(self, video_id: str) -> Video | None:
        row = self._db.execute("SELECT * FROM videos WHERE video_id = ?", (video_id,)).fetchone()
        return None if row is None else Video(*row)

    def put_video(self, video: Video) -> None:
        self._db.execute("INSERT OR REPLACE INTO videos VALUES (?, ?, ?, ?, ?)", video)

    def begin_standing(self) -> None:
        """Nothing is known to stand, until `stands` says so."""
        self._db.execute("DELETE FROM standing")

    def stands(self, video_id: str, still: bool) -> None:
        """A video is there, or not any more."""
        query = (
            "INSERT OR IGNORE INTO standing VALUES (?)"
            if still
            else "DELETE FROM standing WHERE video_id = ?"
        )
        self._db.execute(query, (video_id,))

    def not_standing(self, most: int) -> list[Video]:
        """Videos that are not there, and not known to be deleted."""
        rows = self._db.execute(
            "SELECT * FROM videos WHERE deleted_at IS NULL"
            " AND video_id NOT IN (SELECT video_id FROM standing) LIMIT ?",
            (most,),
        )
        return [Video(*row) for row in rows]

    def forget_deleted(self, before: int) -> None:
        """Forget videos that were deleted so long ago that no record of theirs can come again."""
        self._db.execute("DELETE FROM videos WHERE deleted_at < ?", (before,))

    def links(self, video_id: str) -> dict[str, Link]:
        """A video's links by product."""
        rows = self._db.execute("SELECT product_id, link FROM links WHERE video_id = ?", (video_id,))
        return {product_id: _decode(link) for product_id, link in rows}

    def put_link(self, creator_id: str, video_id: str, link: Link, due: Schedule) -> None:
        row = (video_id, link.product_id, creator_id, _encode(link), due.urgent_at, due.calm_at)
        self._db.execute("INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?, ?, ?)", row)

    def drop_link(self, video_id: str, product_id: str) -> None:
        self._db.execute("DELETE FROM links WHERE video_id = ? AND product_id = ?", (video_id, product_id))

    def drop_links(self, video_id: str) -> None:
        self._db.execute("DELETE FROM links WHERE video_id = ?", (video_id,))

    def waiting(self, now: int) -> list[Waiting]:
        """The creators who have something that is due at `now`."""
        rows = self._db.execute(
            "SELECT creator_id, MIN(urgent_at), MIN(calm_at), last_message FROM ("
            " SELECT creator_id, urgent_at, NULL AS calm_at FROM links WHERE urgent_at <= :now"
            " UNION ALL SELECT creator_id, NULL, calm_at FROM links WHERE calm_at <= :now"
            ") LEFT JOIN creators USING (creator_id) GROUP BY creator_id ORDER BY creator_id",
            {"now": now},
        )
        return [Waiting(creator, Schedule(urgent, calm), last) for creator, urgent, calm, last in rows]

    def due(self, creator_id: str, now: int, most: int) -> list[tuple[str, str, Link]]:
        """Video, title and link of what is due for a creator, the urgent first; not more than `most`."""
        rows = self._db.execute(
            "SELECT video_id, title, link FROM links JOIN videos USING (video_id)"
            " WHERE links.creator_id = ? AND (urgent_at <= ? OR calm_at <= ?)"
            " ORDER BY urgent_at IS NULL, video_id, product_id LIMIT ?",
            (creator_id, now, now, most),
        )
        return [(video_id, title, _decode(link)) for video_id, title, link in rows]

    def told(self, creator_id: str, now: int) -> None:
        """Note when a creator was last sent a message."""
        self._db.execute("INSERT OR REPLACE INTO creators VALUES (?, ?)", (creator_id, now))
