"""Every route of the API."""

from streams.web import models
from streams.web.events import EventsQuery, stream_events
from streams.web.explain import explain_link
from streams.web.history import show_history
from streams.web.products import CreatorsQuery, ProductLinksQuery, list_links, list_links_here
from streams.web.routing import Route, Scope, Shown
from streams.web.videos import ListQuery, VideoQuery, list_videos, show_video
from streams.web.what_if import WhatIf, WhatIfQuery, what_if

_CREATOR = "/v1/creators/{creator_id}"
_VIDEO = _CREATOR + "/videos/{video_id}"
_PRODUCT = "/v1/products/{product_id}/links"

ROUTES = (
    Route(
        "GET",
        _CREATOR + "/videos",
        Scope.CREATOR,
        list_videos,
        models.VideoList,
        "A creator's videos, newest first",
        ListQuery,
    ),
    Route("GET", _VIDEO, Scope.CREATOR, show_video, models.Video, "A video with its links", VideoQuery),
    Route(
        "GET",
        _VIDEO + "/history",
        Scope.CREATOR,
        show_history,
        models.History,
        "The last changes of a video, with their causes",
        Shown,
    ),
    Route(
        "GET",
        _VIDEO + "/links/{product_id}/explain",
        Scope.CREATOR,
        explain_link,
        models.Explanation,
        "Why a link has its status",
        Shown,
    ),
    Route(
        "POST",
        _CREATOR + "/what-if",
        Scope.CREATOR,
        what_if,
        models.Outcomes,
        "What would change if something happened; changes nothing",
        WhatIfQuery,
        WhatIf,
    ),
    Route(
        "GET",
        _CREATOR + "/events",
        Scope.CREATOR,
        stream_events,
        None,
        "Status changes as they happen, as Server-Sent Events; resumes by Last-Event-ID",
        EventsQuery,
    ),
    Route(
        "GET",
        _PRODUCT,
        Scope.PRODUCT,
        list_links,
        models.ProductLinks,
        "The links of a product that are not approved, for operators",
        ProductLinksQuery,
    ),
    Route(
        "GET",
        _PRODUCT + "/here",
        Scope.HERE,
        list_links_here,
        models.ProductLinks,
        "The same for creators whose state this worker has; workers ask each other",
        CreatorsQuery,
    ),
)
