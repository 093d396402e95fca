"""The list of a creator's videos, and one of them."""

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec.structs import asdict
from pydantic import AfterValidator, Field

from schemas.status import Status, Version
from streams import queries
from streams.domain.status import count
from streams.domain.video import Video
from streams.queries import Entry, Place
from streams.runtime.view import View
from streams.web import models, shown
from streams.web.located import at_version, here
from streams.web.problems import not_found, unavailable
from streams.web.routing import Asked, Shown, as_json, json_of
from streams.web.versions import is_known

LONGEST_PAGE = 200

_place = msgspec.json.Decoder(Place)
_encode = msgspec.json.Encoder().encode


def _cursor(place: Place) -> str:
    return urlsafe_b64encode(_encode(place)).decode()


def _place_of(cursor: str) -> Place:
    return _place.decode(urlsafe_b64decode(cursor.encode()))


def _given_by_us(cursor: str) -> str:
    try:
        _place_of(cursor)
    except (ValueError, msgspec.MsgspecError):
        raise ValueError("not a cursor that an answer gave as next") from None
    return cursor


class ListQuery(Shown):
    """Which videos of the list."""

    status: Status | None = None
    """Only videos of this status."""

    limit: int = Field(50, ge=1, le=LONGEST_PAGE)
    """How many videos a page has at most."""

    cursor: Annotated[str, Field(max_length=1_000), AfterValidator(_given_by_us)] | None = None
    """`next` of the page before."""

    @property
    def after(self) -> Place | None:
        """Where the page before ended."""
        return None if self.cursor is None else _place_of(self.cursor)


class VideoQuery(Shown):
    """Which version of a video."""

    min_version: Version | None = None
    """The least that is good enough, as that of a change that was heard of: waited for, 5 s at most."""


async def list_videos(asked: Asked) -> web.Response:
    """Newest first. What is posted meanwhile comes before the first page, so that no page shifts."""
    query, language, zone = asked.query, asked.language, asked.zone
    found = await _newest(asked, query.limit + 1)
    page = found[: query.limit]
    # A `models.VideoList`, but not made one: that alone would take as long as the rest.
    return json_of(
        _encode(
            {
                "creator_id": asked.creator_id,
                "videos": [shown.in_list(*entry, language, zone) for entry in page],
                "next": _cursor(Place(*page[-1][:2])) if len(found) > len(page) else None,
            }
        )
    )


async def _newest(asked: Asked, limit: int) -> list[Entry]:
    """Up to `limit` of those asked for. Raises 503 when the state goes elsewhere meanwhile."""
    newest: list[Entry] = []
    for number, chunk in enumerate(queries.videos(asked.view, asked.creator_id)):
        if number:
            await asyncio.sleep(0)  # a creator of many videos holds up nobody else
            here(asked.context, asked.creator_id)
        newest = sorted(newest + _wanted(asked.query, chunk), reverse=True)[:limit]
    return newest


def _wanted(query: ListQuery, entries: list[Entry]) -> list[Entry]:
    after, status = query.after, query.status
    if after is not None:
        entries = [entry for entry in entries if entry < after]
    if status is not None:
        entries = [entry for entry in entries if count(entry[2].marks).status == status]
    return entries


async def show_video(asked: Asked) -> web.Response:
    """A video with its links. ETag is its version."""
    video_id = asked.ids["video_id"]
    asked = await _at_version(asked, video_id)
    video = seen(asked.view, asked.creator_id, video_id)
    etag = f'"{video.version}"'
    if is_known(asked.request, str(video.version)):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag})
    response = as_json(details(asked, video_id, video))
    response.headers["ETag"] = etag
    return response


async def _at_version(asked: Asked, video_id: str) -> Asked:
    """The same, when the version that is waited for is there. Raises 503 when it does not come."""
    wanted = asked.query.min_version or 0

    def version(view: View) -> int:
        video = queries.video(view, asked.creator_id, video_id)
        return 0 if video is None else video.version

    view = await at_version(asked.context, asked.view, asked.creator_id, lambda view: version(view) >= wanted)
    if 0 < version(view) < wanted:
        raise unavailable("version-not-visible", f"version {wanted} is not visible yet")
    return asked._replace(view=view)


def details(asked: Asked, video_id: str, video: Video) -> models.Video:
    """A video in the language and time zone asked for."""
    assert video.registration is not None
    contacts = queries.contacts(asked.view, asked.creator_id, video.statuses)
    posted_at = video.registration.occurred_at
    return models.Video(
        **asdict(shown.in_list(posted_at, video_id, video, asked.language, asked.zone)),
        creator_id=asked.creator_id,
        links=shown.links(video, contacts, asked.language),
    )


def seen(view: View, creator_id: str, video_id: str) -> Video:
    """A video that the creator sees. Raises 404."""
    video = queries.video(view, creator_id, video_id)
    if video is None or not video.visible:
        raise not_found("video")
    return video
