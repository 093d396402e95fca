"""Imported first by a program: while it loads nobody looks for garbage, of which there is none, and at its
end nobody sorts out what goes with the process anyway. Both took a third of the time of a short command.

Ctrl-C meanwhile ends the process at once: there is nothing to let go of, and an exception, which whatever is
being imported might take for one of its own, would come out as a traceback of imports.
"""

import atexit
import gc
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_collecting = gc.isenabled()


def _begin() -> None:
    gc.disable()
    _on_ctrl_c(signal.default_int_handler, signal.SIG_DFL)


def done() -> None:
    """All is loaded: garbage is looked for as before, but not among what was loaded; Ctrl-C is Python's."""
    gc.freeze()
    if _collecting:
        gc.enable()
    _on_ctrl_c(signal.SIG_DFL, signal.default_int_handler)


@contextmanager
def more() -> Iterator[None]:
    """Within `with` more is loaded."""
    _begin()
    yield
    done()


def _on_ctrl_c(before: object, then: Callable[..., object] | signal.Handlers) -> None:
    # Whoever has another way to take it, or was told to pass over it, keeps that.
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is before:
        signal.signal(signal.SIGINT, then)


atexit.register(gc.freeze)
_begin()
