"""The event streams that are open: a bounded number, since each holds on to memory as long as it lasts."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from streams.web.problems import Problem


class OpenStreams:
    """So many `in_all`, and of these so many `of_one` creator."""

    def __init__(self, in_all: int, of_one: int) -> None:
        self._in_all = in_all
        self._of_one = of_one
        self._taken: dict[str, int] = {}

    def __len__(self) -> int:
        return sum(self._taken.values())

    @contextmanager
    def one(self, creator_id: str) -> Iterator[None]:
        """One is open within `with`. Raises 429 for a creator who has too many, 503 when no more may be."""
        if self._taken.get(creator_id, 0) >= self._of_one:
            raise Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too-many-streams",
                f"there are {self._of_one} event streams of this creator",
                {"Retry-After": "10"},
            )
        if len(self) >= self._in_all:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "too-many-streams",
                "this worker serves as many event streams as it may",
                {"Retry-After": "10"},
            )
        self._taken[creator_id] = self._taken.get(creator_id, 0) + 1
        try:
            yield
        finally:
            self._taken[creator_id] -= 1
            if not self._taken[creator_id]:
                del self._taken[creator_id]
