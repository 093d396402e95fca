"""The document is valid, describes every route, and what comes back is as it says."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from streams.web.openapi import document
from streams.web.routes import ROUTES
from tests.support.events import decided, invited, moderated, posted, stocked
from tests.support.simulation import NOW, Simulation
from tests.web.site import Answer, Site, on_loop, served, sites

VIDEO = "/v1/creators/c1/videos/v1"
FACTS = {"facts": [{"type": "inventory_level", "product_id": "p1", "available": 1}]}


def test_it_is_valid_openapi_31() -> None:
    assert document()["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document()).validate()


def test_the_validator_would_see_a_mistake() -> None:
    wrong = json.loads(json.dumps(document()))
    del wrong["paths"]["/v1/creators/{creator_id}/videos"]["get"]["responses"]["200"]["description"]
    assert list(OpenAPIV31SpecValidator(wrong).iter_errors())


@served
async def test_it_is_served_and_describes_every_route(site: Site) -> None:
    body = (await site.get("/openapi.json")).json
    described = {(method.upper(), path) for path, item in body["paths"].items() for method in item}
    served_ = {
        (route.method, route.resource.canonical) for route in site.routes if route.resource is not None
    }
    api = {(method, path) for method, path in served_ if path.startswith("/v1/")}
    # What a HEAD answers follows from its GET.
    heads = {("GET", path) for method, path in api if method == "HEAD"}
    assert described == {(method, path) for method, path in api if method != "HEAD"}
    assert heads < described
    assert described == {(route.method, route.path) for route in ROUTES}


def test_every_parameter_says_what_it_is_for() -> None:
    operations = [operation for item in document()["paths"].values() for operation in item.values()]
    parameters = [
        each for operation in operations for each in operation["parameters"] if each["in"] != "path"
    ]
    assert all(each["description"] and "null" not in json.dumps(each["schema"]) for each in parameters)


def test_times_are_told_from_texts() -> None:
    fields = document()["components"]["schemas"]["VideoInList"]["properties"]
    assert fields["posted_at"]["format"] == "date-time"
    assert "format" not in fields["title"]


@pytest.mark.parametrize("video", [VIDEO, "/v1/creators/c1/videos/v1?min_version=2"])
def test_headers_are_told_of(video: str) -> None:
    async def run() -> None:
        site = Site(Simulation())
        async with sites(site):
            site.tell(posted("v1", "p1"))
            site.resting = "min_version" in video
            answer = await site.get(video)
            operation = document()["paths"]["/v1/creators/{creator_id}/videos/{video_id}"]["get"]
            told = operation["responses"][str(answer.status)]["headers"]
            assert {*told} == {name for name in ("ETag", "Retry-After") if name in answer.headers} != set()

    on_loop(run())


def check(path: str, method: str, answer: Answer) -> None:
    """An answer is as the document says."""
    operation = document()["paths"][path][method]
    content = operation["responses"][str(answer.status)]["content"]
    media_type = answer.headers["Content-Type"].partition(";")[0]
    schema: dict[str, Any] = {**content[media_type]["schema"], "components": document()["components"]}
    Draft202012Validator(_closed(schema)).validate(answer.json)


def _closed(schema: Any) -> Any:
    """A schema that allows no field which it does not name."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(each) for name, each in schema.items()}
    return {"additionalProperties": False, **closed} if schema.get("type") == "object" else closed


CASES = [
    ("/v1/creators/{creator_id}/videos", "/v1/creators/c1/videos?limit=1"),
    ("/v1/creators/{creator_id}/videos", "/v1/creators/c1/videos?limit=x"),
    ("/v1/creators/{creator_id}/videos/{video_id}", VIDEO),
    ("/v1/creators/{creator_id}/videos/{video_id}", f"{VIDEO}x"),
    ("/v1/creators/{creator_id}/videos/{video_id}/history", f"{VIDEO}/history"),
    ("/v1/creators/{creator_id}/videos/{video_id}/links/{product_id}/explain", f"{VIDEO}/links/p1/explain"),
    ("/v1/creators/{creator_id}/videos/{video_id}/links/{product_id}/explain", f"{VIDEO}/links/p3/explain"),
    ("/v1/products/{product_id}/links", "/v1/products/p1/links"),
    ("/v1/products/{product_id}/links/here", "/v1/products/p1/links/here?creator=c1"),
]


@pytest.mark.parametrize(("path", "asked"), CASES)
def test_answers_are_as_it_says(path: str, asked: str) -> None:
    async def run() -> None:
        site = Site(Simulation())
        async with sites(site):
            site.tell(
                posted("v1", "p1", "p2", {"product_id": "p3", "seller_id": "s"}),
                posted("v2", "p1"),
                decided("p1", "rejected", contact={"email": "a@b.example"}),
                invited("p1", NOW + 5),
                moderated("v1", "violation", product="p2"),
                stocked("p3", 0),
            )
            check(path, "get", await site.get(asked))
            check(path, "get", await site.get(asked, Host="elsewhere.example"))
            check(
                "/v1/creators/{creator_id}/what-if", "post", await site.post("/v1/creators/c1/what-if", FACTS)
            )

    on_loop(run())


@served
async def test_an_event_is_the_change_of_the_document(site: Site) -> None:
    site.tell(posted("v1", "p1"), stocked("p1", 0))
    schema = {"$ref": "#/components/schemas/Change", "components": document()["components"]}
    async with site.events("/v1/creators/c1/events", Last_Event_ID="0") as events:
        for _ in range(2):
            Draft202012Validator(_closed(schema)).validate((await events.next()).data)
