"""A small book built with the real extension and the real settings."""

import re

import pytest
from small_book import FILES, ROOT, SmallBook, notebook

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def small_book(tmp_path_factory):
    book = SmallBook(tmp_path_factory.mktemp("small_book"))
    assert book.build() == ["index", "one", "three", "two"]
    assert "running 4 notebooks" in book.said
    assert re.search(r"notebook 4 of 4  book/[\w/]+  ran in \d+\.\d s\n", book.said)
    return book


def pages_of(book):
    html = book.root / "_build" / "html"
    return {path: path.read_text() for path in [*html.glob("*.html"), *(html / "book").rglob("*.html")]}


def test_a_page_loads_only_files_of_the_book(small_book):
    for path, page in pages_of(small_book).items():
        loaded = re.findall(r'<(?:script|img)[^>]+src="([^"]+)"', page) + re.findall(r'<link[^>]+href="([^"]+)"', page)
        later = re.findall(r'data-later="([^"]+)"', page)
        assert len(later) == 2 or path.parent.name != "book"  # the theme's scripts, once the page has loaded
        loaded += later
        for link in loaded:
            assert not link.startswith(("http:", "https:", "//")), (path, link)
            if not link.startswith(("data:", "#")):
                assert (path.parent / link.split("?")[0].split("#")[0]).is_file(), (path, link)


def test_every_page_has_the_colours_and_the_look(small_book):
    for path, page in pages_of(small_book).items():
        if path.parent.name == "book":  # the one at the root only leads to them
            assert re.search(r"explorer\.css.*book\.css", page, re.DOTALL), path


def test_mathjax_is_there_for_pages_with_formulas_alone(small_book):
    assert "mathjax_loader.js" in small_book.page("one")
    assert not any("mathjax_loader.js" in small_book.page(name) for name in ("index", "two"))
    assert (small_book.root / "_build" / "html" / "_static" / "mathjax" / "startup.js").is_file()


def test_every_icon_of_the_theme_is_drawn(small_book):
    drawn = set(re.findall(r"\.(fa-[\w-]+)", (ROOT / "book/fusionbook/site/icons.css").read_text()))
    used = {name for page in pages_of(small_book).values() for name in re.findall(r"\bfa-[a-z-]+\b", page)}
    assert used - {"fa-lg"} <= drawn


def test_pages_leave_out_what_they_do_not_need(small_book):
    for page in pages_of(small_book).values():
        assert not re.search(r"thebe|fontawesome\.js|bd-header__inner|doc-biblioentry", page)
    assert "searchindex.js" not in small_book.page("one")
    assert 'class="btn dropdown-toggle"' in small_book.page("one")  # the notebook can be downloaded
    assert "Launch" not in small_book.page("one")  # no remote, no buttons


def test_a_notebook_runs_again_exactly_when_its_result_can_have_changed(small_book):
    assert small_book.build() == []

    small_book.write(
        "book/two.ipynb", notebook("two", "print('gamma')\nimport fusionbook.beta", "| | a |\n|---|---|\n| b | c |")
    )
    assert small_book.build() == ["two"]
    assert "notebook 1 of 1  book/two  ran" in small_book.said

    small_book.write("book/fusionbook/alpha.py", "A = 20 + 22\n")
    assert small_book.build() == ["one", "three"]
    assert "alpha 42" in small_book.page("one")

    small_book.write("book/fusionbook/beta.js", "export default { render() {} };\n")
    assert small_book.build() == ["two"]

    theme = small_book.root / "book/fusionbook/site/theme.py"
    theme.write_text(theme.read_text().replace('"<td></td>"', '"<td class=\\"corner\\"></td>"'))
    assert small_book.build() == []  # pages are written anew, notebooks do not run
    assert 'class="corner"' in small_book.page("two")

    for name in ("book/fusionbook/alpha.py", "book/fusionbook/beta.js", "book/two.ipynb"):
        small_book.write(name, FILES[name])
    assert small_book.build() == []
    assert re.search(r"book/one  from the cache in \d+\.\d s \(its run took \d+\.\d s\)", small_book.said)
    assert "alpha 1\n" in small_book.page("one")
    assert "beta 1\n" in small_book.page("two")
