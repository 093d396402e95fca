"""Brokers that start and stop with a `with`: the embedded one, and a real Apache Kafka."""
