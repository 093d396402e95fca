"""Which links a product blocks."""

from streams.domain.status import IN_REVIEW
from streams.web.models import BlockedLink
from streams.web.products import summed
from tests.support.events import decided, free, moderated, posted, stocked
from tests.web.site import Site, served


@served
async def test_links_by_creator_with_counts(site: Site) -> None:
    site.tell(
        posted("v1", "p1", "p2", creator="c1"),
        posted("v2", free("p1"), creator="c2"),
        posted("v3", "p1", creator="c3"),
        moderated("v2", "approved", creator="c2"),
        decided("p1", "rejected", creator="c1"),
        moderated("v1", "violation", creator="c1"),
    )
    body = (await site.get("/v1/products/p1/links")).json
    assert body == {
        "product_id": "p1",
        "links": [
            {
                "creator_id": "c1",
                "video_id": "v1",
                "status": "needs_attention",
                "issues": ["content_quality_violation", "rejected_by_seller"],
            },
            {"creator_id": "c3", "video_id": "v3", "status": "in_review", "issues": []},
        ],
        "counts": {"content_quality_violation": 1, "rejected_by_seller": 1},
        "approved": 1,
        "in_review": 1,
        "need_attention": 1,
        "next": None,
    }


@served
async def test_pages_of_creators(site: Site) -> None:
    creators = [f"c{number}" for number in range(5)]
    site.tell(*(posted(f"v-{creator}", "p1", creator=creator) for creator in creators), stocked("p1", 0))
    seen, path = [], "/v1/products/p1/links?limit=2"
    while path:
        body = (await site.get(path)).json
        assert body["counts"] == {"product_out_of_stock": len(body["links"])}
        seen += [link["creator_id"] for link in body["links"]]
        path = body["next"] and f"/v1/products/p1/links?limit=2&cursor={body['next']}"
    assert seen == creators
    assert (await site.get("/v1/products/p1/links?limit=5")).json["next"] is None


@served
async def test_a_product_that_nobody_links(site: Site) -> None:
    for path in ("/v1/products/p1/links", "/v1/products/p1/links/here?creator=c1"):
        body = (await site.get(path)).json
        assert (body["links"], body["counts"], body["next"]) == ([], {}, None)


def test_what_several_workers_answer_is_in_order() -> None:
    links = [BlockedLink(creator_id=each, video_id="v", status=IN_REVIEW, issues=[]) for each in "ba"]
    pages = [summed("p1", [], None).model_copy(update={"links": [link]}) for link in links]
    assert [link.creator_id for link in summed("p1", pages, None).links] == ["a", "b"]
