"""What differs, looked at again until it stands still: workers go on, so it may be work on its way."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, NamedTuple, TypeVar

from streams.audit.differences import Difference
from streams.progress import Progress

MOST = 10_000
"""How many are looked at again."""

_ROUNDS = 8
# A rerouted record takes three hops (repartition, subscription, response).
_SAME = 3
_BREATH = 1_000

T = TypeVar("T")


class _Suspect(NamedTuple):
    """What differs, and in how many rounds it did so just like this."""

    differences: list[Difference]
    rounds: int = 1

    @property
    def settled(self) -> bool:
        return self.rounds >= _SAME


class Suspects(Generic[T]):
    """The subjects that differ, by what `check` says of each."""

    def __init__(self, check: Callable[[T], list[Difference]]) -> None:
        self._check = check
        self._found: dict[T, _Suspect] = {}
        self.looked_at = 0
        self.more = False
        """So many differed at first that not all were looked at."""

    async def look(self, subjects: Iterable[T], progress: Progress) -> None:
        """Check all, or until too many differ."""
        progress.stage("comparing")
        for subject in subjects:
            self.looked_at += 1
            progress.step()
            if self.looked_at % _BREATH == 0:
                await asyncio.sleep(0)  # or SIGTERM would not be heard
            if differences := self._check(subject):
                self._found[subject] = _Suspect(differences)
                self.more = len(self._found) >= MOST
                if self.more:
                    return

    async def settle(self, move_on: Callable[[], Awaitable[bool]]) -> None:
        """Check them again and again. Before each round `move_on` waits until what is on its way has been
        done, and looks anew; a round counts only where it says that all has.
        """
        for _ in range(_ROUNDS):
            if all(suspect.settled for suspect in self._found.values()):
                return
            passed = await move_on()
            self._found = {
                subject: again
                for subject, before in self._found.items()
                if (again := self._again(subject, before, passed))
            }

    @property
    def differences(self) -> list[Difference]:
        """Those that stood still."""
        settled = [suspect for suspect in self._found.values() if suspect.settled]
        return [difference for suspect in settled for difference in suspect.differences]

    @property
    def unsettled(self) -> int:
        """How many subjects still move."""
        return sum(not suspect.settled for suspect in self._found.values())

    def _again(self, subject: T, before: _Suspect, passed: bool) -> _Suspect | None:
        differences = self._check(subject)
        same = passed and differences == before.differences
        return _Suspect(differences, before.rounds + 1 if same else 1) if differences else None
