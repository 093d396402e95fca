"""The schemas as others hold on to them: exported JSON Schema and examples of every topic."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from schemas import TOPICS, InvalidEvent, decode, export

EXAMPLES = Path(export.__file__).parent / "examples"
VALID = sorted(path for topic in TOPICS for path in (EXAMPLES / topic).iterdir())
INVALID = sorted((EXAMPLES / "invalid").glob("*/*"))

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


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def validator(topic: str) -> Draft202012Validator:
    schema: dict[str, Any] = json.loads((export.DIRECTORY / f"{topic}.v1.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_every_topic_has_a_fresh_schema() -> None:
    assert export.stale() == []


@pytest.mark.parametrize("topic", TOPICS)
def test_every_type_has_an_example(topic: str) -> None:
    decoded = {type(decode(topic, path.read_bytes())) for path in VALID if path.parent.name == topic}
    assert decoded == set(TOPICS[topic].models)


def test_there_are_no_examples_of_other_topics() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == {*TOPICS, "invalid"}
    assert {path.parent.name for path in INVALID} == set(TOPICS)


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
    validator(topic).validate(json.loads(path.read_bytes()))
    validator(topic).validate(json.loads(decode(topic, path.read_bytes()).model_dump_json()))


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
    fits = validator(path.parent.name).is_valid(json.loads(path.read_bytes()))
    assert fits == (path.stem.partition("--")[2] in BEYOND_JSON_SCHEMA)
