"""What `link-status audit` prints for people."""

import pytest

from streams.audit.differences import Difference, Subject
from streams.audit.report import Gone, Report
from streams.commands.audit import _print

RIGHT = Report(1_000, 20, [], 0, False, [])
WRONG = Difference(Subject("video", ("c7", "v\x9b")), "video-status", "title", "\x1b[2J", "Soap")


@pytest.mark.parametrize(
    ("report", "says"),
    [
        (RIGHT, ["1,000 records, 20 subjects: all is as the log says"]),
        (
            RIGHT._replace(differences=[WRONG]),
            [
                'video c7 v\\x9b: video-status title is "\\u001b[2J", should be "Soap"',
                "1,000 records, 20 subjects: 1 fields differ",
            ],
        ),
        (
            RIGHT._replace(unsettled=3),
            [
                "1,000 records, 20 subjects: nothing differs for certain",
                "3 could not be decided: workers are stopped, behind, or at work on them",
            ],
        ),
        (
            RIGHT._replace(gone=[Gone("moderation", 3, 1041)]),
            [
                "moderation-3: nothing is left from before offset 1041; what the tables hold of that is "
                "taken on trust",
                "1,000 records, 20 subjects: all is as the log says",
            ],
        ),
    ],
)
def test_what_it_says(report: Report, says: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    _print(report, as_json=False)
    assert capsys.readouterr().out.splitlines() == says
