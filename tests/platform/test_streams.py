"""What commands print where stdout is not UTF-8, and where a stream is closed."""

import io
import json
import sys

import click
import pytest

from streams.commands import frame

TITLE = "vidéo 中文 \U0001f600"


def latin(monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    """What stdout is written from now on, where the locale is western Europe's of twenty years ago."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "iso-8859-1", write_through=True))
    frame.make_do_with_streams()
    return written


def test_what_the_locale_does_not_have_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    written = latin(monkeypatch)
    click.echo(TITLE)
    assert written.getvalue() == b"vid\xe9o \\u4e2d\\u6587 \\U0001f600\n"


def test_json_is_json_in_any_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    written = latin(monkeypatch)
    click.echo(frame.as_line({"title": TITLE}))
    click.echo(frame.in_json(json.dumps({"title": TITLE}, ensure_ascii=False)))
    for line in written.getvalue().splitlines():
        assert json.loads(line.decode("utf-8")) == {"title": TITLE}


def test_in_utf_8_json_is_readable() -> None:
    assert frame.as_line({"title": TITLE}) == f'{{"title": "{TITLE}"}}'


def test_a_stream_that_is_closed_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    frame.make_do_with_streams()
    print("nobody hears")
    print("nor this", file=sys.stderr)
    with sys.stdout, sys.stderr, sys.stdin, pytest.raises(click.Abort):
        click.confirm("redrive them?", abort=True)
