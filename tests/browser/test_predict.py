"""Predict, then look: commit by keyboard, reasons for every choice, kept in the browser, and one's own calibration."""

import json

import numpy as np
import pytest
from scipy.stats import binomtest
from visit import toc_pages

PAGES = toc_pages()
PAGE, OWN = "book/04_early_fusion.html", "book/appendix/your_predictions.html"  # the chapter that is loaded soonest
KEY = "fusion-you-can-see predictions"
FORBID = """Object.defineProperty(window, "localStorage", {
  configurable: true, get() { throw new DOMException("no", "SecurityError"); } });"""
FULL = """const full = localStorage, put = Storage.prototype.setItem;
Storage.prototype.setItem = function (...pair) {
  if (this === full) throw new DOMException("full", "QuotaExceededError");
  put.apply(this, pair);
};"""
SCREEN = "(question) => [...question.querySelectorAll('details')].map((one) => [one.checkVisibility(), one.open])"


def question_of(opened, k=0):
    return opened.page.locator(".predict").nth(k)


def answer(opened, question, choice, level):
    """Answer a question by keyboard alone: choose, say how sure, press Enter."""
    radios = question.locator("input[type=radio]")
    radios.first.focus()
    opened.page.keyboard.press("Space")
    for _ in range(choice):
        opened.page.keyboard.press("ArrowDown")
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Home")
    for _ in range(level):
        opened.page.keyboard.press("ArrowRight")
    opened.page.keyboard.press("Enter")
    question.locator(".predict-after").wait_for()


def status(question):
    return question.locator("[role=status]").text_content()


def kept(opened):
    return json.loads(opened.page.evaluate("(key) => localStorage.getItem(key)", KEY) or "{}")


def complaints(opened):
    """What went wrong, without what was still being loaded when the test went to another page."""
    return [one for one in opened.problems if not one.startswith("failed: ")]


def test_every_question_is_committed_to_by_keyboard_and_gives_its_reasons(drawn, built_book, subtests):
    questions = drawn.page.locator(".predict").all()
    assert len(questions) == (built_book / drawn.name).read_text(encoding="utf-8").count('class="predict" id=')
    for k, question in enumerate(questions):
        with subtests.test(question.locator("p").first.text_content()):
            choices = question.locator("details").all()
            right = [c.locator("p").first.text_content().strip().startswith("Right") for c in choices]
            assert right.count(True) == 1
            assert question.evaluate(SCREEN) == [[False, False]] * len(choices)
            last = len(choices) - 1
            answer(drawn, question, last, k)
            assert question.evaluate(SCREEN) == [[True, True]] * len(choices)
            marks = [set((choice.get_attribute("class") or "").split()) for choice in choices]
            assert ["chosen" in mark for mark in marks] == [False] * last + [True]
            assert ["right" in mark for mark in marks] == right
            assert ("and right" in status(question)) == right[-1], status(question)
            assert drawn.page.evaluate("document.activeElement.localName") == "summary"
            question.locator("button", has_text="Take it back").press("Enter")
            assert question.evaluate(SCREEN) == [[False, False]] * len(choices)
    assert kept(drawn) == {}
    assert drawn.problems == []


def test_the_book_asks(built_book):
    asked = [(built_book / page).read_text(encoding="utf-8").count('class="predict" id=') for page in PAGES]
    assert sum(asked) >= 2 * 13


@pytest.fixture(scope="module")
def reader(visit_once):
    """A reader who keeps one window open, from one test to the next."""
    return visit_once(PAGE)


@pytest.fixture
def asked(reader):
    """asked(page, memory): the reader on a page of the book, with this in the browser's memory, or nothing."""
    home = reader.page.url.partition("book/")[0]

    def go(page=PAGE, memory=None):
        put = "([key, text]) => (text ? localStorage.setItem(key, text) : localStorage.clear())"
        reader.page.evaluate(put, [KEY, memory])
        reader.page.goto(home + page)
        return reader

    return go


def test_nothing_is_revealed_before_a_choice(asked):
    opened = asked()
    question = question_of(opened)
    question.locator("button").click()
    assert "Choose one of the answers first" in status(question)
    assert not any(shown for shown, _ in question.evaluate(SCREEN))
    assert kept(opened) == {}


def test_an_answer_is_there_again_after_a_reload_and_can_be_taken_back(asked):
    opened = asked()
    answer(opened, question_of(opened), 1, 4)
    said = status(question_of(opened))
    assert "70" in said
    opened.page.reload()
    question = question_of(opened)
    question.locator(".predict-after").wait_for()
    assert status(question) == said
    assert question.locator("details.chosen").count() == 1
    question.locator("button", has_text="Take it back").press("Enter")
    assert kept(opened) == {}
    assert opened.page.evaluate("document.activeElement.type") == "radio"
    answer(opened, question, 0, 0)  # and asked again
    assert "another one" in status(question)
    assert complaints(opened) == []


def test_an_answer_to_a_question_that_has_changed_does_not_count(asked):
    opened = asked()
    answer(opened, question_of(opened), 1, 4)
    all_of_them = kept(opened)
    (name,) = all_of_them
    all_of_them[name]["text"] = "older"
    opened.page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, json.dumps(all_of_them)])
    opened.page.reload()
    question_of(opened).locator("input[type=radio]").first.wait_for()
    assert question_of(opened).locator(".predict-after").count() == 0


@pytest.mark.parametrize("damage", ["{", "null", "[]", '{"book/04_early_fusion predict-1": {"sure": 7}}', "7"])
def test_damaged_memory_is_an_empty_one(asked, damage):
    opened = asked(OWN, damage)
    assert "No prediction is kept here yet" in opened.page.locator(".oc-status").text_content()
    asked(PAGE, damage)
    answer(opened, question_of(opened), 1, 4)
    assert len(kept(opened)) == 1
    assert complaints(opened) == []


@pytest.mark.parametrize("script", [FORBID, FULL], ids=["forbidden", "full"])
def test_a_browser_that_keeps_nothing_says_so_and_all_else_works(visit, script):
    opened = visit(PAGE, script=script)
    answer(opened, question_of(opened), 1, 4)
    assert "lets no page keep anything" in status(question_of(opened))
    assert len(opened.draw()) >= 1
    answer(opened, question_of(opened, 1), 0, 0)
    opened.page.goto(opened.page.url.replace(PAGE, OWN))
    told = opened.page.locator(".own-calibration").text_content()
    assert "No prediction is kept here yet" in told
    assert "lets no page keep anything" in told
    assert complaints(opened) == []


def test_without_scripts_choices_unfold_their_reasons(visit):
    opened = visit(PAGE, java_script_enabled=False)
    question = question_of(opened)
    assert question.locator("details").count() >= 2
    assert question.locator("details p").first.is_visible() is False
    question.locator("summary").first.click()
    assert question.locator("details p").first.is_visible()
    opened.page.goto(opened.page.url.replace(PAGE, OWN))
    assert "Without scripts nothing is kept" in opened.page.locator(".own-calibration").inner_text()


def put_answers(opened, said):
    """Keep answers (sure, right) to the first questions of the book, as if given there."""
    questions = json.loads(opened.page.locator(".own-calibration script").text_content())
    all_of_them = {
        one["name"]: {"text": "x", "choice": 0, "sure": sure, "right": right}
        for one, (sure, right) in zip(questions, said, strict=False)
    }
    opened.page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, json.dumps(all_of_them)])
    for _ in range(5):  # a page that comes too soon may not see yet what was kept
        opened.page.reload()
        if opened.page.locator(".oc-both").count():
            break
    return questions


def test_ones_own_calibration_is_computed_right(asked):
    opened = asked(OWN)
    rng = np.random.default_rng(0)
    sure = rng.choice([0.33, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99], 30)
    right = rng.random(30) < 0.4
    put_answers(opened, [(float(p), bool(r)) for p, r in zip(sure, right, strict=True)])
    told = opened.page.locator(".oc-status").text_content().replace("\u00a0", " ")
    luck = 1.96 * np.sqrt((sure * (1 - sure)).sum()) / 30
    gap = sure.mean() - right.mean()
    assert gap > luck  # these thirty are too sure
    assert f"right in {right.sum()} of 30, {100 * right.mean():.0f} %, and {100 * sure.mean():.0f} % sure" in told
    assert f"{100 * gap:.0f} points too sure, more than the {100 * luck:.0f}" in told
    assert f"Brier score is {((sure - right) ** 2).mean():.3f}" in told
    rows = opened.page.locator(".oc-both tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent.replace(/\\u00a0/g, ' ')))"
    )
    edges = [(0, 0.45), (0.45, 0.65), (0.65, 0.85), (0.85, 1)]
    for row, (low, high) in zip(rows, edges, strict=True):
        inside = (sure >= low) & (sure < high)
        n, won = int(inside.sum()), int(right[inside].sum())
        range_ = binomtest(won, n).proportion_ci(0.95, method="wilson")
        assert row[1:4] == [str(n), f"{100 * sure[inside].mean():.0f} %", f"{won} of {n}"]
        assert row[4] == f"{100 * range_.low:.0f} % to {100 * range_.high:.0f} %"
    dots = opened.page.locator(".own-calibration circle")
    assert dots.count() == 4
    assert complaints(opened) == []


def test_well_meant_answers_are_not_blamed_for_luck(asked):
    opened = asked(OWN)
    put_answers(opened, [(0.7, k % 10 < 6) for k in range(10)])
    told = opened.page.locator(".oc-status").text_content()
    assert "10 points apart" in told
    assert "nothing speaks against you" in told


def test_clearing_takes_two_presses_and_leaves_nothing(asked):
    opened = asked(OWN)
    questions = put_answers(opened, [(0.7, True), (0.5, False)])
    opened.page.locator(".own-calibration summary").click()
    links = opened.page.locator(".own-calibration details a")
    assert links.evaluate_all("(all) => all.map((a) => a.getAttribute('href'))") == [q["href"] for q in questions[:2]]
    button = opened.page.locator(".own-calibration button")
    button.focus()
    opened.page.keyboard.press("Enter")
    assert len(kept(opened)) == 2
    assert "for good" in button.text_content()
    opened.page.keyboard.press("Enter")
    assert kept(opened) == {}
    assert "No prediction is kept here yet" in opened.page.locator(".oc-status").text_content()
    assert opened.page.evaluate("document.activeElement.className") == "oc-status"


def test_every_question_of_the_list_stands_where_its_link_leads(asked, built_book):
    opened = asked(OWN)
    questions = json.loads(opened.page.locator(".own-calibration script").text_content())
    total = sum((built_book / page).read_text(encoding="utf-8").count('class="predict" id=') for page in PAGES)
    assert len(questions) == total
    for one in questions:
        page, _, anchor = one["href"].partition("#")
        path = (built_book / OWN).parent / page
        assert f'id="{anchor}"' in path.read_text(encoding="utf-8"), one
        assert one["name"].split()[0].rsplit("/", 1)[-1] == path.stem
