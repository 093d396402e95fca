"""dead-letters against the source records."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from tests.chaos.judge.evidence import Evidence, Place, Taken
from tests.properties import oracle
from tests.support.broker import Stored

IMMUTABLE = "links_are_immutable"
_OURS = "__streams.errors."


class Letter(NamedTuple):
    """A dead letter, what it says of itself apart."""

    place: Place
    code: str
    message: str
    record: Stored


def problems(evidence: Evidence) -> Iterator[str]:
    """What is wrong with the dead letters; nothing if all is well."""
    letters = [_letter(evidence, record) for record in evidence.records("dead-letters")]
    for letter in letters:
        yield from _whole(letter, evidence.taken.get(letter.place))
    told = Counter((letter.place, letter.code) for letter in letters)
    due, allowed = expected(evidence)
    for missing in due - told.keys():
        yield f"dead letter {missing}: missing"
    for surplus in told.keys() - due - allowed:
        yield f"dead letter {surplus}: nothing is wrong with that record"
    for what, times in told.items():
        if times > 1 and evidence.exactly_once:
            yield f"dead letter {what}: {times} times"


def expected(evidence: Evidence) -> tuple[set[tuple[Place, str]], set[tuple[Place, str]]]:
    """The letters that must be there, and those that may be, depending on who arrived first."""
    due = {(each.place, each.code) for each in evidence.taken.values() if each.code is not None}
    rivals: dict[str, list[Taken]] = defaultdict(list)
    for each in evidence.taken.values():
        if each.event is not None and each.event["type"] == "video_posted":
            rivals[each.event["video_id"]].append(each)
    allowed: set[tuple[Place, str]] = set()
    for registrations in rivals.values():
        allowed |= {(each.place, IMMUTABLE) for each in registrations if _loses(each, registrations)}
        if len({each.place[:2] for each in registrations}) == 1:
            due |= {
                (each.place, IMMUTABLE) for each in registrations if _loses_on_arrival(each, registrations)
            }
    return due, allowed


def _loses(taken: Taken, registrations: list[Taken]) -> bool:
    return any(_rank(other) < _rank(taken) for other in registrations)


def _loses_on_arrival(taken: Taken, registrations: list[Taken]) -> bool:
    """One log tells who came first; that one stands when this one comes."""
    return _loses(taken, [other for other in registrations if other.place < taken.place])


def _rank(taken: Taken) -> tuple[int, str]:
    assert taken.event is not None
    return oracle.rank(taken.event)


def _letter(evidence: Evidence, record: Stored) -> Letter:
    said = dict(record.headers)  # upstream may use our names, too: ours stand last

    def text(name: str) -> str:
        return (said[_OURS + name] or b"").decode()

    topic = text("topic").removeprefix(evidence.prefix)
    place = (topic, int(text("partition")), int(text("offset")))
    return Letter(place, text("exception"), text("message"), record)


def _whole(letter: Letter, taken: Taken | None) -> Iterator[str]:
    """The original is untouched."""
    if taken is None:
        yield f"dead letter {letter.place}: there is no such record"
        return
    sent, kept = taken.record, letter.record
    if (kept.key, kept.value) != (sent.key, sent.value):
        yield f"dead letter {letter.place}: key or value is not the original's"
    if list(kept.headers)[: len(sent.headers)] != list(sent.headers):
        yield f"dead letter {letter.place}: headers {kept.headers} do not begin with the original's"
    if not letter.message:
        yield f"dead letter {letter.place}: no message"
