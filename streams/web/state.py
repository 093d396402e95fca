"""What the web knows of the workers: who has the state of a key, and when a creator's videos change."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from streams import keys
from streams.runtime.records import Batch, Effects
from streams.runtime.view import View


class State(Protocol):
    """Where state is."""

    def locate(self, step: str, key: str) -> View | str | None:
        """The view of the task that has `key`; its worker's URL if that is elsewhere; None if nowhere now."""


class Bells:
    """An observer of tasks that wakes whoever waits for a creator's videos to change."""

    def __init__(self, videos_changelog: str) -> None:
        self._changelog = videos_changelog
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._written: dict[int, tuple[Effects, frozenset[str]]] = {}

    def finished(self, batch: Batch, effects: Effects, folding_s: float, committing_s: float) -> None:
        """Wake those whose creator's videos the batch wrote."""
        if self._waiting:
            for creator_id in self._creators(effects):
                for bell in self._waiting.get(creator_id, ()):
                    bell.set()
        self._written.pop(id(effects), None)

    @property
    def waiting(self) -> int:
        """How many creators are waited for."""
        return len(self._waiting)

    def ring_all(self) -> None:
        """Wake everyone, to look where their creator's state is now."""
        self._written.clear()
        for bells in self._waiting.values():
            for bell in bells:
                bell.set()

    @contextmanager
    def listen(self, creator_id: str) -> Iterator[asyncio.Event]:
        """An event that is set at each change; the listener clears it before it looks."""
        bell = asyncio.Event()
        self._waiting[creator_id].add(bell)
        try:
            yield bell
        finally:
            self._waiting[creator_id].discard(bell)
            if not self._waiting[creator_id]:
                del self._waiting[creator_id]

    def being_published(self, view: View, creator_id: str) -> bool:
        """Whether a change of the creator's videos may be in Kafka already, but is not in the view yet."""
        return any(creator_id in self._creators(effects) for effects in view.in_flight)

    def _creators(self, effects: Effects) -> frozenset[str]:
        """Whose videos a batch writes: looked up once, for all who ask until it is finished."""
        if id(effects) not in self._written:
            writes = effects.changelog.get(self._changelog, ())
            self._written[id(effects)] = effects, frozenset(keys.first_of(key) for key, _ in writes)
        return self._written[id(effects)][1]
