"""Imported first by a program: while it loads nobody looks for garbage, of which there is none, and at its
end nobody sorts out what goes with the process anyway. Both took a third of the time of a short command.
"""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

_collecting = gc.isenabled()
gc.disable()
atexit.register(gc.freeze)


def done() -> None:
    """All is loaded: garbage is looked for as before, but not among what was loaded."""
    gc.freeze()
    if _collecting:
        gc.enable()


@contextmanager
def more() -> Iterator[None]:
    """Within `with` more is loaded."""
    gc.disable()
    yield
    done()
