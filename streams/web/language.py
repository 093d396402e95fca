"""The languages that creators are told things in: English, and Babel's catalogues under streams/locales."""

import io
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import NamedTuple

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parents[1] / "locales"
CATALOGUE = "LC_MESSAGES/link-status.po"
ENGLISH = "en"


class Language(NamedTuple):
    """One language: its tag (RFC 5646), and its texts by the English ones."""

    tag: str
    translations: NullTranslations

    def text(self, english: str) -> str:
        """A text; English where the catalogue does not have it."""
        return self.translations.gettext(english)

    def plural(self, one: str, several: str, number: int) -> str:
        """Of a text for one and one for several, that which is right for `number`."""
        return self.translations.ngettext(one, several, number)


@cache
def languages() -> Mapping[str, Language]:
    """All languages by tag. Catalogues are compiled as they are read, so none can be out of date."""
    found = {ENGLISH: Language(ENGLISH, NullTranslations())}
    for path in sorted(LOCALES.glob(f"*/{CATALOGUE}")):
        tag = path.parts[-3]
        compiled = io.BytesIO()
        with path.open("rb") as catalogue:
            write_mo(compiled, read_po(catalogue, locale=tag))
        compiled.seek(0)
        found[tag] = Language(tag, GNUTranslations(compiled))
    return found


@lru_cache(maxsize=256)
def negotiate(accepted: str) -> Language:
    """The language that suits an Accept-Language header (RFC 9110, 12.5.4) best; English if none does."""
    known = languages()
    for tag in _by_preference(accepted):
        primary = tag.partition("-")[0].lower()
        if primary in known:
            return known[primary]
    return known[ENGLISH]


def _by_preference(accepted: str) -> Iterator[str]:
    weighed = []
    for place, part in enumerate(accepted.split(",")):
        tag, _, parameter = part.partition(";")
        weight = _weight(parameter)
        if weight > 0:
            weighed.append((-weight, place, tag.strip()))
    return (tag for _, _, tag in sorted(weighed))


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not parameter.strip():
        return 1.0
    try:
        return float(value) if name.strip().lower() == "q" else 0.0
    except ValueError:
        return 0.0
