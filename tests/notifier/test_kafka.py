"""The notifier on real Kafka: killed, late, behind an open transaction; it tells each thing once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import NewPartitions  # type: ignore[attr-defined]

from demo.brokers.kafka import RealKafka
from examples.notifier.rules import HOUR
from tests.kafka.cluster import wait_for
from tests.notifier.deployment import PARTITIONS, Deployment
from tests.notifier.receiver import Receiver
from tests.notifier.support import OUT, REJECTED, link

VIDEOS = [f"v{number}" for number in range(40)]
WELL, BROKEN, EMPTY = (
    [link("p1"), link("p2")],
    [link("p1", REJECTED), link("p2", OUT)],
    [link("p1"), link("p2", OUT)],
)


@pytest.fixture
def on(kafka: RealKafka, prefix: str, tmp_path: Path) -> Iterator[Deployment]:
    with Receiver() as receiver, Deployment(kafka.bootstrap, prefix, tmp_path, receiver) as deployment:
        yield deployment


def settled(on: Deployment) -> None:
    """Start and stop once on empty topics, so that nothing of what follows stood before."""
    on.start()
    on.stop()


def test_killed_at_any_moment_it_tells_everything_once(on: Deployment) -> None:
    settled(on)
    on.publish(dict.fromkeys(VIDEOS, WELL))
    on.publish(dict.fromkeys(VIDEOS, BROKEN))
    expected = [f"{video} p1 issue {REJECTED}" for video in VIDEOS]
    for some in (1, 8, 20):
        on.start()
        on.until_told(min(some, len(expected)))
        on.kill()
    on.start()
    on.until_told(len(expected))
    assert sorted(on.receiver.told()) == sorted(expected), (
        "an outage was told before its time, or a link twice"
    )
    on.kill()

    on.publish(dict.fromkeys(VIDEOS[:10], EMPTY))
    on.publish(dict.fromkeys(VIDEOS[10:20], WELL))
    expected += [f"{video} p1 restored" for video in VIDEOS[:20]]
    expected += [f"{video} p2 issue {OUT}" for video in (*VIDEOS[:10], *VIDEOS[20:])]
    expected += [f"{video} p2 approved" for video in VIDEOS[10:20]]
    on.move_clock(49 * HOUR)
    for some in (41, 60, 75):
        on.start()
        on.until_told(some)
        on.kill()
    on.start()
    on.until_told(len(expected))
    on.stop()
    assert sorted(on.receiver.told()) == sorted(expected)


def test_what_a_receiver_refused_is_told_when_it_takes_it_even_after_a_crash(on: Deployment) -> None:
    settled(on)
    on.receiver.refuse = True
    on.publish({"v1": BROKEN})
    on.start()
    wait_for(lambda: "answered 503" in on.log(), "not tried")
    on.kill()
    on.receiver.refuse = False
    on.start()
    on.until_told(1)
    on.stop()
    assert on.receiver.told() == [f"v1 p1 issue {REJECTED}"]


def test_killed_before_the_receiver_could_answer_it_sends_the_same_under_the_same_id(on: Deployment) -> None:
    settled(on)
    on.receiver.silent = True
    on.publish({"v1": BROKEN})
    on.start()
    on.until_told(1)
    on.kill()
    on.receiver.silent = False
    on.start()
    wait_for(lambda: len(on.receiver.attempts) == 2, "not sent again")
    on.stop()
    assert on.receiver.attempts == [*on.receiver.messages] * 2
    on.start()
    on.publish({"v2": BROKEN})
    on.until_told(2)
    on.stop()
    assert len(on.receiver.attempts) == 3


def test_partitions_that_are_added_are_read(on: Deployment) -> None:
    settled(on)
    for future in on.admin.create_partitions([NewPartitions(on.changes, PARTITIONS + 8)]).values():
        future.result()
    wait_for(lambda: len(on.admin.list_topics().topics[on.changes].partitions) > PARTITIONS, "none added")
    on.producer = on.transactional("worker")  # that knows of them
    on.publish(dict.fromkeys(VIDEOS, BROKEN))
    on.start()
    on.until_told(len(VIDEOS))
    on.stop()
    assert sorted(on.receiver.told()) == sorted(f"{video} p1 issue {REJECTED}" for video in VIDEOS)


def test_an_open_transaction_at_the_first_start_leaves_no_gap(on: Deployment) -> None:
    on.publish({"v1": BROKEN, "v4": BROKEN})
    slow = on.transactional("slow")
    slow.begin_transaction()
    on.send_status(slow, "v2", on.send_change(slow, "v2", BROKEN))
    status_of_v3 = on.send_change(slow, "v3", BROKEN)
    on.start()
    wait_for(lambda: "learning what stands" in on.log(), "it does not begin")
    on.send_status(slow, "v3", status_of_v3)
    on.publish({"v4": None})
    slow.commit_transaction(30)
    on.publish({"v1": WELL, "v2": WELL})
    on.until_told(5)
    on.stop()
    stood = [f"{video} {product} restored" for video in ("v1", "v2") for product in ("p1", "p2")]
    assert sorted(on.receiver.told()) == [*stood, f"v3 p1 issue {REJECTED}"]


def test_records_that_were_deleted_before_they_were_read_are_made_up_for(on: Deployment) -> None:
    settled(on)
    on.publish({"v1": BROKEN, "v2": BROKEN, "v3": WELL})
    on.start()
    on.until_told(4)
    on.stop()
    on.publish({"v1": WELL, "v2": None, "v3": BROKEN, "v4": BROKEN})
    everything = [TopicPartition(on.changes, number, -1) for number in range(PARTITIONS)]
    for future in on.admin.delete_records(everything).values():
        future.result()
    on.start()
    on.until_told(8)
    on.publish({"v5": BROKEN})
    on.until_told(9)
    on.stop()
    assert sorted(on.receiver.told()[4:]) == [
        "v1 p1 restored",
        "v1 p2 approved",
        f"v3 p1 issue {REJECTED}",
        f"v4 p1 issue {REJECTED}",
        f"v5 p1 issue {REJECTED}",
    ]
