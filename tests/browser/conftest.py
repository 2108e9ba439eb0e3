"""The built book in a real browser: which browser, from where, and pages of our own."""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import sync_playwright
from visit import Visit

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def playwright():
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright):
    """A headless Chromium or Chrome from this machine."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    assert found, f"these tests need a browser: install one of {', '.join(CHROMIUMS)}, or run `make browser`"
    running = playwright.chromium.launch(
        executable_path=found, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
    )
    yield running
    running.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def served_book(built_book):
    """The address of a web server that serves the built book."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=built_book))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def visit(browser, request):
    """visit(page, ...): open a page of the built book, from disk with the network cut or from a web server.

    Further arguments go to the browser context: color_scheme, viewport, reduced_motion. A page given as a Path
    is opened as it is, from disk.
    """
    contexts = []

    def go(page, *, origin="disk", **settings):
        context = browser.new_context(offline=origin == "disk", **settings)
        contexts.append(context)
        if not isinstance(page, str):
            return Visit(context, page.as_uri(), page.parent.as_uri())
        if origin == "disk":
            home = request.getfixturevalue("built_book").as_uri() + "/"
        else:
            home = request.getfixturevalue("served_book")
            context.route(lambda url: not url.startswith(home), lambda route: route.abort())
        return Visit(context, home + page, home)

    yield go
    for context in contexts:
        context.close()
