"""The languages there are: gettext catalogues in `locale/`, read as they are written (.po): no build step."""

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

DIRECTORY = Path(__file__).parent / "locale"
DOMAIN = "notifier"
SOURCE = "en"
"""The language of the texts in the code."""


@cache
def languages() -> tuple[str, ...]:
    """The names of all catalogues, and that of the source."""
    return (SOURCE, *sorted(path.parents[1].name for path in DIRECTORY.glob(f"*/LC_MESSAGES/{DOMAIN}.po")))


def language(locale: str) -> str:
    """The catalogue for a locale: its own, else one of the same language, else the source."""
    names = [name for name in languages() if name == locale]
    names += [name for name in languages() if name.partition("_")[0] == locale.partition("_")[0]]
    return names[0] if names else SOURCE


@cache
def catalogue(name: str) -> gettext.NullTranslations:
    """The texts of a language."""
    if name == SOURCE:
        return gettext.NullTranslations()
    compiled = BytesIO()
    with po_file(name).open("rb") as source:
        write_mo(compiled, read_po(source, locale=name, abort_invalid=True))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def po_file(name: str) -> Path:
    """Where a language's texts are."""
    return DIRECTORY / name / "LC_MESSAGES" / f"{DOMAIN}.po"
