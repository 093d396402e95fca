"""Items in the creator's words. Wording: the tool's help page, by way of `streams/domain/issues.py`."""

from datetime import UTC, datetime
from gettext import NullTranslations
from itertools import groupby
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.lists import format_list

from examples.notifier.catalogues import catalogue, language
from examples.notifier.digest import Item
from examples.notifier.events import APPROVED
from examples.notifier.links import Kind


def N_(text: str) -> str:
    """Mark a text for translation."""
    return text


ISSUES = {
    "content_quality_violation": N_(
        "We found a violation of the community guidelines in this video and removed the product link. "
        "To promote this product, upload a new video that follows the guidelines and add the link from your "
        "showcase."
    ),
    "rejected_by_seller": N_(
        "The seller did not approve your application to promote this product. Upload the video again with a "
        "different product from your showcase, or contact the seller to find a solution."
    ),
    "invite_expired": N_(
        "Your invite for this product has expired, so it is no longer in your showcase. Upload the video "
        "again with a different product from your showcase."
    ),
    "product_out_of_stock": N_(
        "This product is out of stock. Ask the seller about restocking; the link comes back by itself when "
        "it is in stock again."
    ),
}
KINDS: tuple[Kind, ...] = ("issue", "restored", "approved")


def subject(items: tuple[Item, ...], locale: str) -> str:
    """How many links need attention, are back, were approved."""
    words = catalogue(language(locale))
    counts = {
        kind: len({(each.video_id, each.product_id) for each in items if each.kind == kind}) for kind in KINDS
    }
    said = [_counted(kind, counts[kind], words) for kind in KINDS if counts[kind]]
    return format_list(said, locale=locale)


def body(items: tuple[Item, ...], locale: str, timezone: str) -> str:
    """Each video with what is told of its links."""
    words = catalogue(language(locale))
    paragraphs = []
    for _, of_video in groupby(sorted(items, key=_place), key=lambda item: item.video_id):
        told = list(of_video)
        lines = [f"- {line}" for item in told for line in _lines(item, words, locale, timezone)]
        paragraphs.append("\n".join([_one_line(told[0].title) or _one_line(told[0].video_id), *lines]))
    return "\n\n".join(paragraphs) + "\n"


def _counted(kind: Kind, count: int, words: NullTranslations) -> str:
    if kind == "issue":
        text = words.ngettext(
            "%(n)d product link needs attention", "%(n)d product links need attention", count
        )
    elif kind == "restored":
        text = words.ngettext("%(n)d product link is back", "%(n)d product links are back", count)
    else:
        text = words.ngettext("%(n)d product link was approved", "%(n)d product links were approved", count)
    return text % {"n": count}


def _lines(item: Item, words: NullTranslations, locale: str, timezone: str) -> list[str]:
    told = words.gettext("%(product)s: %(what)s") % {
        "product": _one_line(item.product_id),
        "what": _what(item, words),
    }
    if item.kind != "issue":
        return [told]
    moment = datetime.fromtimestamp(item.since / 1000, UTC)
    when = format_datetime(moment, "medium", tzinfo=ZoneInfo(timezone), locale=locale)
    lines = [f"{told} " + words.gettext("(Since %(when)s.)") % {"when": when}]
    if item.contact:
        known = [item.contact.name, item.contact.email, item.contact.phone, item.contact.url]
        contact = ", ".join(_one_line(each) for each in known if each)
        lines.append(words.gettext("Seller contact: %(contact)s") % {"contact": contact})
    return lines


def _what(item: Item, words: NullTranslations) -> str:
    if item.kind == "issue":
        known = ISSUES.get(item.code)
        return words.gettext(known) if known else _one_line(item.message)
    if item.kind == "approved":
        return words.gettext("The product link was approved and posted.")
    if item.status == APPROVED:
        return words.gettext("The product link is back.")
    return words.gettext("The product link has no issue any more and is in review again.")


def _place(item: Item) -> tuple[str, int, str]:
    return item.video_id, KINDS.index(item.kind), item.product_id


def _one_line(text: str) -> str:
    """Free text without control characters, so that nobody writes lines into our message."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
