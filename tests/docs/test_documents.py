"""What the documents show is what there is: examples, fields, topics, codes, links."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from schemas import TOPICS, decode
from schemas.status import IssueCode
from streams.topics import Topics
from tests.docs.blocks import DOCS, Block, blocks

ROOT = DOCS.parent
PUBLISHING, SUBSCRIBING = ((DOCS / name).read_text() for name in ("publishing.md", "subscribing.md"))
SOURCES = ("video-links", "seller-decisions", "invite-expiries", "moderation", "inventory")
SINKS = ("video-status-changes", "video-status")
DECISIONS = sorted(DOCS.glob("decisions/*.md"))
EXAMPLES = [block for block in blocks() if block.language == "json"]


def names(model: type[BaseModel]) -> Iterator[str]:
    """The names of a model's fields, and of those of the models in it."""
    for name, field in model.model_fields.items():
        yield name
        for inner in _models(field.annotation):
            yield from names(inner)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: block.file)
def test_an_example_is_a_file_of_the_contract(block: Block) -> None:
    path = ROOT / block.file
    assert json.loads(block.text) == json.loads(path.read_bytes()), "edit the file, then the document"
    decode(path.parent.name, block.text.encode())


def test_every_event_has_an_example() -> None:
    shown = {json.loads(block.text)["type"] for block in EXAMPLES}
    assert shown == {each for topic in (*SOURCES, SINKS[0]) for each in TOPICS[topic].types}


@pytest.mark.parametrize(
    ("document", "topics"), [(PUBLISHING, SOURCES), (SUBSCRIBING, SINKS)], ids=["publishing", "subscribing"]
)
def test_every_field_is_told_of(document: str, topics: tuple[str, ...]) -> None:
    told = set(re.findall(r"`(?:\w+\[\]\.|….)?(\w+)`", document))
    for topic in topics:
        assert {name for model in TOPICS[topic].models for name in names(model)} - told == set()


def test_every_topic_has_its_key() -> None:
    for topic in SOURCES:
        assert re.search(rf"^\| `{topic}` \| {TOPICS[topic].key} \|", PUBLISHING, re.MULTILINE)
    for topic in SINKS:
        assert re.search(rf"^\| `{topic}` \| {TOPICS[topic].key} \|", SUBSCRIBING, re.MULTILINE)


def test_every_code_is_told_of() -> None:
    codes = ("invalid_json", "invalid_event", "unknown_type", "links_are_immutable", "too_large")
    assert re.findall(r"^\| `(\w+)` \|", PUBLISHING.partition("| code |")[2], re.MULTILINE) == list(codes)
    issues = re.search(r"^\| `….code` \| (.*), in this order", SUBSCRIBING, re.MULTILINE)
    assert issues and re.findall(r"`(\w+)`", issues[1]) == list(get_args(IssueCode))


def test_the_retention_is_as_declared() -> None:
    declared = Topics.load("")
    month = str(30 * 86_400_000)
    assert {declared[topic].configs["retention.ms"] for topic in (*SOURCES, SINKS[0])} == {month}
    assert {declared[topic].partitions for topic in SINKS} == {8}


@pytest.mark.parametrize("block", [b for b in blocks() if b.language == "python"], ids=lambda b: b.file)
def test_python_compiles(block: Block) -> None:
    compile(block.text, f"{block.document.name}:{block.line}", "exec")


@pytest.mark.parametrize(
    "document",
    [ROOT / "README.md", *DOCS.glob("**/*.md"), *ROOT.glob("examples/*/*.md")],
    ids=lambda path: path.name,
)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
        assert (document.parent / target).exists(), target


def test_each_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name[:3] for path in DECISIONS]
    assert sorted(set(numbers)) == numbers


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.name)
def test_a_decision_names_others_that_are_there(decision: Path) -> None:
    named = re.findall(r"(?<![\d.,])0\d\d(?!\d)", decision.read_text())
    assert set(named) - {path.name[:3] for path in DECISIONS} == set()
