"""What a program does about Ctrl-C while it loads."""

import signal
import subprocess
import sys

import pytest

CTRL_C = "signal.raise_signal(signal.SIGINT)"
TOLD_TO_PASS_OVER_IT = "signal.signal(signal.SIGINT, signal.SIG_IGN)"


def program(*lines: str) -> tuple[int, str]:
    """The exit code and stderr of one that runs these."""
    ran = subprocess.run(
        [sys.executable, "-c", "\n".join(("import signal", *lines))],
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    return ran.returncode, ran.stderr


@pytest.mark.parametrize(
    "lines",
    [
        ("from streams import loading", CTRL_C),
        ("from streams import loading", "loading.done()", "with loading.more():", f" {CTRL_C}"),
        (
            "from streams import loading",
            f"try: {CTRL_C}",
            "except BaseException: pass  # as an import may",
        ),
    ],
)
def test_it_ends_at_once_and_quietly(lines: tuple[str, ...]) -> None:
    assert program(*lines) == (-signal.SIGINT, "")


def test_it_is_an_exception_as_soon_as_all_is_loaded() -> None:
    code, told = program("from streams import loading", "loading.done()", CTRL_C)
    assert (code, told.splitlines()[-1]) == (-signal.SIGINT, "KeyboardInterrupt")


def test_it_is_passed_over_where_the_shell_says_so() -> None:
    lines = (TOLD_TO_PASS_OVER_IT, "from streams import loading", CTRL_C, "loading.done()", CTRL_C)
    assert program(*lines) == (0, "")
