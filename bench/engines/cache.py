"""Where what peers need is kept: outside of the tree, made once for each version of what it is made from."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path


def cached(name: str, sources: bytes, make: Callable[[Path], None]) -> Path:
    """The directory `name`, filled by `make` if it is not there; other `sources` are another directory."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "link-status"
    place = cache / f"{name}-{hashlib.sha256(sources).hexdigest()[:8]}"
    if not (place / ".complete").exists():
        place.mkdir(parents=True, exist_ok=True)
        make(place)
        (place / ".complete").touch()
    return place
