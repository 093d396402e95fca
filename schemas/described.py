"""What stands below the fields of models, in their JSON Schema.

Read from the source when it is asked for: pydantic's `use_attribute_docstrings` reads it as each class is
made, which took a tenth of the time that a program needs to start.
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema


class Described(GenerateJsonSchema):
    """Pydantic's, with each field's text as its description."""

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        found = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        for name, text in texts(model).items():
            found["properties"][model.model_fields[name].alias or name]["description"] = text
        return found


@cache
def texts(model: type[BaseModel]) -> Mapping[str, str]:
    """What is told of a model's fields, by their names; those of the classes that it is made of, too."""
    found: dict[str, str | None] = {}
    for part in reversed(model.__mro__):
        if issubclass(part, BaseModel) and part.model_fields:
            found |= dict(_below_fields(_classes(part.__module__)[part.__name__]))
    return {name: text for name, text in found.items() if text is not None}


@cache
def _classes(module: str) -> Mapping[str, ast.ClassDef]:
    body = ast.parse(inspect.getsource(sys.modules[module])).body
    return {each.name: each for each in body if isinstance(each, ast.ClassDef)}


def _below_fields(model: ast.ClassDef) -> Iterator[tuple[str, str | None]]:
    for field, below in zip(model.body, [*model.body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            yield field.target.id, _text(below)


def _text(statement: ast.stmt | None) -> str | None:
    match statement:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return inspect.cleandoc(text)
    return None
