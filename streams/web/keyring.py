"""The keys that tokens are checked with: a shared secret, or a JWKS in a file or behind a URL."""

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, cast

import aiohttp
from joserfc.jwk import KeySet, OctKey

from streams.settings import masked

log = logging.getLogger(__name__)

# HS256 is not among those of public keys: whoever can read a public key could sign with it.
SYMMETRIC = ("HS256", "HS384", "HS512")
ASYMMETRIC = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
)

_FRESH_S = 300.0
_TIMEOUT_S = 10.0
_LARGEST_BYTES = 1 << 20


class WrongKeys(ValueError):
    """What should be a JWKS is none. Its text says what is wrong."""


class Keyring(Protocol):
    """Keys, and the algorithms that they may be used with."""

    @property
    def algorithms(self) -> Sequence[str]:
        """The algorithms, by their names in RFC 7518 and 8037."""

    async def keys(self) -> OctKey | KeySet:
        """The keys as they are now."""


class Secret:
    """One shared secret."""

    algorithms = SYMMETRIC

    def __init__(self, secret: str) -> None:
        self._key = OctKey.import_key(secret)

    async def keys(self) -> OctKey:
        return self._key


class Jwks:
    """Public keys at `where`, a file or an http(s) URL; read again now and then, so that keys can rotate."""

    algorithms = ASYMMETRIC

    def __init__(self, where: str) -> None:
        self._where = where
        self._named = masked(where)
        self._keys: KeySet | None = None
        self._read_at = 0.0
        self._reading = asyncio.Lock()

    async def keys(self) -> KeySet:
        """The keys; those known so far as long as newer ones cannot be had. Raises WrongKeys without any."""
        async with self._reading:
            if self._keys is None or time.monotonic() - self._read_at > _FRESH_S:
                self._read_at = time.monotonic()
                await self._refresh()
        assert self._keys is not None
        return self._keys

    async def _refresh(self) -> None:
        try:
            self._keys = key_set(await self._read())
        except (OSError, aiohttp.ClientError, TimeoutError, WrongKeys) as error:
            if self._keys is None:
                raise WrongKeys(f"{self._named}: {str(error) or type(error).__name__}") from error
            log.warning("keys at %s cannot be read again: %r", self._named, error)

    async def _read(self) -> bytes:
        if not self._where.startswith(("https://", "http://")):
            return await asyncio.to_thread(Path(self._where).read_bytes)
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(self._where) as answer:
            answer.raise_for_status()
            return await answer.content.read(_LARGEST_BYTES)


def key_set(document: bytes) -> KeySet:
    """Read a JWKS (RFC 7517). Raises WrongKeys, also for symmetric keys, which are no public ones."""
    # No reason holds anything of the document, which may be a private key, given by mistake.
    try:
        told = json.loads(document)
    except (ValueError, RecursionError):
        raise WrongKeys("not UTF-8 JSON") from None
    if not isinstance(told, dict) or not isinstance(told.get("keys"), list):
        raise WrongKeys("not a JWKS: no object with a list of keys")
    try:
        found = KeySet.import_key_set(cast(Any, told))
    except Exception as error:  # joserfc raises whatever the keys' shape makes it
        raise WrongKeys(f"not a JWKS: a key cannot be read ({type(error).__name__})") from None
    if not found.keys or any(key.key_type == "oct" for key in found.keys):
        raise WrongKeys("not a JWKS of public keys")
    return found
