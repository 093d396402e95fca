"""Clients of a worker's web. They ask by the clock: what one answer is late, the next ones are not spared."""

import asyncio
import json
import random
import time
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

_CONNECTIONS = 50


async def ask(port: int, paths: Sequence[str], per_s: int, seconds: int) -> list[float]:
    """GET any of `paths`, so many a second; returns milliseconds from when each was due to its end."""
    taken: list[float] = []
    began = time.perf_counter() + 0.1

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for turn in range(per_s * seconds // _CONNECTIONS):
            due = began + (turn * _CONNECTIONS + number) / per_s
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            writer.write(_request(random.choice(paths)))
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = next(line for line in head.splitlines() if line.lower().startswith(b"content-length"))
            await reader.readexactly(int(length.split(b":")[1]))
            taken.append((time.perf_counter() - due) * 1000)
        writer.close()

    await asyncio.gather(*(client(number) for number in range(_CONNECTIONS)))
    return taken


class Heard(NamedTuple):
    """Milliseconds to the client: from when the worker folded the change, and from when its fact was sent."""

    from_change: list[float]
    from_fact: list[float]


class Listeners:
    """Event streams, each of a creator."""

    def __init__(self, port: int) -> None:
        self.heard = Heard([], [])
        self._port = port
        self._clients: list[asyncio.Task[None]] = []

    async def begin(self, creators: Sequence[str]) -> None:
        """Open one for each of `creators`; returns when all are there."""
        there = asyncio.Semaphore(0)
        self._clients = [asyncio.create_task(self._listen(creator, there)) for creator in creators]
        for _ in creators:
            await there.acquire()

    async def end(self) -> None:
        """Close them. Raises what went wrong with one."""
        for client in self._clients:
            client.cancel()
        for result in await asyncio.gather(*self._clients, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    async def _listen(self, creator: str, there: asyncio.Semaphore) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(_request(f"/v1/creators/{creator}/events"))
        async for line in reader:
            if line.startswith(b"event: ready"):
                there.release()
            if line.startswith(b'data: {"type"'):
                now = time.time() * 1000
                change = json.loads(line[6:])
                self.heard.from_change.append(now - _ms(change["processed_at"]))
                self.heard.from_fact.append(now - _ms(change["occurred_at"]))


def _request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def _ms(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() * 1000
