"""How long things last, by a clock that the test moves."""

from streams.runtime.spans import Spans


def test_spans_are_counted_and_measured() -> None:
    now = 100.0
    spans = Spans(lambda: now)
    spans.end()
    assert (spans.count, spans.running_s) == (0, 0)
    spans.begin()
    now = 103.0
    spans.begin()
    now = 105.0
    assert spans.running_s == 5
    spans.end()
    spans.begin()
    now = 106.0
    spans.end()
    assert (spans.count, spans.seconds, spans.last_s, spans.running_s) == (2, 6, 1, 0)
