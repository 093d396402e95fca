"""The demo's story, watched in the page: every change appears without a reload."""

from playwright.sync_api import Browser, expect

from demo.kafka_io import Upstream
from demo.story import STORY, titles
from tests.browser.manage import PHONE, Manage, url_of
from tests.kafka.cluster import Cluster


def test_the_story_appears_as_it_happens(browser: Browser, cluster: Cluster) -> None:
    worker = cluster.worker().until_ready()
    upstream, title = Upstream({"bootstrap.servers": cluster.bootstrap}), titles()
    with Manage(browser, url_of(worker)) as manage:
        manage.open().until_live()
        expect(manage.page.locator("#notice")).to_have_text("No videos yet.")
        manage.page.evaluate("window.notReloaded = true")
        for scene in STORY:
            upstream.send(scene.facts)
            for video_id, labels in scene.shows.items():
                manage.expect_labels(title[video_id], None if labels is None else tuple(labels))
        assert manage.page.evaluate("window.notReloaded")
        assert manage.titles() == ["My desk setup, again", "My first 5k", "Morning skincare", "My desk setup"]
        manage.check_accessible()
        manage.picture("list")
    _look_closer(browser, url_of(worker))


def _look_closer(browser: Browser, url: str) -> None:
    with Manage(browser, url, size=PHONE, scheme="dark") as manage:
        manage.open().until_live()
        manage.video("My desk setup").get_by_role("button", name="1 product link needs attention").click()
        details = manage.video("My desk setup").locator(".details")
        expect(details).to_contain_text("Rejected by seller")
        expect(details).to_contain_text("contact the seller to find a solution")
        expect(details.get_by_role("link", name="partners@lumen.example")).to_have_attribute(
            "href", "mailto:partners@lumen.example"
        )
        details.get_by_role("button", name="Why? ring-light").click()
        expect(details).to_contain_text("The seller rejected the application. This decides the status.")
        expect(details.locator(".timeline > li").first).to_contain_text("1 product link needs attention")
        assert manage.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        manage.check_accessible()
        manage.picture("details")
