"""The topics, as `topics.yaml` declares them: read, checked, and named with the prefix of this deployment."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from streams.topic_rules import problems

MAX_MESSAGE_BYTES = "max.message.bytes"
MAX_MESSAGE_BYTES_DEFAULT = 1_048_588  # Kafka's own, for a topic that does not say

# libyaml's, where PyYAML has it, takes an eighth of the time.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

RETENTION_UNITS_MS = {"h": 3_600_000, "d": 86_400_000}
FOREVER = -1


class WrongDeclaration(Exception):
    """topics.yaml makes no sense. Its text names each topic and field, and says why."""


class Name(StrEnum):
    """Every topic that the program speaks of, without prefix."""

    VIDEO_LINKS = "video-links"
    SELLER_DECISIONS = "seller-decisions"
    INVITE_EXPIRIES = "invite-expiries"
    MODERATION = "moderation"
    INVENTORY = "inventory"
    STOCK_SUBSCRIPTIONS = "stock-subscriptions"
    STOCK_BY_CREATOR = "stock-by-creator"
    EVENTS_BY_CREATOR = "events-by-creator"
    EVENTS_BY_PRODUCT = "events-by-product"
    VIDEO_STATUS_CHANGES = "video-status-changes"
    VIDEO_STATUS = "video-status"
    DEAD_LETTERS = "dead-letters"
    LINKS_VIDEOS_CHANGELOG = "links-videos-changelog"
    LINKS_PRODUCTS_CHANGELOG = "links-products-changelog"
    LINKS_TIMERS_CHANGELOG = "links-timers-changelog"
    LINKS_CHANGES_CHANGELOG = "links-changes-changelog"
    LINKS_NUMBERS_CHANGELOG = "links-numbers-changelog"
    STOCK_LEVELS_CHANGELOG = "stock-levels-changelog"
    STOCK_FANOUTS_CHANGELOG = "stock-fanouts-changelog"
    STOCK_SUBSCRIBERS_CHANGELOG = "stock-subscribers-changelog"


class Kind(StrEnum):
    """What a topic is for: who writes it and who reads it."""

    SOURCE = "source"
    INTERNAL = "internal"
    REPARTITION = "repartition"
    CHANGELOG = "changelog"
    SINK = "sink"


def _sizes(config: Mapping[str, str | int]) -> Mapping[str, str | int]:
    size = config.get(MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES_DEFAULT)
    if not str(size).isdecimal():
        raise ValueError(f"{MAX_MESSAGE_BYTES} is {size!r}, not a number of bytes")
    return config


def _milliseconds(text: object) -> object:
    if text == "forever":
        return FOREVER
    match = re.fullmatch(r"([1-9]\d*)([hd])", str(text))
    if not match:
        raise ValueError(f"{text!r} is neither days (30d), hours (12h) nor forever")
    return int(match[1]) * RETENTION_UNITS_MS[match[2]]


class Topic(BaseModel):
    """One topic as declared; topics.yaml explains the fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-zA-Z0-9._-]{1,249}$")
    kind: Kind
    key: str = Field(min_length=1)
    group: str | None = None
    value_schema: str = Field(alias="schema", min_length=1)
    version: int = Field(ge=1)
    partitions: int = Field(ge=1)
    cleanup: Literal["delete", "compact"]
    retention_ms: Annotated[int | None, BeforeValidator(_milliseconds)] = Field(None, alias="retention")
    config: Annotated[Mapping[str, str | int], AfterValidator(_sizes)] = {}
    why: str = Field(min_length=1)

    @property
    def configs(self) -> dict[str, str]:
        """The topic's whole configuration, by Kafka's names."""
        retention = {} if self.retention_ms is None else {"retention.ms": self.retention_ms}
        whole = {"cleanup.policy": self.cleanup, **retention, **self.config}
        return {name: str(value) for name, value in whole.items()}

    @property
    def max_message_bytes(self) -> int:
        """The largest record batch that the topic takes, in bytes."""
        return int(self.config.get(MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES_DEFAULT))


class Declaration(BaseModel):
    """The whole of topics.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    groups: Mapping[str, str]
    """The name of a group of co-partitioned topics, and the key that they share."""

    topics: tuple[Topic, ...]


class Topics:
    """The declared topics under a prefix. Make them with `load`; names are given and taken without prefix."""

    def __init__(self, declaration: Declaration, prefix: str = "", source_prefix: str | None = None) -> None:
        """The sources may lie under a prefix of their own: those of another deployment."""
        self._prefix = prefix
        self._source_prefix = prefix if source_prefix is None else source_prefix
        self._groups = declaration.groups
        self._topics = {topic.name: topic for topic in declaration.topics}

    @classmethod
    def load(cls, prefix: str = "", path: Path | None = None, source_prefix: str | None = None) -> Self:
        """Read the declaration, ours unless a path is given; raise WrongDeclaration if it makes no sense."""
        text = (path or _declared_at()).read_text(encoding="utf-8")
        declaration = _parse(text)
        wrong = problems(declaration)
        topics = cls(declaration, prefix, source_prefix)
        wrong += [
            f"topic {topic.name}: name: with the prefix it is longer than Kafka's 249 characters"
            for topic in declaration.topics
            if len(topics.full_name(topic.name)) > 249
        ]
        if wrong:
            raise WrongDeclaration("\n".join(wrong))
        return topics

    def full_name(self, name: str) -> str:
        """The name on the broker of a declared topic; raise KeyError for one that is not declared."""
        topic = self._topics[name]
        return (self._source_prefix if topic.kind is Kind.SOURCE else self._prefix) + topic.name

    def __getitem__(self, name: str) -> Topic:
        return self._topics[name]

    def __iter__(self) -> Iterator[Topic]:
        return iter(self._topics.values())

    def __len__(self) -> int:
        return len(self._topics)

    @property
    def by_full_name(self) -> dict[str, Topic]:
        """The topics by their names on the broker, as declared."""
        return {self.full_name(topic.name): topic for topic in self}

    @property
    def groups(self) -> dict[str, tuple[Topic, ...]]:
        """The co-partitioned topics, by group."""
        return {name: tuple(topic for topic in self if topic.group == name) for name in self._groups}

    def of_kind(self, kind: Kind) -> tuple[Topic, ...]:
        """The topics of a kind, as declared."""
        return tuple(topic for topic in self if topic.kind is kind)


def _declared_at() -> Path:
    packaged = Path(__file__).with_name("topics.yaml")
    return packaged if packaged.exists() else Path(__file__).parents[1] / "topics.yaml"


def _parse(text: str) -> Declaration:
    try:
        content = yaml.load(text, _Loader)
        return Declaration.model_validate(content)
    except yaml.YAMLError as error:
        raise WrongDeclaration(f"not YAML: {error}") from None
    except ValidationError as error:
        raise WrongDeclaration("\n".join(_explain(error, content))) from None


def _explain(error: ValidationError, content: object) -> list[str]:
    lines = []
    for detail in error.errors():
        where, *rest = detail["loc"] or ("topics.yaml",)
        if where == "topics" and rest and isinstance(content, dict):
            entry = content["topics"][rest.pop(0)]
            where = f"topic {entry.get('name', entry) if isinstance(entry, dict) else entry}"
        path = ".".join(map(str, rest))
        reason = detail["msg"].removeprefix("Value error, ")
        lines.append(f"{where}: {path + ': ' if path else ''}{reason[:1].lower()}{reason[1:]}")
    return lines
