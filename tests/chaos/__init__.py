"""The fault suite: `python -m tests.chaos`."""
