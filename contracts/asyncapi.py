"""The AsyncAPI 3 document: what upstream systems send, and what subscribers read.

`python -m contracts.asyncapi` writes it and its page, `--check` exits 1 if one is stale. Made from
`topics.yaml` (topics, keys, partitions, retention), the models (messages, by reference to `schemas/json`) and
the examples.
"""

import argparse
import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import yaml

from contracts.page import page
from schemas.base import Event
from schemas.export import HEADER_VERSION
from schemas.registry import HEADERS, TOPICS
from streams.topics import Kind, Name, Topic, Topics

ROOT: Final = Path(__file__).parents[1]
DOCUMENT: Final = ROOT / "docs" / "asyncapi.yaml"
PAGE: Final = ROOT / "docs" / "events.md"
EXAMPLES: Final = ROOT / "schemas" / "examples"

BINDING: Final = {"bindingVersion": "0.5.0"}
SCHEMA_FORMAT: Final = "application/schema+json;version=draft-2020-12"

Object = dict[str, Any]


def document() -> Object:
    """The document, as what YAML is made of."""
    topics = [topic for topic in Topics.load() if topic.kind in (Kind.SOURCE, Kind.SINK)]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "link status",
            "version": version("product-link-status"),
            "description": "Facts about the product links of shoppable videos in, status changes out.",
        },
        "defaultContentType": "application/json",
        "servers": {"kafka": _server()},
        "channels": {topic.name: _channel(topic) for topic in topics},
        "operations": {topic.name: _operation(topic) for topic in topics},
        "components": {
            "messages": {name: message for topic in topics for name, message in _messages(topic)},
        },
    }


def _server() -> Object:
    return {
        "host": "{bootstrapServers}",
        "protocol": "kafka",
        "description": "Whatever brokers LINK_STATUS_BOOTSTRAP_SERVERS names.",
        "variables": {"bootstrapServers": {"default": "127.0.0.1:9092"}},
    }


def _channel(topic: Topic) -> Object:
    return {
        "address": f"{{prefix}}{topic.name}",
        "title": topic.name,
        "description": topic.why,
        "parameters": {"prefix": {"default": "", "description": "LINK_STATUS_TOPIC_PREFIX."}},
        "messages": {name: _ref(f"components/messages/{name}") for name, _ in _messages(topic)},
        "bindings": {"kafka": _topic(topic)},
    }


def _topic(topic: Topic) -> Object:
    configuration: Object = {"cleanup.policy": [topic.cleanup], **topic.config}
    if topic.retention_ms is not None:
        configuration["retention.ms"] = topic.retention_ms
    return {"partitions": topic.partitions, "topicConfiguration": configuration, **BINDING}


def _operation(topic: Topic) -> Object:
    """What link status does with a topic."""
    read = topic.kind is Kind.SOURCE
    operation: Object = {"action": "receive" if read else "send", "channel": _ref(f"channels/{topic.name}")}
    if read:
        operation["bindings"] = {"kafka": {"groupId": {"const": "link-status"}, **BINDING}}
    return operation


def _messages(topic: Topic) -> Iterator[tuple[str, Object]]:
    """The messages of a topic by name, which is the event's type where it has one."""
    if topic.name == Name.DEAD_LETTERS:
        yield "dead_letter", _dead_letter()
        return
    for model in TOPICS[topic.name].models:
        yield _event_name(topic, model), _message(topic, model)
    if topic.cleanup == "compact":
        yield f"{_event_name(topic, model)}_tombstone", _tombstone(topic)


def _event_name(topic: Topic, model: type[Event]) -> str:
    kind = model.model_fields.get("type")
    return str(kind.annotation.__args__[0]) if kind else topic.name.replace("-", "_")  # type: ignore[union-attr]


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
        "name": f"{topic.name.replace('-', '_')}_tombstone",
        "summary": "The video was deleted: no value.",
        **_headers(topic),
        "payload": {"type": "null"},
        "bindings": {"kafka": _key(topic)},
    }


def _dead_letter() -> Object:
    topic = Topics.load()[Name.DEAD_LETTERS]
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
        if path.stat().st_size < 2_000:
            yield path, json.loads(path.read_bytes())


def _schema(path: str) -> Object:
    return {"schemaFormat": SCHEMA_FORMAT, "schema": {"$ref": f"../schemas/json/{path}"}}


def _ref(path: str) -> Object:
    return {"$ref": f"#/{path}"}


def written() -> dict[Path, str]:
    """The files, and what they should hold."""
    whole = document()
    head = "# Written by python -m contracts.asyncapi.\n"
    text = yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=110)
    return {DOCUMENT: head + text, PAGE: page(whole, DOCUMENT.parent)}


def stale() -> list[Path]:
    """The files that are missing or not as they should be."""
    return [path for path, text in written().items() if not path.exists() or path.read_text("utf-8") != text]


def main() -> int:
    """Write the files, or with `--check` only compare; returns the exit status."""
    parser = argparse.ArgumentParser(description="Write the AsyncAPI document and its page.")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if a file is stale")
    if parser.parse_args().check:
        found = stale()
        for path in found:
            print(f"stale: {path}")
        return 1 if found else 0
    for path, text in written().items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
