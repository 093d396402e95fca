"""The notifier's damping rules, over any history of a link and any moments at which it gets to look.

Source: issue 8: an outage is told after 48 h, at most 4 in two weeks, a restored link at once.
"""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import decode, encode

from examples.notifier.digest import tell
from examples.notifier.events import SeenIssue, SeenLink
from examples.notifier.links import Link, Moment, observe
from examples.notifier.rules import DAY, HOUR, Rules

OUT, REJECTED, EXPIRED = "product_out_of_stock", "rejected_by_seller", "invite_expired"
CODES = (REJECTED, EXPIRED, OUT)
FAR = 1000 * DAY


class Step(NamedTuple):
    """After some time, these issues stand."""

    after: int
    codes: frozenset[str]
    status: str


class Told(NamedTuple):
    """What was told, and when."""

    at: int
    kind: str
    code: str


steps = st.lists(
    st.builds(
        Step,
        st.sampled_from([0, 1, HOUR, 10 * HOUR, 48 * HOUR - 1, 48 * HOUR, 60 * HOUR, 5 * DAY]),
        st.frozensets(st.sampled_from(CODES)) | st.just(frozenset({OUT})) | st.just(frozenset()),
        st.sampled_from(["approved", "in_review"]),
    ),
    max_size=30,
)
rules = st.builds(
    Rules,
    outage_wait=st.sampled_from([0, HOUR, 48 * HOUR]),
    outage_limit=st.integers(1, 4),
    outage_window=st.sampled_from([5 * DAY, 14 * DAY]),
    gather=st.just(0),
)


class History:
    """A link that is looked at after each step, and whenever something may be due until the next."""

    def __init__(self, steps: list[Step], rules: Rules, sleepy: frozenset[int] = frozenset()) -> None:
        """`sleepy`: the numbers of steps after which the notifier was down until the next."""
        self.rules = rules
        self.told: list[Told] = []
        self.knows: set[str] = set()
        """The issues that the creator was told of and not yet that they are over."""
        self.read: list[tuple[int, frozenset[str]]] = []
        self.after_steps: list[tuple[frozenset[str], frozenset[str]]] = []
        """Which issues stood, and which of them the creator knew, after each step."""
        self.link: Link | None = None
        now = 0
        for number, step in enumerate(steps):
            if number - 1 not in sleepy:
                self._look_until(now, now + step.after)
            now += step.after
            self._read(step, now, number)
            if number not in sleepy:
                self.look(now)
            self.after_steps.append((step.codes, frozenset(self.knows)))
        self._look_until(now, now + FAR)

    def look(self, now: int) -> None:
        """Tell what is due, and keep the link as the state file does."""
        assert self.link is not None
        self.link, items = tell(decode(encode(self.link), type=Link), "v1", "", now, self.rules)
        for item in items:
            self.told.append(Told(now, item.kind, item.code))
            self.knows = self.knows | {item.code} if item.kind == "issue" else set()

    def _read(self, step: Step, now: int, version: int) -> None:
        issues = [SeenIssue(code, _recovery(code), "", None) for code in CODES if code in step.codes]
        seen = SeenLink("p1", "needs_attention" if issues else step.status, tuple(issues))
        for _ in range(2):  # published again
            self.link = observe(self.link, seen, Moment(now, now, version))
        self.read.append((now, step.codes))

    def _look_until(self, now: int, end: int) -> None:
        """Look at each moment, before `end`, at which something may be due."""
        if self.link is None:
            return
        waits = [each.began.since + self.rules.outage_wait for each in self.link.issues]
        windows = [told + self.rules.outage_window for told in self.link.outages]
        for moment in sorted({*waits, *windows, end - 1}):
            if now <= moment < end:
                self.look(moment)


def _recovery(code: str) -> str:
    return "automatic" if code == OUT else "new_upload"


@given(steps, rules)
def test_an_outage_is_told_only_when_it_has_stood_for_the_wait(steps: list[Step], rules: Rules) -> None:
    history = History(steps, rules)
    for told in history.told:
        if told.code == OUT:
            stood = [at for at, codes in history.read if at <= told.at and OUT not in codes]
            since = [at for at, codes in history.read if at >= max(stood, default=0) and OUT in codes]
            assert told.at - min(since) >= rules.outage_wait


@given(steps, rules)
def test_no_window_has_more_outages_than_the_limit(steps: list[Step], rules: Rules) -> None:
    outages = [told.at for told in History(steps, rules).told if told.code == OUT]
    for first, beyond in zip(outages, outages[rules.outage_limit :], strict=False):
        assert beyond - first >= rules.outage_window


@given(steps, rules)
def test_what_is_urgent_and_what_is_back_is_told_at_once(steps: list[Step], rules: Rules) -> None:
    for codes, knows in History(steps, rules).after_steps:
        assert codes - {OUT} <= knows
        assert codes or not knows


@given(steps, rules)
def test_nothing_is_told_twice_before_the_link_is_back(steps: list[Step], rules: Rules) -> None:
    told: set[str] = set()
    for each in History(steps, rules).told:
        if each.kind == "restored":
            assert told, "back without having been away"
            told.clear()
        elif each.kind == "issue":
            assert each.code not in told
            told.add(each.code)


@given(steps, rules)
def test_a_link_is_approved_once(steps: list[Step], rules: Rules) -> None:
    assert [told.kind for told in History(steps, rules).told].count("approved") <= 1


@given(steps, rules, st.frozensets(st.integers(0, 30)))
def test_in_the_end_the_creator_knows_what_is_true(
    steps: list[Step], rules: Rules, sleepy: frozenset[int]
) -> None:
    history = History(steps, rules, sleepy)
    true = history.read[-1][1] if history.read else frozenset()
    assert true <= history.knows, "missed"
    assert bool(true) == bool(history.knows), "never told that it is back"
