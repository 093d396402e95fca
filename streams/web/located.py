"""Where a creator's state is, once it agrees with what was published."""

import asyncio
from collections.abc import Callable

from streams.runtime.view import View
from streams.topology import LINKS
from streams.web.problems import Problem, unavailable
from streams.web.routing import Context

PATIENCE_S = 5.0


async def settled(context: Context, creator_id: str) -> View | str:
    """The creator's view, or the URL of the worker that has it. Raises 503 when nobody has it.

    A change that may be in Kafka already, though its batch is not finished, is waited for: what subscribers
    were told as version n is never answered as less.
    """
    found = located(context, LINKS, creator_id)
    return found if _agrees(context, found, creator_id) else await _agreed(context, creator_id)


def _agrees(context: Context, found: View | str, creator_id: str) -> bool:
    return not isinstance(found, View) or not context.bells.being_published(found, creator_id)


async def _agreed(context: Context, creator_id: str) -> View | str:
    try:
        async with asyncio.timeout(PATIENCE_S):
            with context.bells.listen(creator_id) as bell:
                while True:
                    bell.clear()
                    found = located(context, LINKS, creator_id)
                    if _agrees(context, found, creator_id):
                        return found
                    await bell.wait()
    except TimeoutError:
        raise unavailable("publishing", "a change of this creator's videos is being published") from None


def located(context: Context, step: str, key: str) -> View | str:
    """The view of what has `key` in a step, or the URL of its worker. Raises 503."""
    found = context.state.locate(step, key)
    if found is None:
        raise nobody()
    return found


async def at_version(context: Context, view: View, creator_id: str, reached: Callable[[View], bool]) -> View:
    """The creator's view once `reached` says so of it, or as it is after some seconds."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            with context.bells.listen(creator_id) as bell:
                while not reached(view):
                    bell.clear()
                    await bell.wait()
                    view = here(context, creator_id)
                return view
    except TimeoutError:
        return here(context, creator_id)


def here(context: Context, creator_id: str) -> View:
    """The creator's view. Raises 503 when this worker does not have it, or not any more."""
    found = located(context, LINKS, creator_id)
    if not isinstance(found, View):
        raise nobody()
    return found


def nobody() -> Problem:
    """A rebalance is under way."""
    return unavailable("rebalancing", "the state of this key is on its way to a worker")
