"""The AsyncAPI 3 document: what upstream systems send, and what subscribers read.

`python -m contracts.asyncapi` writes it and its page, `--check` exits 1 if one is stale. Made from
`topics.yaml` (topics, keys, partitions, retention), the models (messages, by reference to `schemas/json`) and
the examples.
"""

import argparse
from importlib.metadata import version
from pathlib import Path
from typing import Final

import yaml

from contracts.messages import BINDING, Object, messages
from contracts.page import page
from streams.topics import Kind, Topic, Topics

ROOT: Final = Path(__file__).parents[1]
DOCUMENT: Final = ROOT / "docs" / "asyncapi.yaml"
PAGE: Final = ROOT / "docs" / "events.md"


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
            "messages": {name: message for topic in topics for name, message in messages(topic)},
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
        "messages": {name: _ref(f"components/messages/{name}") for name, _ in messages(topic)},
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
