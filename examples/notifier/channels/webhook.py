"""POSTs messages as JSON, signed as Standard Webhooks 1.0.0 says (standardwebhooks.com).

`webhook-id` is the message's id, the same at every attempt: a receiver that keeps the ids that it has handled
handles each message once. The signature covers id, time and body.
"""

import base64
import binascii
import hashlib
import hmac

import aiohttp
from msgspec import json

from examples.notifier.clock import wall
from examples.notifier.messages import Message, NotDelivered

SECRET_PREFIX = "whsec_"
SECRET_BYTES = range(24, 65)


def key_of(secret: str) -> bytes:
    """The signing key in `whsec_` and base64; raises ValueError."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(SECRET_PREFIX) or len(key) not in SECRET_BYTES:
        raise ValueError(f"{SECRET_PREFIX} and 24 to 64 bytes in base64 expected")
    return key


def sign(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """The signature of an attempt at `timestamp` (epoch seconds)."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


class Webhook:
    """Any 2xx answer means that the receiver has it; anything else is tried again."""

    def __init__(self, url: str, secret: str, timeout_s: float) -> None:
        self._url = url
        self._key = key_of(secret)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, message: Message) -> None:
        """POST; raises NotDelivered."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        body = json.encode(message)
        timestamp = wall() // 1000  # of the attempt: receivers refuse what is far from their own clock
        headers = {
            "content-type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(self._key, message.id, timestamp, body),
        }
        try:
            async with self._session.post(
                self._url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                if not 200 <= answer.status < 300:
                    raise NotDelivered(f"the webhook answered {answer.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NotDelivered(f"the webhook: {error!r}") from None

    async def close(self) -> None:
        """Close connections."""
        if self._session is not None:
            await self._session.close()
