"""docs/settings.md: every setting, from the class that reads them. As a program it writes the page."""

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from schemas.described import texts
from streams import setting_sources
from streams.setting_forms import Form
from streams.settings import Settings

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"

# The last word of a name is its unit.
UNITS = {
    "bytes": "bytes",
    "ms": "milliseconds",
    "seconds": "seconds",
    "records": "records",
    "objects": "objects",
    "writes": "entries",
    "connections": "connections",
    "streams": "streams",
    "limit": "share",
    "minimum": "records",
    "port": "port",
}

_HEAD = """\
# Settings

<!-- Written by `make contracts` from streams/settings.py and streams/setting_groups.py. -->

Each is a variable of the environment, or a line in `.env` in the working directory; the environment goes
first. A value that makes no sense stops every command with exit code 2, and so does a name that begins with
`LINK_STATUS_` and is no setting: the nearest right one is told. So does a line of `.env` that is not
`NAME=value`. Other programs' variables are left alone, as are those that Kubernetes sets for a Service named
`link-status`. `link-status config show` prints what is in force, and where it came from.

| setting | unit | default | allowed | what |
|---|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    names = setting_sources.names(Settings)
    told = texts(Settings)
    fields = Settings.model_fields.items()
    return _HEAD + "".join(_row(names[name], field, told[name]) for name, field in fields)


def _row(name: str, field: FieldInfo, text: str) -> str:
    what = " ".join(text.split()).replace("|", "\\|")
    default = "" if field.default in (None, "") else f"`{field.default}`"
    unit = UNITS.get(name.rpartition("_")[2].lower(), "")
    return f"| `{name}` | {unit} | {default} | {allowed(field)} | {what} |\n"


def allowed(field: FieldInfo) -> str:
    """The values that a setting may have."""
    words = [each.words for each in field.metadata if isinstance(each, Form)]
    return words[0] if words else ", ".join([*_of_type(field.annotation), *_bounds(field)])


def _of_type(kind: Any) -> Iterator[str]:
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(each for each in get_args(kind) if each is not type(None))
    if get_origin(kind) is Literal:
        yield ", ".join(f"`{value}`" for value in get_args(kind))
    elif words := {int: "integer", float: "number", Path: "path", bool: "`true`, `false`"}.get(kind):
        yield words
    elif kind is SecretStr:
        yield "secret"
    else:
        yield "text"


def _bounds(field: FieldInfo) -> Iterator[str]:
    lowest = [each.ge for each in field.metadata if isinstance(each, Ge)]
    highest = [each.le for each in field.metadata if isinstance(each, Le)]
    if lowest and highest:
        yield f"{lowest[0]} to {highest[0]}"
    elif lowest:
        yield f"at least {lowest[0]}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
