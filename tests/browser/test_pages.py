"""Every page of the book works alone: nothing is asked of the network, nothing fails, every explorer comes alive."""

import pytest
from own_pages import entries_of
from visit import toc_pages

PAGES = toc_pages()
BESIDE = ["search.html", "genindex.html"]  # pages that Sphinx adds
STRAY = """() => {
  for (const src of ["https://example.org/x.png", "missing.png"]) new Image().src = src;
  console.error("seen");
}"""


@pytest.mark.parametrize("origin", ["disk", "server"])
@pytest.mark.parametrize("page", PAGES + BESIDE)
def test_page_works_alone(visit, built_book, page, origin):
    """No request elsewhere, no failed one, no error or warning in the console; every explorer is drawn."""
    opened = visit(page, origin=origin, mathematics=True)
    figures = opened.draw()
    opened.idle()
    assert opened.problems == []
    assert len(figures) == len(entries_of(built_book / page))
    for figure in figures:
        assert figure.section.get_attribute("data-ready") == "true", figure.label
        assert figure.section.get_attribute("data-broken") is None, figure.status
    assert opened.page.locator(".fy-broken").count() == 0


def test_book_has_explorers_to_test(built_book):
    """The tests of this folder loop over what they find; so there must be something to find."""
    assert sum(len(entries_of(built_book / page)) for page in PAGES) >= 3


@pytest.mark.parametrize("origin", ["disk", "server"])
def test_other_hosts_would_be_noticed(visit, origin):
    """The net under the test above holds: a request elsewhere, a missing file and an error are written down."""
    opened = visit(PAGES[0], origin=origin)
    opened.page.evaluate(STRAY)
    opened.idle()
    for problem in ("elsewhere: https://example.org", "error: seen", "failed: " if origin == "disk" else "404: "):
        assert any(told.startswith(problem) for told in opened.problems), (problem, opened.problems)


def test_the_page_on_checks_has_a_row_for_every_notebook(visit, built_book):
    """Filled in by the build, once: seconds, memory and weight of each page that runs."""
    opened = visit("book/appendix/how_checked.html")
    assert opened.page.locator(".checked table").count() == 1
    rows = opened.page.locator(".checked tbody tr")
    executed = [page for page in PAGES if 'class="cell ' in (built_book / page).read_text(encoding="utf-8")]
    assert rows.count() == len(executed)
    for cells in rows.evaluate_all("(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"):
        assert cells[3].endswith(" kB")
        assert cells[1].endswith(" s") or cells[1] == "not measured"
