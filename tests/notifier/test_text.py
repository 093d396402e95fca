"""Messages in the creator's language; catalogues that have all of it."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from examples.notifier import catalogues, text
from examples.notifier.digest import Item
from examples.notifier.events import Contact
from examples.notifier.recipients import Recipient
from examples.notifier.writer import Writer
from streams.domain.issues import KINDS
from streams.web.language import languages

TRANSLATIONS = [name for name in catalogues.languages() if name != catalogues.SOURCE]
SINCE = 1_795_424_400_000  # 2026-11-23 09:00 UTC


def issue(code: str, product: str = "p1", contact: Contact | None = None, title: str = "My desk") -> Item:
    return Item(
        "issue", "v1", product, "needs_attention", 2, SINCE, title, code, f"published: {code}", contact
    )


def back(status: str = "approved") -> Item:
    return Item("restored", "v2", "p9", status, 3, SINCE)


def marked() -> set[str | tuple[str, ...]]:
    """The texts in the code that are marked for translation."""
    keywords = {"N_": None, "gettext": None, "ngettext": (1, 2)}
    found = extract_from_file("python", Path(text.__file__), keywords=keywords)
    return {message if isinstance(message, str) else tuple(message) for _, message, _, _ in found}


@pytest.mark.parametrize("name", TRANSLATIONS)
def test_every_text_is_translated_with_its_placeholders(name: str) -> None:
    with catalogues.po_file(name).open("rb") as source:
        catalogue = read_po(source, locale=name, abort_invalid=True)
    entries: list[Message] = [entry for entry in catalogue if entry.id]
    assert {entry.id if isinstance(entry.id, str) else tuple(entry.id) for entry in entries} == marked()
    assert not catalogue.obsolete
    for entry in entries:
        assert not entry.fuzzy
        assert entry.string and all(entry.string)
        for form in [entry.string] if isinstance(entry.string, str) else entry.string or ():
            singular = entry.id if isinstance(entry.id, str) else entry.id[0]
            assert re.findall(r"%\(\w+\)[sd]", form) == re.findall(r"%\(\w+\)[sd]", singular)


def test_every_issue_has_the_words_of_the_tool() -> None:
    assert {kind.code: kind.message for kind in KINDS} == text.ISSUES


@pytest.mark.parametrize("name", TRANSLATIONS)
def test_every_issue_has_the_words_of_the_page(name: str) -> None:
    page = languages()[name.partition("_")[0]]
    for kind in KINDS:
        assert catalogues.catalogue(name).gettext(kind.message) == page.text(kind.message)


def test_english() -> None:
    items = (issue("invite_expired"), issue("of_tomorrow", "p2"), back())
    assert text.subject(items, "en") == "2 product links need attention and 1 product link is back"
    assert text.body(items, "en", "UTC").replace("\u202f", " ") == (
        "My desk\n"
        "- p1: Your invite for this product has expired, so it is no longer in your showcase. "
        "Upload the video again with a different product from your showcase. "
        "(Since Nov 23, 2026, 9:00:00 AM.)\n"
        "- p2: published: of_tomorrow (Since Nov 23, 2026, 9:00:00 AM.)\n"
        "\n"
        "v2\n"
        "- p9: The product link is back.\n"
    )


def test_chinese_in_the_creators_time_zone() -> None:
    items = (issue("rejected_by_seller", contact=Contact("Acme", "a@acme.example")), back("in_review"))
    message = Writer({"c7": Recipient("zh-CN", "Asia/Shanghai")}, "en", "UTC").write("c7", items, SINCE)
    assert message.locale == "zh_Hans_CN"
    assert message.subject == "1 个商品链接需要处理和1 个商品链接已恢复"
    lines = message.text.splitlines()
    assert lines[1].startswith("- p1\uff1a商家未批准您推广此商品的申请")
    assert lines[1].endswith("2026年11月23日 17:00:00 起\uff09")
    assert lines[2] == "- 商家联系方式\uff1aAcme, a@acme.example"
    assert lines[-1] == "- p9\uff1a商品链接的问题已解除\uff0c正在重新审核。"


def test_a_link_with_two_issues_counts_once() -> None:
    assert text.subject((issue("invite_expired"), issue("rejected_by_seller")), "en").startswith("1 product")


@pytest.mark.parametrize(
    ("locale", "language"),
    [("zh_Hans_CN", "zh_Hans"), ("zh_Hant_TW", "zh_Hans"), ("en_GB", "en"), ("fr", "en")],
)
def test_the_nearest_language_is_taken(locale: str, language: str) -> None:
    assert catalogues.language(locale) == language


def test_free_text_stays_on_its_line() -> None:
    contact = Contact("Acme\nand sons", url="https://acme.example\x00")
    body = text.body(
        (issue("rejected_by_seller", contact=contact, title="\u2028 A\r\n\ttitle"),), "en", "UTC"
    )
    lines = body.splitlines()
    assert (lines[0], len(lines)) == ("A title", 3)
    assert lines[2] == "- Seller contact: Acme and sons, https://acme.example"


def test_ids_stay_on_their_line_and_turn_nothing() -> None:
    item = Item("restored", "v\u20291", "p\u2028\u202e1", "approved", 3, SINCE)
    body = text.body((item,), "en", "UTC")
    assert [line.partition(":")[0] for line in body.splitlines()] == ["v 1", "- p 1"]
