"""What the declaration of topics must obey beyond the types of its fields."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streams.topics import Declaration, Topic

# These have fields of their own.
FIELDS_OF_CONFIGS = {"cleanup.policy": "cleanup", "retention.ms": "retention"}


def problems(declaration: Declaration) -> list[str]:
    """Everything wrong with a declaration, a line each, naming topic and field; empty when it is sound."""
    found = _duplicates(declaration)
    for topic in declaration.topics:
        lines = [
            *_group(topic, declaration.groups.get(topic.group or "")),
            *_retention(topic),
            *_configs(topic),
        ]
        found += [f"topic {topic.name}: {line}" for line in lines]
    return found + _partitions(declaration) + _dead_letters(declaration)


def _duplicates(declaration: Declaration) -> list[str]:
    counts = Counter(topic.name for topic in declaration.topics)
    return [f"topic {name}: name: declared {count} times" for name, count in counts.items() if count > 1]


def _group(topic: Topic, key: str | None) -> list[str]:
    if topic.kind == "sink":
        return ["group: a sink is read by no step of ours"] if topic.group else []
    if topic.group is None:
        return [f"group: missing, but a step reads this {topic.kind}"]
    if key is None:
        return [f"group: {topic.group} is not among the groups"]
    return [f"key: is {topic.key}, but group {topic.group} shares {key}"] if key != topic.key else []


def _retention(topic: Topic) -> list[str]:
    found = []
    if topic.cleanup == "delete" and topic.retention_ms is None:
        found.append("retention: missing, but cleanup is delete")
    if topic.cleanup == "compact" and topic.retention_ms is not None:
        found.append("retention: there is one, but cleanup is compact, which keeps the last of each key")
    if topic.kind == "changelog" and topic.cleanup != "compact":
        found.append("cleanup: a changelog must be compact, or state is lost")
    return found


def _configs(topic: Topic) -> list[str]:
    return [
        f"config.{name}: belongs into the field {field}"
        for name, field in FIELDS_OF_CONFIGS.items()
        if name in topic.config
    ]


def _partitions(declaration: Declaration) -> list[str]:
    first: dict[str, Topic] = {}
    found = []
    for topic in declaration.topics:
        if topic.group is None:
            continue
        other = first.setdefault(topic.group, topic)
        if topic.partitions != other.partitions:
            found.append(
                f"topic {topic.name}: partitions: {topic.partitions}, but {other.name} of the same group "
                f"({topic.group}) has {other.partitions}"
            )
    return found


def _dead_letters(declaration: Declaration) -> list[str]:
    largest = max(
        (topic.max_message_bytes for topic in declaration.topics if topic.kind == "source"), default=0
    )
    return [
        f"topic {topic.name}: config.max.message.bytes: {topic.max_message_bytes} is not above the sources' "
        f"{largest}, so an original with its headers may not fit"
        for topic in declaration.topics
        if topic.name == "dead-letters" and topic.max_message_bytes <= largest
    ]
