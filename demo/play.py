"""Plays the story: sends what happens, and waits until the list shows it."""

import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial

from demo.failed import Failed
from demo.kafka_io import Subscriber, Upstream
from demo.manage import ManageList
from demo.processes import Process
from demo.render import Footer
from demo.screens import Lines, Screen, Terminal, print_final
from demo.story import STORY, Scene, titles

POLL_S = 0.05
# The first scene waits for the worker to start, too.
SHOWN_WITHIN_S = 60.0


def run(bootstrap: str, web: str, worker: Process, started: float, live: bool) -> None:
    """Play the story and print the final list; if `live`, show it on the terminal until interrupted.

    `bootstrap` is the broker's host:port, `web` where the worker serves http, `started` when the demo began,
    by time.monotonic(). Raises Failed when the worker dies or the list does
    not show what it should.
    """
    screen = Terminal() if live else Lines()
    videos = ManageList(titles(STORY))
    beside = Footer(bootstrap, web)
    with closing(Subscriber(bootstrap)) as subscriber:
        stage = Stage(
            Upstream({"bootstrap.servers": bootstrap}), subscriber, worker, screen, videos, beside, started
        )
        with screen:
            stage.play(STORY)
            if live:
                stage.stay()
    print_final(videos, beside)


@dataclass
class Stage:
    """All that a play needs."""

    upstream: Upstream
    subscriber: Subscriber
    worker: Process
    screen: Screen
    videos: ManageList
    beside: Footer
    started: float

    def play(self, story: Iterable[Scene]) -> None:
        """Play scene by scene."""
        for scene in story:
            self._caption(scene.caption)
            self.upstream.send(scene.facts)
            earliest = time.monotonic() + self.screen.pause
            self._follow(earliest, earliest + SHOWN_WITHIN_S, partial(self._shown, scene))

    def stay(self) -> None:
        """Go on showing changes until interrupted."""
        self._caption("That was the story; the worker still runs")
        with suppress(KeyboardInterrupt):
            self._follow(float("inf"), float("inf"), lambda: False)

    def _caption(self, caption: str) -> None:
        self.beside.caption = caption
        self.screen.show(self.videos, self.beside)

    def _follow(self, earliest: float, latest: float, done: Callable[[], bool]) -> None:
        while time.monotonic() < earliest or not done():
            self.worker.check()
            if time.monotonic() > latest:
                raise Failed(
                    f"the list does not show it within {SHOWN_WITHIN_S:.0f} s: {self.beside.caption}"
                )
            if self._take_changes():
                self.screen.show(self.videos, self.beside)

    def _take_changes(self) -> bool:
        dead_letters = self.beside.dead_letters
        changes = [change for change in self.subscriber.changes(POLL_S) if self.videos.fold(change)]
        self.beside.dead_letters = self.subscriber.dead_letters
        if changes:
            self.beside.latency = time.time() - changes[-1].occurred_at / 1000
            self.beside.first_status = self.beside.first_status or time.monotonic() - self.started
        return bool(changes) or self.beside.dead_letters != dead_letters

    def _shown(self, scene: Scene) -> bool:
        labels = all(self.videos.labels(video_id) == labels for video_id, labels in scene.shows.items())
        return labels and self.beside.dead_letters >= scene.dead_letters
