"""RFC 3339 or epoch milliseconds, to epoch milliseconds."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.timestamps import LATEST, to_millis

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NINE = 1_795_424_400_000  # 2026-11-23T09:00:00Z


@pytest.mark.parametrize(
    ("value", "millis"),
    [
        (0, 0),
        (LATEST, LATEST),
        ("1970-01-01T00:00:00Z", 0),
        ("9999-12-31T23:59:59.999Z", LATEST),
        ("2026-11-23T09:00:00Z", NINE),
        ("2026-11-23t09:00:00z", NINE),
        ("2026-11-23T09:00:00.250z", NINE + 250),
        ("2026-11-23T09:00:00.2Z", NINE + 200),
        ("2026-11-23T09:00:00.2509Z", NINE + 250),
        ("2026-11-23T09:00:00.250999999999Z", NINE + 250),
        ("2026-11-23T09:00:00." + "9" * 40 + "Z", NINE + 999),
        ("2026-11-23T10:00:00+01:00", NINE),
        ("2026-11-23T01:00:00-08:00", NINE),
        ("2026-11-23T09:00:00-00:00", NINE),
        ("2026-11-24T08:59:00+23:59", NINE),
        ("2026-11-22T09:01:00-23:59", NINE),
        ("1969-12-31T16:00:00-08:00", 0),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000),
        ("2016-12-31T23:59:60.5z", 1_483_228_800_500),
        ("1990-12-31T15:59:60-08:00", 662_688_000_000),
        ("2015-07-01T01:59:60+02:00", 1_435_708_800_000),
    ],
)
def test_valid(value: object, millis: int) -> None:
    assert to_millis(value) == millis


@pytest.mark.parametrize(
    "value",
    [
        -1,
        LATEST + 1,
        10**400,
        True,
        None,
        1.0,
        1e12,
        float("inf"),
        [],
        {},
        "",
        "1795424400250",
        "2026-11-23",
        "2026-11-23T09:00:00",
        "2026-11-23 09:00:00Z",
        "2026-11-23T09:00Z",
        "2026-11-23T09Z",
        "20261123T090000Z",
        "2026-W48-1T09:00:00Z",
        "2026-327T09:00:00Z",
        "2026-11-23T09:00:00,5Z",
        "2026-11-23T09:00:00.Z",
        "2026-11-23T09:00:00+0100",
        "2026-11-23T09:00:00+01",
        "2026-11-23T09:00:00+01:00:30",
        "2026-11-23T09:00:00+24:00",
        "2026-11-23T09:00:00+01:60",
        "2026-11-23T24:00:00Z",
        "2026-11-23T09:60:00Z",
        "2026-11-23T09:00:61Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "+2026-11-23T09:00:00Z",
        "12026-11-23T09:00:00Z",
        "2026-11-23T09:00:00Z\n",
        " 2026-11-23T09:00:00Z",
        "\u0662\u0660\u0662\u0666-11-23T09:00:00Z",
        "2026-11-23T09:00:00\u2212" + "01:00",
        "1969-12-31T23:59:59.999Z",
        "1970-01-01T00:00:00+00:01",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60Z",
        "0001-01-01T00:00:60+00:01",
        "2026-11-23T23:59:60Z",
        "2016-12-31T22:59:60Z",
        "2016-12-31T23:58:60Z",
        "2016-12-31T23:59:60+01:00",
    ],
)
def test_invalid(value: object) -> None:
    with pytest.raises(ValueError, match=r"expected|no such date|second 60"):
        to_millis(value)


@given(
    moment=st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30)),
    offset=st.integers(-1439, 1439),
    finer=st.text("0123456789", max_size=9),
)
def test_agrees_with_datetime(moment: datetime, offset: int, finer: str) -> None:
    zoned = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))
    text = zoned.strftime(f"%Y-%m-%dT%H:%M:%S.%f{finer}%z")
    text = f"{text[:-2]}:{text[-2:]}"
    expected = (zoned - EPOCH) // timedelta(milliseconds=1)
    assert to_millis(text) == expected
    assert to_millis(text.lower()) == expected


@given(st.text() | st.from_regex(r"\A\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)\Z"))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert 0 <= to_millis(text) <= LATEST
