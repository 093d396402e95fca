"""The schemas as others hold on to them: exported JSON Schema and examples of every topic."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

from schemas import TOPICS, InvalidEvent, decode, export
from schemas.registry import HEADERS
from streams.domain.issues import BY_CODE
from streams.domain.labels import labels
from streams.domain.status import Counts
from tests.contract.examples import (
    EXAMPLES,
    HEADER_SETS,
    INVALID,
    VALID,
    header_validator,
    name,
    value_validator,
)

MODELS = [(topic, model) for topic, schema in TOPICS.items() for model in schema.models]

# Python's rules go further than JSON Schema can: what the two disagree on, and nothing else.
BEYOND_JSON_SCHEMA = {
    "available-whole-fraction",  # 5.0 is an integer there
    "product-id-newline",  # Python's `$`, unlike ECMA's, also matches before a last newline
    "product-twice",
    "time-after-9999",
    "time-before-1970",
    "time-leap-second-amid-a-month",
    "time-no-such-day",
}


VOCABULARIES = (
    "core",
    "applicator",
    "unevaluated",
    "validation",
    "meta-data",
    "format-annotation",
    "content",
)
KEYWORDS = {
    word
    for part in VOCABULARIES
    for word in REGISTRY.contents(f"https://json-schema.org/draft/2020-12/meta/{part}")["properties"]
}


def keywords(schema: Any) -> Iterator[str]:
    """Every keyword of a schema and of its parts."""
    for word, value in schema.items():
        yield word
        parts = (
            value.values()
            if word in ("properties", "$defs")
            else value
            if isinstance(value, list)
            else [value]
        )
        for part in parts:
            if isinstance(part, dict):
                yield from keywords(part)


def test_every_topic_has_a_fresh_schema() -> None:
    assert export.stale() == []


@pytest.mark.parametrize("schema", export.schemas())
def test_a_schema_has_no_keyword_that_strict_validators_do_not_know(schema: str) -> None:
    assert {*keywords(export.schemas()[schema])} - KEYWORDS == set()


@pytest.mark.parametrize(("topic", "model"), MODELS, ids=lambda each: getattr(each, "__name__", None))
def test_every_type_has_three_valid_examples(topic: str, model: type) -> None:
    decoded = [decode(topic, path.read_bytes()) for path in VALID if path.parent.name == topic]
    assert {type(event) for event in decoded} <= set(TOPICS[topic].models)
    assert sum(type(event) is model for event in decoded) >= 3


@pytest.mark.parametrize("topic", TOPICS)
def test_every_type_has_three_invalid_examples(topic: str) -> None:
    contents = [path.read_bytes() for path in INVALID if path.parent.name == topic]
    assert len(contents) >= 3
    if len(TOPICS[topic].types) > 1:
        for kind in TOPICS[topic].types:
            assert sum(kind.encode() in content for content in contents) >= 3


def test_there_are_no_examples_of_other_topics() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == {*TOPICS, "dead-letters", "invalid"}
    assert {path.parent.name for path in INVALID} == set(TOPICS)


@pytest.mark.parametrize("path", [p for p in VALID if p.parent.name in HEADERS], ids=name)
def test_what_is_published_says_what_workers_say(path: Path) -> None:
    body = json.loads(path.read_bytes())
    for issue in (issue for link in body["links"] for issue in link["issues"]):
        kind = BY_CODE[issue["code"]]
        assert (issue["recovery"], issue["message"]) == (kind.recovery, kind.message)
    for summary in filter(None, (body.get("before"), body.get("after"), body if "labels" in body else None)):
        assert summary["labels"] == labels(Counts(summary["in_review"], summary["need_attention"]))


@pytest.mark.parametrize("path", VALID, ids=name)
def test_example_round_trips(path: Path) -> None:
    topic = path.parent.name
    event = decode(topic, path.read_bytes())
    assert decode(topic, event.model_dump_json(exclude_unset=True).encode()) == event
    # `before` and `after` of a change are null, never absent.
    if topic != "video-status-changes":
        assert decode(topic, event.model_dump_json(exclude_none=True).encode()) == event


@pytest.mark.parametrize("path", VALID, ids=name)
def test_example_fits_the_json_schema_and_so_does_what_is_written(path: Path) -> None:
    topic = path.parent.name
    value_validator(topic).validate(json.loads(path.read_bytes()))
    value_validator(topic).validate(json.loads(decode(topic, path.read_bytes()).model_dump_json()))


@pytest.mark.parametrize("path", VALID, ids=name)
def test_example_has_its_key(path: Path) -> None:
    topic = path.parent.name
    assert getattr(decode(topic, path.read_bytes()), TOPICS[topic].key)


@pytest.mark.parametrize("path", INVALID, ids=name)
def test_invalid_example_gives_its_code(path: Path) -> None:
    with pytest.raises(InvalidEvent) as caught:
        decode(path.parent.name, path.read_bytes())
    assert caught.value.code == path.name.partition("--")[0]
    assert 0 < len(caught.value.message) < 200


@pytest.mark.parametrize(
    "path", [path for path in INVALID if not path.name.startswith("invalid_json--")], ids=name
)
def test_invalid_example_does_not_fit_the_json_schema(path: Path) -> None:
    fits = value_validator(path.parent.name).is_valid(json.loads(path.read_bytes()))
    assert fits == (path.stem.partition("--")[2] in BEYOND_JSON_SCHEMA)


@pytest.mark.parametrize("path", HEADER_SETS, ids=name)
def test_example_of_headers_fits_the_json_schema(path: Path) -> None:
    headers = json.loads(path.read_bytes())
    header_validator("dead-letters").validate(headers)
    for field in headers:
        if field.startswith("__streams.errors."):
            less = {other: value for other, value in headers.items() if other != field}
            assert not header_validator("dead-letters").is_valid(less)


def test_what_is_read_is_open_and_what_is_published_is_closed() -> None:
    for path in VALID:
        topic = path.parent.name
        more = json.loads(path.read_bytes()) | {"a_field_of_tomorrow": 1}
        assert value_validator(topic).is_valid(more) is not TOPICS[topic].published
        assert decode(topic, json.dumps(more).encode()) == decode(topic, path.read_bytes())
