"""docs/settings.md is what the class of settings says."""

import pytest

from contracts.settings import PAGE, allowed, page
from schemas.described import texts
from streams.settings import Settings

FIELDS = Settings.model_fields


def test_the_page_is_as_written() -> None:
    assert PAGE.read_text("utf-8") == page(), "make contracts"


@pytest.mark.parametrize("name", FIELDS)
def test_each_setting_is_explained(name: str) -> None:
    assert texts(Settings)[name]
    assert allowed(FIELDS[name])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("web_port", "integer, 0 to 65535"),
        ("dead_letter_limit", "number, 0 to 1"),
        ("batch_max_records", "integer, 1 to 1000000"),
        ("processing_guarantee", "`exactly_once`, `at_least_once`"),
        ("data_dir", "path, not empty"),
        ("ssl_cafile", "path"),
        ("auth_issuer", "text"),
    ],
)
def test_what_is_allowed_follows_from_types_and_bounds(name: str, words: str) -> None:
    assert allowed(FIELDS[name]) == words
