"""Messages that aiokafka does not have, as they travel."""

import pytest

from streams.runtime import messages

NO_TAGS = b"\x00"
FEATURE = b"\x14transaction.version" + b"\x00\x02" + b"\x00\x01" + NO_TAGS
OTHER = b"\x11metadata.version" + b"\x00\x1b" + b"\x00\x01" + NO_TAGS


@pytest.mark.parametrize(
    ("features", "version"),
    [(b"\x03" + OTHER + FEATURE, 2), (b"\x02" + OTHER, 0), (b"\x01", 0), (None, 0)],
)
def test_the_version_of_transactions_is_a_finalized_feature(features: bytes | None, version: int) -> None:
    tags = NO_TAGS if features is None else b"\x01\x02" + bytes([len(features)]) + features
    answer = messages.ApiVersionsResponse_v3.decode(b"\x00\x00" + b"\x01" + b"\x00\x00\x00\x00" + tags)
    assert answer.transaction_version == version


def test_a_broker_without_the_version_is_told_apart() -> None:
    with pytest.raises(NotImplementedError):
        messages.api_versions().prepare({18: (0, 2)})


def test_fields_stand_where_the_protocol_has_them() -> None:
    produce = messages.produce("id", -1, 258, [("t", [(1, b"batch")])]).prepare({0: (0, 13)})
    assert produce.encode() == (
        b"\x03id" + b"\xff\xff" + b"\x00\x00\x01\x02"
        b"\x02\x02t" + b"\x02\x00\x00\x00\x01" + b"\x06batch" + NO_TAGS * 3
    )  # fmt: skip
    offsets = messages.commit_offsets("id", "g", 7, 3, [("t", [(1, 9, "")])]).prepare({28: (0, 5)})
    assert offsets.encode() == (
        b"\x03id" + b"\x02g" + b"\x00" * 7 + b"\x07" + b"\x00\x03"
        + b"\xff" * 4 + b"\x01" + b"\x00"
        + b"\x02\x02t" + b"\x02\x00\x00\x00\x01" + b"\x00" * 7 + b"\x09" + b"\xff" * 4 + b"\x01" + NO_TAGS * 3
    )  # fmt: skip
    end = messages.end("id", 7, 3, True).prepare({26: (0, 5)})
    assert end.encode() == b"\x03id" + b"\x00" * 7 + b"\x07" + b"\x00\x03" + b"\x01" + NO_TAGS
