"""Faust in batches: steps over partitions with RocksDB state and Kafka changelogs. Knows nothing of links."""
