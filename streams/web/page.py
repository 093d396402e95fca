"""The page at `/`: files of this package, served as they are, and its texts in the languages of the API."""

from hashlib import blake2b
from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from streams.web import texts
from streams.web.access import Access
from streams.web.language import negotiate
from streams.web.problems import Handler
from streams.web.versions import is_known

_STATIC = Path(__file__).parent / "static"
_FILES = {
    "/": ("index.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/basics.js": ("basics.js", "text/javascript"),
    "/details.js": ("details.js", "text/javascript"),
    "/sse.js": ("sse.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}


def add_page(app: web.Application, access: Access) -> None:
    """Have `app` serve the page."""
    for path, (name, content_type) in _FILES.items():
        app.router.add_get(path, _file((_STATIC / name).read_bytes(), content_type))

    async def page_texts(request: web.Request) -> web.Response:
        language = negotiate(request.headers.get("Accept-Language", ""))
        told = {name: language.text(text) for name, text in texts.PAGE.items()}
        statuses = {name: language.text(text) for name, text in texts.STATUS.items()}
        return web.json_response(
            {"language": language.tag, "open": access.open, "texts": told, "statuses": statuses},
            headers={"Vary": "Accept-Language", "Cache-Control": "no-cache"},
        )

    app.router.add_get("/texts.json", page_texts)


def _file(body: bytes, content_type: str) -> Handler:
    version = blake2b(body, digest_size=8).hexdigest()
    headers = {"ETag": f'"{version}"', "Cache-Control": "no-cache"}

    async def serve(request: web.Request) -> web.Response:
        if is_known(request, version):
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        return web.Response(body=body, content_type=content_type, charset="utf-8", headers=headers)

    return serve
