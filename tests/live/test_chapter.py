"""A chapter opened in JupyterLab: its own cells, up to its first explorer."""

import re

import nbformat
import pytest
from playwright.sync_api import expect
from real_jupyter import BOOK

FEWER = {r"range\(8\)": "range(2)", r"\b3200\b": "1600", r"\b4000\b": "2000", r"\b20_000\b": "2_000"}


@pytest.fixture
def chapter(lab, browser):
    """Chapter 5 on fewer seeds and applicants, run down to its first explorer."""
    book = nbformat.read(BOOK / "05_late_fusion.ipynb", as_version=4)
    first = next(i for i, cell in enumerate(book.cells) if cell.cell_type == "code" and "LateMixer(" in cell.source)
    book.cells = [*book.cells[: first + 1], nbformat.v4.new_code_cell("pass")]
    for cell in book.cells:
        if cell.cell_type == "code":
            for pattern, smaller in FEWER.items():
                cell.source = re.sub(pattern, smaller, cell.source)
    nbformat.write(book, lab.folder / "chapter.ipynb")
    with lab.open(browser, "chapter.ipynb") as opened:
        opened.run_all()
        yield opened
        assert opened.errors == []


def test_the_chapter_is_alive_in_lab(chapter):
    explorer = chapter.explorer()
    slider, status = explorer.locator("input[type=range]").first, explorer.get_by_role("status")
    expect(status).to_contain_text("AUC")
    before = status.text_content()
    slider.focus()
    chapter.page.keyboard.press("Home")
    expect(status).not_to_have_text(before)
    weights = chapter.say("print(mixer.weights)")
    assert weights == "[0.0, 1.0, 1.0, 1.0, 1.0]"
    explorer.get_by_role("button", name="Learned weights").click()
    learned = [round(float(w), 2) for w in chapter.say("print(*learned['mean'])").split()]
    shown = [round(float(w), 2) for w in chapter.say("print(*mixer.weights)").split()]
    assert shown == learned
    explorer.get_by_role("button", name="Reset").click()
    expect(status).to_have_text(before)
