"""The web, on the topology in memory."""
