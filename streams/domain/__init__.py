"""What is known of links, and what follows from it. Pure: no Kafka, no Faust, no clock of its own."""
