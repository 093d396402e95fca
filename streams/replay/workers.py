"""The worker processes of a replay."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from streams.terminated import to_its_end

_STOPS_WITHIN_S = 15.0
_TAIL = 5


class WorkerEnded(Exception):
    """A worker of a replay ended by itself. Its text has the end of its log."""


class Workers:
    """Some workers, each with a directory and a log of its own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._processes: list[Process] = []

    def check(self) -> None:
        """Raise WorkerEnded if one does not run any more."""
        for number, process in enumerate(self._processes):
            if process.returncode is not None:
                lines = self._log(number).read_text(errors="replace").splitlines()
                told = "\n".join(lines[-_TAIL:])
                raise WorkerEnded(f"a worker of the replay ended with {process.returncode}:\n{told}")

    async def start(self, environment: Mapping[str, str]) -> None:
        """Start one more, with these settings above what the environment has."""
        number = len(self._processes)
        own = {
            "LINK_STATUS_DATA_DIR": str(self._directory / f"worker-{number}"),
            "LINK_STATUS_WEB_HOST": "127.0.0.1",
            "LINK_STATUS_WEB_PORT": "0",
            "LINK_STATUS_GROUP_INSTANCE_ID": "",
            "LINK_STATUS_LOG_LEVEL": "warning",
            "LINK_STATUS_TRACING": "off",
            # All of the past at once is no minute of bad events; and the live schemas are not the replay's.
            "LINK_STATUS_DEAD_LETTER_LIMIT": "1",
            "LINK_STATUS_SCHEMA_REGISTRY_URL": "",
        }
        with self._log(number).open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # there may be modules with our names where it is run
                "-m",
                "streams.replay.child",
                str(os.getpid()),
                env={**os.environ, **own, **environment},
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)

    async def stop(self) -> None:
        """Ask all to stop, and end those that do not."""
        running = [process for process in self._processes if process.returncode is None]
        for process in running:
            process.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOPS_WITHIN_S):
                await asyncio.gather(*(process.wait() for process in running))
        for process in running:
            if process.returncode is None:
                process.kill()
                await process.wait()

    def _log(self, number: int) -> Path:
        return self._directory / f"worker-{number}.log"


@contextlib.asynccontextmanager
async def workers(directory: Path, number: int, environment: Mapping[str, str]) -> AsyncIterator[Workers]:
    """So many workers, at work."""
    group = Workers(directory)
    try:
        for _ in range(number):
            await group.start(environment)
        yield group
    finally:
        await to_its_end(group.stop())
