"""Released schemas, and the gate before them.

`python -m contracts.release` releases what changed as `schemas/released/TOPIC/vMAJOR.MINOR.json`, unless it
breaks with an earlier release of that major version; `--check` only judges, as `make test` does.

What is read must understand all that was ever allowed to be written (BACKWARD_TRANSITIVE); what workers
write, to subscribers or to each other, readers of any release must understand, too (FULL_TRANSITIVE). A
breaking change is a new major version: `version` in `topics.yaml` and `schemas/registry.py`, and as a rule a
topic of its own.
"""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from contracts.compatibility import Schema, breaches
from schemas.export import schemas
from streams.topics import Kind, Topics

DIRECTORY: Final = Path(__file__).parents[1] / "schemas" / "released"


def problems(current: Mapping[str, Schema], directory: Path) -> list[str]:
    """What in the `current` schemas (by name and major version) breaks with those released in `directory`."""
    ours = {topic.name for topic in Topics.load() if topic.kind is not Kind.SOURCE}
    return [
        f"{path.parent.name} {path.stem}: {line}"
        for name, schema in current.items()
        for path in _released(name, directory)
        for line in _judged(_read(path), schema, name.partition(".")[0] in ours)
    ]


def release(current: Mapping[str, Schema], directory: Path) -> list[Path]:
    """Write the schemas that differ from their latest release; returns the files. Judge them before."""
    written = []
    for name, schema in current.items():
        released = _released(name, directory)
        if released and _read(released[-1]) == schema:
            continue
        topic, _, major = name.rpartition(".")
        path = directory / topic / f"{major}.{len(released)}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", "utf-8")
        written.append(path)
    return written


def _judged(released: Schema, current: Schema, ours: bool) -> Iterator[str]:
    for breach in breaches(released, current):
        yield f"BACKWARD: {breach}"
    if ours:
        for breach in breaches(current, released):
            yield f"FORWARD: {breach}"


def _released(name: str, directory: Path) -> list[Path]:
    """The releases of a schema, in order."""
    topic, _, major = name.rpartition(".")
    found = (directory / topic).glob(f"{major}.*.json")
    return sorted(found, key=lambda path: int(path.stem.rpartition(".")[2]))


def _read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def main() -> int:
    """Returns the exit status: 1 if a change breaks."""
    parser = argparse.ArgumentParser(description="Release the schemas that changed.")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if a change breaks")
    only_check = parser.parse_args().check
    current = schemas()
    breaking = problems(current, DIRECTORY)
    for line in breaking:
        print(line)
    if not breaking and not only_check:
        for path in release(current, DIRECTORY):
            print(f"released {path.relative_to(DIRECTORY)}")
    return 1 if breaking else 0


if __name__ == "__main__":
    raise SystemExit(main())
