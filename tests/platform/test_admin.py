"""What comes of what a controller answers."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.errors import InvalidReplicationFactorError, NodeNotReadyError

from streams import admin

FENCED = "Unable to replicate the partition 1 time(s): All brokers are currently fenced."
TOO_FEW = "Unable to replicate the partition 3 time(s): only 1 broker(s) are registered."


class Client:
    """Of a controller that makes no topic, and says why."""

    def __init__(self, code: int, message: str) -> None:
        self._answer = SimpleNamespace(topic_errors=[("t", code, message)])

    async def describe_cluster(self) -> dict[str, Any]:
        return {"controller_id": 1}

    async def create_topics(self, topics: Any) -> Any:
        return self._answer


@pytest.mark.parametrize(("message", "error"), [(FENCED, NodeNotReadyError), (TOO_FEW, admin.Refused)])
def test_brokers_that_are_not_counted_in_yet_are_waited_for(message: str, error: type[Exception]) -> None:
    client = cast(Any, Client(InvalidReplicationFactorError.errno, message))
    assert NodeNotReadyError in admin.AWAY, "which is waited for"
    with pytest.raises(error, match="Unable to replicate"):
        asyncio.run(admin.create(client, "t", 8, {}))
