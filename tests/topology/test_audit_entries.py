"""The audit names each entry that no worker finds, or can read."""

import pytest

from streams import keys
from tests.support.audited import audited, found
from tests.support.broken import (
    AT_HOME,
    IS_KEPT,
    LATER,
    P1,
    READABLE,
    V1,
    Break,
    broken,
    publish,
    show,
    spoil,
    stray,
    system,
)

SOME = b'{"creator_id": "c1"}'

WRONG: dict[str, tuple[Break, set[tuple[str, str]]]] = {
    "a status of another shape": (
        show("v1", links=7),
        {("video-status", "links")},
    ),
    "a status that is no JSON": (
        publish(b"v1", b"x"),
        {("video-status", ""), ("video-status", READABLE)},
    ),
    "a status that is no object": (publish(b"v8", b"[]"), {("video-status", READABLE)}),
    "a status without a value": (publish(b"v8", b""), {("video-status", READABLE)}),
    "a status under a key that is no text": (publish(b"\xff", SOME), {("video-status", AT_HOME)}),
    "a status on another partition": (publish(b"v1", SOME, astray=True), {("video-status", AT_HOME)}),
    "a status of nobody's on another partition": (
        publish(b"v8", b"x", astray=True),
        {("video-status", AT_HOME), ("video-status", READABLE)},
    ),
    "a video on another partition": (stray("videos", V1), {("videos", AT_HOME)}),
    "a timer on another partition": (stray("timers", keys.at(LATER, P1)), {("timers", AT_HOME)}),
    "a format of the future": (
        spoil("videos", keys.pair("c1", "v2")),
        {("videos", ""), ("videos", READABLE), ("video-status", "version"), ("changes", IS_KEPT)},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("break_", "expected"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_found(break_: Break, expected: set[tuple[str, str]]) -> None:
    assert found(broken(break_)) == expected


def test_an_entry_is_named_by_table_partition_and_key() -> None:
    simulation = system()
    stray("videos", V1)(simulation)
    (only,) = audited(simulation)
    assert (only.subject, only.live, only.expected) == (("entry", ("videos", "0", "c1%00v1")), False, True)
