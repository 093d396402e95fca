"""This machine: what is installed, who would be let in, room for state, the clock."""

import os
import platform
import shutil
from importlib.metadata import version
from pathlib import Path

from streams.doctor.finding import Finding, Level
from streams.questions import Clock
from streams.settings import ENV_PREFIX, Settings, WrongSetting

_LITTLE_BYTES = 2 << 30
_TOO_LITTLE_BYTES = 256 << 20
_SKEW_MS = 1_000
_GREAT_SKEW_MS = 60_000


def versions() -> Finding:
    """Ours, and those of what it stands on."""
    parts = (f"{name} {version(name)}" for name in ("product-link-status", "faust-streaming", "aiokafka"))
    return Finding(Level.OK, "versions", ", ".join((*parts, f"Python {platform.python_version()}")))


async def access(settings: Settings) -> Finding:
    """Whether a worker would let in everyone, or nobody."""
    # They take a while to import, which other commands need not wait for.
    from streams.web.keyring import Jwks, KeysAway, WrongKeys

    try:
        settings.check_access()
        if settings.auth_jwks is not None:
            await Jwks(settings.auth_jwks).keys()
    except WrongSetting as wrong:
        return Finding(Level.FAIL, "web", str(wrong), "a worker refuses to start until this is set")
    except KeysAway as away:
        what, do = f"{ENV_PREFIX}AUTH_JWKS={away}", "see that the issuer answers: until then nobody is let in"
        return Finding(Level.WARN, "web", what, do)
    except WrongKeys as wrong:
        what, do = f"{ENV_PREFIX}AUTH_JWKS={wrong}", "a worker refuses to start until these are keys"
        return Finding(Level.FAIL, "web", what, do)
    return Finding(Level.OK, "web", f"served on {settings.web_host}:{settings.web_port}")


def disk(directory: Path) -> Finding:
    """Whether state can be kept there, and how much more of it."""
    there = next(each for each in (directory.absolute(), *directory.absolute().parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        do = "set LINK_STATUS_DATA_DIR to a directory that a worker may write to"
        return Finding(Level.FAIL, "disk", f"{there} cannot be written to", do)
    return room(shutil.disk_usage(there).free, there)


def room(free: int, directory: Path) -> Finding:
    """Whether so many bytes are enough."""
    what = f"{free / (1 << 30):.1f} GiB free at {directory}"
    if free >= _LITTLE_BYTES:
        return Finding(Level.OK, "disk", what)
    do = "make room: state takes about 2 KB a link, and a worker whose disk is full ends"
    return Finding(Level.FAIL if free < _TOO_LITTLE_BYTES else Level.WARN, "disk", what, do)


def clock(told: Clock | None) -> Finding:
    """Whether this machine's time is the broker's."""
    if told is None:
        what = "the broker does not tell its time (KRaft does, where Describe on the cluster is allowed)"
        return Finding(Level.OK, "clock", what)
    skew = told.skew_ms
    if abs(skew) < _SKEW_MS:
        return Finding(Level.OK, "clock", "as the broker's, within a second")
    level = Level.FAIL if abs(skew) >= _GREAT_SKEW_MS else Level.WARN
    what = f"{abs(skew) / 1000:.1f} s {'ahead of' if skew > 0 else 'behind'} the broker's"
    return Finding(level, "clock", what, "synchronise it (NTP): invites end by the worker's clock")
