"""What the figures of `make bench` rest on."""
