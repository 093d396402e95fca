"""Speed, measured on real Kafka on this machine."""
