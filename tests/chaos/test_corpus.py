"""The corpus of bad records: the product's reader and the judge's refuse each under its code."""

import pytest

from schemas import InvalidEvent, decode
from tests.chaos.corpus import LIMIT, Specimen, corpus
from tests.chaos.judge.reading import Refused, read

SPECIMENS = corpus()


def test_it_is_large_enough_and_has_every_code() -> None:
    codes = [specimen.code for specimen in SPECIMENS]
    assert len([code for code in codes if code is not None]) >= 60
    assert {"invalid_json", "invalid_event", "unknown_type", "too_large", None} == set(codes)


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda specimen: str(specimen.about))
def test_both_readers_refuse_it_alike(specimen: Specimen) -> None:
    assert by_judge(specimen) == specimen.code
    if specimen.code != "too_large":  # the worker's to say, before it decodes
        assert by_product(specimen) == specimen.code


def by_judge(specimen: Specimen) -> str | None:
    try:
        read(specimen.topic, specimen.value, LIMIT)
    except Refused as refused:
        return refused.code
    return None


def by_product(specimen: Specimen) -> str | None:
    try:
        decode(specimen.topic, specimen.value)
    except InvalidEvent as invalid:
        return invalid.code
    return None
