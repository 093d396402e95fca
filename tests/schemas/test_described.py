"""Texts below fields."""

from collections.abc import Iterator

from pydantic import BaseModel, Field

import streams.worker  # noqa: F401 (whose models are looked at)
from schemas.described import Described, texts


class Old(BaseModel):
    kept: int
    """Of the old one,
    in two lines."""

    dropped: int
    """No longer told."""

    bare: int


class New(Old):
    dropped: int
    bare: int = Field(alias="by-another-name")
    """Told since."""

    def method(self) -> None:
        """Of no field."""


def test_they_are_those_of_the_class_and_of_what_it_is_made_of() -> None:
    assert texts(New) == {"kept": "Of the old one,\nin two lines.", "bare": "Told since."}


def test_the_schema_has_them_by_the_names_of_its_fields() -> None:
    fields = New.model_json_schema(schema_generator=Described)["properties"]
    described = {name: field.get("description") for name, field in fields.items()}
    assert described == {"kept": texts(New)["kept"], "dropped": None, "by-another-name": "Told since."}


def test_no_class_of_ours_reads_its_source_as_it_is_made() -> None:
    ours = {each for each in _below(BaseModel) if each.__module__.startswith(("schemas.", "streams."))}
    assert len(ours) > 50
    assert not [each for each in ours if each.model_config.get("use_attribute_docstrings")]


def _below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for each in model.__subclasses__():
        yield each
        yield from _below(each)
