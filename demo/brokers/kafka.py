"""A real Apache Kafka on this machine, for tests, benchmarks and `make demo BROKER=kafka`."""

import contextlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from demo.brokers import archive, jars
from demo.brokers.die_with_parent import dying_with_us

HEAP = "-Xmx512m"
# What lives for a minute pays more for the optimizing compiler than it gets: two scenarios of the fault suite
# took 32 s of the broker's CPU with it, 20 s without; it is up in 3.1 s, not 3.8.
SHORT_LIVED = ("-XX:TieredStopAtLevel=1",)
CLUSTER_ID = "bGluay1zdGF0dXMtdGVzdA"  # any 16 bytes in base64

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# A broker that was killed is let in again after this long (9 s by default).
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
"""


class RealKafka:
    """One broker with its controller (KRaft), on free loopback ports; its data goes when the `with` ends.

    It never outlives the thread that started it (Linux). `extra` are further lines of server.properties,
    `jvm` options of Java. Raises NoKafka where Java or Maven is missing.
    """

    def __init__(self, extra: Mapping[str, str] | None = None, jvm: Sequence[str] = SHORT_LIVED) -> None:
        self._extra = dict(extra or {})
        self._jvm = jvm
        jars.cached()  # raises NoKafka
        self._home = Path(tempfile.mkdtemp(prefix="link-status-kafka-"))
        self._properties = self._home / "server.properties"
        self._data = self._home / "data"
        self._process: subprocess.Popen[bytes] | None = None
        port, controller = free_ports(2)
        self._configure(port, controller)
        self.bootstrap = f"127.0.0.1:{port}"
        self.log = self._home / "kafka.log"
        """What the broker printed, over all its starts."""

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.kill()
            self._clear()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._clear()

    @property
    def pid(self) -> int | None:
        """The process id of the broker, or None while it is down."""
        return self._process.pid if self._process else None

    def start(self, timeout: float = 60) -> None:
        """Start on the same ports and data as before; return when it takes requests (about 7 s)."""
        if self._process:
            return
        self._format()
        self._process = self._run("kafka.Kafka", str(self._properties))
        self._await_ready(time.monotonic() + timeout)

    def stop(self, timeout: float = 30) -> None:
        """Shut down as an operator would (SIGTERM)."""
        if self._process:
            self._process.terminate()
            self._process.wait(timeout)
            self._process = None

    def kill(self) -> None:
        """End at once, as a crash does (SIGKILL)."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Stop and start; clients find the same address and data."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Hang (SIGSTOP): connections stay open, nothing answers."""
        if self._process:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after `pause` (SIGCONT)."""
        if self._process:
            self._process.send_signal(signal.SIGCONT)

    def format_options(self) -> list[str]:
        """Further options of kafka-storage format."""
        return []

    def _configure(self, port: int, controller: int) -> None:
        text = PROPERTIES.format(port=port, controller=controller, data=self._data)
        text += "".join(f"{name}={value}\n" for name, value in self._extra.items())
        self._properties.write_text(text)

    def _format(self) -> None:
        if self._data.exists():
            return
        format_ = ["format", "--cluster-id", CLUSTER_ID, "--config", str(self._properties)]
        if self._run("kafka.tools.StorageTool", *format_, *self.format_options()).wait():
            raise RuntimeError(f"Kafka's storage could not be formatted:\n{self._tail()}")

    def _run(self, main_class: str, *arguments: str) -> "subprocess.Popen[bytes]":
        command = [*java(HEAP, self._jvm), "-Dorg.slf4j.simpleLogger.showDateTime=true"]
        command += [main_class, *arguments]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                dying_with_us(command), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )

    def _await_ready(self, deadline: float) -> None:
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise RuntimeError(f"Kafka did not start:\n{self._tail()}")
            with contextlib.suppress(KafkaException):
                admin.list_topics(timeout=1)
                return
        raise TimeoutError(f"Kafka is not up in time:\n{self._tail()}")

    def _tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def _clear(self) -> None:
        shutil.rmtree(self._home, ignore_errors=True)


def java(heap: str, options: Sequence[str] = SHORT_LIVED) -> list[str]:
    """The command line that runs a program with Kafka's jars, but for its name. Raises NoKafka."""
    place = jars.cached()
    return ["java", heap, "-XX:+UseSerialGC", *archive.options(place), *options, "-cp", f"{place}/*"]


def prepare() -> None:
    """Have brokers start faster from now on, on this machine. Raises NoKafka where there can be none."""
    archive.make(jars.cached(), _start_and_stop)


def _start_and_stop(option: str) -> None:
    broker = RealKafka()
    broker._format()
    broker._jvm = (*SHORT_LIVED, option)
    with broker:
        broker.stop(120)


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
