"""What the engines run. Kafka Streams' program is in `bench/kstreams`."""
