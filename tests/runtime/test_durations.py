"""How long things last, by a clock that the test moves."""

from streams.runtime.durations import Durations


def test_spans_are_counted_and_measured() -> None:
    now = 100.0
    durations = Durations(lambda: now)
    durations.end()
    assert (durations.count, durations.running_s) == (0, 0)
    durations.begin()
    now = 103.0
    durations.begin()
    now = 105.0
    assert durations.running_s == 5
    durations.end()
    durations.begin()
    now = 106.0
    durations.end()
    assert (durations.count, durations.seconds, durations.last_s, durations.running_s) == (2, 6, 1, 0)
