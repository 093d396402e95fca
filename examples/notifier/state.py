"""The notifier's own state, one SQLite file: how far it has read, what it knows, what it has still to send.

One file so that one transaction can hold all three: a record's effects and the offset after it, a decision to
tell and the message that tells it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from examples.notifier.refused import ENV_PREFIX

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS positions (
    topic TEXT, partition INTEGER, position INTEGER NOT NULL, PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS videos (
    video_id TEXT PRIMARY KEY, creator_id TEXT NOT NULL, version INTEGER NOT NULL,
    title TEXT NOT NULL, deleted_at INTEGER
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS videos_deleted ON videos (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS links (
    video_id TEXT, product_id TEXT, creator_id TEXT NOT NULL, link BLOB NOT NULL,
    urgent_at INTEGER, calm_at INTEGER, PRIMARY KEY (video_id, product_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS links_urgent ON links (urgent_at) WHERE urgent_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS links_calm ON links (calm_at) WHERE calm_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS links_waiting ON links (creator_id)
    WHERE urgent_at IS NOT NULL OR calm_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS standing (video_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS creators (
    creator_id TEXT PRIMARY KEY, last_message INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, creator_id TEXT NOT NULL,
    created_at INTEGER NOT NULL, message BLOB NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL, done_at INTEGER, failure TEXT
);
CREATE INDEX IF NOT EXISTS outbox_open ON outbox (creator_id, number) WHERE done_at IS NULL;
CREATE INDEX IF NOT EXISTS outbox_done ON outbox (done_at) WHERE done_at IS NOT NULL;
"""
VERSION = "1"


class WrongState(Exception):
    """The state file is in use, is another notifier's or cannot be made; its text says which and why."""


class State:
    """An open state file; no other process can open it meanwhile."""

    def __init__(self, path: Path, belongs_to: str) -> None:
        """Open or make the file. `belongs_to` is the topic that it is about; one of another is refused."""
        where = f"{ENV_PREFIX}STATE_FILE={path}"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.db = sqlite3.connect(path, isolation_level=None, timeout=0)
        except (OSError, sqlite3.Error) as error:
            raise WrongState(f"{where}: {error}") from None
        try:
            self._own(where)
            self._check("schema", VERSION, where)
            self._check("topics", belongs_to, where)
        except BaseException:
            self.db.close()
            raise

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and on disk when the `with` ends."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def meta(self, name: str) -> str | None:
        """A value of the state as a whole."""
        row = self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, name: str, value: str) -> None:
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def positions(self) -> dict[tuple[str, int], int]:
        """The offset of the next record to read, by topic and partition."""
        rows = self.db.execute("SELECT topic, partition, position FROM positions")
        return {(topic, partition): position for topic, partition, position in rows}

    def set_position(self, topic: str, partition: int, position: int) -> None:
        self.db.execute("INSERT OR REPLACE INTO positions VALUES (?, ?, ?)", (topic, partition, position))

    def _own(self, where: str) -> None:
        try:
            self.db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self.db.execute("PRAGMA journal_mode = WAL")
            self.db.execute("PRAGMA synchronous = FULL")
            with self.transaction():
                for statement in SCHEMA.split(";"):
                    self.db.execute(statement)
        except sqlite3.OperationalError as error:
            raise WrongState(f"{where}: {error}; does another notifier use it?") from None
        except sqlite3.DatabaseError as error:
            raise WrongState(f"{where}: {error}") from None

    def _check(self, name: str, expected: str, where: str) -> None:
        found = self.meta(name)
        if found is None:
            self.set_meta(name, expected)
        elif found != expected:
            raise WrongState(f"{where}: its {name} is {found!r}, not {expected!r}")
