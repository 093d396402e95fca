"""How list and footer look."""

from datetime import datetime
from io import StringIO

import pytest
from rich.console import Console, RenderableType

from demo.manage import ManageList
from demo.render import Footer, footer, list_
from demo.screens import print_final
from tests.demo.changes import BOTH, NEEDS, REVIEW, change, link

LIST = """\
─────────────── Video > Manage ───────────────

All is well  posted 2026-11-23 10:00:02

Desk [setup]  posted 2026-11-23 10:00:01
1 product link needs attention
1 product link in review
  lamp: The seller said no. Needs a new
  upload.
  Seller: Lumen, a@lumen.example, +49 30 1
  bottle: No units. Comes back by itself.
"""


@pytest.fixture
def videos() -> ManageList:
    """Two videos, one with issues."""
    at = int(datetime(2026, 11, 23, 10, 0, 1).timestamp() * 1000)  # in the zone of who looks
    contact = {"name": "Lumen", "email": "a@lumen.example", "phone": "+49 30 1"}
    rejected = link("lamp", "rejected_by_seller", "The seller said no.", **contact)
    sold_out = link("bottle", "product_out_of_stock", "No units.")
    videos = ManageList({"v1": "Desk [setup]", "v2": "All is well"})
    videos.fold(change("v1", 1, None, BOTH, rejected, sold_out, at=at))
    videos.fold(change("v2", 1, None, (), at=at + 1000))
    return videos


def text_of(renderable: RenderableType) -> str:
    """What a human reads, in 46 columns."""
    console = Console(file=StringIO(), width=46, force_terminal=False)
    with console.capture() as captured:
        console.print(renderable)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def test_the_list(videos: ManageList) -> None:
    assert text_of(list_(videos)) == LIST


def test_a_video_of_unknown_age_has_no_time() -> None:
    videos = ManageList({})
    videos.fold(change("v1", 2, REVIEW, NEEDS))

    assert text_of(list_(videos)).splitlines()[2:] == ["v1", *NEEDS]


def test_the_footer_tells_what_happens_and_where_to_look() -> None:
    beside = Footer("127.0.0.1:9", "http://127.0.0.1:8", "She posts", 0.2501, 4.25, 1)

    text = " ".join(text_of(footer(beside)).split())
    assert (
        "She posts last change shown 250 ms after it happened first status after 4.2 s 1 dead letter" in text
    )
    assert "http://127.0.0.1:8/metrics http://127.0.0.1:8/readyz broker 127.0.0.1:9" in text


def test_the_final_list_is_plain_text(
    videos: ManageList, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")

    print_final(videos, Footer("", "", dead_letters=2))

    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "Desk [setup]  posted 2026-11-23 10:00:01\n1 product link needs attention\n" in printed
    assert printed.endswith("\n\n2 dead letters\n")
