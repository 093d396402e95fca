"""The keys that tokens are checked with: a shared secret, or a JWKS in a file or behind a URL."""

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

import aiohttp
from joserfc.jwk import JWKRegistry, Key, KeySet, OctKey

from streams.setting_forms import is_address, valid_keys
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
_AGAIN_S = 10.0
_TIMEOUT_S = 10.0
_LARGEST_BYTES = 1 << 20


class WrongKeys(ValueError):
    """What should be a JWKS is none. Its text says what is wrong."""


class KeysAway(WrongKeys):
    """Nobody can be asked for the keys just now. Its text says why."""


class Keyring(Protocol):
    """Keys, and the algorithms that they may be used with."""

    @property
    def algorithms(self) -> Sequence[str]:
        """The algorithms, by their names in RFC 7518 and 8037."""

    async def keys(self, newer: bool = False) -> OctKey | KeySet:
        """The keys; `newer` for a token whose key is not among those that were had."""


class Secret:
    """One shared secret."""

    algorithms = SYMMETRIC

    def __init__(self, secret: str) -> None:
        self._key = OctKey.import_key(secret)

    async def keys(self, newer: bool = False) -> OctKey:
        return self._key


class Jwks:
    """Public keys at `where`, a file or an http(s) URL; read again now and then, so that keys can rotate."""

    algorithms = ASYMMETRIC

    def __init__(self, where: str) -> None:
        self._where = where
        self._named = masked(where)
        self._keys: KeySet | None = None
        self._begun_at = 0.0
        self._reading: asyncio.Task[None] | None = None
        self._next: asyncio.TimerHandle | None = None

    async def keys(self, newer: bool = False) -> KeySet:
        """The keys of the last minutes, or those known so far as long as newer ones cannot be had; `newer`:
        those of the last seconds. Raises WrongKeys without any.
        """
        reading = self._begun(_FRESH_S if self._keys is not None and not newer else _AGAIN_S)
        if self._keys is None or newer:
            # Whoever asks may go, the others still want them.
            await asyncio.shield(reading)
        assert self._keys is not None
        return self._keys

    def _begun(self, due_s: float) -> asyncio.Task[None]:
        """The last look at the keys, which begins if the one before began longer ago."""
        now = time.monotonic()
        if self._reading is None or (self._reading.done() and now - self._begun_at > due_s):
            self._begun_at = now
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(_told)
        return self._reading

    async def _read(self) -> None:
        try:
            self._keys = key_set(await _document(self._where))
        except WrongKeys as error:
            log.warning("keys at %s cannot be read: %s", self._named, error)
            if self._keys is None:
                raise type(error)(f"{self._named}: {error}") from error
        finally:
            self._read_again()

    def _read_again(self) -> None:
        # Also where nobody asks: the first who does would be let in by a key that was withdrawn long ago.
        if self._next is not None:
            self._next.cancel()
        self._next = asyncio.get_running_loop().call_later(_FRESH_S, self._begun, 0.0)


def _told(reading: asyncio.Task[None]) -> None:
    """What it failed with is in the log, also where nobody asked."""
    if not reading.cancelled():
        reading.exception()


async def _document(where: str) -> bytes:
    if not is_address(where):
        try:
            return await asyncio.to_thread(Path(where).read_bytes)
        except OSError as error:
            raise WrongKeys((error.strerror or str(error)).lower()) from error
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(where) as answer:
            _check(answer)
            return await _whole(answer)
    except (OSError, aiohttp.ClientError, TimeoutError) as error:
        # What is no HTTP would be told with what it is.
        known = isinstance(error, OSError) and str(error)
        raise KeysAway(known or type(error).__name__) from error


def _check(answer: aiohttp.ClientResponse) -> None:
    for each in (*answer.history, answer):
        try:
            valid_keys(str(each.url))
        except ValueError as error:
            raise WrongKeys(f"redirected to {each.url.origin()}: {error}") from None
    if answer.status != HTTPStatus.OK:
        busy = answer.status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
        kind = KeysAway if busy or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR else WrongKeys
        raise kind(f"HTTP status {answer.status}")


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    document = bytearray()
    async for piece in answer.content.iter_any():
        document += piece
        if len(document) > _LARGEST_BYTES:
            raise WrongKeys(f"more than {_LARGEST_BYTES} bytes")
    return bytes(document)


def key_set(document: bytes) -> KeySet:
    """Read a JWKS (RFC 7517), but for keys that cannot be read (its section 5). Raises WrongKeys, also for
    symmetric keys, which are no public ones.
    """
    # No reason holds anything of the document, which may be a private key, given by mistake.
    try:
        told = json.loads(document)
    except (ValueError, RecursionError):
        raise WrongKeys("not UTF-8 JSON") from None
    if not isinstance(told, dict) or not isinstance(told.get("keys"), list):
        raise WrongKeys("not a JWKS: no object with a list of keys")
    found: list[Key] = []
    for each in told["keys"]:
        try:
            found.append(JWKRegistry.import_key(each))
        except Exception as error:  # joserfc raises whatever the keys' shape makes it
            log.info("a key of the JWKS cannot be read, and is not used: %s", type(error).__name__)
    if told["keys"] and not found:
        raise WrongKeys("not a JWKS: a key cannot be read")
    if not found or any(key.key_type == "oct" for key in found):
        raise WrongKeys("not a JWKS of public keys")
    return KeySet(found)
