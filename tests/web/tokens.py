"""Tokens as an issuer makes them."""

import hmac
import time
from base64 import urlsafe_b64encode
from typing import Any

from joserfc import jwt
from joserfc.jwk import Key, OctKey

from streams.web.access import Access
from streams.web.keyring import Secret

SECRET = "0123456789abcdef0123456789abcdef"
GUARDED = Access(Secret(SECRET))


def token(creator: Any = "c1", key: Key | None = None, alg: str = "HS256", **claims: Any) -> str:
    """A token of a creator, valid for a day unless `claims` say otherwise; a claim None is left out."""
    whole = {"sub": creator, "exp": int(time.time()) + 86_400, **claims}
    header = {"alg": alg} | ({"kid": key.kid} if key is not None and key.kid else {})
    present = {name: value for name, value in whole.items() if value is not None}
    return jwt.encode(header, present, key or OctKey.import_key(SECRET), algorithms=[alg])


def bearer(creator: Any = "c1", **claims: Any) -> dict[str, str]:
    """The header for it."""
    return {"Authorization": f"Bearer {token(creator, **claims)}"}


def signed(header: str, claims: str) -> str:
    """Any text as a token that has the right signature."""
    parts = ".".join(urlsafe_b64encode(text.encode()).decode().rstrip("=") for text in (header, claims))
    signature = hmac.digest(SECRET.encode(), parts.encode(), "sha256")
    return f"{parts}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


OPERATOR = bearer("ops", scope="other link-status:operate")
