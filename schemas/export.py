"""JSON Schema (draft 2020-12) of every topic.

`python -m schemas.export` writes it, `--check` exits 1 if it is stale.
"""

import argparse
import json
from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema

from schemas.described import Described
from schemas.registry import HEADERS, TOPICS

HEADER_VERSION: Final = 1
DIRECTORY: Final = Path(__file__).parent / "json"

Schema = dict[str, Any]


def export() -> dict[str, str]:
    """File names in `DIRECTORY`, and what they should hold."""
    return {
        f"{name}.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in schemas().items()
    }


def schemas() -> dict[str, Schema]:
    """JSON Schema of each topic's values, and of the headers of the sinks, by name and version."""
    values = {f"{topic}.v{TOPICS[topic].version}": value_schema(topic) for topic in TOPICS}
    headers = {f"{topic}.headers.v{HEADER_VERSION}": header_schema(topic) for topic in HEADERS}
    return values | headers


def value_schema(topic: str) -> Schema:
    """Open on what is read (unknown fields are ignored), closed on what is published."""
    found = TOPICS[topic]
    schema = _named(topic, f"{topic}:v{found.version}", found.adapter.json_schema(schema_generator=Described))
    # OpenAPI's word, and none of JSON Schema's: a strict validator (Ajv) refuses the whole file for it.
    schema.pop("discriminator", None)
    return closed(schema) if found.published else schema


def header_schema(topic: str) -> Schema:
    """Closed, but for dead letters: those keep whatever headers a record had."""
    found = HEADERS[topic].model_json_schema(schema_generator=Described)
    schema = _named(f"{topic} headers", f"{topic}:headers:v{HEADER_VERSION}", found)
    return schema if topic == "dead-letters" else closed(schema)


def closed(schema: Any) -> Any:
    """The same, but for objects, which have no fields beyond those it names."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(each) for name, each in schema.items()}
    is_object = inner.get("type") == "object" and "properties" in inner
    return inner | {"additionalProperties": False} if is_object else inner


def _named(title: str, identity: str, schema: Schema) -> Schema:
    head = {"$schema": GenerateJsonSchema.schema_dialect, "$id": f"urn:link-status:{identity}"}
    return head | schema | {"title": title}


def stale() -> list[str]:
    """Names of files that are missing, differ from the models, or belong to no topic."""
    expected = export()
    found = {path.name: path.read_text("utf-8") for path in DIRECTORY.glob("*.json")}
    return sorted(name for name in expected | found if expected.get(name) != found.get(name))


def main() -> int:
    """Write the files, or with `--check` only compare; returns the exit status."""
    parser = argparse.ArgumentParser(description="Export the JSON Schema of every topic.")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if a file is stale")
    if parser.parse_args().check:
        names = stale()
        for name in names:
            print(f"stale: {DIRECTORY / name}")
        return 1 if names else 0
    DIRECTORY.mkdir(exist_ok=True)
    for name in stale():
        (DIRECTORY / name).unlink(missing_ok=True)
    for name, text in export().items():
        (DIRECTORY / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
