"""docker-compose.kafka.yml and the Dockerfile hold what Compose, Kafka and our own command understand.

compose_spec/ is the schema of the Compose Specification, as check-jsonschema 0.39.0 ships it.
"""

import importlib.util
import json
import re
import shlex
import shutil
import subprocess
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import click
import pytest
import yaml
from jsonschema import Draft202012Validator

from streams.cli import main
from streams.settings import ENV_PREFIX, Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.kafka.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
STAGES = {stage.split()[2]: stage for stage in re.split("^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]}
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "link-status"}
WORKERS = {name: service for name, service in OURS.items() if service["command"] == ["worker"]}

REAL_SETTINGS = {ENV_PREFIX + field.upper() for field in Settings.model_fields}


def schema() -> Draft202012Validator:
    return Draft202012Validator(
        json.loads((Path(__file__).parent / "compose_spec/compose-spec.json").read_text())
    )


def command(words: list[str]) -> click.Command:
    """The command of ours that these words run."""
    found: click.Command | None = main
    for word in words:
        assert isinstance(found, click.Group), words
        found = found.get_command(click.Context(found), word)
    assert found is not None, words
    return found


def test_it_obeys_the_compose_specification() -> None:
    assert [error.message for error in schema().iter_errors(COMPOSE)] == []


def test_the_schema_would_see_a_misspelt_key() -> None:
    wrong = COMPOSE | {"services": {"kafka": SERVICES["kafka"] | {"volume": []}}}
    assert not schema().is_valid(wrong)


def test_docker_compose_reads_it() -> None:
    docker = ("docker", "compose")
    if shutil.which("docker") is None or subprocess.run([*docker, "version"], capture_output=True).returncode:
        pytest.skip("needs docker compose (a client; no daemon)")
    file = str(ROOT / "docker-compose.kafka.yml")
    read = subprocess.run(
        [*docker, "-f", file, "--profile", "demo", "config"], capture_output=True, text=True, timeout=60
    )
    assert read.returncode == 0, read.stderr
    assert yaml.safe_load(read.stdout)["services"].keys() == SERVICES.keys()


def test_it_has_kafka_topics_and_two_workers() -> None:
    assert SERVICES["kafka"]["image"] == "apache/kafka:4.1.1"
    assert [service["command"] for service in OURS.values()].count(["topics", "apply"]) == 1
    assert len(WORKERS) == 2


@pytest.mark.parametrize("name", OURS)
def test_each_container_runs_a_command_of_ours(name: str) -> None:
    assert not isinstance(command(OURS[name]["command"]), click.Group)


def test_the_image_runs_the_worker() -> None:
    entrypoint, default = (
        json.loads(re.findall(rf"^{word} (\[.*\])$", STAGES["link-status"], re.MULTILINE)[0])
        for word in ("ENTRYPOINT", "CMD")
    )
    assert (entrypoint, command(default).name) == (["link-status"], "worker")


def test_what_is_built_without_a_target_is_the_worker() -> None:
    assert list(STAGES)[-1] == "link-status"


def test_each_image_of_ours_is_a_stage() -> None:
    for service in (*OURS.values(), SERVICES["demo"]):
        assert service["build"]["target"] in STAGES


def test_the_demo_is_for_those_who_ask_and_runs_a_module() -> None:
    assert SERVICES["demo"]["profiles"] == ["demo"]
    assert not [name for name, service in SERVICES.items() if "profiles" in service and name != "demo"]
    python, flag, module = json.loads(re.findall(r"^ENTRYPOINT (.*)$", STAGES["demo"], re.MULTILINE)[0])
    assert (python, flag) == ("python", "-m")
    assert importlib.util.find_spec(module) is not None


@pytest.mark.parametrize("name", [*OURS, "demo"])
def test_a_container_of_ours_can_write_nothing_but_its_state(name: str) -> None:
    service = SERVICES[name]
    assert (service["read_only"], service["tmpfs"], service["cap_drop"]) == (True, ["/tmp"], ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_only_this_machine_is_let_in() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == len(set(ports)) == 5
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_mounted_is_there(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source, _, _ = volume.partition(":")
        assert source in COMPOSE["volumes"] or (ROOT / source).is_dir(), source


def test_grafana_finds_prometheus_and_its_dashboards() -> None:
    provisioning = ROOT / "ops/grafana/provisioning"
    [source] = yaml.safe_load((provisioning / "datasources/prometheus.yml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"
    [provider] = yaml.safe_load((provisioning / "dashboards/link-status.yml").read_text())["providers"]
    mounted = [volume.split(":")[1] for volume in SERVICES["grafana"]["volumes"]]
    assert provider["options"]["path"] in mounted


def test_each_setting_named_anywhere_is_one() -> None:
    texts = [
        DOCKERFILE,
        *((ROOT / name).read_text() for name in ("docker-compose.kafka.yml", ".env.example")),
        *((ROOT / "docs" / name).read_text() for name in ("tracing.md", "upgrading.md")),
    ]
    named = set(re.findall(rf"{ENV_PREFIX}[A-Z_]+", "\n".join(texts).replace(f"{ENV_PREFIX}...", "")))
    assert named - REAL_SETTINGS == set()


def test_the_example_environment_shows_every_setting_and_its_default() -> None:
    shown = dict(
        re.findall(rf"^#({ENV_PREFIX}[A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    )
    defaults = {
        ENV_PREFIX + name.upper(): "" if field.default is None else str(field.default)
        for name, field in Settings.model_fields.items()
    }
    assert shown == defaults


def test_each_worker_has_its_own_named_volume_for_its_state() -> None:
    data_dir = re.findall(rf"{ENV_PREFIX}DATA_DIR=(\S+)", DOCKERFILE)[0]
    volumes = [service["volumes"][0].split(":") for service in WORKERS.values()]
    assert {path for _, path in volumes} == {data_dir}
    names = [name for name, _ in volumes]
    assert len(set(names)) == len(names)
    assert set(names) <= set(COMPOSE["volumes"])


def test_workers_wait_for_the_topics_and_these_for_kafka() -> None:
    for service in WORKERS.values():
        assert service["depends_on"] == {"topics": {"condition": "service_completed_successfully"}}
    assert SERVICES["topics"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}


def test_workers_are_healthy_when_ready() -> None:
    for service in WORKERS.values():
        compile(service["healthcheck"]["test"][-1], "healthcheck", "exec")
        assert "127.0.0.1:6066/readyz" in service["healthcheck"]["test"][-1]


class Probed(HTTPServer):
    """A worker's port, which was asked for `paths`."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        super().__init__(("127.0.0.1", 0), _Probe)


class _Probe(BaseHTTPRequestHandler):
    server: Probed

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        self.send_response(HTTPStatus.OK)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """No log."""


def test_the_image_asks_the_port_that_is_set_whether_it_lives() -> None:
    [ask] = re.findall(r"^HEALTHCHECK [^\[]*CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    _, *arguments = json.loads(ask)
    with Probed() as probed:
        serving = Thread(target=probed.serve_forever)
        serving.start()
        try:
            port = {f"{ENV_PREFIX}WEB_PORT": str(probed.server_port)}
            subprocess.run([sys.executable, *arguments], env=port, check=True, timeout=60)
        finally:
            probed.shutdown()
            serving.join()
    assert probed.paths == ["/livez"]
    assert f"'{ENV_PREFIX}WEB_PORT', {Settings.model_fields['web_port'].default}" in ask


def test_kubernetes_asks_the_same() -> None:
    [text] = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/upgrading.md").read_text(), re.DOTALL)
    [container] = yaml.safe_load(text)["spec"]["template"]["spec"]["containers"]
    probes = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}
    assert [probe["path"] for probe in probes.values()] == ["/livez", "/livez", "/readyz"]
    assert {probe["port"] for probe in probes.values()} == {6066}
    assert command(container["args"]).name == "worker"


def test_the_image_runs_without_root() -> None:
    uid = re.findall(r"useradd .*--uid (\d+)", STAGES["runtime"])[0]
    assert re.findall(r"^USER (.*)$", STAGES["runtime"], re.MULTILINE) == [uid]
    for name in ("link-status", "demo"):
        assert "USER" not in STAGES[name]
        assert re.findall(rf"^FROM (\S+) AS {name}$", DOCKERFILE, re.MULTILINE) == ["runtime"]


def test_the_image_copies_only_what_the_context_has() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copies = [shlex.split(line)[1:-1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ")]
    wanted = {name for names in copies if not names[0].startswith("--from") for name in names}
    assert wanted == allowed
