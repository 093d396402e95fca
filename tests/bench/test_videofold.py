"""The folds that engines are compared in do the same, and the digest tells when one does not."""

import json
from collections import defaultdict

import pytest

from bench.videofold import plain
from bench.videofold.changes import emitted, expected, fold
from bench.videofold.events import generate

EVENTS = 5_000


@pytest.fixture(scope="module")
def records() -> list[tuple[bytes, bytes]]:
    """What an application of plain dictionaries emits."""
    videos: dict[bytes, plain.Links] = defaultdict(dict)
    changes = [(key, plain.change(videos[key], json.loads(value))) for key, value in generate(EVENTS)]
    return [(key, json.dumps(change).encode()) for key, change in changes if change]


def test_both_folds_emit_the_same(records: list[tuple[bytes, bytes]]) -> None:
    assert emitted(records) == expected(generate(EVENTS))


def test_videos_may_interleave_in_any_way(records: list[tuple[bytes, bytes]]) -> None:
    assert emitted(sorted(records, key=lambda record: record[0])) == emitted(records)


def test_the_changes_of_a_video_may_not(records: list[tuple[bytes, bytes]]) -> None:
    assert emitted(reversed(records)) != emitted(records)


def test_a_change_too_few_or_too_many_is_found(records: list[tuple[bytes, bytes]]) -> None:
    assert emitted(records[:-1]) != emitted(records)
    assert emitted([*records, records[-1]]) != emitted(records)


def test_another_videos_key_is_refused(records: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(ValueError, match="v99999999"):
        emitted([(b"v99999999", records[0][1])])


def test_the_load_is_the_same_each_time_and_changes_half_the_time() -> None:
    assert list(generate(EVENTS)) == list(generate(EVENTS))
    changes = [change for change in fold(generate(EVENTS)) if change]
    assert 0.4 < len(changes) / EVENTS < 0.6
