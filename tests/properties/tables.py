"""The tables as values, without what the order of arrival may decide."""

from typing import Any

from streams import keys
from streams.domain.facets import Moderation, Stock
from streams.domain.facts import Fact
from streams.domain.product import Product
from streams.domain.video import Video
from tests.support.simulation import Simulation


def contents(simulation: Simulation) -> dict[tuple[str, bytes], object]:
    """Every entry of every table, but those of how it came to this, which the order of arrival decides."""
    return {
        (spec.name, key): _comparable(spec.codec.decode(value))
        for task in simulation.tasks
        for spec in task.spec.tables
        if spec.name not in ("changes", "numbers")
        for key, value in task.memory.tables[spec.name].items()
    }


def subscribers(simulation: Simulation) -> set[tuple[str, str]]:
    """Product and creator of every subscription."""
    return {keys.split(key) for task in simulation.tasks for key in task.memory.tables.get("subscribers", ())}


def _comparable(value: Any) -> object:
    if isinstance(value, Video):
        verdicts: dict[str, Moderation | None] = {"": value.verdict, **value.link_verdicts}
        return (
            (_identity(value.registration), _identity(value.deletion)),
            (value.title, value.links, value.statuses),
            {key: each and (_identity(each.fact), each.violation) for key, each in verdicts.items()},
        )
    if isinstance(value, Product):
        application, invite = value.application, value.invite
        # Only running out and coming back are told: which of several levels above zero was, chance decides.
        out_of_stock = value.stock is not None and value.stock.available == 0
        return (
            application and (_identity(application.fact), application.approved, application.contact),
            invite and (_identity(invite.fact), invite.expires_at, invite.expired),
            out_of_stock,
            sorted(value.videos),
        )  # fmt: skip
    if isinstance(value, Stock):
        return _identity(value.fact), value.available
    return value


def _identity(fact: Fact | None) -> tuple[int, str, str] | None:
    return None if fact is None else (fact.occurred_at, fact.event_id, fact.type)
