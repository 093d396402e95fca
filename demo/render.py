"""How the list looks, by rich; in plain text where the console has no colours."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rich.console import Group
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from demo.facts import CREATOR
from demo.manage import Entry, ManageList
from schemas.decisions import SellerContact
from schemas.status import Issue

WHAT_HELPS = {"new_upload": "Needs a new upload.", "automatic": "Comes back by itself."}


@dataclass
class Footer:
    """What is known beside the list. Times are in seconds."""

    bootstrap: str
    web: str
    caption: str = ""
    latency: float | None = None
    """From the last change's cause to its arrival here."""
    first_status: float | None = None
    """From the start of the demo to the first change."""
    dead_letters: int = 0


def list_(videos: ManageList) -> Group:
    """The list: a title, what stands under it, and the details of issues."""
    return Group(Rule("Video > Manage", style="dim"), *map(_entry, videos.entries()))


def footer(footer: Footer) -> Group:
    """What happens just now, how fast it was shown, and where to look further."""
    return Group(
        Rule(style="dim"),
        Text(footer.caption, style="bold magenta"),
        Text(measures(footer), style="dim"),
        Text(f"In a browser: {footer.web}/?creator={CREATOR}", style="bold"),
        Text(f"{footer.web}/metrics   {footer.web}/readyz   broker {footer.bootstrap}", style="dim"),
        Text("Ctrl-C stops everything", style="dim"),
    )


def measures(footer: Footer) -> str:
    """The figures, in a line."""
    parts = []
    if footer.latency is not None:
        parts.append(f"last change shown {footer.latency * 1000:.0f} ms after it happened")
    if footer.first_status is not None:
        parts.append(f"first status after {footer.first_status:.1f} s")
    parts.append(f"{footer.dead_letters} dead letter{'' if footer.dead_letters == 1 else 's'}")
    return "   ".join(parts)


def _entry(entry: Entry) -> Group:
    head = Text.assemble((entry.title, "bold"), ("  " + _posted(entry.posted_at), "dim"))
    return Group("", head, *map(_label, entry.labels), *_issues(entry))


def _posted(at: int | None) -> str:
    return f"posted {datetime.fromtimestamp(at / 1000):%Y-%m-%d %H:%M:%S}" if at else ""


def _label(label: str) -> Text:
    return Text(label, style="yellow" if label.endswith("attention") else "cyan")


def _issues(entry: Entry) -> Iterator[Padding]:
    for link in entry.links:
        for issue in link.issues:
            yield Padding(_issue(link.product_id, issue), (0, 0, 0, 2), expand=False)


def _issue(product_id: str, issue: Issue) -> Text:
    text = Text.assemble((product_id, "bold red"), f": {issue.message} ")
    text.append(WHAT_HELPS[issue.recovery], style="green")
    if issue.seller_contact:
        text.append(f"\nSeller: {_contact(issue.seller_contact)}", style="blue")
    return text


def _contact(contact: SellerContact) -> str:
    return ", ".join(filter(None, (contact.name, contact.email, contact.phone, contact.url)))
