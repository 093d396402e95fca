"""`python -m demo`, whole: the story to its end, and all the ways to end it before."""

import re
import signal
import textwrap
from pathlib import Path

import pytest

from demo.story import STORY
from streams.domain.issues import BY_CODE
from tests.demo.demos import Demo

FIRST = STORY[0].caption
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def issue(product_id: str, code: str, *more: str) -> list[str]:
    """The lines of an issue."""
    kind = BY_CODE[code]
    helps = "Comes back by itself." if kind.recovery == "automatic" else "Needs a new upload."
    text = f"{product_id}: {kind.message} {helps}"
    return [f"  {line}" for line in (*textwrap.wrap(text, 98, break_on_hyphens=False), *more)]


FINAL_LIST = [
    " Video > Manage ".center(100, "─"),
    "",
    "My desk setup, again  posted <time>",
    "2 product links in review",
    "",
    "My first 5k  posted <time>",
    "2 product links need attention",
    *issue("water-bottle", "invite_expired"),
    *issue("running-shoes", "product_out_of_stock"),
    "",
    "Morning skincare  posted <time>",
    "1 product link needs attention",
    *issue("sunscreen", "content_quality_violation"),
    "",
    "My desk setup  posted <time>",
    "1 product link needs attention",
    *issue("ring-light", "rejected_by_seller", "Seller: Lumen Lights, partners@lumen.example"),
    "",
]


def check_played(demo: Demo, within: float) -> None:
    """The story was played, the list is as it should be, and nothing is left."""
    code, out, err = demo.end(within)

    assert (code, err) == (0, "")
    captions, _, final = out.partition("\n\n")
    started, page, *lines = captions.splitlines()
    assert started.startswith("Starting broker")
    assert re.fullmatch(r"Video > Manage in a browser: http://127\.0\.0\.1:\d+/\?creator=mira", page)
    assert lines == [f"- {scene.caption}" for scene in STORY]
    *list_, measures = TIME.sub("<time>", final).splitlines()
    assert list_ == FINAL_LIST
    pattern = r"last change shown \d+ ms after it happened   first status after \d+\.\d s   2 dead letters"
    assert re.fullmatch(pattern, measures)
    check_nothing_left(demo)


def check_nothing_left(demo: Demo) -> None:
    """Neither processes nor files."""
    assert demo.leaves_nothing()
    assert list(demo.directory.iterdir()) == []


@pytest.mark.embedded
def test_the_story_on_the_embedded_broker(tmp_path: Path) -> None:
    with Demo(tmp_path) as demo:
        check_played(demo, within=60)


@pytest.mark.usefixtures("kafka")  # which skips where there can be none
def test_the_story_on_apache_kafka(tmp_path: Path) -> None:
    with Demo(tmp_path, "kafka") as demo:
        check_played(demo, within=90)


@pytest.mark.usefixtures("kafka")
def test_an_interrupt_stops_apache_kafka_too(tmp_path: Path) -> None:
    with Demo(tmp_path, "kafka") as demo:
        demo.until(FIRST)
        assert any("kafka.Kafka" in command for command in demo.processes().values())
        demo.signal(signal.SIGINT)

        assert demo.end() == (128 + signal.SIGINT, "", "")
        check_nothing_left(demo)


@pytest.mark.embedded
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_amid_the_story_stops_all(tmp_path: Path, number: signal.Signals) -> None:
    with Demo(tmp_path) as demo:
        demo.until(STORY[1].caption)
        assert any("link-status worker" in command for command in demo.processes().values())
        demo.signal(number)

        assert demo.end() == (128 + number, "", "")
        check_nothing_left(demo)


@pytest.mark.embedded
def test_a_demo_that_is_killed_takes_its_worker_along(tmp_path: Path) -> None:
    with Demo(tmp_path) as demo:
        demo.until(FIRST)
        assert demo.processes()
        demo.signal(signal.SIGKILL)

        assert demo.leaves_nothing(within=20)


@pytest.mark.embedded
def test_a_worker_that_dies_ends_the_demo_with_its_last_lines(tmp_path: Path) -> None:
    with Demo(tmp_path) as demo:
        demo.until(STORY[1].caption)
        demo.kill_worker()
        code, _, err = demo.end()

        assert code == 1
        first, *lines = err.splitlines()
        assert first == "demo: link-status worker ended with exit code -9; its last lines:"
        assert any(" INFO " in line for line in lines)
        check_nothing_left(demo)
