"""The story once more, with other creators, videos and products: a round shares nothing with the others."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from demo.facts import CREATOR, Fact

_IDS = ("creator_id", "video_id", "product_id")


def creator(run: str) -> str:
    """Whose day it is in the round `run`."""
    return _renamed(CREATOR, run)


def of_round(fact: Fact, run: str) -> Fact:
    """The fact as it happens in the round `run`. A record that is no event stays what it is."""
    return replace(fact, key=_renamed(fact.key, run), fields=_with_ids(fact.fields, run))


def _with_ids(fields: Mapping[str, Any], run: str) -> dict[str, object]:
    renamed: dict[str, object] = {
        name: _renamed(fields[name], run) for name in _IDS if fields.get(name) is not None
    }
    if "links" in fields:
        renamed["links"] = [_with_ids(link, run) for link in fields["links"]]
    return {**fields, **renamed}


def _renamed(identity: str, run: str) -> str:
    return f"{identity}-{run}"
