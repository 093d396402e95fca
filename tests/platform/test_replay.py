"""A replay's judgement: what differs for certain, and what may be work on its way."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from aiokafka.structs import TopicPartition

from streams.audit import group, suspects
from streams.audit.group import Group
from streams.audit.kept import UNREADABLE, Place
from streams.audit.live import Live
from streams.audit.report import Report
from streams.commands.replay import _print, exit_code
from streams.progress import Progress
from streams.replay import replay, workers
from streams.replay.replay import Replay, Side
from streams.replay.workers import WorkerEnded
from tests.platform.commands import invoker

SOURCE = TopicPartition("moderation", 0)
Statuses = Mapping[str, Any]

ONE = {"creator_id": "c1", "status": "approved", "version": 3, "updated_at": "x"}
OTHER = {**ONE, "status": "in_review"}


class Table:
    """Statuses by video, on one partition, as they are at each look; the last stays."""

    def __init__(self, looks: Sequence[Statuses], partition: int) -> None:
        self._looks = list(looks)
        self._partition = partition
        self._now: Statuses = {}

    async def refresh(self, _: object) -> None:
        self._now = self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]

    def at(self, _table: str, place: Place) -> Any:
        return self._now.get(place.key.decode()) if place.partition == self._partition else None

    def at_home(self, _table: str, place: Place) -> bool:
        return place.partition == 0

    def places(self, _table: str) -> Iterator[Place]:
        return (Place(self._partition, key.encode()) for key in self._now)


class Workers:
    """A group that has come so far."""

    def __init__(self, *reached: int) -> None:
        self._reached = list(reached)

    async def committed(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        reached = self._reached.pop(0) if len(self._reached) > 1 else self._reached[0]
        return dict.fromkeys(places, reached)


class Log:
    """The source: offsets from `first` to 10."""

    def __init__(self, first: int) -> None:
        self._first = first

    async def beginning_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, self._first)

    async def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 10)


class Told:
    """What was told of progress: each stage, its size, its steps."""

    def __init__(self) -> None:
        self.stages: list[list[object]] = []

    def stage(self, what: str, steps: int | None = None) -> None:
        self.stages.append([what, steps])

    def step(self, count: int = 1) -> None:
        self.stages[-1].append(count)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "_PAUSE_S", 0)
    monkeypatch.setattr(group, "_POLL_S", 0)
    monkeypatch.setattr(group, "_PASSED_WITHIN_S", 0.01)


def judged(
    live: Sequence[Statuses],
    shadow: Sequence[Statuses],
    live_at: int = 10,
    shadow_at: Sequence[int] = (10,),
    first: int = 0,
    check: Callable[[], None] = lambda: None,
    progress: Progress | None = None,
    partition: int = 0,
) -> Report:
    def side(statuses: Sequence[Statuses], *reached: int) -> Side:
        return Side(cast(Group, Workers(*reached)), [SOURCE], cast(Live, Table(statuses, partition)))

    sides = side(live, live_at), side(shadow, *shadow_at)
    trial = Replay(*sides, Log(first), lambda: None, check, progress or Told())
    return asyncio.run(trial.run([SOURCE]))


def test_the_same_is_the_same_whatever_its_version() -> None:
    report = judged([{"v1": ONE}], [{"v1": {**ONE, "version": 5, "updated_at": "y"}}])
    assert (report.records, report.subjects, report.differences, exit_code(report)) == (10, 1, [], 0)


@pytest.mark.parametrize(
    ("live", "shadow", "told"),
    [
        ({"v1": ONE}, {"v1": OTHER}, ("status", "approved", "in_review")),
        ({"v1": ONE}, {}, ("", {"creator_id": "c1", "status": "approved"}, None)),
        ({}, {"v1": ONE}, ("", None, {"creator_id": "c1", "status": "approved"})),
    ],
)
def test_what_stays_different_differs(live: Statuses, shadow: Statuses, told: tuple[Any, ...]) -> None:
    report = judged([live], [shadow])
    (found,) = report.differences
    assert (found.field, found.live, found.expected) == told
    assert found.subject.ids == ("c1", "v1")
    assert exit_code(report) == 3


def test_a_status_on_a_wrong_partition_differs() -> None:
    report = judged([{"v1": ONE}], [{}], partition=3)
    (found,) = report.differences
    assert (found.field, found.expected) == ("on partition 3, not its own,", None)
    assert exit_code(report) == 3


def test_a_status_that_cannot_be_read_differs(capsys: pytest.CaptureFixture[str]) -> None:
    report = judged([{"v1": UNREADABLE}], [{}])
    _print(report, as_json=False)
    assert capsys.readouterr().out.startswith('video v1 is "unreadable", the replay made null\n')
    assert exit_code(report) == 3


def test_what_was_on_its_way_is_no_difference() -> None:
    assert exit_code(judged([{"v1": ONE}, {"v1": ONE}, {"v1": OTHER}], [{"v1": OTHER}])) == 0


def test_what_keeps_moving_is_undecided() -> None:
    moving = [{"v1": {**ONE, "title": str(number)}} for number in range(20)]
    report = judged(moving, [{"v1": ONE}])
    assert (report.differences, report.unsettled, exit_code(report)) == ([], 1, 4)


def test_nothing_is_decided_while_live_workers_are_behind() -> None:
    report = judged([{"v1": ONE}], [{"v1": OTHER}], live_at=9)
    assert (report.differences, report.unsettled, exit_code(report)) == ([], 1, 4)


def test_what_retention_may_explain_is_undecided() -> None:
    report = judged([{"v1": ONE}], [{}], first=4)
    assert [each.first for each in report.gone] == [4]
    assert (report.records, len(report.differences), exit_code(report)) == (6, 1, 4)


def test_it_waits_until_the_log_is_folded_and_tells_how_far_it_is() -> None:
    told = Told()
    judged([{}], [{}], shadow_at=(0, 3, 9, 12), first=2, progress=told)
    assert told.stages == [["folding the log anew", 8, 0, 1, 6, 1], ["comparing", None]]


def test_a_worker_that_ended_ends_the_replay() -> None:
    def ended() -> None:
        raise WorkerEnded("a worker of the replay ended with 1")

    with pytest.raises(WorkerEnded):
        judged([{}], [{}], shadow_at=(0,), check=ended)


def test_workers_take_no_modules_from_where_they_are_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "schemas.py").write_text("raise SystemExit('not ours')")
    monkeypatch.chdir(tmp_path)

    async def ended() -> None:
        group = workers.Workers(tmp_path)
        await group.start({"LINK_STATUS_LOG_LEVEL": "loud"})
        while True:
            group.check()
            await asyncio.sleep(0.02)

    with pytest.raises(WorkerEnded, match="LINK_STATUS_LOG_LEVEL"):
        asyncio.run(asyncio.wait_for(ended(), 60))


@pytest.mark.parametrize(
    ("prefix", "told"), [("a b", "'a b' is not at most 200"), ("shop.", "that is the live one")]
)
def test_a_prefix_that_makes_no_sense_is_refused(
    prefix: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = invoker(tmp_path, monkeypatch)("replay", "--prefix", prefix, TOPIC_PREFIX="shop.")
    assert done.exit_code == 2
    assert f"--prefix: {told}" in done.output


def test_so_much_differs_that_not_all_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suspects, "MOST", 2)
    report = judged([{f"v{number}": ONE for number in range(9)}], [{}])
    assert (report.more, len(report.differences)) == (True, 2)


def test_what_came_while_all_statuses_were_read_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suspects, "MOST", 2)
    told = {f"v{number}": ONE for number in range(9)}
    report = judged([{}, told], [told])
    assert (report.more, exit_code(report)) == (False, 0)
