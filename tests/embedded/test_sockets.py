"""A connection that broke, or hangs, says so as aiokafka expects, on the loop that workers run on."""

import asyncio
import gc

import pytest
import uvloop
from aiokafka.conn import create_conn
from aiokafka.errors import IncompatibleBrokerVersion, KafkaConnectionError
from aiokafka.protocol.admin import DescribeConfigsRequest
from aiokafka.protocol.metadata import MetadataRequest

from demo.brokers.embedded import Embedded
from streams.runtime import sockets


@pytest.mark.embedded
def test_writing_to_what_is_closed_is_a_lost_connection() -> None:
    async def write_after_the_end(bootstrap: str) -> None:
        host, _, port = bootstrap.partition(":")
        connection = await create_conn(host, int(port))
        assert isinstance(connection, sockets.Connection)
        connection._writer.transport.abort()
        # The transport closes in the loop's next turn; who reads from it learns of that one turn later.
        await asyncio.sleep(0)
        with pytest.raises(KafkaConnectionError, match="the handler is closed"):
            await connection.send(MetadataRequest([]))
        assert not connection.connected()

    sockets.install()
    with Embedded() as broker, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(write_after_the_end(broker.bootstrap))


@pytest.mark.embedded
def test_one_that_nobody_holds_any_more_closes_and_is_no_error() -> None:
    errors: list[str] = []

    async def give_up(bootstrap: str) -> bool:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context["message"]))
        host, _, port = bootstrap.partition(":")
        connection = await create_conn(host, int(port))
        transport = connection._writer.transport
        del connection
        gc.collect()
        closes = bool(transport.is_closing())
        transport.abort()
        return closes

    sockets.install()
    with Embedded() as broker, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(give_up(broker.bootstrap))
    assert not errors


@pytest.mark.embedded
def test_what_a_broker_is_too_old_for_is_told_as_that() -> None:
    async def ask_for_what_it_does_not_know(bootstrap: str) -> None:
        host, _, port = bootstrap.partition(":")
        connection = await create_conn(host, int(port))
        with pytest.raises(IncompatibleBrokerVersion):
            await connection.send(DescribeConfigsRequest([]))
        assert connection.connected()
        connection.close()

    sockets.install()
    with Embedded() as broker, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(ask_for_what_it_does_not_know(broker.bootstrap))


def test_a_broker_that_takes_connections_and_answers_nothing_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def connect() -> None:
        async with await asyncio.start_server(silent, "127.0.0.1") as server:
            with pytest.raises(TimeoutError, match=r"no answer within 0\.1 s"):
                await create_conn("127.0.0.1", server.sockets[0].getsockname()[1])

    monkeypatch.setattr(sockets, "_AT_ONCE_S", 0.1)
    sockets.install()
    asyncio.run(asyncio.wait_for(connect(), 10))


@pytest.mark.embedded
def test_what_is_answered_at_once_is_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask_one_that_hangs(bootstrap: str) -> None:
        host, _, port = bootstrap.partition(":")
        connection = await create_conn(host, int(port))
        assert (await connection.send(MetadataRequest([]))).brokers
        monkeypatch.setattr(sockets, "_AT_ONCE_S", 0.1)
        connection._read_task.cancel()
        with pytest.raises(TimeoutError):
            await connection.send(MetadataRequest([]))
        connection.close()

    sockets.install()
    with Embedded() as broker:
        asyncio.run(asyncio.wait_for(ask_one_that_hangs(broker.bootstrap), 10))


def test_one_that_is_closed_waits_for_nobody_who_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ready(_: object) -> None: ...

    async def close_with_much_to_write() -> bool:
        end = asyncio.Event()

        async def deaf(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await end.wait()
            writer.close()

        async with await asyncio.start_server(deaf, "127.0.0.1") as server:
            connection = await create_conn("127.0.0.1", server.sockets[0].getsockname()[1])
            connection._writer.write(bytes(64 << 20))
            done, _ = await asyncio.wait({connection.close()}, timeout=30)
            end.set()
            return bool(done)

    monkeypatch.setattr(sockets, "_CLOSE_S", 0.1)
    monkeypatch.setattr(sockets.Connection, "_do_version_lookup", ready)
    sockets.install()
    assert asyncio.run(close_with_much_to_write())


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()
