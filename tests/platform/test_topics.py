"""topics.yaml is sound, and what is not sound is refused with topic and field."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.runtime.store import OUTDATED_AFTER_S
from streams.topics import Kind, Name, Topics, WrongDeclaration

DECLARED = Topics.load()
DAY_MS = 24 * 60 * 60 * 1000

ORDERS: dict[str, Any] = {
    "name": "orders",
    "kind": "source",
    "key": "customer_id",
    "group": "customer",
    "schema": "orders",
    "version": 1,
    "partitions": 4,
    "cleanup": "delete",
    "retention": "7d",
    "why": "Something was ordered.",
}
TOTALS = ORDERS | {"name": "totals-changelog", "kind": "changelog", "cleanup": "compact", "retention": None}
del TOTALS["retention"]
DEAD_LETTERS = {k: v for k, v in ORDERS.items() if k != "group"} | {
    "name": "dead-letters",
    "kind": "sink",
    "config": {"max.message.bytes": 2_000_000},
}


def load(tmp_path: Path, *topics: dict[str, Any], prefix: str = "") -> Topics:
    path = tmp_path / "topics.yaml"
    path.write_text(yaml.safe_dump({"groups": {"customer": "customer_id"}, "topics": list(topics)}))
    return Topics.load(prefix, path)


def without(topic: dict[str, Any], field: str) -> dict[str, Any]:
    return {name: value for name, value in topic.items() if name != field}


def test_it_declares_exactly_the_topics_that_the_program_names() -> None:
    assert {topic.name for topic in DECLARED} == set(Name)


@pytest.mark.parametrize("name", [Name.VIDEO_LINKS, Name.INVENTORY])
def test_full_names_begin_with_the_prefix(name: str) -> None:
    assert Topics.load("shop-eu.").full_name(name) == f"shop-eu.{name}"


def test_a_name_that_is_not_declared_has_no_full_name() -> None:
    with pytest.raises(KeyError):
        DECLARED.full_name("video-link")


def test_each_step_finds_its_topics_in_one_group() -> None:
    creator, product = DECLARED.groups["creator"], DECLARED.groups["product"]
    assert {topic.name for topic in creator if topic.kind is Kind.SOURCE} == {
        Name.VIDEO_LINKS,
        Name.SELLER_DECISIONS,
        Name.INVITE_EXPIRIES,
        Name.MODERATION,
    }
    assert [topic.name for topic in product if topic.kind is Kind.SOURCE] == [Name.INVENTORY]
    assert {topic.name.split("-")[0] for topic in creator if topic.kind is Kind.CHANGELOG} == {"links"}
    assert {topic.name.split("-")[0] for topic in product if topic.kind is Kind.CHANGELOG} == {"stock"}


def test_only_state_and_the_current_status_are_compacted() -> None:
    compacted = {topic.name for topic in DECLARED if topic.configs["cleanup.policy"] == "compact"}
    assert compacted == {topic.name for topic in DECLARED.of_kind(Kind.CHANGELOG)} | {Name.VIDEO_STATUS}


def test_changelogs_keep_tombstones_for_longer_than_state_is_away() -> None:
    kept_s = {int(topic.configs["delete.retention.ms"]) / 1000 for topic in DECLARED.of_kind(Kind.CHANGELOG)}
    assert kept_s == {2 * OUTDATED_AFTER_S}


def test_a_whole_source_record_with_headers_fits_into_dead_letters() -> None:
    largest = max(topic.max_message_bytes for topic in DECLARED.of_kind(Kind.SOURCE))
    assert DECLARED[Name.DEAD_LETTERS].max_message_bytes > largest


def test_retention_is_given_to_kafka_in_milliseconds() -> None:
    assert DECLARED[Name.VIDEO_STATUS_CHANGES].configs["retention.ms"] == str(30 * DAY_MS)


@pytest.mark.parametrize(
    ("retention", "ms"), [("36h", 36 * DAY_MS // 24), ("7d", 7 * DAY_MS), ("forever", -1)]
)
def test_retention_is_read(tmp_path: Path, retention: str, ms: int) -> None:
    assert load(tmp_path, ORDERS | {"retention": retention})["orders"].retention_ms == ms


def test_a_sound_declaration_is_taken(tmp_path: Path) -> None:
    topics = load(tmp_path, ORDERS, TOTALS, DEAD_LETTERS, prefix="x-")
    assert list(topics.by_full_name) == ["x-orders", "x-totals-changelog", "x-dead-letters"]
    assert topics["totals-changelog"].configs == {"cleanup.policy": "compact"}


@pytest.mark.parametrize(
    ("topics", "said"),
    [
        ([ORDERS, ORDERS], "topic orders: name: declared 2 times"),
        ([ORDERS | {"group": "seller"}], "topic orders: group: seller is not among the groups"),
        ([without(ORDERS, "group")], "topic orders: group: missing, but a step reads this source"),
        (
            [DEAD_LETTERS | {"group": "customer"}],
            "topic dead-letters: group: a sink is read by no step of ours",
        ),
        (
            [ORDERS | {"key": "order_id"}],
            "topic orders: key: is order_id, but group customer shares customer_id",
        ),
        (
            [ORDERS, TOTALS | {"partitions": 8}],
            "topic totals-changelog: partitions: 8, but orders of the same group (customer) has 4",
        ),
        ([without(ORDERS, "why")], "topic orders: why: field required"),
        ([without(ORDERS, "schema")], "topic orders: schema: field required"),
        ([ORDERS | {"partitons": 4}], "topic orders: partitons: extra inputs are not permitted"),
        (
            [ORDERS | {"partitions": 0}],
            "topic orders: partitions: input should be greater than or equal to 1",
        ),
        ([ORDERS | {"kind": "queue"}], "topic orders: kind: input should be 'source'"),
        ([ORDERS | {"name": "or ders"}], "topic or ders: name: string should match pattern"),
        ([without(ORDERS, "retention")], "topic orders: retention: missing, but cleanup is delete"),
        ([ORDERS | {"retention": "7 days"}], "topic orders: retention: '7 days' is neither days (30d)"),
        (
            [TOTALS | {"retention": "7d"}],
            "topic totals-changelog: retention: there is one, but cleanup is compact",
        ),
        (
            [TOTALS | {"cleanup": "delete", "retention": "7d"}],
            "topic totals-changelog: cleanup: a changelog must be compact",
        ),
        (
            [ORDERS | {"config": {"retention.ms": 5}}],
            "topic orders: config.retention.ms: belongs into the field retention",
        ),
        (
            [ORDERS | {"config": {"max.message.bytes": "1MiB"}}],
            "topic orders: config: max.message.bytes is '1MiB'",
        ),
        (
            [ORDERS, DEAD_LETTERS | {"config": {}}],
            "topic dead-letters: config.max.message.bytes: 1048588 is not above the sources' 1048588",
        ),
    ],
)
def test_nonsense_is_refused_naming_topic_and_field(
    tmp_path: Path, topics: list[dict[str, Any]], said: str
) -> None:
    with pytest.raises(WrongDeclaration) as refused:
        load(tmp_path, *topics)
    assert said in str(refused.value)


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(WrongDeclaration) as refused:
        load(tmp_path, ORDERS | {"why": "", "version": 0}, TOTALS | {"partitions": -1})
    assert len(str(refused.value).splitlines()) == 3


@pytest.mark.parametrize("text", ["topics: [", "just words", "", "topics: []"])
def test_a_file_that_is_no_declaration_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "topics.yaml"
    path.write_text(text)
    with pytest.raises(WrongDeclaration):
        Topics.load(path=path)


def test_a_prefix_that_makes_names_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongDeclaration, match="topic orders: name: with the prefix"):
        load(tmp_path, ORDERS, prefix="x" * 244)
