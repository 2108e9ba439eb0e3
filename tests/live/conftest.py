"""One browser and one server of each kind for all live tests."""

import shutil

import pytest
from playwright.sync_api import sync_playwright
from real_jupyter import served

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium or Chrome from this machine."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert found, f"these tests need a browser: install one of {', '.join(BROWSERS)}, or run `make browser`"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield running
        running.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    with served("lab", tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="session")
def served_notebook(tmp_path_factory):
    with served("notebook", tmp_path_factory.mktemp("notebook")) as server:
        yield server
