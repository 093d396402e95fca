"""The stages are measured on all of the load."""

from aiokafka.structs import TopicPartition

from bench.measures.tasks import Log, parsed

RECORDS = 4_000


def test_what_fills_several_record_batches_is_read_whole() -> None:
    log = Log(1)
    for number in range(RECORDS):
        log.append("inventory", 0, b"p1", b"%200d" % number, [])
    batches = log.fetch(["inventory"], 0, RECORDS)["inventory"]
    assert len(batches) > 1
    values = [int(record.value or b"") for record in parsed(TopicPartition("inventory", 0), batches)]
    assert values == list(range(RECORDS))
    assert not log.left("inventory")
