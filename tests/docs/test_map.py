"""README's map of the code names every file of the product."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAP = (ROOT / "README.md").read_text().partition("## Read the code")[2].partition("Begin with")[0]
PLACES = ("streams", "streams/runtime")


@pytest.mark.parametrize("place", PLACES)
def test_the_map_has_every_file(place: str) -> None:
    files = {path.name for path in (ROOT / place).glob("*.py")} - {"__init__.py"}
    assert files - set(re.findall(r"[\w.]+\.py", MAP)) == set()


def test_the_map_has_no_other() -> None:
    there = {path.name for place in ("streams", "tests") for path in (ROOT / place).glob("**/*.py")}
    assert {*re.findall(r"\w+\.py", MAP)} - there == set()
