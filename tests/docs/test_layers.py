"""Imports go downwards only: models and domain know nothing of Kafka, the runtime nothing of links."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.settings import ENV_PREFIX

ROOT = Path(__file__).parents[2]
OURS = ("bench", "contracts", "demo", "examples", "ops", "schemas", "streams", "tests")
MAY = {
    "schemas": ("schemas", "msgspec", "pydantic", "pydantic_core"),
    "streams/domain": ("schemas", "streams.domain", "msgspec"),
}


def imported(layer: str) -> Iterator[str]:
    """The modules that those of a layer import."""
    for path in (ROOT / layer).glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (each.name for each in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from (f"{node.module}.{each.name}" for each in node.names)


def within(name: str, modules: tuple[str, ...]) -> bool:
    """Whether a module is one of `modules`, or in one."""
    return any(f"{name}.".startswith(f"{module}.") for module in modules)


@pytest.mark.parametrize("layer", MAY)
def test_it_knows_what_is_below_it_alone(layer: str) -> None:
    standard = tuple(sys.stdlib_module_names)
    assert {name for name in imported(layer) if not within(name, (*MAY[layer], *standard))} == set()


def test_the_runtime_knows_nothing_of_links() -> None:
    of_ours = {name for name in imported("streams/runtime") if within(name, OURS)}
    assert {name for name in of_ours if not within(name, ("streams.runtime",))} == set()


def test_the_runtime_names_no_setting() -> None:
    texts = {path.name: path.read_text() for path in (ROOT / "streams/runtime").glob("*.py")}
    assert {name for name, text in texts.items() if ENV_PREFIX in text} == set()
