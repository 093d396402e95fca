"""A schema registry on this machine: Apicurio, in memory, through its Confluent-compatible API."""

import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

from demo.brokers import jars
from demo.brokers.die_with_parent import dying_with_us
from tests.kafka.cluster import wait_for

POM = Path(__file__).with_name("pom.xml")


class Apicurio:
    """Runs while the `with` lasts (up in about 7 s), on a port given; raises NoKafka without Java."""

    def __init__(self, port: int) -> None:
        self._home = jars.fetched("apicurio", POM, "unpack")
        self._port = port
        self.url = f"http://127.0.0.1:{port}/apis/ccompat/v7"

    def __enter__(self) -> Self:
        (jar,) = self._home.glob("*-runner.jar")
        settings = [f"-Dquarkus.http.port={self._port}", "-Dquarkus.http.host=127.0.0.1"]
        command = dying_with_us(["java", "-Xmx256m", *settings, "-jar", str(jar)])
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(command, cwd=self._home, stdout=self._log, stderr=subprocess.STDOUT)
        wait_for(self._answers, "the registry does not answer")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            self._log.seek(0)
            raise RuntimeError(self._log.read().decode(errors="replace")[-2000:])
        try:
            with urlopen(f"{self.url}/subjects", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, TimeoutError):
            return False
