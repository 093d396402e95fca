"""Everything there is to look at, what is near first."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams import admin, questions
from streams.doctor import machine, rights
from streams.doctor.broker import broker, session, topics
from streams.doctor.finding import Finding, Level
from streams.doctor.registry import registry
from streams.refusals import NotLetIn
from streams.runtime.connection import Connection
from streams.security import connection
from streams.settings import ENV_PREFIX, Settings
from streams.topics import Topics

_ANSWERS_WITHIN_S = 10.0


async def examine(settings: Settings, declared: Topics) -> AsyncIterator[Finding]:
    """Look; without a broker there is less to see."""
    yield machine.versions()
    yield await machine.access(settings)
    yield machine.disk(settings.data_dir)
    for finding in await registry(settings, declared):
        yield finding
    for finding in await _beyond(settings, declared):
        yield finding


async def _beyond(settings: Settings, declared: Topics) -> Sequence[Finding]:
    where, kafka = settings.bootstrap_servers, connection(settings)
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN_S):
            return await admin.when_there(kafka, lambda client: _at(client, kafka, settings, declared))
    except TimeoutError:
        what = f"no answer from {where} within {_ANSWERS_WITHIN_S:.0f} s"
        do = (
            f"see that Kafka runs, that {ENV_PREFIX}BOOTSTRAP_SERVERS names it, and that the addresses that "
            "it advertises can be reached from here"
        )
    except (KafkaError, NotLetIn) as error:
        what, do = f"{where}: {error}", "see the settings of the connection"
    return [Finding(Level.FAIL, "broker", what, do)]


async def _at(
    client: AIOKafkaAdminClient, kafka: Connection, settings: Settings, declared: Topics
) -> Sequence[Finding]:
    if await admin.is_mock(client):
        return [await broker(client, True), *await topics(client, kafka, declared, True, ())]
    allowed = await questions.allowed_on_topics(client, declared.by_full_name)
    return [
        await broker(client, False),
        *await session(client, settings.session_timeout_ms),
        *await topics(client, kafka, declared, False, rights.hidden(allowed)),
        *rights.on_topics(allowed, declared),
        await rights.on_group(client, settings.consumer_group),
        await rights.on_transactions(client, f"{settings.consumer_group}-"),
        machine.clock(await questions.clock(client)),
    ]
