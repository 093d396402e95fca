"""The directory of a database: marked when the database is found corrupt, and removed as a whole."""

import functools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

_MARK = "CORRUPT"


class Owner(Protocol):
    """Has the database at `path` open."""

    path: Path


Owning = TypeVar("Owning", bound=Owner)
P = ParamSpec("P")
T = TypeVar("T")


def is_corruption(error: Exception) -> bool:
    """Whether RocksDB says with `error` that a database is corrupt; rocksdict raises plain Exception."""
    return "Corruption" in str(error)


def marks_corruption(method: Callable[Concatenate[Owning, P], T]) -> Callable[Concatenate[Owning, P], T]:
    """A method that, when it raises because the database is corrupt, leaves a mark for who opens it next."""

    @functools.wraps(method)
    def marking(self: Owning, /, *args: P.args, **named: P.kwargs) -> T:
        try:
            return method(self, *args, **named)
        except Exception as error:
            if is_corruption(error):
                (self.path / _MARK).touch()
            raise

    return marking


def is_marked(path: Path) -> bool:
    """Whether the database at `path` was found corrupt."""
    return (path / _MARK).exists()


def remove(path: Path) -> None:
    """Remove the database at `path`."""
    # Renamed first: one that lacks some of its files, since who removed them was killed, cannot be opened.
    finish_removal(path)
    path.rename(_removed(path))
    finish_removal(path)


def finish_removal(path: Path) -> None:
    """Remove what is left of a database that was at `path`, if its removal was interrupted."""
    # Errors are ignored as another worker may be at it.
    shutil.rmtree(_removed(path), ignore_errors=True)


def _removed(path: Path) -> Path:
    return path.with_name(f"{path.name}.removed")
