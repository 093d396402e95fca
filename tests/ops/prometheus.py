"""A real Prometheus, of Debian's package."""

import json
import os
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import pytest
import yaml

from demo.brokers.die_with_parent import dying_with_us
from tests.kafka.cluster import free_port

OPS = Path(__file__).parents[2] / "ops"
CONFIG = OPS / "prometheus" / "prometheus.yml"
RULES = OPS / "prometheus" / "rules.yml"


def need_prometheus() -> None:
    """Skip the test, or with REQUIRE_PROMETHEUS=1 fail it, where Prometheus is not installed."""
    missing = [tool for tool in ("prometheus", "promtool") if shutil.which(tool) is None]
    if missing and os.environ.get("REQUIRE_PROMETHEUS") == "1":
        pytest.fail(f"REQUIRE_PROMETHEUS=1, but {' '.join(missing)} is not installed", pytrace=False)
    if missing:
        pytest.skip("needs Debian's package prometheus")


class Prometheus:
    """Scrapes `targets` (host:port) each second, by the configuration that is deployed otherwise.

    With `native` it asks for native histograms; this version then takes no classic ones.
    """

    def __init__(self, directory: Path, targets: Sequence[str], native: bool = False) -> None:
        self._port = free_port()
        self._log = directory / "prometheus.log"
        directory.mkdir()
        config = yaml.safe_load(CONFIG.read_text())
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["rule_files"] = [str(RULES)]
        config["scrape_configs"][0]["static_configs"] = [{"targets": list(targets)}]
        (directory / "prometheus.yml").write_text(yaml.safe_dump(config))
        self._command = [
            "prometheus",
            f"--config.file={directory / 'prometheus.yml'}",
            f"--storage.tsdb.path={directory / 'data'}",
            f"--web.listen-address=127.0.0.1:{self._port}",
            *(["--enable-feature=native-histograms"] if native else []),
        ]

    def __enter__(self) -> Self:
        with self._log.open("wb") as out:
            self._process = subprocess.Popen(
                dying_with_us(self._command),
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def log(self) -> str:
        """What it has logged last."""
        return self._log.read_text()[-3000:]

    def get(self, path: str, **parameters: str) -> Any:
        """`data` of an answer of the API; None while nobody answers. What makes no sense fails."""
        url = f"http://127.0.0.1:{self._port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            if error.code == 503:
                return None
            raise AssertionError(f"{parameters}: {error.read().decode()}") from None
        except OSError:
            return None

    def query(self, expression: str) -> list[Any]:
        """The samples of an expression now."""
        found = self.get("query", query=expression)
        return [] if found is None else list(found["result"])

    def value(self, expression: str) -> float | None:
        """The value of an expression that has one sample; None while there is none."""
        samples = self.query(expression)
        return float(samples[0]["value"][1]) if samples else None
