"""`python -m schemas.export`."""

from pathlib import Path

import pytest

from schemas import export


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["schemas.export", *arguments])
    return export.main()


def test_writes_and_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(export, "DIRECTORY", tmp_path / "json")
    assert run(monkeypatch, "--check") == 1
    assert run(monkeypatch) == 0
    assert run(monkeypatch, "--check") == 0
    (tmp_path / "json" / "inventory.v1.json").write_text("{}")
    (tmp_path / "json" / "gone.v1.json").write_text("{}")
    capsys.readouterr()
    assert run(monkeypatch, "--check") == 1
    assert [Path(line).name for line in capsys.readouterr().out.splitlines()] == [
        "gone.v1.json",
        "inventory.v1.json",
    ]
    assert run(monkeypatch) == 0
    assert export.stale() == []
