"""The messages of the AsyncAPI document, a message for each type of event."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args

from schemas.base import Event
from schemas.export import HEADER_VERSION
from schemas.registry import HEADERS, TOPICS
from streams.topics import Name, Topic

EXAMPLES: Final = Path(__file__).parents[1] / "schemas" / "examples"

BINDING: Final = {"bindingVersion": "0.5.0"}
SCHEMA_FORMAT: Final = "application/schema+json;version=draft-2020-12"

Object = dict[str, Any]


def messages(topic: Topic) -> Iterator[tuple[str, Object]]:
    """The messages of a topic by name, which is the event's type where it has one."""
    if topic.name == Name.DEAD_LETTERS:
        yield "dead_letter", _dead_letter(topic)
        return
    for model in TOPICS[topic.name].models:
        yield _event_name(topic, model), _message(topic, model)
    if topic.cleanup == "compact":
        yield f"{_underscored(topic)}_tombstone", _tombstone(topic)


def _event_name(topic: Topic, model: type[Event]) -> str:
    kind = model.model_fields.get("type")
    return str(get_args(kind.annotation)[0]) if kind else _underscored(topic)


def _underscored(topic: Topic) -> str:
    return topic.name.replace("-", "_")


def _message(topic: Topic, model: type[Event]) -> Object:
    path = f"{topic.name}.v{topic.version}.json"
    part = f"#/$defs/{model.__name__}" if len(TOPICS[topic.name].models) > 1 else ""
    return {
        "name": _event_name(topic, model),
        "summary": (model.__doc__ or "").strip(),
        **_headers(topic),
        "payload": _schema(f"{path}{part}"),
        "bindings": {"kafka": _key(topic)},
        "examples": [
            {"name": path.stem, "payload": content}
            for path, content in _examples(topic)
            if content.get("type", topic.name) in (_event_name(topic, model), topic.name)
        ],
    }


def _tombstone(topic: Topic) -> Object:
    return {
        "name": f"{_underscored(topic)}_tombstone",
        "summary": "The video was deleted: no value.",
        **_headers(topic),
        "payload": {"type": "null"},
        "bindings": {"kafka": _key(topic)},
    }


def _dead_letter(topic: Topic) -> Object:
    return {
        "name": "dead_letter",
        "summary": "A record that could not be processed: key and value as they came.",
        "contentType": "application/octet-stream",
        **_headers(topic),
        "examples": [{"name": path.stem, "headers": content} for path, content in _examples(topic)],
    }


def _headers(topic: Topic) -> Object:
    if topic.name not in HEADERS:
        return {}
    return {"headers": _schema(f"{topic.name}.headers.v{HEADER_VERSION}.json")}


def _key(topic: Topic) -> Object:
    return {"key": {"type": "string", "description": f"{topic.key}, partitioned by murmur2"}, **BINDING}


def _examples(topic: Topic) -> Iterator[tuple[Path, Object]]:
    """The short ones, the plainest first: those of a special case have longer names."""
    found = (EXAMPLES / topic.name).glob("*.json")
    for path in sorted(found, key=lambda path: (len(path.stem), path.stem)):
        if path.stat().st_size < 2_500:
            yield path, json.loads(path.read_bytes())


def _schema(path: str) -> Object:
    return {"schemaFormat": SCHEMA_FORMAT, "schema": {"$ref": f"../schemas/json/{path}"}}
