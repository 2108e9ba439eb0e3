"""Every page of the book works alone: nothing is asked of the network, nothing fails, every explorer comes alive."""

import json
import re

import pytest
from visit import toc_pages

PAGES = toc_pages()
BESIDE = ["search.html", "genindex.html"]  # pages that Sphinx adds
SCRIPTS = r'<script type="application/vnd\.jupyter\.widget-{}\+json">(.*?)</script>'


def views(text):
    """Return how many explorers a page's HTML promises."""
    states = {}
    for script in re.findall(SCRIPTS.format("state"), text, re.DOTALL):
        states |= json.loads(script)["state"]
    asked = [json.loads(view)["model_id"] for view in re.findall(SCRIPTS.format("view"), text, re.DOTALL)]
    return sum("_esm" in states[one]["state"] for one in asked)


@pytest.mark.parametrize("origin", ["disk", "server"])
@pytest.mark.parametrize("page", PAGES + BESIDE)
def test_page_works_alone(visit, built_book, page, origin):
    """No request elsewhere, no failed one, no error or warning in the console; every explorer is drawn."""
    opened = visit(page, origin=origin).idle()
    figures = opened.draw()
    opened.idle()
    assert opened.problems == []
    assert len(figures) == views((built_book / page).read_text(encoding="utf-8"))
    for figure in figures:
        assert figure.section.get_attribute("data-ready") == "true", figure.label
        assert figure.section.get_attribute("data-broken") is None, figure.status
    assert opened.page.locator(".fy-broken").count() == 0


def test_book_has_explorers_to_test(built_book):
    """The tests of this folder loop over what they find; so there must be something to find."""
    assert sum(views((built_book / page).read_text(encoding="utf-8")) for page in PAGES) >= 3


@pytest.mark.parametrize("page", PAGES)
def test_other_hosts_would_be_noticed(visit, page):
    """The net under the test above holds: a request elsewhere and an error are both written down."""
    opened = visit(page)
    opened.page.evaluate("() => { new Image().src = 'https://example.org/x.png'; console.error('seen'); }")
    opened.idle()
    assert any(problem.startswith("elsewhere: https://example.org") for problem in opened.problems)
    assert "error: seen" in opened.problems
