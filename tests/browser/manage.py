"""The page as its readers meet it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, ViewportSize, expect

from tests.kafka.cluster import Worker

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
PATIENCE_MS = 20_000

DESKTOP = ViewportSize(width=900, height=780)
PHONE = ViewportSize(width=360, height=740)


class Manage:
    """An open page; at its end nothing may have gone wrong in it, nor may it have asked another host."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        *,
        size: ViewportSize = DESKTOP,
        scheme: Any = "light",
        language: str = "en-GB",
        zone: str = "Europe/Berlin",
    ) -> None:
        self._context = browser.new_context(
            viewport=size, color_scheme=scheme, locale=language, timezone_id=zone
        )
        self.page = self._context.new_page()
        self.errors: list[str] = []
        self._origin = url
        self.requests: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._console)
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _console(self, message: Any) -> None:
        # A worker that is away is told of by the network, and no fault of the page's.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._context.close()
        if kind is None:
            assert self.errors == []
            assert [url for url in self.requests if not url.startswith(self._origin)] == []

    def open(self, query: str = "?creator=mira") -> Self:
        """Go there."""
        self.page.goto(f"{self._origin}/{query}")
        return self

    def until_live(self) -> Self:
        """The stream is open."""
        expect(self.page.locator("#connection.live")).to_be_visible(timeout=PATIENCE_MS)
        return self

    @contextmanager
    def out_of_sight(self) -> Iterator[None]:
        """Another tab is looked at, and this one has let go of its stream."""
        # Headless, all tabs are in sight.
        look = """hidden => {
            Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
        with self.page.expect_event("requestfailed", lambda request: "/events" in request.url):
            self.page.evaluate(look, True)
        yield
        self.page.evaluate(look, False)

    def video(self, title: str) -> Locator:
        """A video in the list, by its whole title."""
        of_title = self.page.get_by_role("button", name=title, exact=True)
        return self.page.locator("#videos > li").filter(has=of_title)

    def expect_labels(self, title: str, labels: tuple[str, ...] | None) -> None:
        """Wait for what stands under a title; None for a video that is not in the list."""
        video = self.video(title)
        if labels is None:
            expect(video).to_have_count(0, timeout=PATIENCE_MS)
            return
        expect(video).to_have_count(1, timeout=PATIENCE_MS)
        expect(video.locator(".labels button")).to_have_text(list(labels), timeout=PATIENCE_MS)

    def titles(self) -> list[str]:
        """The titles, from the top."""
        return self.page.locator("#videos .title").all_inner_texts()

    def check_accessible(self) -> None:
        """axe-core finds nothing."""
        results = Axe().run(self.page)
        assert results.violations_count == 0, results.generate_report()

    def picture(self, name: str) -> None:
        """Keep how it looks."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True, animations="disabled")


def url_of(worker: Worker) -> str:
    """Where the page of a worker is."""
    return f"http://127.0.0.1:{worker.port}"
