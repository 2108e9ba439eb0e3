"""What every explorer promises to a reader with a keyboard or a screen reader."""

import re

import pytest
from visit import FOCUSED, eventually, toc_pages

PAGES = toc_pages()

# What to set before a control can change anything: (explorer or "*", control) -> {control: value}; "any range"
# stands for whichever comes first. A control that is hidden until another one is set needs no entry.
SET_UPS = {("*", "Reset"): {"any range": "0"}}

ANATOMY = """(section) => ({
  tag: section.localName, label: section.getAttribute("aria-label"),
  unlabelled: [...section.querySelectorAll("input, select")].filter((node) => !node.closest("label")?.textContent.trim()).length,
  nameless: [...section.querySelectorAll("button")].filter((node) => !node.textContent.trim()).length,
  eaten: [...section.querySelectorAll("input, select, button")].filter((node) => node.dataset.lmSuppressShortcuts !== "true").length,
  mute: [...section.querySelectorAll("input[type=range]")].filter((node) => !node.getAttribute("aria-valuetext")).length,
  statuses: section.querySelectorAll("[role=status]").length, tables: section.querySelectorAll("details table").length,
  resets: [...section.querySelectorAll("button")].filter((node) => node.textContent === "Reset").length,
  foreign: section.querySelectorAll("[onclick], [tabindex]:not([tabindex='0'])").length,
})"""


@pytest.mark.parametrize("page", PAGES)
def test_anatomy(visit, subtests, page):
    """A labelled section; labelled controls that JupyterLab leaves alone; one status; a table; one Reset."""
    figures = visit(page).draw()
    labels = [figure.label for figure in figures]
    assert len(set(labels)) == len(labels), labels
    for figure in figures:
        with subtests.test(figure.label):
            parts = figure.section.evaluate(ANATOMY)
            none = dict.fromkeys(("unlabelled", "nameless", "eaten", "mute", "foreign"), 0)
            one = dict.fromkeys(("statuses", "tables", "resets"), 1)
            assert parts == {"tag": "section", "label": figure.label, **none, **one}
            assert "explorer" in figure.section.get_attribute("class").split()
            assert re.search(r"\d", figure.status), figure.status
            head, *rows = figure.table()
            assert len(head) > 1
            assert rows
            assert all(any(re.search(r"\d", cell) for cell in row) for row in rows), rows


@pytest.mark.parametrize("page", PAGES)
def test_every_control_is_reached_by_tab(visit, subtests, page):
    """From the first control, Tab alone reaches every visible one in the order in which they stand."""
    opened = visit(page)
    for figure in opened.draw():
        with subtests.test(figure.label):
            seen = [control.name for control in figure.controls() if control.visible]
            figure.controls()[0].node.focus()
            reached = []
            for _ in seen:
                reached.append(opened.page.evaluate(FOCUSED))
                opened.page.keyboard.press("Tab")
            assert reached == seen


def reveal(figure, control):
    """Make a hidden control visible by trying what the other controls offer."""
    offers = [(other, value) for other in figure.controls() for value in other.options() or _ticks(other)]
    for other, value in offers:
        if control.visible:
            return
        other.put(value)
    assert control.visible, f"{control.name} is hidden, whatever is chosen"


def _ticks(control):
    return [True, False] if control.kind == "checkbox" else []


def prepare(figure, control, first):
    """Bring the explorer from its first state to one in which this control can change something."""
    figure.reset()
    eventually(lambda: _is(figure.status, first))
    wanted = SET_UPS.get((figure.kind, control.name)) or SET_UPS.get(("*", control.name), {})
    if control.visible and not wanted:
        return
    if not control.visible:
        reveal(figure, control)
    for name, value in wanted.items():
        any_range = next((one for one in figure.controls() if one.kind == "range"), None)
        (any_range if name == "any range" else figure.control(name)).put(value)
    eventually(lambda: _quiet(figure))


def _quiet(figure):
    before = figure.status
    figure.visit.page.wait_for_timeout(200)
    assert figure.status == before, "the status line does not come to rest"


def must_change(figure, what, act, *, status=True):
    """Act; the figure must look different at once, the status line after a moment."""
    picture, words = figure.picture(), figure.status
    act()
    assert figure.picture() != picture, f"{what} leaves the figure as it was"
    if status:
        eventually(lambda: _differs(figure.status, words, what), seconds=2)


def _differs(now, before, what):
    assert now != before, f"{what} leaves the status line as it was: {before}"


def drive(figure, control):
    """Work one control by keyboard: one step must move value and figure, a large move the status line too."""
    if control.kind == "range":
        start, spoken = control.value, control.node.get_attribute("aria-valuetext")
        must_change(figure, f"a step of {control.name}", lambda: _step(control), status=False)
        assert control.value != start
        assert control.node.get_attribute("aria-valuetext") != spoken
        far = "Home" if float(start) > float(control.node.get_attribute("min")) else "End"
        must_change(figure, f"{far} on {control.name}", lambda: control.press(far))
    elif control.kind == "select":
        control.put(control.options()[0])
        eventually(lambda: _quiet(figure))
        for option in control.options()[1:]:
            must_change(figure, f"{control.name}: {option}", lambda: control.press("ArrowDown"))
            assert control.value == option
    else:
        key = "Enter" if control.kind == "button" else "Space"
        must_change(figure, f"{key} on {control.name}", lambda: control.press(key))


def _step(range_):
    at_end = float(range_.value) >= float(range_.node.get_attribute("max"))
    range_.press("ArrowLeft" if at_end else "ArrowRight")


@pytest.mark.parametrize("page", PAGES)
def test_every_control_works_by_keyboard(visit, subtests, page):
    """Every control, by keys alone, changes the figure and the status line; Reset brings the first status back."""
    opened = visit(page)
    for figure in opened.draw():
        first, picture = figure.status, figure.picture()
        for control in figure.controls():
            with subtests.test(f"{figure.label}: {control.name}"):
                prepare(figure, control, first)
                drive(figure, control)
        with subtests.test(f"{figure.label}: Reset"):
            for control in figure.controls():
                if control.kind in ("range", "select"):
                    control.press("End")
            figure.control("Reset").press("Space")
            eventually(lambda: _is(figure.status, first))
            assert figure.picture() == picture
    assert opened.problems == []


def _is(now, wanted):
    assert now == wanted
