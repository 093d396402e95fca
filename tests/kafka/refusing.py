"""A topic as an administrator breaks and mends it."""

from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)


class Breakable:
    """A topic by its full name."""

    def __init__(self, bootstrap: str, name: str) -> None:
        self._admin = AdminClient({"bootstrap.servers": bootstrap})
        self._name = name

    def delete(self) -> None:
        """With all that is in it."""
        for done in self._admin.delete_topics([self._name]).values():
            done.result()

    def create(self) -> None:
        """Anew, with eight partitions."""
        for done in self._admin.create_topics([NewTopic(self._name, 8, 1)]).values():
            done.result()

    def shrink(self) -> None:
        """It takes no record of ours any more. The markers of transactions (78 bytes) it does take: one that
        the broker itself cannot write keeps its transaction open for ever.
        """
        self._limit(100)

    def widen(self) -> None:
        """It takes whatever may come."""
        self._limit(4 << 20)

    def _limit(self, max_bytes: int) -> None:
        entry = ConfigEntry("max.message.bytes", str(max_bytes), incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, self._name, incremental_configs=[entry])
        for done in self._admin.incremental_alter_configs([resource]).values():
            done.result()
