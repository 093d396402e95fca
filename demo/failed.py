"""What ends the demo before its time."""


class Failed(Exception):
    """The demo cannot go on; its text tells a human why."""
