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


# Try what the other controls offer, choices first, until the control of this number can be seen.
REVEAL = """async (section, number) => {
  const all = [...section.querySelectorAll("input, select, textarea, button")], node = all[number];
  const offers = (one) => (one.localName === "select" ? Array.from(one.options, ({ value }) => ["value", value])
    : one.type === "checkbox" ? [["checked", true], ["checked", false]] : []);
  for (const one of all.sort((a, b) => (b.localName === "select") - (a.localName === "select"))) {
    for (const [trait, value] of offers(one)) {
      if (node.checkVisibility()) return true;
      one[trait] = value;
      for (const event of ["input", "change"]) one.dispatchEvent(new Event(event, { bubbles: true }));
      await new Promise((painted) => requestAnimationFrame(() => painted()));
    }
  }
  return node.checkVisibility();
}"""


def reveal(figure, control):
    """Make a hidden control visible by trying what the other controls offer."""
    number = [one.name for one in figure.controls()].index(control.name)
    assert figure.section.evaluate(REVEAL, number), f"{control.name} is hidden, whatever is chosen"
    assert control.visible


def prepare(figure, control, first):
    """Bring the explorer from its first state to one in which this control can change something."""
    figure.reset()
    figure.visit.settle()
    eventually(partial(_is, figure, first))
    wanted = SET_UPS.get((figure.kind, control.name)) or SET_UPS.get(("*", control.name), {})
    if control.visible and not wanted:
        return
    if not control.visible:
        reveal(figure, control)
    for name, value in wanted.items():
        any_range = next((one for one in figure.controls() if one.kind == "range"), None)
        (any_range if name == "any range" else figure.control(name)).put(value)
    quiet(figure)


def quiet(figure):
    """Wait until the status line has been told."""
    figure.visit.settle()
    eventually(partial(_quiet, figure))


def _quiet(figure):
    before = figure.status
    figure.visit.settle()
    assert figure.status == before, "the status line does not come to rest"


def must_change(figure, what, act, *, status=True):
    """Act; the figure must look different at once, the status line after a moment."""
    picture, words = figure.look()
    act()
    assert figure.picture() != picture, f"{what} leaves the figure as it was"
    if status:
        figure.visit.settle()
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
        quiet(figure)
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
        picture, first = figure.look()
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


# In all figures at once: every button but Reset, then Reset; who does not show the same a second later.
RUNS_ON = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => done()));
  const wait = async (ms) => { for (const end = performance.now() + ms; performance.now() < end; ) await frame(); };
  const all = [...document.querySelectorAll("[data-explorer]")];
  const buttons = (card) => [...card.querySelectorAll("footer button")], called = (one) => one.textContent.trim();
  const look = () => all.map((card) => card.querySelector(".fy-figure").innerHTML + buttons(card).map(called).join());
  for (const card of all) for (const one of buttons(card)) if (called(one) !== "Reset") one.click();
  for (const card of all) buttons(card).find((one) => called(one) === "Reset").click();
  await wait(200);
  const before = look();
  await wait(1000);
  const after = look();
  return all.filter((_, k) => before[k] !== after[k]).map((card) => card.getAttribute("aria-label"));
}"""


def test_reset_ends_what_runs_by_itself(drawn):
    """A film, a training, a word being spoken: after Reset nothing moves."""
    assert drawn.page.evaluate(RUNS_ON) == []


# Over every range of a figure, one after the other, and of all figures at once: twice, with the card's height at each
# stop. What is set before a frame is painted in it, so each stop waits for one.
SWEEP = """async (stops) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => done()));
  const sweep = async (card, input) => {
    const low = Number(input.min), span = Number(input.max) - low, heights = [];
    const last = Math.min(stops, Math.round(span / Number(input.step)));
    for (let k = 0; k <= last; k++) {
      input.value = low + (span * k) / last;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      await frame();
      heights.push(card.getBoundingClientRect().height);
    }
    return heights;
  };
  const name = (input) => input.closest("label").querySelector(".fy-name").textContent.trim();
  return Promise.all(Array.from(document.querySelectorAll("[data-explorer]"), async (card) => {
    const ranges = [...card.querySelectorAll("input[type=range]")].filter((input) => input.checkVisibility());
    const told = [];
    for (const input of ranges) told.push([name(input), await sweep(card, input), await sweep(card, input)]);
    return told;
  }));
}"""


# From places along every visible range, one step of the keyboard on; who is put back to where it was.
STUCK = """async (places) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));
  const name = (input) => input.closest("label").querySelector(".fy-name").textContent.trim();
  const set = async (input) => { input.dispatchEvent(new Event("input", { bubbles: true })); await frame(); };
  const tried = async (card) => {
    const stuck = [];
    for (const input of card.querySelectorAll("input[type=range]")) {
      if (!input.checkVisibility() || input.disabled) continue;
      const low = Number(input.min), steps = Math.round((input.max - low) / input.step);
      for (let k = 0; k <= Math.min(places, steps); k++) {
        input.value = low + Math.round((steps * k) / Math.min(places, steps)) * input.step;
        await set(input);
        const before = Number(input.value);
        before + Number(input.step) <= Number(input.max) ? input.stepUp() : input.stepDown();
        await set(input);
        if (Number(input.value) === before) stuck.push(`${name(input)} at ${before}`);
      }
    }
    return stuck;
  };
  return (await Promise.all([...document.querySelectorAll("[data-explorer]")].map(tried))).flat();
}"""


def test_no_slider_sticks(drawn):
    assert drawn.page.evaluate(STUCK, 8) == []


def test_what_stands_below_does_not_jump(drawn, subtests):
    """A figure keeps the height it has needed: going over a slider again, the page below stays where it is."""
    figures = drawn.explorers()
    for figure, ranges in zip(figures, drawn.page.evaluate(SWEEP, 24), strict=True):
        visible = [control.name for control in figure.controls() if control.kind == "range" and control.visible]
        assert [name for name, *_ in ranges] == visible
        for name, first, again in ranges:
            with subtests.test(f"{figure.label}: {name}"):
                assert len(first) > 1
                assert first == sorted(first)
                assert set(again) == {first[-1]}
