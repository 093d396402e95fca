"""The AsyncAPI document: fresh, valid by AsyncAPI's own schema, and true to topics and examples."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from contracts import asyncapi
from schemas import TOPICS
from streams.topics import Kind, Topics

SPECIFICATION = Path(__file__).with_name("asyncapi_spec") / "3.0.0.json"
"""From npm's @asyncapi/specs 6.11.1, Apache-2.0."""

WHOLE: dict[str, Any] = yaml.safe_load(asyncapi.DOCUMENT.read_text("utf-8"))
VALIDATOR = Draft7Validator(json.loads(SPECIFICATION.read_bytes()))


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from [part["$ref"]] if "$ref" in part else []
        for each in part.values():
            yield from references(each)
    elif isinstance(part, list):
        for each in part:
            yield from references(each)


def resolved(reference: str) -> Any:
    file, _, pointer = reference.partition("#")
    found = json.loads((asyncapi.DOCUMENT.parent / file).read_bytes()) if file else WHOLE
    for step in pointer.split("/")[1:]:
        found = found[step]
    return found


def test_the_document_and_its_page_are_fresh() -> None:
    assert asyncapi.stale() == []


def test_it_is_valid_asyncapi_3() -> None:
    VALIDATOR.validate(WHOLE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"asyncapi": "2.6.0"},
        {"servers": {"kafka": {"host": "x"}}},
        {"operations": {"o": {"action": "publish", "channel": {"$ref": "#/channels/inventory"}}}},
        {"channels": {"c": {"bindings": {"kafka": {"partitions": 0, "bindingVersion": "0.5.0"}}}}},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_the_specification_would_refuse_what_is_wrong(wrong: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(WHOLE | wrong)


def test_every_reference_leads_somewhere() -> None:
    found = set(references(WHOLE))
    assert any(reference.startswith("../schemas/json/") for reference in found)
    for reference in found:
        assert resolved(reference)


def test_every_topic_of_others_is_there_as_declared() -> None:
    declared = {topic.name: topic for topic in Topics.load() if topic.kind in (Kind.SOURCE, Kind.SINK)}
    assert WHOLE["channels"].keys() == WHOLE["operations"].keys() == declared.keys()
    for name, topic in declared.items():
        kafka = WHOLE["channels"][name]["bindings"]["kafka"]
        assert kafka["partitions"] == topic.partitions
        assert kafka["topicConfiguration"]["cleanup.policy"] == [topic.cleanup]
        action = WHOLE["operations"][name]["action"]
        assert action == ("receive" if topic.kind is Kind.SOURCE else "send")


def test_topics_and_schemas_agree_on_key_and_version() -> None:
    for topic in Topics.load():
        if topic.name in TOPICS:
            assert topic.value_schema == topic.name
            assert (topic.key, topic.version) == (TOPICS[topic.name].key, TOPICS[topic.name].version)


def test_every_type_is_a_message_with_examples() -> None:
    messages = WHOLE["components"]["messages"]
    for name in WHOLE["channels"]:
        for kind in TOPICS[name].types if name in TOPICS else ():
            assert len(messages[kind]["examples"]) >= 3
            assert all(example["payload"]["type"] == kind for example in messages[kind]["examples"])
    assert len(messages["dead_letter"]["examples"]) >= 3
    assert messages["video_status_tombstone"]["payload"] == {"type": "null"}


def test_the_page_tells_of_every_message_and_field() -> None:
    page = asyncapi.PAGE.read_text("utf-8")
    for name, message in WHOLE["components"]["messages"].items():
        assert f"### {name}\n" in page
        for part in {"payload", "headers"} & message.keys():
            schema = resolved(message[part]["schema"]["$ref"]) if "schema" in message[part] else {}
            for field in schema.get("properties", ()):
                assert f"| `{field}` |" in page


def test_the_page_tells_of_bounds() -> None:
    page = asyncapi.PAGE.read_text("utf-8")
    for field, bounds in (
        ("creator_id", "1 to 128 characters."),
        ("links", "1 to 50 entries."),
        ("occurred_at", "1970 to 9999."),
        ("available", "At least 0, in 64 bits."),
    ):
        assert re.search(rf"^\| `{field}` \| .*{bounds} \|$", page, re.MULTILINE), field


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["contracts.asyncapi", *arguments])
        return asyncapi.main()

    monkeypatch.setattr(asyncapi, "PAGE", tmp_path / "events.md")
    assert run("--check") == 1
    assert capsys.readouterr().out == f"stale: {tmp_path / 'events.md'}\n"
    assert run() == 0
    assert run("--check") == 0
