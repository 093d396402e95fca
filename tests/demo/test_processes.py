"""The processes of `link-status`."""

from pathlib import Path

import pytest

from demo.failed import Failed
from demo.processes import LinkStatus


@pytest.fixture
def link_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LinkStatus:
    """The command, with a setting around it that another worker was given."""
    monkeypatch.setenv("LINK_STATUS_TOPIC_PREFIX", "not for the demo!")
    return LinkStatus(tmp_path, "127.0.0.1:1", {"BATCH_MAX_RECORDS": "none"})


def test_a_failure_is_told_with_the_last_lines(link_status: LinkStatus) -> None:
    with link_status.start("topics", "apply") as process, pytest.raises(Failed) as failure:
        process.finish(30)

    first, *lines = str(failure.value).splitlines()
    assert first == "link-status topics apply failed with exit code 2; its last lines:"
    assert "LINK_STATUS_BATCH_MAX_RECORDS=none" in lines[0]
    assert "TOPIC_PREFIX" not in str(failure.value)


def test_what_takes_too_long_is_a_failure(link_status: LinkStatus) -> None:
    with link_status.start("worker") as process, pytest.raises(Failed, match="is not done after 0 s"):
        process.finish(0)


def test_one_that_ended_does_not_pass_for_running(link_status: LinkStatus) -> None:
    with link_status.start("worker") as process:
        process.check()
        with pytest.raises(Failed):
            process.finish(30)
        with pytest.raises(Failed, match="ended with exit code 2"):
            process.check()
