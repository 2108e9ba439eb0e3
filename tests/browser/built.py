"""Explorers as readers meet them: pages of the built book, one visit a page, and what stands where in a picture."""

import re
from collections import defaultdict
from contextlib import contextmanager

import numpy as np
import pytest
from own_pages import arrays_of, entries_of
from visit import Figure, Visit, eventually

STRAY = r"""const stray = (section) => {
  const nodes = [...section.querySelectorAll("input, textarea, select")];
  const text = [section.outerHTML.replace(/data:[^"')]*/g, ""), ...nodes.map((node) => node.value)].join("\n");
  const found = text.matchAll(/\b(?:undefined|NaN|null|Infinity)\b|\[object/g);
  return Array.from(found, ({ index }) => text.slice(Math.max(0, index - 60), index + 40));
};"""
FIND = """const called = (node) => {
  const label = node.closest("label");
  return (label?.querySelector(".fy-name") ?? label ?? node).textContent.trim();
};
const find = (section, name) => {
  const found = [...section.querySelectorAll("input, select, textarea, button")].find((node) => called(node) === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};
const fire = (node) => ["input", "change"].forEach((kind) => node.dispatchEvent(new Event(kind, { bubbles: true })));
const put = (node, value) => { // a choice by its words, or else by its value
  const options = [...(node.options ?? [])], is = (part) => options.find((one) => one[part] === String(value));
  const chosen = is("textContent") ?? is("value");
  if (node.localName === "select" && !chosen) throw new Error(`there is no ${value} in ${called(node)}`);
  if (chosen) chosen.selected = true;
  else node[node.type === "checkbox" ? "checked" : "value"] = value;
  fire(node);
};"""
LOOK = f"""async (section, [values, pressed]) => {{ {STRAY} {FIND}
  const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));
  for (const [name, value] of values) put(find(section, name), value);
  for (const name of pressed) {{
    find(section, name).click();
    await painted();
  }}
  const details = section.querySelector("details");
  if (details) details.open = true;
  await painted();
  await new Promise((done) => setTimeout(done)); // behind the status line, which waits for the same
  return {{
    stray: stray(section), told: section.querySelector("[role=status]").textContent.trim(),
    cells: [...section.querySelectorAll("table tr")].map((row) => [...row.cells].map((cell) => cell.textContent)),
  }};
}}"""
SWEEP = f"""async (section) => {{ {STRAY} {FIND}
  const found = [], some = (all) => all.filter((_, k) => k % Math.ceil(all.length / 8) === 0 || k === all.length - 1);
  const ways = {{
    range: (node) => [0, 1, 0.37].map((share) => Number(node.min) + share * (node.max - node.min)),
    checkbox: (node) => [!node.checked, node.checked], text: () => ["", "owl <b>"], textarea: () => ["", "owl <b>"],
    "select-one": (node) => some(Array.from(node.options, (option) => option.value)),
    button: (node) => (node.disabled || !node.checkVisibility() ? [] : [null]),
  }};
  let steps = 0;
  for (const node of section.querySelectorAll("input, select, textarea, button"))
    for (const value of ways[node.type](node)) {{
      if (value === null) node.click();
      else put(node, value);
      await new Promise((done) => requestAnimationFrame(done));
      await new Promise((done) => setTimeout(done));
      for (const word of stray(section)) found.push(`${{called(node)}} ${{value}}: ${{word}}`);
      steps++;
    }}
  return [steps, found];
}}"""
MARKS = """(section, selector) => Array.from(section.querySelectorAll(selector), (node) => ({
  ...Object.fromEntries(Array.from(node.attributes, ({ name, value }) => [name, value])), text: node.textContent,
  tag: node.localName, at: node.style.getPropertyValue("--at"), left: node.style.left,
  moved: parseFloat(node.style.transform.split("(")[1]),
}))"""
PIXELS = """(section, [selector, which]) => {
  const canvas = section.querySelectorAll(selector)[which], { width, height } = canvas;
  return [height, width, Array.from(canvas.getContext("2d").getImageData(0, 0, width, height).data)];
}"""
# The status line waits until a reader has stopped; nobody reads here.
AT_ONCE = """{
  const later = setTimeout;
  window.setTimeout = (work, ms, ...more) => later(work, ms === 150 ? 0 : ms, ...more);
}"""
NUMBER = re.compile(r"^[≤+]?\s?([−-]?\d*\.?\d+)\+?(\s?%)?( coin)?$")


class Explorer(Figure):
    """One explorer; `put` and `press` return its table, and let no stray word through."""

    told, cells = "", ()

    def look(self, values=(), pressed=()):
        """Set controls, press buttons, open the numbers, wait until that is painted; return the table's cells."""
        seen = self.section.evaluate(
            LOOK, [[[str(name), value] for name, value in dict(values).items()], list(pressed)]
        )
        assert not seen["stray"], f"{self.label}, {dict(values)}, {list(pressed)}: {seen['stray'][:3]}"
        self.told, self.cells = seen["told"], seen["cells"]
        return self.cells

    def put(self, values):
        return self.look(values)

    def press(self, *names):
        return self.look(pressed=names)

    def rows(self):
        """The table as name -> cells, without its header."""
        return {name: cells for name, *cells in self.cells[1:]}

    def marks(self, selector, picture=""):
        """What `selector` finds, in document order, as attributes and text; `picture` begins the name of its SVG."""
        return self.section.evaluate(MARKS, f'svg[aria-label^="{picture}"] {selector}' if picture else selector)

    def axis(self, way, picture, selector="text.fy-tick", read=lambda value: value, off=4):
        return axis(self.marks(selector, picture), way, read, off)

    def pixels(self, selector, which=0):
        """A canvas's pixels, (height, width, 4)."""
        height, width, flat = self.section.evaluate(PIXELS, [selector, which])
        return np.array(flat).reshape(height, width, 4)

    def options(self, name):
        """The words of a choice."""
        return self.control(name).node.locator("option").all_text_contents()


class Built:
    """A page of the built book with its explorers drawn."""

    def __init__(self, visit, path):
        self.visit, self.entries = visit, entries_of(path)
        self.figures = [Explorer(visit, one.section) for one in visit.draw()]
        assert len(self.figures) == len(self.entries)

    def figure(self, kind, which=0):
        """The explorer of this kind as the page first shows it."""
        found = [one for one in self.figures if one.kind == kind][which]
        found.press("Reset")
        return found

    def sweep(self):
        """Work every control of every explorer through its range, and let no stray word through."""
        for one in self.figures:
            one.press("Reset")
            steps, found = one.section.evaluate(SWEEP)
            assert steps > 5
            assert not found, found[:5]
            one.press("Reset")

    def entry(self, kind, which=0):
        return [e for e, one in zip(self.entries, self.figures, strict=True) if one.kind == kind][which]

    def arrays(self, kind, which=0):
        """Its arrays, decoded by NumPy."""
        return arrays_of(self.entry(kind, which))


@contextmanager
def opened(browser, path, home):
    """Open a page from disk with the network cut, and hold in the end that nothing went wrong on it."""
    context = browser.new_context(offline=True)
    try:
        context.add_init_script(AT_ONCE)
        context.route("**/mathjax/startup.js", lambda route: route.fulfill(body=""))
        visit = Visit(context, path.as_uri(), home.as_uri() + "/")
        yield Built(visit, path)
        problems = [one for one in visit.problems if "willReadFrequently" not in one]  # it is we who read canvases
        assert not problems, problems
    finally:
        context.close()


def page(name):
    """Return a fixture for a whole module: that page of the built book."""

    @pytest.fixture(scope="module")
    def chapter(browser, built_book):
        with opened(browser, built_book / name, built_book) as built:
            yield built

    return chapter


def value_of(text):
    """Read a tick label: its number, hundredths where it is a percentage, None for words."""
    found = NUMBER.match(text.replace("\u00a0", " ").strip())
    return found and float(found[1].replace("−", "-")) / (100 if found[2] else 1)


def axis(ticks, way, read=lambda value: value, off=4):
    """Return the map from values to pixels that tick labels tell: to the right for "x", upwards for "y".

    Labels on one line are those of one axis. Those of "y" stand with their baseline `off` below their place.
    """
    lines = defaultdict(list)
    for tick in ticks:
        value = value_of(tick["text"])
        if value is not None and way in tick:
            lines[tick.get("y" if way == "x" else "x")].append((read(value), float(tick[way])))
    values, places = np.array(max(lines.values(), key=len)).T
    slope, start = np.polyfit(values, places, 1)
    assert len(set(values)) > 1
    assert np.abs(slope * values + start - places).max() < 0.6, "the labels are not where their numbers are"
    assert slope > 0 if way == "x" else slope < 0, f"the {way} axis runs backwards"
    return lambda value: slope * np.asarray(value) + start - (off if way == "y" else 0)


def floats(marks, *names):
    """One array a name of these attributes."""
    got = [np.array([float(mark[name]) for mark in marks]) for name in names]
    return got[0] if len(got) == 1 else got


def spots(path):
    """The points of a path's M and L, (n, 2)."""
    return np.array([[float(v) for v in pair] for pair in re.findall(r"[ML]\s?(-?[\d.]+) (-?[\d.]+)", path)])


def near(shown, wanted, within=0.15):
    """Hold that places in a picture are those wanted, to `within` pixels."""
    shown, wanted = np.asarray(shown, dtype=float), np.asarray(wanted, dtype=float)
    assert shown.shape == wanted.shape, f"{shown.shape} are drawn, {wanted.shape} are there"
    off = np.abs(shown - wanted)
    assert (off <= within).all(), (
        f"off by {off.max():.3g}: {shown[off > within][:4]}, wanted {wanted[off > within][:4]}"
    )


def says(figure, words):
    """Hold that these words stand in the status line, as soon as it has followed."""
    eventually(lambda: _holds(figure.status, words))


def _holds(text, words):
    assert words in text, text
