"""Whether a worker would do well here: a look at the machine, the broker, the topics and our rights on them.

Changes nothing, on the broker least of all.
"""

import asyncio
import os
import platform
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams import admin, provision, questions
from streams.provision import Missing, WrongTopic
from streams.questions import Operation
from streams.settings import Settings, WrongSetting
from streams.topics import Kind, Topics

_ANSWERS_WITHIN_S = 10.0
_COORDINATOR_WITHIN_S = 5.0
_LITTLE_BYTES = 2 << 30
_TOO_LITTLE_BYTES = 256 << 20
_SKEW_MS = 1_000
_GREAT_SKEW_MS = 60_000

_READ, _WRITE = frozenset({Operation.READ}), frozenset({Operation.WRITE})
_NEEDED = {
    Kind.SOURCE: _READ,
    Kind.INTERNAL: _READ | _WRITE,
    Kind.REPARTITION: _READ | _WRITE,
    Kind.CHANGELOG: _READ | _WRITE,
    Kind.SINK: _WRITE,
}


class Level(StrEnum):
    """How well something is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(NamedTuple):
    """What was looked at, how it is, and where that is not well what to do."""

    level: Level
    about: str
    what: str
    do: str = ""


async def examine(settings: Settings, topics: Topics) -> AsyncIterator[Finding]:
    """Look at everything, what is near first; without a broker there is no more to see."""
    yield _versions()
    yield _access(settings)
    yield disk(settings.data_dir)
    where = settings.bootstrap_servers
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN_S):
            found = await admin.when_there(where, lambda client: _examine_broker(client, settings, topics))
    except TimeoutError:
        yield Finding(
            Level.FAIL,
            "broker",
            f"no answer from {where} within {_ANSWERS_WITHIN_S:.0f} s",
            "see that Kafka runs, that LINK_STATUS_BOOTSTRAP_SERVERS names it, and that what it advertises "
            "can be reached from here",
        )
    except (KafkaError, admin.Refused) as error:
        yield Finding(Level.FAIL, "broker", f"{where} refuses: {error}", "see the settings of the connection")
    else:
        for finding in found:
            yield finding


async def _examine_broker(
    client: AIOKafkaAdminClient, settings: Settings, topics: Topics
) -> Sequence[Finding]:
    mock = await admin.is_mock(client)
    found = [await _broker(client, mock), *await _topics(client, topics, mock)]
    if not mock:
        found += await _rights(client, topics)
        found += [await _group(client, settings), await _transactions(client, settings)]
    return [*found, clock(await questions.clock(client))]


def _versions() -> Finding:
    parts = (f"{name} {version(name)}" for name in ("product-link-status", "faust-streaming", "aiokafka"))
    return Finding(Level.OK, "versions", ", ".join((*parts, f"Python {platform.python_version()}")))


def _access(settings: Settings) -> Finding:
    try:
        settings.check_access()
    except WrongSetting as wrong:
        return Finding(Level.FAIL, "web", str(wrong), "a worker refuses to start until this is set")
    return Finding(Level.OK, "web", f"served on {settings.web_host}:{settings.web_port}")


def disk(directory: Path) -> Finding:
    """Whether state can be kept there, and how much more of it."""
    there = next(each for each in (directory.absolute(), *directory.absolute().parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        do = "set LINK_STATUS_DATA_DIR to a directory that a worker may write to"
        return Finding(Level.FAIL, "disk", f"{there} cannot be written to", do)
    free = shutil.disk_usage(there).free
    what = f"{free / (1 << 30):.1f} GiB free at {there}"
    if free >= _LITTLE_BYTES:
        return Finding(Level.OK, "disk", what)
    do = "make room: state takes about 2 KB a link, and a worker whose disk is full ends"
    return Finding(Level.FAIL if free < _TOO_LITTLE_BYTES else Level.WARN, "disk", what, do)


async def _broker(client: AIOKafkaAdminClient, mock: bool) -> Finding:
    nodes = len((await client.describe_cluster())["brokers"])
    if mock:
        what = "librdkafka's mock, which has neither transactions nor isolation"
        return Finding(Level.WARN, "broker", what, "for trying out only: processing is at least once")
    release = await questions.release(client)
    if release is None:
        return Finding(Level.FAIL, "broker", "older than Kafka 2.3", "use a newer one")
    return Finding(Level.OK, "broker", f"Kafka {release} or newer, {nodes} node{'' if nodes == 1 else 's'}")


async def _topics(client: AIOKafkaAdminClient, topics: Topics, mock: bool) -> Sequence[Finding]:
    missing = [each.topic for each in await provision.plan(client, topics) if isinstance(each, Missing)]
    if missing:
        return [Finding(Level.FAIL, "topics", f"missing: {', '.join(missing)}", "link-status topics apply")]
    try:
        differences = await provision.check(client, topics)
    except WrongTopic as wrong:
        do = "a worker refuses to start on it; see docs/decisions and topics.yaml for why it must be so"
        return [Finding(Level.FAIL, "topics", str(wrong), do)]
    if not differences or mock:
        return [Finding(Level.OK, "topics", f"all {len(topics)} are there")]
    do = "kafka-configs --alter where the declaration is right; a worker may start all the same"
    return [Finding(Level.WARN, "topics", str(difference), do) for difference in differences]


async def _rights(client: AIOKafkaAdminClient, topics: Topics) -> Sequence[Finding]:
    declared = topics.by_full_name
    found = []
    for name, allowed in (await questions.allowed_on_topics(client, declared)).items():
        if isinstance(allowed, KafkaError):
            found.append(_may_not(f"topic {name}: {type(allowed).__name__}"))
        elif lacking := _NEEDED[declared[name].kind] - allowed:
            operations = " and ".join(sorted(each.name.capitalize() for each in lacking))
            found.append(_may_not(f"topic {name}: {operations} is not allowed"))
    return found or [Finding(Level.OK, "rights", f"all that is needed on {len(declared)} topics")]


async def _group(client: AIOKafkaAdminClient, settings: Settings) -> Finding:
    group = settings.consumer_group
    try:
        allowed = await _with_coordinator(lambda: questions.allowed_on_group(client, group))
    except KafkaError as error:
        return _may_not(f"group {group}: {type(error).__name__}")
    if Operation.READ not in allowed:
        return _may_not(f"group {group}: Read is not allowed")
    return Finding(Level.OK, "rights", f"all that is needed on group {group}")


async def _transactions(client: AIOKafkaAdminClient, settings: Settings) -> Finding:
    prefix = f"{settings.consumer_group}-"
    try:
        await _with_coordinator(lambda: questions.find_transactions(client, prefix))
    except KafkaError as error:
        return _may_not(f"transactional ids {prefix}…: {type(error).__name__}")
    return Finding(Level.OK, "rights", f"transactional ids {prefix}… can be seen (Write cannot be asked for)")


def _may_not(what: str) -> Finding:
    return Finding(Level.FAIL, "rights", what, "grant it with kafka-acls; docs/security.md lists all")


def clock(told: questions.Clock | None) -> Finding:
    """Whether this machine's time is the broker's."""
    if told is None:
        return Finding(
            Level.OK, "clock", "the broker does not tell its time (KRaft does, where Describe is allowed)"
        )
    skew = told.skew_ms
    if abs(skew) < _SKEW_MS:
        return Finding(Level.OK, "clock", "as the broker's, within a second")
    level = Level.FAIL if abs(skew) >= _GREAT_SKEW_MS else Level.WARN
    what = f"{abs(skew) / 1000:.1f} s {'ahead of' if skew > 0 else 'behind'} the broker's"
    return Finding(level, "clock", what, "synchronise it (NTP): invites end by the worker's clock")


async def _with_coordinator(ask: Callable[[], Awaitable[questions.Allowed | None]]) -> questions.Allowed:
    """Ask again while a coordinator is being made, which a first question causes."""
    async with asyncio.timeout(_COORDINATOR_WITHIN_S):
        while True:
            try:
                return await ask() or frozenset()
            except KafkaError as error:
                if not error.retriable:
                    raise
            await asyncio.sleep(0.2)
