"""`python -m streams.web.catalogues` brings the catalogues up to date; then translate what is new."""

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from streams.web import texts
from streams.web.language import CATALOGUE, LOCALES


def template() -> Catalog:
    """Every text that is told, with no translation."""
    catalogue = Catalog(project="link-status", charset="utf-8")
    for text in texts.singles():
        catalogue.add(text, flags=["python-brace-format"] if "{" in text else [])
    for plural in texts.PLURALS:
        catalogue.add(plural, flags=["python-brace-format"])
    return catalogue


def main() -> None:
    """Update them in place."""
    for path in LOCALES.glob(f"*/{CATALOGUE}"):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.parts[-3])
        catalogue.update(template(), no_fuzzy_matching=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=100, omit_header=False, ignore_obsolete=True, sort_output=False)


if __name__ == "__main__":
    main()
