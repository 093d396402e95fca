"""The gate: what changed may not break with a released schema, and what breaks is named."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts import release
from schemas.export import schemas

Schema = dict[str, Any]
Change = Callable[[Schema], object]

CURRENT = schemas()
READ = "seller-decisions.v1"
POSTED = "video-links.v1"
INTERNAL = "stock-subscriptions.v1"
PUBLISHED = "video-status-changes.v1"


def changed(name: str, change: Change) -> dict[str, Schema]:
    schema = copy.deepcopy(CURRENT[name])
    change(schema)
    assert schema != CURRENT[name]
    return {name: schema}


def field(*path: str) -> Callable[[Schema], Schema]:
    """A field of the schema, or of one of its definitions if the path begins with a capital letter."""

    def find(schema: Schema) -> Schema:
        *models, name = path
        model = schema["$defs"][models[0]] if models else schema
        found: Schema = model["properties"][name]
        return found

    return find


def put(where: Callable[[Schema], Schema], **words: Any) -> Change:
    return lambda schema: where(schema).update(words)


def drop(where: Callable[[Schema], Schema], word: str) -> Change:
    return lambda schema: where(schema).pop(word)


def add(name: str, required: bool = False, model: str = "") -> Change:
    def change(schema: Schema) -> None:
        target = schema["$defs"][model] if model else schema
        target["properties"][name] = {"type": "string"}
        if required:
            target["required"] = [*target["required"], name]

    return change


def remove(name: str) -> Change:
    def change(schema: Schema) -> None:
        del schema["properties"][name]
        schema["required"] = [each for each in schema["required"] if each != name]

    return change


def require(name: str) -> Change:
    return lambda schema: schema.update(required=[*schema["required"], name])


def optional(name: str) -> Change:
    return lambda schema: schema.update(required=[each for each in schema["required"] if each != name])


def nullable(name: str) -> Change:
    def change(schema: Schema) -> None:
        schema["properties"][name] = {"anyOf": [schema["properties"][name], {"type": "null"}]}

    return change


def not_null(name: str) -> Change:
    def change(schema: Schema) -> None:
        schema["properties"][name] = schema["properties"][name]["anyOf"][0]

    return change


def without_type(model: str) -> Change:
    def change(schema: Schema) -> None:
        schema["oneOf"] = [each for each in schema["oneOf"] if not each["$ref"].endswith(model)]

    return change


def with_type(name: str) -> Change:
    def change(schema: Schema) -> None:
        schema["$defs"]["New"] = copy.deepcopy(schema["$defs"]["VideoDeleted"])
        schema["$defs"]["New"]["properties"]["type"]["const"] = name
        schema["oneOf"].append({"$ref": "#/$defs/New"})

    return change


def renamed_definition(schema: Schema) -> None:
    text = json.dumps(schema).replace("SellerContact", "Contact")
    schema.clear()
    schema.update(json.loads(text))


BREAKING: dict[str, tuple[str, Change, str]] = {
    "a field is required that was not there": (READ, add("region", required=True), "BACKWARD: region"),
    "a field is required that was optional": (READ, require("reason"), "BACKWARD: reason"),
    "a value is refused that was allowed": (
        READ,
        put(field("decision"), enum=["approved"]),
        "BACKWARD: decision: enum is ['approved', 'rejected'] where written",
    ),
    "a type changes": (READ, put(field("creator_id"), type="integer"), "BACKWARD: creator_id: type is"),
    "ids get shorter": (READ, put(field("creator_id"), maxLength=64), "BACKWARD: creator_id: maxLength is"),
    "ids get fewer characters": (
        READ,
        put(field("creator_id"), pattern="^[a-z0-9]+$"),
        "BACKWARD: creator_id: pattern is",
    ),
    "null is refused": (READ, not_null("reason"), "BACKWARD: reason: null cannot be read any more"),
    "fewer links": (POSTED, put(field("VideoPosted", "links"), maxItems=20), "BACKWARD: links: maxItems is"),
    "a field of a part is required": (
        POSTED,
        add("price", required=True, model="Link"),
        "BACKWARD: links.*.price",
    ),
    "a type of event is gone": (POSTED, without_type("VideoDeleted"), "BACKWARD: the record: video_deleted"),
    "an absent field stands for something else": (
        POSTED,
        put(field("Link", "seller_approval"), default="not_required"),
        'BACKWARD: links.*.seller_approval: absent stands for "required" where written, "not_required"',
    ),
    "an absent field stands for nothing any more": (
        POSTED,
        drop(field("Link", "seller_approval"), "default"),
        'BACKWARD: links.*.seller_approval: absent stands for "required" where written, null',
    ),
    "what older workers read may be absent": (
        INTERNAL,
        optional("subscribed"),
        "FORWARD: subscribed: required by the reader, but may be absent",
    ),
    "what older workers read gets longer": (
        INTERNAL,
        put(field("creator_id"), maxLength=256),
        "FORWARD: creator_id: maxLength is 256 where written",
    ),
    "a published field is gone": (PUBLISHED, remove("cause"), "FORWARD: cause: required by the reader"),
    "a published field may be absent": (PUBLISHED, optional("cause"), "FORWARD: cause"),
    "a published field may be null": (PUBLISHED, nullable("links"), "FORWARD: links: null"),
    "a new code of issues": (
        PUBLISHED,
        lambda schema: field("LinkIssue", "code")(schema)["enum"].append("recalled"),
        "FORWARD: issues_added.*.code: enum is",
    ),
    "a published field is new and not optional": (
        PUBLISHED,
        add("region", required=True),
        "BACKWARD: region: required by the reader, but is not written",
    ),
    "a published value is not published any more": (
        PUBLISHED,
        lambda schema: field("Summary", "status")(schema)["enum"].remove("approved"),
        "BACKWARD: before.status: enum is",
    ),
}

HARMLESS: dict[str, tuple[str, Change]] = {
    "a field that was always there stands for something where it is absent": (
        READ,
        lambda schema: [
            change(schema) for change in (optional("decision"), put(field("decision"), default="rejected"))
        ],
    ),
    "an optional field is new": (READ, add("region")),
    "a field need not be there any more": (READ, optional("decision")),
    "another value is allowed": (READ, put(field("decision"), enum=["approved", "rejected", "withdrawn"])),
    "ids get longer": (READ, put(field("creator_id"), maxLength=256)),
    "any character is allowed": (READ, drop(field("creator_id"), "pattern")),
    "null is allowed": (READ, nullable("decision")),
    "a description": (READ, put(field("reason"), description="What the seller said.")),
    "a definition has another name": (READ, renamed_definition),
    "the order of what is required": (READ, lambda schema: schema["required"].reverse()),
    "more links": (POSTED, put(field("VideoPosted", "links"), maxItems=100)),
    "a type of event is new": (POSTED, with_type("video_hidden")),
    "an integer may be any number": ("inventory.v1", put(field("available"), type="number")),
    "a published field is new and optional": (PUBLISHED, add("region")),
    "a published description": (PUBLISHED, put(field("cause"), description="Why.")),
    "a published title": (PUBLISHED, put(field("video_id"), title="Video")),
}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The current schemas, as if they were released."""
    directory = tmp_path_factory.mktemp("released")
    release.release(CURRENT, directory)
    return directory


def test_nothing_breaks_with_what_was_released() -> None:
    assert release.problems(CURRENT, release.DIRECTORY) == []


def test_every_schema_is_released() -> None:
    names = {f"{path.parent.name}.{path.stem.partition('.')[0]}" for path in release.DIRECTORY.glob("*/*")}
    assert names == set(CURRENT)


@pytest.mark.parametrize(("name", "change", "named"), BREAKING.values(), ids=BREAKING)
def test_what_breaks_is_named_with_its_rule(name: str, change: Change, named: str, released: Path) -> None:
    lines = release.problems(changed(name, change), released)
    topic = name.partition(".")[0]
    assert any(line.startswith(f"{topic} v1.0: {named}") for line in lines), lines


@pytest.mark.parametrize(("name", "change"), HARMLESS.values(), ids=HARMLESS)
def test_what_is_harmless_passes(name: str, change: Change, released: Path) -> None:
    assert release.problems(changed(name, change), released) == []


def test_all_releases_count_not_the_latest_only(tmp_path: Path) -> None:
    release.release({READ: CURRENT[READ]}, tmp_path)
    (path,) = release.release(changed(READ, optional("decision")), tmp_path)
    assert path.name == "v1.1.json"
    narrowed = changed(READ, optional("decision"))
    narrowed[READ]["properties"]["decision"]["enum"] = ["approved"]
    assert [line.partition(":")[0] for line in release.problems(narrowed, tmp_path)] == [
        "seller-decisions v1.0",
        "seller-decisions v1.1",
    ]


def run(monkeypatch: pytest.MonkeyPatch, directory: Path, current: dict[str, Schema], *arguments: str) -> int:
    monkeypatch.setattr(release, "DIRECTORY", directory)
    monkeypatch.setattr(release, "schemas", lambda: current)
    monkeypatch.setattr("sys.argv", ["contracts.release", *arguments])
    return release.main()


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, tmp_path, CURRENT, "--check") == 0
    assert list(tmp_path.iterdir()) == []
    assert run(monkeypatch, tmp_path, CURRENT) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(CURRENT)
    assert run(monkeypatch, tmp_path, CURRENT) == 0
    assert capsys.readouterr().out == ""
    breaking = CURRENT | changed(PUBLISHED, remove("cause"))
    assert run(monkeypatch, tmp_path, breaking) == 1
    assert capsys.readouterr().out.startswith("video-status-changes v1.0: FORWARD: cause: required")
    assert run(monkeypatch, tmp_path, CURRENT | changed(READ, add("region"))) == 0
    assert capsys.readouterr().out == "released seller-decisions/v1.1.json\n"
