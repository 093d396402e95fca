"""Versions of what is served, by which clients ask whether there is a newer one."""

from aiohttp import web
from aiohttp.helpers import ETAG_ANY


def is_known(request: web.Request, version: str) -> bool:
    """Whether the client has `version` (If-None-Match, RFC 9110, 13.1.2)."""
    # Proxies that compress make an ETag a weak one, which is the same here.
    return any(known.value in (version, ETAG_ANY) for known in request.if_none_match or ())
