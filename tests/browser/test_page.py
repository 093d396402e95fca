"""What else the page does: connections that break, keyboards, languages, tokens, hostile texts."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from playwright.sync_api import APIResponse, Browser, Route, expect

from streams.web.access import LEEWAY_S
from tests.browser.manage import PATIENCE_MS, PHONE, Manage, url_of
from tests.kafka.cluster import Cluster
from tests.support.events import HOME, decided, posted, stocked

SECRET = "0123456789abcdef0123456789abcdef"


def send(cluster: Cluster, *events: dict[str, Any]) -> None:
    """Publish events, dated now in their order."""
    now = time.time_ns() // 1_000_000
    dated = [{**event, "occurred_at": now + place} for place, event in enumerate(events)]
    cluster.produce([(HOME[event["type"]][0], event[HOME[event["type"]][1]], event) for event in dated])


@contextmanager
def live(browser: Browser, cluster: Cluster, *events: dict[str, Any]) -> Iterator[Manage]:
    """The page of the creator c1, open and live, of a worker that is told `events`."""
    worker = cluster.worker().until_ready()
    send(cluster, *events)
    with Manage(browser, url_of(worker)) as manage:
        manage.open("?creator=c1").until_live()
        yield manage


def test_a_restarted_worker_loses_nothing(browser: Browser, cluster: Cluster) -> None:
    worker = cluster.worker().until_ready()
    port = {"LINK_STATUS_WEB_PORT": str(worker.port)}
    with Manage(browser, url_of(worker)) as manage:
        manage.open("?creator=c1").until_live()
        send(cluster, posted("v1", "p1", title="First"), posted("v2", "p2", title="Second"))
        manage.expect_labels("First", ("1 product link in review",))
        worker.stop()
        expect(manage.page.locator("#connection.lost")).to_be_visible(timeout=PATIENCE_MS)
        send(cluster, stocked("p1", 0, event_id="gone"), posted("v3", "p1", title="Third"))
        cluster.worker(**port).until_ready()
        manage.expect_labels("First", ("1 product link needs attention",))
        manage.expect_labels("Third", ("1 product link needs attention",))
        manage.expect_labels("Second", ("1 product link in review",))
        manage.until_live()
        with manage.out_of_sight():
            send(cluster, stocked("p1", 5, event_id="back"))
            cluster.settle()
        manage.expect_labels("First", ("1 product link in review",))
        loads = [url for url in manage.requests if "/videos?" in url]
        assert len(loads) == 1, "the list was loaded again, so this did not test the stream"


def test_by_keyboard_alone(browser: Browser, cluster: Cluster) -> None:
    with live(browser, cluster, posted("v1", "p1", title="Mine"), stocked("p1", 0)) as manage:
        manage.expect_labels("Mine", ("1 product link needs attention",))
        press = manage.page.keyboard.press
        press("Tab")
        expect(manage.page.get_by_role("link", name="Skip to the videos")).to_be_focused()
        press("Enter")
        press("Tab")
        title = manage.page.get_by_role("button", name="Mine", exact=True)
        expect(title).to_be_focused()
        press("Enter")
        expect(title).to_have_attribute("aria-expanded", "true")
        expect(manage.page.get_by_role("button", name="Why? p1")).to_be_visible()
        press("Tab")
        label = manage.page.get_by_role("button", name="1 product link needs attention", expanded=True)
        expect(label).to_be_focused()
        press("Enter")
        expect(title).to_have_attribute("aria-expanded", "false")
        press("Enter")
        press("Tab")
        expect(manage.page.get_by_role("button", name="Why? p1")).to_be_focused()
        press("Space")
        expect(manage.page.locator(".facts")).to_contain_text("This decides the status.")
        send(cluster, stocked("p1", 3, event_id="back"))
        manage.expect_labels("Mine", ("1 product link in review",))
        expect(manage.page.locator(".facts")).to_contain_text("The product is in stock.")
        expect(manage.page.get_by_role("button", name="Why? p1")).to_be_focused()
        expect(manage.page.locator("#news")).to_have_text("Mine: 1 product link in review")


def test_a_creator_who_is_chosen_on_the_page(browser: Browser, cluster: Cluster) -> None:
    worker = cluster.worker().until_ready()
    send(cluster, posted("v1", "p1", title="Mine"))
    with Manage(browser, url_of(worker)) as manage:
        manage.open("")
        expect(manage.page.get_by_label("Access token")).to_be_hidden()
        manage.page.get_by_label("Creator").fill("c1")
        manage.page.get_by_label("Creator").press("Enter")
        manage.until_live()
        manage.expect_labels("Mine", ("1 product link in review",))
        expect(manage.page.get_by_label("Creator")).to_be_hidden()


def test_in_chinese_and_in_the_dark(browser: Browser, cluster: Cluster) -> None:
    worker = cluster.worker().until_ready()
    send(
        cluster, posted("v1", "p1", title="视频"), decided("p1", "rejected", contact={"phone": "+86 10 1234"})
    )
    with Manage(browser, url_of(worker), language="zh-CN", scheme="dark") as manage:
        manage.open("?creator=c1").until_live()
        manage.expect_labels("视频", ("1 个商品链接需要处理",))
        assert manage.page.title() == "视频 > 管理"
        expect(manage.page.get_by_role("textbox")).to_have_count(0)
        expect(manage.page.locator("html")).to_have_attribute("lang", "zh")
        manage.page.get_by_role("button", name="1 个商品链接需要处理").click()
        expect(manage.page.locator(".issue")).to_contain_text("被商家拒绝")
        manage.check_accessible()
        manage.picture("chinese")


def test_what_others_wrote_is_text(browser: Browser, cluster: Cluster) -> None:
    worker = cluster.worker().until_ready()
    hostile = "<img src=x onerror=window.owned=1><script>window.owned=1</script>"
    contact = {"name": hostile, "url": "javascript:window.owned=1", "email": "a@b.example?bcc=x@y.example"}
    send(cluster, posted("v1", "<b>p1", title=hostile), decided("<b>p1", "rejected", contact=contact))
    with Manage(browser, url_of(worker)) as manage:
        manage.open("?creator=c1").until_live()
        manage.expect_labels(hostile, ("1 product link needs attention",))
        manage.video(hostile).locator(".labels button").click()
        expect(manage.page.locator(".issue")).to_contain_text("javascript:window.owned=1")
        links = manage.page.locator(".issue a").evaluate_all("all => all.map(a => a.href)")
        assert links == ["mailto:a@b.example%3Fbcc%3Dx@y.example"]
        assert manage.page.evaluate("window.owned") is None


def ends_at(manage: Manage, title: str, character: int = -1) -> float:
    """Where a character of a title stands, from the left."""
    script = """(title, index) => {
        const range = document.createRange();
        range.setStart(title.firstChild, index);
        range.setEnd(title.firstChild, index + 1);
        return range.getBoundingClientRect().left;
    }"""
    found: float = manage.video(title).locator(".title").evaluate(script, character % len(title))
    return found


def test_what_is_written_from_right_to_left(browser: Browser, cluster: Cluster) -> None:
    worker = cluster.worker().until_ready()
    contact = {"name": "חנות, \u202eחדשה", "phone": "+1 2"}
    send(cluster, posted("v1", "מוצר!", title="5 דברים!"), posted("v2", "p1", title="Five things!"))
    send(cluster, decided("מוצר!", "rejected", contact=contact))
    with Manage(browser, url_of(worker)) as manage:
        manage.open("?creator=c1").until_live()
        manage.expect_labels("5 דברים!", ("1 product link needs attention",))
        assert ends_at(manage, "5 דברים!") < ends_at(manage, "5 דברים!", character=0)
        assert ends_at(manage, "Five things!") > ends_at(manage, "Five things!", character=0)
        manage.video("5 דברים!").locator(".labels button").click()
        apart = manage.page.locator(".details bdi")
        expect(apart).to_have_text(["מוצר!", contact["name"], "+1 2", "מוצר!"])
        expect(manage.page.locator(".issue")).to_contain_text(f"Seller contact: {contact['name']}, +1 2")
        manage.check_accessible()


def test_what_needs_attention_is_found_at_once(browser: Browser, cluster: Cluster) -> None:
    """In a video of many links, and among videos with long titles."""
    worker = cluster.worker().until_ready()
    products = [f"p{number}" for number in range(50)]
    send(cluster, posted("v1", *products, title="Unboxing, " * 90), stocked("p40", 0), stocked("p7", 0))
    with Manage(browser, url_of(worker), size=PHONE) as manage:
        manage.open("?creator=c1").until_live()
        title = manage.page.locator(".title")
        expect(title).to_be_visible()
        box = title.bounding_box()
        assert box is not None and box["height"] < 120
        manage.page.get_by_role("button", name="2 product links need attention").click()
        expect(manage.page.locator(".links > li > strong")).to_have_count(50)
        assert manage.page.locator(".links > li > strong").all_inner_texts()[:3] == ["p7", "p40", "p0"]
        whole = title.bounding_box()
        assert whole is not None and whole["height"] > 300
        manage.check_accessible()


def test_a_video_without_a_title_goes_by_its_id(browser: Browser, cluster: Cluster) -> None:
    with live(browser, cluster, posted("v1", "p1", title="")) as manage:
        manage.expect_labels("v1", ("1 product link in review",))
        send(cluster, stocked("p1", 0))
        expect(manage.page.locator("#news")).to_have_text("v1: 1 product link needs attention")


def test_a_list_that_is_waited_for(browser: Browser, cluster: Cluster) -> None:
    worker = cluster.worker().until_ready()
    with Manage(browser, url_of(worker)) as manage:
        waiting: list[Route] = []
        manage.page.route(re.compile("/events"), lambda route: waiting.append(route))
        manage.open("?creator=c1")
        expect(manage.page.locator("#connection")).to_have_text("Loading …")
        waiting[0].continue_()
        manage.until_live()
        expect(manage.page.locator("#connection")).to_have_text("Live")


def test_details_that_are_waited_for(browser: Browser, cluster: Cluster) -> None:
    with live(browser, cluster, posted("v1", "p1", title="Mine")) as manage:
        history = Held(manage, "/history")
        manage.video("Mine").locator(".title").click()
        history.until_asked()
        expect(manage.page.locator(".details")).to_have_text("Loading …")
        history.give()
        expect(manage.page.locator(".details")).to_contain_text("Product links")


def test_the_filter_and_more_pages(browser: Browser, cluster: Cluster) -> None:
    worker = cluster.worker().until_ready()
    many = [posted(f"v{number}", "p1", title=f"Video {number}") for number in range(60)]
    send(cluster, *many, posted("out", "p2", title="Out"), stocked("p2", 0))
    cluster.settle()
    with Manage(browser, url_of(worker)) as manage:
        manage.open("?creator=c1").until_live()
        expect(manage.page.locator("#videos > li")).to_have_count(50)
        manage.page.get_by_role("button", name="More videos").click()
        expect(manage.page.locator("#videos > li")).to_have_count(61)
        expect(manage.page.get_by_role("button", name="Video 10", exact=True)).to_be_focused()
        assert manage.titles()[:2] == ["Out", "Video 59"] and manage.titles()[-1] == "Video 0"
        manage.page.get_by_label("Show").select_option("needs_attention")
        expect(manage.page.locator("#videos > li")).to_have_count(1)
        send(cluster, stocked("p2", 1, event_id="back"))
        expect(manage.page.locator("#videos > li")).to_have_count(0)
        expect(manage.page.locator("#notice")).to_have_text("No videos with this status.")


class Held:
    """The first request whose URL has `part`: its answer is had, and given when the test says so."""

    def __init__(self, manage: Manage, part: str) -> None:
        self._manage = manage
        self._held: list[tuple[Route, APIResponse]] = []
        manage.page.route(re.compile(re.escape(part)), self._see)

    def _see(self, route: Route) -> None:
        if not self._held:
            self._held.append((route, route.fetch()))
        else:
            route.continue_()

    def until_asked(self) -> None:
        """The answer is on its way."""
        while not self._held:
            self._manage.page.wait_for_timeout(20)

    def give(self) -> None:
        """It comes."""
        route, answer = self._held[0]
        with self._manage.page.expect_response(route.request.url):
            route.fulfill(response=answer)


def test_an_answer_that_comes_late_undoes_nothing(browser: Browser, cluster: Cluster) -> None:
    worker = cluster.worker().until_ready()
    many = [posted(f"v{number}", "p1", title=f"Video {number}") for number in range(55)]
    send(cluster, *many, posted("out", "p2", title="Out"), stocked("p2", 0))
    cluster.settle()
    with Manage(browser, url_of(worker)) as manage:
        shown, chosen = manage.page.locator("#videos > li"), manage.page.get_by_label("Show")
        manage.open("?creator=c1").until_live()
        expect(shown).to_have_count(50)

        filtered = Held(manage, "status=needs_attention")
        chosen.select_option("needs_attention")
        filtered.until_asked()
        chosen.select_option("")
        filtered.give()
        expect(shown).to_have_count(50)

        more = Held(manage, "cursor=")
        manage.page.get_by_role("button", name="More videos").click()
        more.until_asked()
        chosen.select_option("needs_attention")
        more.give()
        expect(shown).to_have_count(1)


def test_a_change_is_not_lost_to_a_list_of_before(browser: Browser, cluster: Cluster) -> None:
    with live(browser, cluster, posted("v1", "p1", title="First")) as manage:
        manage.expect_labels("First", ("1 product link in review",))
        before = Held(manage, "status=in_review")
        manage.page.get_by_label("Show").select_option("in_review")
        before.until_asked()
        send(cluster, posted("v2", "p2", title="Second"), stocked("p1", 0))
        cluster.settle()
        before.give()
        manage.expect_labels("Second", ("1 product link in review",))
        manage.expect_labels("First", None)


def test_a_change_needs_no_request(browser: Browser, cluster: Cluster) -> None:
    """A product of hundreds of videos changes all of them at once."""
    with live(browser, cluster, posted("v1", "p1", title="First")) as manage:
        manage.expect_labels("First", ("1 product link in review",))
        send(cluster, stocked("p1", 0))
        manage.expect_labels("First", ("1 product link needs attention",))
        assert [url for url in manage.requests if "/videos/" in url] == []


def test_what_is_asked_for_goes_first(browser: Browser, cluster: Cluster) -> None:
    with live(browser, cluster, posted("v1", "p1", title="First")) as manage:
        manage.video("First").locator(".title").click()
        expect(manage.page.locator(".details")).to_contain_text("Product links")
        second = Held(manage, "/videos/v2?")
        send(cluster, posted("v2", "p2", title="Second"))
        second.until_asked()
        send(cluster, posted("v3", "p3", title="Third"), stocked("p1", 0))
        cluster.settle()
        manage.page.get_by_label("Show").select_option("needs_attention")
        second.give()
        expect(manage.page.locator("#videos > li")).to_have_count(1)
        expect(manage.page.locator(".issue")).to_contain_text("Product out of stock")
        assert [url for url in manage.requests if "/videos/v3" in url] == []


def test_details_of_before_do_not_come_back(browser: Browser, cluster: Cluster) -> None:
    with live(browser, cluster, posted("v1", "p1", title="Mine")) as manage:
        history = Held(manage, "/history")
        manage.video("Mine").locator(".title").click()
        history.until_asked()
        send(cluster, stocked("p1", 0))
        expect(manage.page.locator(".issue")).to_contain_text("Product out of stock", timeout=PATIENCE_MS)
        history.give()
        manage.page.get_by_role("button", name="Why? p1").click()
        expect(manage.page.locator(".facts")).to_contain_text("The product is out of stock.")
        expect(manage.page.locator(".issue")).to_contain_text("Product out of stock")


@pytest.mark.parametrize(("zone", "named"), [("Europe/Berlin", None), ("Etc/GMT+5", "Mars/Olympus")])
def test_times_in_the_reader_s_zone(browser: Browser, cluster: Cluster, zone: str, named: str | None) -> None:
    worker = cluster.worker().until_ready()
    # Summer time ends between the two: by a clock in Berlin the second was posted first.
    ends = 1_792_890_000_000
    earlier, later = (
        posted("v1", "p1", title="A", at=ends - 1_800_000),
        posted("v2", "p1", title="B", at=ends + 900_000),
    )
    cluster.produce([("video-links", "c1", earlier), ("video-links", "c1", later)])
    with Manage(browser, url_of(worker), zone=zone) as manage:
        if named is not None:  # by a browser that knows more zones than this server
            manage.page.add_init_script(
                "const known = Intl.DateTimeFormat.prototype.resolvedOptions;"
                "Intl.DateTimeFormat.prototype.resolvedOptions = function () {"
                f"  return {{ ...known.call(this), timeZone: '{named}' }};"
                "};"
            )
        manage.open("?creator=c1").until_live()
        manage.expect_labels("A", ("1 product link in review",))
        assert manage.titles() == ["B", "A"]
        cluster.produce([("video-links", "c1", posted("v3", "p1", title="C", at=ends))])
        manage.expect_labels("C", ("1 product link in review",))
        assert manage.titles() == ["B", "C", "A"]


def test_a_token_of_any_script(browser: Browser, cluster: Cluster) -> None:
    worker = cluster.worker(LINK_STATUS_AUTH_SECRET=SECRET).until_ready()
    with Manage(browser, url_of(worker)) as manage:
        manage.open("")
        manage.page.get_by_label("Access token").fill(token("créatrice-美拉"))
        manage.page.get_by_role("button", name="Show").click()
        manage.until_live()


def token(creator: str, secret: str = SECRET, lasts_s: int = 600) -> str:
    claims = {"sub": creator, "exp": int(time.time()) + lasts_s}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret))


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_with_a_token(browser: Browser, cluster: Cluster, colours: str) -> None:
    worker = cluster.worker(LINK_STATUS_AUTH_SECRET=SECRET).until_ready()
    send(cluster, posted("v1", "p1", title="Mine"))
    with Manage(browser, url_of(worker), scheme=colours) as manage:
        manage.open("")
        manage.check_accessible()
        manage.page.get_by_label("Access token").fill(token("c1", "x" * 32))
        manage.page.get_by_role("button", name="Show").click()
        expect(manage.page.locator("#notice")).to_have_text("This access token does not give access.")
        manage.check_accessible()
        # Copied with what cannot be seen, as out of a chat; and what is no token.
        for wrong in (token("c1") + "\u200b", "rubbish"):
            manage.page.get_by_label("Access token").fill(wrong)
            manage.page.get_by_role("button", name="Show").click()
            expect(manage.page.locator("#notice")).to_have_text("This access token does not give access.")
            expect(manage.page.get_by_label("Access token")).to_be_visible()
        manage.page.get_by_label("Access token").fill(token("c1"))
        manage.page.get_by_role("button", name="Show").click()
        manage.until_live()
        manage.expect_labels("Mine", ("1 product link in review",))


def test_a_token_that_ends_is_asked_for_anew(browser: Browser, cluster: Cluster) -> None:
    worker = cluster.worker(LINK_STATUS_AUTH_SECRET=SECRET).until_ready()
    send(cluster, posted("v1", "p1", title="Mine"))
    with Manage(browser, url_of(worker)) as manage:
        manage.open("")
        manage.page.get_by_label("Access token").fill(token("c1", lasts_s=4 - LEEWAY_S))
        manage.page.get_by_role("button", name="Show").click()
        manage.until_live()
        notice = manage.page.locator("#notice")
        expect(notice).to_have_text("This access token does not give access.", timeout=PATIENCE_MS)
        assert manage.titles() == ["Mine"]
        manage.page.get_by_label("Access token").fill(token("c2", "x" * 32))
        manage.page.get_by_role("button", name="Show").click()
        expect(manage.page.locator("#videos > li")).to_have_count(0)
        expect(notice).to_have_text("This access token does not give access.")
        manage.page.get_by_label("Access token").fill(token("c1"))
        manage.page.get_by_role("button", name="Show").click()
        manage.until_live()
        manage.expect_labels("Mine", ("1 product link in review",))
