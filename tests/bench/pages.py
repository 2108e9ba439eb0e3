"""The built pages in headless Chromium, opened from disk."""

import contextlib
import shutil
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
VIEWPORT = {"width": 1280, "height": 900}
READY = ".explorer[data-ready=true]"


def built_pages() -> list[Path]:
    """Return the book's own pages, without search and index.

    Raises:
        FileNotFoundError: if the book is not built.
    """
    found = sorted((HTML / "book").rglob("*.html"))
    if not found:
        raise FileNotFoundError(f"{HTML} holds no pages: run `make book` first")
    return found


def short(page: Path) -> str:
    """Return a page's name within the book."""
    return str(page.relative_to(HTML / "book").with_suffix(""))


@contextlib.contextmanager
def chromium():
    """Launch this machine's Chromium or Chrome.

    Raises:
        FileNotFoundError: if there is none.
    """
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise FileNotFoundError(f"no browser: install one of {', '.join(BROWSERS)}, or run `make browser`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield browser
        browser.close()


@contextlib.contextmanager
def fresh_page(browser: Browser):
    """Yield a page in a context of its own, without cache or network."""
    context = browser.new_context(viewport=VIEWPORT, offline=True)
    yield context.new_page()
    context.close()
