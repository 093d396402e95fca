"""Debian's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from demo.brokers.embedded import Embedded
from tests.kafka.cluster import Cluster

ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is; skips the test where there is none."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail("REQUIRE_BROWSER=1, but there is no chromium", pytrace=False)
        pytest.skip("needs a browser: Debian's package chromium")
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One headless browser for all tests."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            # As root, Chromium has no sandbox to run in.
            executable_path=chromium,
            args=ARGUMENTS,
            chromium_sandbox=os.geteuid() != 0,
        )
        yield launched
        launched.close()


@pytest.fixture
def cluster(embedded: Embedded, tmp_path: Path) -> Iterator[Cluster]:
    """A deployment of the test's own."""
    with Cluster(embedded.bootstrap, "", tmp_path) as deployment:
        yield deployment
