"""State that earlier versions wrote stays readable, and that of later ones is refused."""

from pathlib import Path

import pytest

from streams.codec import MessagePack
from streams.domain.product import Product
from streams.domain.video import Video
from tests.chaos.formats import FIXTURES, load
from tests.support.codecs import TABLES

FILES = sorted(FIXTURES.glob("format-*.json.gz"))
CODECS = {table.changelog: table.codec for table in TABLES}


class NextVideo(Video):
    """A video with one more field: last, with a default."""

    pinned: bool = False


class NextProduct(Product):
    """A product likewise."""

    commission: float | None = None


def values(file: Path, changelog: str) -> list[bytes]:
    return [each.value for each in load(file).records if each.topic == changelog and each.value is not None]


def kept() -> list[tuple[Path, str]]:
    """Each file, and each changelog in it: later versions have more of them."""
    return [
        (file, changelog)
        for file in FILES
        for changelog in sorted(CODECS.keys() & {each.topic for each in load(file).records})
    ]


def test_the_first_format_has_five_changelogs() -> None:
    assert len([file for file, _ in kept() if file == FILES[0]]) == 5


@pytest.mark.parametrize(("file", "changelog"), kept())
def test_this_version_reads_it(file: Path, changelog: str) -> None:
    for value in values(file, changelog):
        decoded = CODECS[changelog].decode(value)
        assert CODECS[changelog].decode(CODECS[changelog].encode(decoded)) == decoded


@pytest.mark.parametrize("changelog", CODECS)
def test_the_present_format_is_kept(changelog: str) -> None:
    for value in values(FILES[-1], changelog):
        assert CODECS[changelog].encode(CODECS[changelog].decode(value)) == value


@pytest.mark.parametrize(
    ("changelog", "kind", "field", "default"),
    [
        ("links-videos-changelog", NextVideo, "pinned", False),
        ("links-products-changelog", NextProduct, "commission", None),
    ],
)
def test_the_next_version_can_have_another_field(
    changelog: str, kind: type[object], field: str, default: object
) -> None:
    following, present = MessagePack(kind), CODECS[changelog]
    for value in values(FILES[-1], changelog):
        decoded = following.decode(value)
        assert getattr(decoded, field) == default
        assert present.encode(present.decode(following.encode(decoded))) == value, (
            "nor does the present one read it"
        )


def test_a_format_of_the_future_is_refused() -> None:
    with pytest.raises(ValueError, match="state format b'\\\\x03' is not known"):
        MessagePack(Video).decode(b"\x03" + MessagePack(Video).encode(Video())[1:])
