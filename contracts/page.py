"""The AsyncAPI document as a page to read, in Markdown."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from schemas.timestamps import LATEST

Object = dict[str, Any]

INTRODUCTION: Final = """\
# Events

Every topic that others write or read. `python -m contracts.asyncapi` made this page and
[asyncapi.yaml](asyncapi.yaml) from `topics.yaml`, the models in `schemas/` and their examples: change those.
JSON Schema of each message is in [schemas/json](../schemas/json); more examples, also of what is refused, in
[schemas/examples](../schemas/examples).
"""


def page(document: Object, directory: Path) -> str:
    """The page of `document`, whose references are relative to `directory`."""
    lines = [INTRODUCTION, "| topic | | what |", "|---|---|---|"]
    lines += [
        f"| [{name}](#{name}) | {_direction(document, name)} | {channel['description']} |"
        for name, channel in document["channels"].items()
    ]
    for name, channel in document["channels"].items():
        lines += ["", *_channel(document, name, channel, directory)]
    return "\n".join(lines) + "\n"


def _direction(document: Object, channel: str) -> str:
    return "read" if document["operations"][channel]["action"] == "receive" else "published"


def _channel(document: Object, name: str, channel: Object, directory: Path) -> Iterator[str]:
    kafka = channel["bindings"]["kafka"]
    yield f"## {name}"
    yield ""
    direction = _direction(document, name).capitalize()
    yield f"{channel['description']} {direction}; {kafka['partitions']} partitions, {_kept(kafka)}."
    for each in channel["messages"]:
        yield from _message(document["components"]["messages"][each], directory)


def _kept(kafka: Object) -> str:
    configuration = kafka["topicConfiguration"]
    if "retention.ms" not in configuration:
        return "compacted"
    return f"kept for {configuration['retention.ms'] // 86_400_000} days"


def _message(message: Object, directory: Path) -> Iterator[str]:
    yield from ("", f"### {message['name']}", "", message["summary"])
    key = message.get("bindings", {}).get("kafka", {}).get("key")
    if key:
        yield f"Key: {key['description']}."
    for part in ("payload", "headers"):
        schema = message.get(part, {}).get("schema")
        if schema:
            yield from (
                "",
                f"| {'field' if part == 'payload' else 'header'} | value | meaning |",
                "|---|---|---|",
            )
            yield from _rows(*_resolved(schema["$ref"], directory), "")
    for example in message.get("examples", [])[:2]:
        content = json.dumps(example.get("payload", example.get("headers")), indent=2, ensure_ascii=False)
        yield from ("", f"{example['name'].replace('-', ' ').capitalize()}:", "", "```json", content, "```")


def _resolved(reference: str, directory: Path) -> tuple[Object, Object]:
    """A schema, and the whole file in which it stands."""
    file, _, pointer = reference.partition("#/")
    root = json.loads((directory / file).read_bytes())
    schema = root
    for step in filter(None, pointer.split("/")):
        schema = schema[step]
    return schema, root


def _rows(schema: Object, root: Object, prefix: str) -> Iterator[str]:
    """A row for each field, those of parts behind their own."""
    for name, field in schema["properties"].items():
        alternatives = [_target(each, root) for each in field.get("anyOf", [field])]
        optional = "" if name in schema.get("required", ()) else "optional"
        kinds = " or ".join(_kind(each, root) for each in alternatives)
        text = " ".join(filter(None, [field.get("description"), _limits(alternatives[0])]))
        yield f"| `{prefix}{name}` | {' '.join(filter(None, [optional, kinds]))} | {text} |"
        for each in alternatives:
            items = _target(each.get("items", {}), root)
            if "properties" in each:
                yield from _rows(each, root, f"{prefix}{name}.")
            elif "properties" in items:
                yield from _rows(items, root, f"{prefix}{name}[].")


def _target(schema: Object, root: Object) -> Object:
    if "$ref" not in schema:
        return schema
    found: Object = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return found


def _kind(schema: Object, root: Object) -> str:
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("format") == "date-time":
        return "RFC 3339"
    if schema.get("maximum") == LATEST:
        return "epoch milliseconds"
    if schema.get("type") == "array":
        return f"array of {_kind(_target(schema['items'], root), root)}"
    return str(schema.get("type", "any"))


def _limits(schema: Object) -> str:
    """What else a value must be, in short; patterns are for the schema."""
    if schema.get("maximum") == LATEST:
        return "1970 to 9999."
    if "minimum" in schema:
        return f"At least {schema['minimum']}, in 64 bits."
    for unit, least, most in (
        ("characters", "minLength", "maxLength"),
        ("entries", "minItems", "maxItems"),
    ):
        if most in schema:
            return f"{schema.get(least, 0)} to {schema[most]} {unit}."
    return ""
