"""State and changelogs of each earlier format, read by the present version."""

from collections.abc import Mapping

from confluent_kafka import Consumer, TopicPartition

from tests.chaos.deployment import EXACTLY_ONCE, Deployment
from tests.chaos.formats import FIXTURES, load
from tests.chaos.scenario import Context, Figures


def formats(context: Context, amount: int) -> Figures:
    """A deployment that an earlier version left is taken over, gone on with, and judged as a whole."""
    figures: dict[str, int] = {}
    for file in sorted(FIXTURES.glob("format-*.json.gz")):
        kept = load(file)
        with context.deploy(EXACTLY_ONCE) as deployment:
            deployment.feed(kept.records).published()
            _commit(deployment, kept.offsets)
            worker = deployment.worker("w0").until_ready()
            deployment.feed(kept.later).settled()
            worker.stop()
            figures = {**deployment.verdict("w0"), "formats": figures.get("formats", 0) + 1}
    return figures


def _commit(deployment: Deployment, offsets: Mapping[str, list[int]]) -> None:
    """Have the group begin where it left off."""
    group = Consumer(
        {"bootstrap.servers": deployment.bootstrap, "group.id": f"{deployment.prefix}link-status"}
    )
    places = [
        TopicPartition(deployment.prefix + topic, partition, offset)
        for topic, by_partition in offsets.items()
        for partition, offset in enumerate(by_partition)
    ]
    group.commit(offsets=places, asynchronous=False)
    group.close()
