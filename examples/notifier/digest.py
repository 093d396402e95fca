"""When a creator gets a message, and what it says. Pure."""

from typing import NamedTuple

from msgspec import Struct

from examples.notifier.events import Contact
from examples.notifier.links import Kind, Link, News, after_telling, news
from examples.notifier.rules import Rules


class Item(Struct, frozen=True, omit_defaults=True):
    """One thing that is told of one link."""

    kind: Kind
    video_id: str
    product_id: str
    status: str
    version: int
    """The video's version that brought it."""
    since: int
    """When it happened, in epoch milliseconds."""
    title: str = ""
    code: str = ""
    """Of an issue."""
    message: str = ""
    """Of an issue: as published, in English."""
    contact: Contact | None = None


class Schedule(NamedTuple):
    """From when there is something to tell: at once, and with the next digest. None: nothing."""

    urgent_at: int | None
    calm_at: int | None


def schedule(link: Link, rules: Rules) -> Schedule:
    """When to look at a link again."""
    due = news(link, rules)
    urgent = min((each.at for each in due if each.urgent), default=None)
    return Schedule(urgent, min((each.at for each in due if not each.urgent), default=None))


def ready(first: Schedule, last_message: int | None, now: int, rules: Rules) -> bool:
    """Whether a creator gets a message now: `first` is due of all links, and the last message was then."""
    if first.urgent_at is not None and first.urgent_at <= now:
        return True
    if first.calm_at is None or first.calm_at > now:
        return False
    return last_message is None or last_message + rules.digest_interval <= now


def tell(link: Link, video_id: str, title: str, now: int, rules: Rules) -> tuple[Link, list[Item]]:
    """All that may be told of a link at `now`, urgent or not; and the link after it."""
    said = [each for each in news(link, rules) if each.at <= now]
    if not said:
        return link, []
    items = [_item(link, each, video_id, title) for each in said]
    return after_telling(link, said, now, rules), items


def _item(link: Link, said: News, video_id: str, title: str) -> Item:
    place = (said.kind, video_id, link.product_id, link.status, said.began.version, said.began.since, title)
    if said.issue is None:
        return Item(*place)
    return Item(*place, said.issue.code, said.issue.message, said.issue.contact)
