"""The code in the documents: fences whose info string names a file after the language."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt

DOCS = Path(__file__).parents[2] / "docs"
DOCUMENTS = (DOCS / "publishing.md", DOCS / "subscribing.md")


class Block(NamedTuple):
    """A fence: where it begins, its language, the file that it is said to be, and its text."""

    document: Path
    line: int
    language: str
    file: str
    text: str


def blocks(documents: Sequence[Path] = DOCUMENTS) -> Iterator[Block]:
    """All fences of the documents."""
    for document in documents:
        for token in MarkdownIt().parse(document.read_text()):
            if token.type == "fence" and token.map:
                language, _, file = token.info.partition(" ")
                yield Block(document, token.map[0] + 1, language, file, token.content)


def programs() -> dict[str, str]:
    """The programs by their file names."""
    return {block.file: block.text for block in blocks() if block.language != "json"}
