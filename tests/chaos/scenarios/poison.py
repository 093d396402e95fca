"""Records that cannot be read, among good ones: each becomes a dead letter, and holds up nothing."""

from collections.abc import Iterable, Iterator
from random import Random

from schemas import InvalidEvent, decode
from tests.chaos.corpus import LIMIT, corpus
from tests.chaos.deployment import EXACTLY_ONCE, Broken
from tests.chaos.judge.reading import Refused, read
from tests.chaos.scenario import Context, Figures
from tests.chaos.traffic import CALM, Sent, traffic

_EVENTS = 2_000
_IN_KAFKA = 20_000
_SPLICES = (b"null", b"NaN", b"1e9", b'""', b"-", b"9" * 20, b"\xc3\x28", b"\\ud800", b"{}", b"[", b"\x00")


def poison(context: Context, amount: int) -> Figures:
    """The corpus and mutations of good records through Kafka; `amount` mutations by both readers."""
    specimens = corpus()
    mutated = _unreadable(_mutations(context.chance, min(amount, _IN_KAFKA)))
    with context.deploy(EXACTLY_ONCE, LINK_STATUS_BATCH_MAX_RECORDS="20000") as deployment:
        records = [*traffic(context.seed, _EVENTS, CALM), *(each.sent for each in specimens), *mutated]
        context.chance.shuffle(records)
        worker = deployment.worker("w0")
        deployment.feed(records).settled()
        worker.stop()
        figures = deployment.verdict("w0")
    refused = _agreed(_mutations(context.chance, amount))
    return {**figures, "specimens": len(specimens), "mutations": amount, "refused apart": refused}


def _mutations(chance: Random, number: int) -> Iterator[Sent]:
    """Good records with a few bytes changed."""
    good = [sent for sent in traffic(chance.randrange(1 << 30), 2_000, CALM) if sent.value]
    for _ in range(number):
        sent = chance.choice(good)
        yield sent._replace(value=_mutated(chance, bytearray(sent.value or b"")))


def _unreadable(records: Iterable[Sent]) -> list[Sent]:
    """Those to be refused: one that is still good may give a video to another creator, which none does."""
    return [record for record in records if _read(record) is not None]


def _mutated(chance: Random, value: bytearray) -> bytes:
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(value) or 1)
        how = chance.random()
        if how < 0.4:
            value[place : place + 1] = bytes([chance.randrange(256)])
        elif how < 0.7:
            del value[place : place + chance.choice((1, 2, 8))]
        else:
            value[place:place] = chance.choice(_SPLICES)
    return bytes(value)


def _agreed(records: Iterable[Sent]) -> int:
    """Read each by the product and by the judge; returns how many both refuse."""
    refused = 0
    for record in records:
        ours, theirs = _decoded(record), _read(record)
        if ours != theirs:
            raise Broken([f"{record}: {ours} by the product, {theirs} by the contract"])
        refused += ours is not None
    return refused


def _decoded(record: Sent) -> str | None:
    try:
        decode(record.topic, record.value)
    except InvalidEvent as invalid:
        return invalid.code
    return None


def _read(record: Sent) -> str | None:
    try:
        read(record.topic, record.value, LIMIT)
    except Refused as refused:
        return refused.code
    return None
