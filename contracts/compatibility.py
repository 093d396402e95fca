"""Whether a schema can still read what another one describes.

Records hold what their writer's schema names, and readers ignore what theirs does not name: so writers are
taken as closed and readers as open, whatever the files say. jsoncompat judges; this module says where, and
judges patterns and defaults, which jsoncompat does not compare.
"""

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from jsoncompat import Role, check_compat

Schema = dict[str, Any]

# What says nothing of a record. `format` is one of them since draft 2019-09; times have a pattern, too.
ANNOTATIONS: Final = {
    "$id", "$schema", "$defs", "title", "description", "discriminator", "format", "examples",
}  # fmt: skip


STRUCTURE: Final = {"properties", "additionalProperties", "items", "anyOf"}


class Breach(NamedTuple):
    """Records that a reader cannot read: the field in which, as `links.*.product_id`, and why."""

    field: str
    rule: str

    def __str__(self) -> str:
        return f"{self.field or 'the record'}: {self.rule}"


def breaches(writer: Schema, reader: Schema) -> list[Breach]:
    """Why `reader` cannot read all records of `writer`; empty if it can. Both are JSON Schema 2020-12."""
    wrote, reads = _normal(writer, writer, closed=True), _normal(reader, reader, closed=False)
    return list(dict.fromkeys(_breaches(wrote, reads, "")))


def _normal(schema: Any, root: Schema, closed: bool) -> Any:
    """Without references and annotations, so that parts can be compared by themselves."""
    if isinstance(schema, list):
        return [_normal(each, root, closed) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        beside = {word: value for word, value in schema.items() if word != "$ref"}
        return _normal(root["$defs"][schema["$ref"].rpartition("/")[2]] | beside, root, closed)
    normal = {
        word: {name: _normal(each, root, closed) for name, each in value.items()}
        if word == "properties"
        else _normal(value, root, closed)
        for word, value in schema.items()
        if word not in ANNOTATIONS and word != "additionalProperties"
    }
    if "const" in normal:
        normal["enum"] = [normal.pop("const")]
    if "oneOf" in normal:
        normal["anyOf"] = normal.pop("oneOf")  # the type tells them apart
    if closed and "properties" in normal:
        normal["additionalProperties"] = False
    return normal


def _breaches(writer: Schema, reader: Schema, field: str) -> Iterator[Breach]:
    found = [*_pattern(writer, reader, field), *_within(writer, reader, field)]
    if not found and not _reads(reader, writer):
        found.append(Breach(field, _difference(writer, reader)))
    yield from found


def _reads(reader: Schema, writer: Schema) -> bool:
    return check_compat(json.dumps(writer), json.dumps(reader), Role.DESERIALIZER)


def _pattern(writer: Schema, reader: Schema, field: str) -> Iterator[Breach]:
    if reader.get("pattern") not in (None, writer.get("pattern")):
        yield Breach(field, _difference(writer, reader))


def _within(writer: Schema, reader: Schema, field: str) -> Iterator[Breach]:
    """The breaches in parts of the two, as far as they have the same parts."""
    if "anyOf" in writer or "anyOf" in reader:
        yield from _branches(writer, reader, field)
    elif writer.get("type") == reader.get("type") == "object":
        yield from _fields(writer, reader, field)
    elif writer.get("type") == reader.get("type") == "array" and "items" in writer and "items" in reader:
        yield from _breaches(writer["items"], reader["items"], _joined(field, "*"))


def _fields(writer: Schema, reader: Schema, field: str) -> Iterator[Breach]:
    wrote, reads = writer.get("properties", {}), reader.get("properties", {})
    for name in reader.get("required", ()):
        if name not in writer.get("required", ()):
            may = "may be absent" if name in wrote else "is not written"
            yield Breach(_joined(field, name), f"required by the reader, but {may}")
    for name in wrote:
        if name in reads:
            if name not in {*writer.get("required", ()), *reader.get("required", ())}:
                yield from _absence(wrote[name], reads[name], _joined(field, name))
            yield from _breaches(wrote[name], reads[name], _joined(field, name))


def _absence(writer: Schema, reader: Schema, field: str) -> Iterator[Breach]:
    """Both may leave the field out, but do not mean the same by that."""
    meant, means = (json.dumps(schema.get("default")) for schema in (writer, reader))
    if meant != means:
        yield Breach(field, f"absent stands for {meant} where written, {means} where read")


def _branches(writer: Schema, reader: Schema, field: str) -> Iterator[Breach]:
    for branch in writer.get("anyOf", [writer]):
        like = [each for each in reader.get("anyOf", [reader]) if _kind(each) == _kind(branch)]
        if len(like) == 1:
            yield from _breaches(branch, like[0], field)
        elif not _reads(reader, branch):
            yield Breach(field, f"{_kind(branch)} cannot be read any more")


def _kind(schema: Schema) -> str:
    """What tells an alternative from the others: the event's type, or the type of its value."""
    of_event = schema.get("properties", {}).get("type", {}).get("enum")
    return str(of_event[0] if of_event else schema.get("type", schema.get("enum")))


def _joined(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name


def _difference(writer: Schema, reader: Schema) -> str:
    words = [word for word in {**writer, **reader} if word not in STRUCTURE]
    differ = [
        f"{word} is {writer.get(word, 'free')} where written, {reader.get(word, 'free')} where read"
        for word in words
        if writer.get(word) != reader.get(word)
    ]
    return "; ".join(differ) or "not proven to be readable"
