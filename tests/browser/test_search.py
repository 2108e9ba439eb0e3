"""The search finds terms in both languages, from disk and without a network."""

import pytest

WORDS = ["cross-attention", "calibration", "对齐", "注意力", "早期融合", "InfoNCE"]


@pytest.mark.parametrize("asked", WORDS)
def test_a_term_leads_to_pages_that_explain_it(visit, asked):
    opened = visit("search.html", anchor=f"?q={asked}")
    results = opened.page.locator("#search-results li a")
    results.first.wait_for()
    pages = results.evaluate_all("(links) => links.map((link) => link.getAttribute('href').split(/[?#]/)[0])")
    assert any("book/" in page for page in pages)
    assert "book/appendix/glossary.html" in pages, pages[:10]
    assert opened.problems == []


def test_a_word_that_is_nowhere_is_answered_with_a_sentence(visit):
    opened = visit("search.html", anchor="?q=zyxwvutsrq")
    opened.page.locator("#search-results p, #search-results").first.wait_for()
    opened.page.wait_for_function("() => /did not match/.test(document.querySelector('#search-results').textContent)")
    assert opened.problems == []
