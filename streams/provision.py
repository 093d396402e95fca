"""Declared topics against the broker's: create what is missing, report what differs, refuse what is wrong.

Existing topics are never changed or deleted: that is for who knows what is in them.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient

from streams import admin as broker
from streams import authorization
from streams.admin import Actual
from streams.topics import MAX_MESSAGE_BYTES, Kind, Name, Topic, Topics

PARTITIONS = "partitions"
CLEANUP_POLICY = "cleanup.policy"


class WrongTopic(Exception):
    """A topic on the broker with which no worker may start."""

    def __init__(self, topic: str, what: str, is_: str, should: str) -> None:
        super().__init__(f"topic {topic}: {what} is {is_}, should be {should}")
        self.topic, self.what, self.is_, self.should = topic, what, is_, should


@dataclass(frozen=True)
class Missing:
    """A declared topic that the broker has not. Names are full ones, here and below."""

    topic: str
    declared: Topic

    def __str__(self) -> str:
        return f"topic {self.topic}: missing"


@dataclass(frozen=True)
class Difference:
    """A topic that is not as declared, and left as it is."""

    topic: str
    what: str
    """`partitions`, or the name of a configuration."""
    actual: str
    declared: str

    def __str__(self) -> str:
        return f"topic {self.topic}: {self.what} is {self.actual}, declared as {self.declared}"


@dataclass(frozen=True)
class Applied:
    """What `apply` did, and what it found and left."""

    created: tuple[str, ...]
    differences: tuple[Difference, ...]

    on_mock: bool
    """The broker is librdkafka's mock, which makes topics by itself, in its own way."""


async def plan(admin: AIOKafkaAdminClient, topics: Topics) -> list[Missing | Difference]:
    """What `look` finds. Raises NotAuthorized where what looks missing may be hidden."""
    return _found(topics, await authorization.described(admin, topics.by_full_name))


async def look(admin: AIOKafkaAdminClient, topics: Topics) -> list[Missing | Difference]:
    """What is missing on the broker, or hidden from us, and what differs there, in the order of the
    declaration.
    """
    return _found(topics, await broker.describe(admin, topics.by_full_name))


async def apply(admin: AIOKafkaAdminClient, topics: Topics) -> Applied:
    """Create what is missing; return when the broker shows it. Raises admin.Refused and NotAuthorized."""
    missing = [each for each in await plan(admin, topics) if isinstance(each, Missing)]
    mock = await broker.is_mock(admin)
    if mock:
        created = [each.topic for each in missing]
        await broker.ask_for(admin, created)
    else:
        created = [each.topic for each in missing if await _create(admin, each)]
    differences = _all_differences(topics, await broker.when_shown(admin, topics.by_full_name))
    return Applied(tuple(created), tuple(differences), mock)


async def check(admin: AIOKafkaAdminClient, topics: Topics) -> list[Difference]:
    """Raise WrongTopic, or NotAuthorized, if a worker must not start; else return what differs and may."""
    declared = topics.by_full_name
    actual = await authorization.described(admin, declared)
    for name in declared:
        if name not in actual:
            raise WrongTopic(name, "it", "missing", "created (link-status topics apply)")
    for group, members in topics.groups.items():
        names = [topics.full_name(topic.name) for topic in members]
        _check_co_partitioned(group, {name: actual[name] for name in names})
    for name, topic in declared.items():
        _check_cleanup(name, topic, actual[name])
    _check_dead_letters(topics, actual)
    return _all_differences(topics, actual)


async def _create(admin: AIOKafkaAdminClient, missing: Missing) -> bool:
    declared = missing.declared
    return await broker.create(admin, missing.topic, declared.partitions, declared.configs)


def _found(topics: Topics, actual: Mapping[str, Actual]) -> list[Missing | Difference]:
    found: list[Missing | Difference] = []
    for name, topic in topics.by_full_name.items():
        found += _differences(name, topic, actual[name]) if name in actual else [Missing(name, topic)]
    return found


def _all_differences(topics: Topics, actual: Mapping[str, Actual]) -> list[Difference]:
    declared = topics.by_full_name.items()
    return [each for name, topic in declared for each in _differences(name, topic, actual[name])]


def _differences(name: str, topic: Topic, actual: Actual) -> list[Difference]:
    has = {PARTITIONS: str(actual.partitions), **(actual.configs or {})}
    should = {PARTITIONS: str(topic.partitions), **topic.configs}
    return [
        Difference(name, what, has[what], declared)
        for what, declared in should.items()
        if what in has and _normal(has[what]) != _normal(declared)
    ]


def _normal(value: str) -> str:
    return ",".join(sorted(value.split(",")))  # `delete,compact` is `compact,delete`


def _check_co_partitioned(group: str, members: Mapping[str, Actual]) -> None:
    counts = Counter(actual.partitions for actual in members.values())
    usual, _ = counts.most_common(1)[0]
    for name, actual in members.items():
        if actual.partitions != usual:
            others = f"{usual}, as the others co-partitioned by {group} have"
            raise WrongTopic(name, PARTITIONS, str(actual.partitions), others)


def _check_cleanup(name: str, topic: Topic, actual: Actual) -> None:
    # Records of a topic that is declared compacted are needed however old they are.
    policy = (actual.configs or {}).get(CLEANUP_POLICY, topic.cleanup)
    if topic.cleanup == "compact" and policy != "compact":
        raise WrongTopic(name, CLEANUP_POLICY, policy, "compact")


def _check_dead_letters(topics: Topics, actual: Mapping[str, Actual]) -> None:
    sizes = {
        name: int(configs[MAX_MESSAGE_BYTES])
        for name, each in actual.items()
        if (configs := each.configs) and MAX_MESSAGE_BYTES in configs
    }
    letters = topics.full_name(Name.DEAD_LETTERS)
    sources = [topics.full_name(topic.name) for topic in topics.of_kind(Kind.SOURCE)]
    largest = max((sizes[name] for name in sources if name in sizes), default=0)
    if letters in sizes and sizes[letters] <= largest:
        raise WrongTopic(letters, MAX_MESSAGE_BYTES, str(sizes[letters]), f"above the sources' {largest}")
