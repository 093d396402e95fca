"""ACLs as docs/security.md grants them, and one of them taken away."""

import contextlib
import os
import shlex
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from demo.brokers.kafka import java
from streams.authorization import NEEDED
from streams.topics import Topics
from tests.docs.blocks import DOCS, blocks

KAFKA_ACLS = """\
#!/bin/sh
exec {java} -Dorg.slf4j.simpleLogger.defaultLogLevel=error org.apache.kafka.tools.AclCommand "$@"
"""


def grant_as_documented(directory: Path, bootstrap: str, prefix: str) -> None:
    """Run the programs of docs/security.md, with Kafka's own kafka-acls.sh."""
    tool = directory / "kafka-acls.sh"
    tool.write_text(KAFKA_ACLS.format(java=shlex.join(java("-Xmx128m"))))
    tool.chmod(0o755)
    (directory / "admin.properties").write_text("")
    for block in blocks([DOCS / "security.md"]):
        if block.language == "sh":
            _run(block.text, directory, bootstrap, prefix)


def _run(program: str, directory: Path, bootstrap: str, prefix: str) -> None:
    environment = {
        **os.environ,
        "PATH": f"{directory}:{os.environ['PATH']}",
        "ADMIN_CONFIG": str(directory / "admin.properties"),
        "LINK_STATUS_BOOTSTRAP_SERVERS": bootstrap,
        "LINK_STATUS_TOPIC_PREFIX": prefix,
    }
    done = subprocess.run(
        ["sh", "-euc", program], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


def grant(bootstrap: str, prefix: str) -> None:
    """What a worker needs, as docs/security.md has it, but by the table that the worker checks."""
    topics, group = Topics.load(prefix), f"{prefix}link-status"
    bindings = [
        _allowed(ResourceType.TOPIC, topics.full_name(topic.name), AclOperation[operation.name])
        for topic in topics
        for operation in NEEDED[topic.kind]
    ]
    bindings += [
        _allowed(ResourceType.GROUP, group, AclOperation.READ),
        _allowed(
            ResourceType.TRANSACTIONAL_ID, f"{group}-", AclOperation.WRITE, ResourcePatternType.PREFIXED
        ),
    ]
    _create(AdminClient({"bootstrap.servers": bootstrap}), bindings)


def allow(bootstrap: str, name: str, prefix: str, *operations: AclOperation) -> None:
    """Allow that user these operations on all topics under the prefix."""
    bindings = [
        _allowed(ResourceType.TOPIC, prefix, operation, ResourcePatternType.PREFIXED, name)
        for operation in operations
    ]
    _create(AdminClient({"bootstrap.servers": bootstrap}), bindings)


def _allowed(
    kind: ResourceType,
    name: str,
    operation: AclOperation,
    pattern: ResourcePatternType = ResourcePatternType.LITERAL,
    user: str = "link-status",
) -> AclBinding:
    return AclBinding(kind, name, pattern, f"User:{user}", "*", operation, AclPermissionType.ALLOW)


@contextlib.contextmanager
def without(
    bootstrap: str, kind: ResourceType, name: str, operation: AclOperation, left: AclOperation | None = None
) -> Iterator[None]:
    """Take one operation on one resource away from the worker, for as long as the `with` lasts.

    `left`: what it has of that resource meanwhile, which the operation implied.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap})
    binding = kind, name, ResourcePatternType.ANY, "User:link-status", "*", operation, AclPermissionType.ALLOW
    (deleted,) = admin.delete_acls([AclBindingFilter(*binding)]).values()
    taken: list[AclBinding] = deleted.result()
    if left is not None:
        _create(admin, [_with(each, left) for each in taken])
    assert len(taken) == 1, f"{operation.name} on {name} is not granted, so it is not taken away either"
    try:
        yield
    finally:
        _create(admin, taken)


def _with(binding: AclBinding, operation: AclOperation) -> AclBinding:
    return AclBinding(
        binding.restype,
        binding.name,
        binding.resource_pattern_type,
        binding.principal,
        binding.host,
        operation,
        binding.permission_type,
    )


def _create(admin: AdminClient, bindings: Iterable[AclBinding]) -> None:
    for future in admin.create_acls(list(bindings)).values():
        future.result()
