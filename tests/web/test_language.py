"""Languages: which one suits, and whether each catalogue has everything."""

from string import Formatter

import pytest
from babel.messages.pofile import read_po

from streams.web import texts
from streams.web.catalogues import template
from streams.web.language import CATALOGUE, LOCALES, languages, negotiate


@pytest.mark.parametrize(
    ("accepted", "tag"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh-Hans-CN", "zh"),
        ("ZH", "zh"),
        ("en;q=0.5, zh;q=0.7", "zh"),
        ("en, zh", "en"),
        ("fr, zh;q=0.1", "zh"),
        ("fr, zh;Q=0.1", "zh"),
        ("fr", "en"),
        ("*", "en"),
        ("zh;q=0, en;q=0.1", "en"),
        ("zh;q=0", "en"),
        ("zh;q=x, ;;=, en;level=1", "en"),
    ],
)
def test_the_language_that_suits(accepted: str, tag: str) -> None:
    assert negotiate(accepted).tag == tag


@pytest.mark.parametrize("tag", sorted(languages().keys() - {"en"}))
def test_a_catalogue_has_every_text_and_no_other(tag: str) -> None:
    with (LOCALES / tag / CATALOGUE).open("rb") as file:
        catalogue = read_po(file, locale=tag)
    wanted = {message.id for message in template() if message.id}
    assert {message.id for message in catalogue if message.id} == wanted, (
        "run python -m streams.web.catalogues, and translate what is new"
    )
    for message in catalogue:
        string = message.string
        translated = [string] if isinstance(string, str) else list(string or ())
        assert all(translated) and not (message.fuzzy and message.id), message.id
        if message.id:
            english = message.id if isinstance(message.id, str) else message.id[1]
            assert {fields(each) for each in translated} == {fields(english)}


def fields(text: str) -> frozenset[str]:
    """What is filled in."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


def test_texts_that_no_catalogue_has_are_english() -> None:
    assert languages()["zh"].text("not translated") == "not translated"
    assert len(set(texts.singles())) == len(texts.singles())


@pytest.mark.parametrize(
    ("tag", "number", "expected"),
    [
        ("en", 1, "1 product link in review"),
        ("en", 2, "2 product links in review"),
        ("zh", 1, "1 个商品链接审核中"),
        ("zh", 2, "2 个商品链接审核中"),
    ],
)
def test_plurals(tag: str, number: int, expected: str) -> None:
    one, several = "{number} product link in review", "{number} product links in review"
    assert languages()[tag].plural(one, several, number).format(number=number) == expected
