"""What every explorer promises to a reader with a keyboard or a screen reader."""

import re
from functools import partial

from visit import FOCUSED, eventually

# What to set before a control can change anything: (explorer or "*", control) -> {control: value}; "any range"
# stands for whichever comes first. A control that is hidden until another one is set needs no entry.
SET_UPS = {
    ("*", "Reset"): {"any range": "0"},
    ("underwriter", "Reset"): {"applicant": "5"},
    ("softmax-dial", "Reset"): {"temperature": "1"},
    ("modality-lens", "Reset"): {"applicant": "3"},
    ("sight-and-sound-lens", "Reset"): {"filter": "3"},
    ("scale-conflict", "Reset"): {"multiply by": "1"},
    ("draw-your-own-votes", "Best sum"): {"world": "and"},
    ("draw-your-own-votes", "Reset"): {"point": "4"},
    ("draw-your-own-votes", "c"): {"let in one product, c\u2009\u00b7\u2009a\u2009\u00b7\u2009b": True},
    ("worlds", "Reset"): {"epochs": "0"},
    ("attention-map", "Reset"): {"applicant": "3"},
    ("where-does-the-word-look", "Reset"): {"scene": "3"},
    ("embedding-space", "Reset"): {"turn": "7"},
    ("pull-and-push", "Reset"): {"pairs": "4"},
    ("alignment-film", "Reset"): {"epochs": "3"},
    ("joint-loss", "Reset"): {"\u03b1": "3"},
    ("credit-desk", "Reset"): {"applicant": "4"},
    ("failure-lab", "Reset"): {"patient": "3"},
    ("failure-lab", "Say so"): {"it is": "d1"},
    ("scale-conflict", "standardise both first"): {"multiply by": "1"},
    ("modality-lens", "disturb"): {"noise": "0", "hidden": "4"},
}

ANATOMY = """(section) => {
  const all = (selector) => [...section.querySelectorAll(selector)], controls = "input, select, textarea, button";
  return {
    tag: section.localName, label: section.getAttribute("aria-label"),
    unlabelled: all("input, select, textarea").filter((node) => !node.closest("label")?.textContent.trim()).length,
    nameless: all("button").filter((node) => !node.textContent.trim()).length,
    eaten: all(controls).filter((node) => node.dataset.lmSuppressShortcuts !== "true").length,
    mute: all("input[type=range]").filter((node) => !node.getAttribute("aria-valuetext")).length,
    foreign: all("[onclick], [tabindex]:not([tabindex='0'])").length,
    statuses: all("[role=status]").length, tables: all("details table").length,
    resets: all("button").filter((node) => node.textContent === "Reset").length,
  };
}"""


def test_anatomy(drawn, subtests):
    """A labelled section; labelled controls that JupyterLab leaves alone; one status; a table; one Reset."""
    figures = drawn.explorers()
    labels = [figure.label for figure in figures]
    assert len(set(labels)) == len(labels), labels
    for figure in figures:
        with subtests.test(figure.label):
            none = dict.fromkeys(("unlabelled", "nameless", "eaten", "mute", "foreign"), 0)
            one = dict.fromkeys(("statuses", "tables", "resets"), 1)
            wanted = {"tag": "section", "label": figure.label, **none, **one}
            assert figure.section.evaluate(ANATOMY) == wanted
            assert "explorer" in figure.section.get_attribute("class").split()
            assert re.search(r"\d", figure.status), figure.status
            head, *rows = figure.table()
            assert len(head) > 1
            assert rows
            assert all(any(re.search(r"\d", cell) for cell in row) for row in rows), rows


def test_every_control_is_reached_by_tab(drawn, subtests):
    """From the first control, Tab alone reaches every visible one in the order in which they stand."""
    for figure in drawn.explorers():
        with subtests.test(figure.label):
            seen = [control.name for control in figure.controls() if control.visible]
            figure.controls()[0].node.focus()
            reached = []
            for _ in seen:
                reached.append(drawn.page.evaluate(FOCUSED))
                drawn.page.keyboard.press("Tab")
            assert reached == seen


def reveal(figure, control):
    """Make a hidden control visible by trying what the other controls offer."""
    offers = [(other, value) for other in figure.controls() for value in other.options() or _ticks(other)]
    for other, value in sorted(offers, key=lambda offer: offer[0].kind != "select"):
        if control.visible:
            return
        other.put(value)
    assert control.visible, f"{control.name} is hidden, whatever is chosen"


def _ticks(control):
    return [True, False] if control.kind == "checkbox" else []


def prepare(figure, control, first):
    """Bring the explorer from its first state to one in which this control can change something."""
    figure.reset()
    eventually(partial(_is, figure, first))
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
    elif control.kind in ("text", "textarea"):
        must_change(figure, f"a letter more in {control.name}", lambda: control.press("End", "q"))
    else:
        key = "Enter" if control.kind == "button" else "Space"
        must_change(figure, f"{key} on {control.name}", lambda: control.press(key))


def _step(range_):
    at_end = float(range_.value) >= float(range_.node.get_attribute("max"))
    range_.press("ArrowLeft" if at_end else "ArrowRight")


def test_every_control_works_by_keyboard(drawn, subtests):
    """Every control, by keys alone, changes the figure and the status line; Reset brings the first status back."""
    for figure in drawn.explorers():
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
            eventually(partial(_is, figure, first))
            assert figure.picture() == picture
    assert drawn.problems == []


def _is(figure, wanted):
    assert figure.status == wanted


SWEEP = """async (input, stops) => {
  const card = input.closest(".explorer"), low = Number(input.min), span = Number(input.max) - low, heights = [];
  for (let k = 0; k <= stops; k++) {
    input.value = low + (span * k) / stops;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    heights.push(card.getBoundingClientRect().height);
  }
  return heights;
}"""


def test_what_stands_below_does_not_jump(drawn, subtests):
    """A figure keeps the height it has needed: going over a slider again, the page below stays where it is."""
    for figure in drawn.explorers():
        for control in figure.controls():
            if control.kind != "range" or not control.visible:
                continue
            with subtests.test(f"{figure.label}: {control.name}"):
                first = control.node.evaluate(SWEEP, 24)
                assert first == sorted(first)
                assert set(control.node.evaluate(SWEEP, 24)) == {first[-1]}
