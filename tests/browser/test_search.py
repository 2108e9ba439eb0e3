"""The search finds terms in both languages, from disk and without a network."""

import pytest

WORDS = ["cross-attention", "calibration", "对齐", "注意力", "早期融合", "InfoNCE"]


@pytest.fixture(scope="module")
def search(visit_once):
    """search(words): the page of results."""
    opened = visit_once("search.html")
    opened.page.wait_for_load_state("networkidle")
    home = opened.page.url

    def go(words):
        opened.page.goto(f"{home}?q={words}")
        return opened

    return go


@pytest.mark.parametrize("asked", WORDS)
def test_a_term_leads_to_pages_that_explain_it(search, asked):
    opened = search(asked)
    results = opened.page.locator("#search-results li a")
    results.first.wait_for()
    pages = results.evaluate_all("(links) => links.map((link) => link.getAttribute('href').split(/[?#]/)[0])")
    assert any("book/" in page for page in pages)
    assert "book/appendix/glossary.html" in pages, pages[:10]
    assert opened.problems == []


def test_a_word_that_is_nowhere_is_answered_with_a_sentence(search):
    opened = search("zyxwvutsrq")
    opened.page.locator("#search-results p, #search-results").first.wait_for()
    opened.page.wait_for_function("() => /did not match/.test(document.querySelector('#search-results').textContent)")
    assert opened.problems == []
