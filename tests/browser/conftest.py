"""The built book in a real browser: from disk, from a server, and pages of our own."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from groups import PageAfterPage, rank
from own_pages import entries_of
from visit import HASTE, PLACES, UNFOLDED, Visit, eventually, toc_pages


def pytest_xdist_make_scheduler(config, log):
    """Keep all tests of one page on one worker (the marks of --dist loadgroup are lost with pytest 9.2)."""
    return PageAfterPage(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Tests of a page follow one another, those of the longest pages first."""
    ranks = {item: rank(item.nodeid) for item in items}
    items.sort(key=ranks.get)


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

    def go(page, *, anchor="", origin="disk", mathematics=False, haste=False, script="", **settings):
        context = browser.new_context(offline=origin == "disk", **settings)
        contexts.append(context)
        if haste or script:
            context.add_init_script(HASTE * haste + script)
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
    time, so it is set only where it matters; with `haste` the page's own pauses are a tenth as long.
    """
    yield from _visitor(browser, request)


@pytest.fixture(scope="module")
def visit_once(browser, request):
    """The same for a page that all tests of a module share."""
    yield from _visitor(browser, request)


@pytest.fixture(scope="session", params=toc_pages())
def opened_page(browser, built_book, request):
    """Every page of the book in turn, opened from disk once for all tests that look at it, its explorers drawn.

    `at_first` is what had been drawn before anybody scrolled, `entries` what the built page carries.
    """
    for go in _visitor(browser, request):
        opened = go(request.param, mathematics=True, haste=True)
        opened.name, opened.entries = request.param, entries_of(built_book / request.param)
        eventually(partial(_first_is_drawn, opened))
        opened.at_first = opened.page.evaluate(PLACES)
        opened.page.evaluate(UNFOLDED)
        opened.draw()
        yield opened


def _first_is_drawn(opened):
    """The nearest explorers are drawn at once; give them the time that takes."""
    places = opened.page.evaluate(PLACES)
    assert all(drawn for below, drawn in places if below < 600) or not opened.entries, places


@pytest.fixture
def drawn(opened_page):
    """Every page of the book in turn with its explorers drawn; what a test does to it is undone.

    No test may pass because there was nothing to look at: there are as many explorers as the page has entries. And
    none may leave an error behind, for the next to be blamed for.
    """
    assert len(opened_page.explorers()) == len(opened_page.entries)
    yield opened_page
    opened_page.restore()
    left = opened_page.problems.copy()
    opened_page.problems.clear()
    assert left == []
