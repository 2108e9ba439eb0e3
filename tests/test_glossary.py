"""The glossary names every term in both languages and sends the reader to a page that uses it."""

import re

import pytest
from fusionbook.site.chinese import CHINESE
from test_book import BOOK, cells, source

PAGE = (BOOK / "appendix" / "glossary.md").read_text(encoding="utf-8")
ENTRIES = [entry.splitlines() for entry in re.search(r":sorted:\n\n(.*?)\n```", PAGE, re.DOTALL)[1].split("\n\n")]


def words(page):
    return "\n".join(source(cell) for cell in cells(page)).lower()  # text and code, not the file around them


def core(term):
    """What to look for: without what stands in brackets, and 'behavioural' for 'behavioural modality'."""
    return re.sub(r" \(.*\)| (modality|information|value)$", "", term).lower()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry[0])
def test_an_entry_has_both_languages_one_definition_and_a_page_that_uses_it(entry):
    *terms, definition = entry
    chinese = [term for term in terms if CHINESE.search(term)]
    english = [term for term in terms if term not in chinese]
    assert english
    assert chinese
    assert terms == english + chinese
    assert re.fullmatch(r"  [A-Z].*\. \*In .+\.\*", definition)
    pages = [BOOK / "appendix" / link for link in re.findall(r"\]\(([^)]+)\)", definition)]
    assert pages
    used = [page.name for page in pages if any(core(term) in words(page) for term in english)]
    assert used == [page.name for page in pages], f"{english[0]} is not found in all pages named"


def test_no_term_is_defined_twice():
    terms = [term.lower() for *names, _ in ENTRIES for term in names]
    assert len(set(terms)) == len(terms) > 100
