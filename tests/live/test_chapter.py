"""Chapters opened in JupyterLab: their own cells, up to the first explorer, and a line above it changed."""

import re

import nbformat
import pytest
from playwright.sync_api import expect
from real_jupyter import BOOK

FEWER = {r"range\(8\)": "range(2)", r"\b3200\b": "1600", r"\b4000\b": "2000", r"\b20_000\b": "2_000"}


def shortened(name, maker):
    """Return a chapter on fewer seeds and applicants, down to the cell that calls `maker`, and an empty cell."""
    book = nbformat.read(BOOK / f"{name}.ipynb", as_version=4)
    first = next(i for i, cell in enumerate(book.cells) if cell.cell_type == "code" and maker in cell.source)
    book.cells = [*book.cells[: first + 1], nbformat.v4.new_code_cell("pass")]
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.metadata.pop("jupyter", None)  # unfolded, as by a reader who wants to change it
            for pattern, smaller in FEWER.items():
                cell.source = re.sub(pattern, smaller, cell.source)
    return book


@pytest.fixture
def chapter(lab, browser):
    """Chapter 5, run down to its first explorer."""
    nbformat.write(shortened("05_late_fusion", "LateMixer("), lab.folder / "chapter.ipynb")
    with lab.open(browser, "chapter.ipynb") as opened:
        opened.run_all()
        yield opened
        assert opened.errors == []


# chapter: what makes its explorer; the trait of its first slider, and its last value; a line above and its change.
FIRST = {
    "01_concepts": ("Underwriter(", "underwriter.applicant", "23", "make(24, seed=62", "make(12, seed=62"),
    "02_features": ("ModalityLens(", "lens.applicant", "7", "applicants.make(count, 5,", "applicants.make(count, 6,"),
    "03_pictures_words_sounds": ("SightAndSoundLens(", "lens.filter", "7", '"cat", "dog"', '"fox", "dog"'),
    "04_early_fusion": ("ScaleConflict(", "conflict.scale", "100.0", "slice(0, 200)", "slice(200, 400)"),
    "06_interactions": ("DrawYourOwnVotes(", "drawing.point", "13", "NOISE, K, SEEDS = 0.6", "NOISE, K, SEEDS = 0.9"),
    "07_hybrid_fusion": ("AttentionMap(", "explorer.applicant", "299", "SHOWN = 1", "SHOWN = 0"),
    "08_cross_attention": ("WhereDoesTheWordLook(", "explorer.scene", "23", "SHOWN, HELD = -1", "SHOWN, HELD = 0"),
    "09_embeddings": ("EmbeddingSpace(", "explorer.turn", "180.0", "EPOCHS = 15", "EPOCHS = 1"),
    "10_contrastive_alignment": ("PullAndPush(", "explorer.pairs", "6", "PICTURES = (0, 90,", "PICTURES = (0, 180,"),
    "11_joint_training": ("JointLoss(", "explorer.weight", "4", "lr=0.01,", "lr=0.002,"),
    "13_when_fusion_fails": ("FailureLab(", "lab.patient", "7", '"squashed": Case(plain, Squashed),', ""),
    "12_credit_risk": ("CreditDesk(", "desk.applicant", "11", "Recipe(epochs=6), {}, {}", "Recipe(epochs=2), {}, {}"),
}


# Each time the chapter with the largest explorer and the one whose explorer carries pictures and sounds, beside
# chapter 5 below; the others go the same way, in the thorough run.
EACH_TIME = ("03_pictures_words_sounds", "12_credit_risk")
NAMES = [name if name in EACH_TIME else pytest.param(name, marks=pytest.mark.thorough) for name in FIRST]


def test_every_chapter_is_opened_in_the_thorough_run():
    chapters = {path.stem for path in BOOK.glob("[0-9]*.ipynb")}
    assert set(FIRST) | {"05_late_fusion"} == chapters
    assert set(EACH_TIME) < set(FIRST)


@pytest.mark.parametrize("name", NAMES)
def test_a_chapters_first_explorer_lives_and_follows_the_cell_above(lab, browser, name):
    maker, trait, last, line, changed = FIRST[name]
    book = shortened(name, maker)
    nbformat.write(book, lab.folder / f"{name}.ipynb")
    with lab.open(browser, f"{name}.ipynb") as opened:
        opened.run_all()
        explorer = opened.explorer()
        status = explorer.get_by_role("status")
        expect(status).to_contain_text(re.compile(r"\d"))
        before = status.text_content()
        explorer.locator("input[type=range]").first.focus()
        opened.page.keyboard.press("End")
        expect(status).not_to_have_text(before)
        assert opened.say(f"print({trait})") == last
        explorer.get_by_role("button", name="Reset").click()
        expect(status).to_have_text(before)
        code = [cell for cell in book.cells if cell.cell_type == "code"]
        above = next(i for i, cell in enumerate(code) if line in cell.source)
        opened.write(above, code[above].source.replace(line, changed))
        opened.run_all()
        expect(opened.explorer().get_by_role("status")).to_contain_text(re.compile(r"\d"))
        expect(opened.explorer().get_by_role("status")).not_to_have_text(before)
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
