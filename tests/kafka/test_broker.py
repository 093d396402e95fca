"""The real Kafka that other tests stop, kill and hang: same address and data, and never left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from demo.brokers.kafka import RealKafka
from tests.conftest import own_kafka

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).parents[2]

START_AND_HANG = """
import time
from demo.brokers.kafka import RealKafka
with RealKafka() as broker:
    print(broker.pid, broker.log.parent, flush=True)
    time.sleep(600)
"""


def topics(broker: RealKafka, timeout: float = 10) -> set[str]:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    return set(admin.list_topics(timeout=timeout).topics)


def test_it_keeps_address_and_data_over_stop_kill_and_pause() -> None:
    with own_kafka() as broker:
        admin = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
        admin.create_topics([NewTopic("kept", 1, 1)])["kept"].result(timeout=10)
        broker.restart()
        assert topics(broker) == {"kept"}
        broker.kill()
        assert broker.pid is None
        broker.start()
        broker.pause()
        with pytest.raises(KafkaException):
            topics(broker, timeout=0.5)
        broker.resume()
        assert topics(broker) == {"kept"}
    assert not broker.log.parent.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux ends a process with its parent; others cannot")
def test_it_ends_with_the_process_that_started_it_even_when_that_is_killed(kafka: RealKafka) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", START_AND_HANG], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with starter:
        assert starter.stdout
        pid, home = starter.stdout.readline().split()
        starter.send_signal(signal.SIGKILL)
    subprocess.run(["rm", "-r", home], check=True)
    assert ends(int(pid))


def ends(pid: int, within_s: float = 10) -> bool:
    """Whether a process is gone, or only waits to be reaped by whom it was left to, in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.1)
    return False
