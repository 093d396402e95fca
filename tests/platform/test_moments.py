"""Moments as operators write them, and text from outside on their terminals."""

import time

import click
import pytest

from streams.commands.frame import printable
from streams.commands.moments import Moment

NINE = 1_795_424_400_000  # 2026-11-23T09:00:00Z


@pytest.mark.parametrize("text", [str(NINE), "2026-11-23T09:00:00Z", "2026-11-23t10:00:00.000+01:00"])
def test_a_moment(text: str) -> None:
    assert Moment().convert(text, None, None) == NINE


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7_200), ("7d", 604_800)])
def test_how_long_ago(text: str, seconds: int) -> None:
    before = time.time_ns() // 1_000_000
    moment = Moment().convert(text, None, None)
    assert before <= moment + seconds * 1000 <= time.time_ns() // 1_000_000


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-23", "2026-11-23T09:00:00", "-1h", "1w"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is none of 15m"):
        Moment().convert(text, None, None)


def test_what_a_terminal_would_obey_is_escaped() -> None:
    assert printable("a\x1b[2J\x9b2J\n\u202eéü\u2028") == "a\\x1b[2J\\x9b2J\\n\\u202eéü\\u2028"
