"""The built book in a real browser: from disk, from a server, and pages of our own."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from visit import Visit, toc_pages


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


def _visitor(browser, request):
    """Yield a function that opens pages, and close them all in the end."""
    contexts = []

    def go(page, *, anchor="", origin="disk", mathematics=False, **settings):
        context = browser.new_context(offline=origin == "disk", **settings)
        contexts.append(context)
        if not isinstance(page, str):
            return Visit(context, page.as_uri() + anchor, page.parent.as_uri())
        if not mathematics:
            context.route("**/mathjax/startup.js", lambda route: route.fulfill(body=""))
        if origin == "disk":
            home = request.getfixturevalue("built_book").as_uri() + "/"
        else:
            home = request.getfixturevalue("served_book")
            context.route(lambda url: not url.startswith(home), lambda route: route.abort())
        opened = Visit(context, home + page + anchor, home)
        return opened.idle() if mathematics else opened

    yield go
    for context in contexts:
        context.close()


@pytest.fixture
def visit(browser, request):
    """visit(page, ...): open a page of the built book, from disk with the network cut or from a web server.

    Further arguments go to the browser context: color_scheme, viewport, reduced_motion. A page given as a Path
    is opened as it is, from disk; `anchor` ("#summary") is added to its address. Mathematics takes half of a page's
    time, so it is set only where it matters.
    """
    yield from _visitor(browser, request)


@pytest.fixture(scope="module", params=toc_pages())
def drawn(browser, request):
    """Every page of the book in turn, opened from disk once for a whole module, with its explorers drawn."""
    for go in _visitor(browser, request):
        opened = go(request.param)
        opened.draw()
        yield opened
