"""Every page of the book works alone: nothing is asked of the network, nothing fails, every explorer comes alive."""

import pytest
from axe import OPEN, THIN, violations
from own_pages import entries_of
from paper import check_print, in_theme
from visit import toc_pages

PAGES = toc_pages()
DARK_ON_PAPER = ["book/01_concepts.html", "book/05_late_fusion.html"]  # what the dark changes is the same on all pages
BESIDE = ["search.html", "genindex.html"]  # pages that Sphinx adds
STRAY = """() => {
  for (const src of ["https://example.org/x.png", "missing.png"]) new Image().src = src;
  console.error("seen");
}"""


def check_alone(opened, figures):
    """No request elsewhere, no failed one, no error or warning in the console; every explorer is drawn."""
    opened.idle()
    assert opened.problems == []
    for figure in figures:
        assert figure.section.get_attribute("data-ready") == "true", figure.label
        assert figure.section.get_attribute("data-broken") is None, figure.status
    assert opened.page.locator(".fy-broken").count() == 0


def test_a_page_from_disk_works_alone(drawn):
    check_alone(drawn, drawn.explorers())  # as many as there should be: the fixture has counted


@pytest.mark.parametrize("page", PAGES)
def test_a_page_from_a_server_prints_and_works_alone_and_can_be_read_in_the_dark(visit, built_book, subtests, page):
    """One visit: printed before anybody scrolls, then alone, then (two of them) printed from the dark, axe there."""
    assert set(DARK_ON_PAPER) < set(PAGES)
    opened = visit(page, origin="server", mathematics=True)
    with subtests.test("printed in the light"):
        check_print(opened, "light")
        assert opened.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    opened.restore()
    with subtests.test("alone"):
        figures = opened.draw()
        assert len(figures) == len(entries_of(built_book / page))
        check_alone(opened, figures)
    if page in DARK_ON_PAPER:
        with subtests.test("printed in the dark"):
            check_print(opened, "dark")
    opened.page.emulate_media(media="screen", color_scheme="dark")
    with subtests.test("axe in the dark"):
        opened.theme("dark")
        opened.page.evaluate(THIN)
        opened.page.evaluate(OPEN)
        opened.frames()
        told = violations(opened.page, others=False)  # in the dark only the colours are others
        assert told == [], "\n".join(told)
        in_theme(opened, "dark")


@pytest.mark.parametrize("origin", ["disk", "server"])
@pytest.mark.parametrize("beside", BESIDE)
def test_pages_that_sphinx_adds_work_alone(visit, beside, origin):
    check_alone(visit(beside, origin=origin, mathematics=True), [])


def test_book_has_explorers_to_test(built_book):
    """The tests of this folder loop over what they find; so there must be something to find."""
    found = {page: len(entries_of(built_book / page)) for page in PAGES}
    assert sum(found.values()) >= 19
    assert sum(count > 0 for count in found.values()) >= 14


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
