"""JSON Schema (draft 2020-12) of every topic.

`python -m schemas.export` writes it, `--check` exits 1 if it is stale.
"""

import argparse
import json
from pathlib import Path
from typing import Final

from pydantic.json_schema import GenerateJsonSchema

from schemas.registry import TOPICS

VERSION: Final = 1
DIRECTORY: Final = Path(__file__).parent / "json"


def export() -> dict[str, str]:
    """File names in `DIRECTORY`, and what they should hold."""
    return {f"{topic}.v{VERSION}.json": _schema(topic) for topic in TOPICS}


def _schema(topic: str) -> str:
    head = {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": f"urn:link-status:{topic}:v{VERSION}",
    }
    schema = head | TOPICS[topic].adapter.json_schema() | {"title": topic}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


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
