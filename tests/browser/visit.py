"""A visit to a page: what it asked for, what it complained of, and its explorers once they are drawn."""

import contextlib
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]

IDLE = """async () => {
  await document.fonts.ready;
  while (document.querySelector("script[src*='/mathjax/startup.js']") && !window.MathJax?.startup?.promise)
    await new Promise((again) => setTimeout(again, 20));
  await window.MathJax?.startup?.promise;
}"""
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"
# A page's own pauses a tenth as long: the pause before a status line is told would be most of a test's time.
HASTE = """const later = window.setTimeout;
window.setTimeout = (work, wait, ...rest) => later(work, wait / 10, ...rest);"""
# By the page's own clock: asked for after a change, this ends after the pause of 150 ms that a status line waits for.
SETTLED = f"async () => {{ await ({FRAMES})(); await new Promise((done) => setTimeout(done, 170)); }}"
LOOK = f"""async (section) => {{
  await ({FRAMES})();
  const parts = [section.querySelector(".fy-figure").innerHTML];
  for (const canvas of section.querySelectorAll("canvas")) parts.push(canvas.toDataURL());
  let [low, high] = [0x811c9dc5, 0x1b873593], length = 0;
  for (const part of parts) for (let k = 0; k < part.length; k++, length++) {{
    low = Math.imul(low ^ part.charCodeAt(k), 0x01000193);
    high = Math.imul(high ^ part.charCodeAt(k), 0x85ebca6b);
  }}
  return [`${{length}} ${{low}} ${{high}}`, section.querySelector("[role=status]").textContent.trim()];
}}"""
SCROLL = """async ([sign, patience]) => {
  const places = [...document.querySelectorAll(".explorer-place")], start = performance.now();
  for (const [k, place] of places.entries()) {
    place.scrollIntoView({ block: "center", behavior: "instant" });
    while (!place.querySelector(sign)) {
      if (performance.now() - start > patience) return k;
      await new Promise((again) => requestAnimationFrame(() => again()));
    }
  }
  return null;
}"""
PLACES = """() => Array.from(document.querySelectorAll(".explorer-place"), (place) =>
  [place.getBoundingClientRect().top - innerHeight, place.childElementCount > 0])"""
RESTORE = """() => {
  document.documentElement.dataset.theme = "light";
  for (const node of document.querySelectorAll("main details[open]")) if (!node.dataset.atFirst) node.open = false;
  for (const one of document.querySelectorAll(".explorer button")) if (one.textContent === "Reset") one.click();
  document.activeElement?.blur();
  scrollTo({ top: 0, behavior: "instant" });
}"""
UNFOLDED = "() => document.querySelectorAll('main details[open]').forEach((node) => { node.dataset.atFirst = 'open'; })"
WINDOW = {"width": 1280, "height": 720}

NAME = """const name = (node) => {
  const label = node.closest("label");
  return (label?.querySelector(".fy-name") ?? label ?? node).textContent.trim();
};"""
NAMES = f"""(nodes) => {{ {NAME}
  return nodes.map((node) => [name(node), node.localName === "input" ? node.type : node.localName]);
}}"""
FOCUSED = f"() => {{ {NAME} return name(document.activeElement); }}"
PUT = f"""(nodes, values) => {{ {NAME}
  for (const [wanted, value] of values) {{
    const node = nodes.find((one) => name(one) === wanted);
    node[node.type === "checkbox" ? "checked" : "value"] = value;
    for (const event of ["input", "change"]) node.dispatchEvent(new Event(event, {{ bubbles: true }}));
  }}
}}"""


def toc_pages():
    """Every page named in _toc.yml, as its path in the built book."""

    def walk(node):
        if isinstance(node, dict):
            yield from (node[key] for key in ("root", "file") if key in node)
            for key in ("parts", "chapters", "sections", "entries", "subtrees"):
                yield from walk(node.get(key, []))
        elif isinstance(node, list):
            for one in node:
                yield from walk(one)

    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [f"{name}.html" for name in walk(toc)]


def eventually(check, seconds=10):
    """Run `check` until it no longer raises AssertionError; let the last one through when time is up."""
    end = time.monotonic() + seconds
    while True:
        try:
            return check()
        except AssertionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.03)


def nothing_sticks_out(opened, width):
    """Hold that the page is no wider than its window, whose width this is."""
    wide, inner = opened.page.evaluate("() => [document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= inner == width


def number(text):
    """Read a number as the pages write it, with a true minus sign."""
    return float(text.replace("\u2212", "-"))


def said(figure, words):
    """Hold that these words stand in the status line."""
    assert words in figure.status, figure.status


class Visit:
    """A page opened in a context of its own, with everything that went wrong on it."""

    def __init__(self, context, url, home):
        self.page, self.problems = context.new_page(), []
        self.page.set_default_timeout(60_000)
        note = self.problems.append
        self.page.on("console", lambda said: said.type in ("error", "warning") and note(f"{said.type}: {said.text}"))
        self.page.on("pageerror", lambda error: note(f"uncaught: {error}"))
        self.page.on("requestfailed", lambda asked: self._ended(asked) or note(f"failed: {asked.url}"))
        self.page.on("response", lambda got: got.status >= 400 and note(f"{got.status}: {got.url}"))
        self.page.on("request", lambda asked: self._own(asked.url, home) or note(f"elsewhere: {asked.url}"))
        self.page.goto(url)

    @staticmethod
    def _ended(asked):
        """Whether the page itself gave up what it had asked for: a sound that is stopped before it has been read."""
        return asked.url.startswith("blob:") and "ERR_ABORTED" in (asked.failure or "")

    @staticmethod
    def _own(url, home):
        return url.startswith((home, "data:", "blob:"))

    def idle(self):
        """Wait until nothing is being loaded and mathematics is set."""
        self.page.wait_for_load_state("networkidle")
        self.page.evaluate(IDLE)
        return self

    def frames(self):
        """Wait until what was asked for has been painted."""
        self.page.evaluate(FRAMES)

    def settle(self):
        """Wait until what was asked for has been painted, and the status lines have been told."""
        self.page.evaluate(SETTLED)

    def resize(self, width, height=900):
        """Give the window another size, and wait until the page has taken it."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.frames()

    @contextlib.contextmanager
    def dense(self, width, height, density):
        """Show the page in a window of this size and density for a while."""
        session = self.page.context.new_cdp_session(self.page)
        told = {"width": width, "height": height, "deviceScaleFactor": density, "mobile": False}
        session.send("Emulation.setDeviceMetricsOverride", told)
        self.page.wait_for_function("(density) => devicePixelRatio === density", arg=density)
        self.frames()
        yield
        session.send("Emulation.clearDeviceMetricsOverride")
        session.detach()

    def theme(self, name):
        """Set the page's theme as its button does."""
        self.page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", name)

    def restore(self):
        """Bring the page back to how it opened: window, media, theme, explorers; what was unfolded is folded again."""
        self.page.emulate_media(media="screen", color_scheme="light", reduced_motion="no-preference")
        self.page.set_viewport_size(WINDOW)
        if self.page.locator(".slide-bar").count():
            self.page.keyboard.press("Escape")
        self.page.evaluate(RESTORE)
        self.settle()

    def draw(self):
        """Scroll to every explorer in turn and wait until it is drawn; return them."""
        self.draw_places("[data-ready], .fy-broken")
        return self.explorers()

    def draw_places(self, sign="*"):
        """Scroll to every place of an explorer in turn and wait until `sign` is in it."""
        left = self.page.evaluate(SCROLL, [sign, 30_000])
        assert left is None, f"explorer {left} of the page is not drawn: {self.problems}"

    def explorers(self):
        """Return the drawn explorers of the page, each with its status line told."""
        found = [Figure(self, section) for section in self.page.locator("[data-explorer]").all()]
        for figure in found:
            eventually(lambda figure=figure: _full(figure.status))
        return found

    def mixer(self, label):
        """Return the explorer with this label."""
        return next(figure for figure in self.draw() if figure.label == label)


def _full(text):
    assert text, "the status line is empty"


class Figure:
    """One explorer on a page."""

    def __init__(self, visit, section):
        self.visit, self.section = visit, section
        self.kind = section.get_attribute("data-explorer")
        self.label = section.get_attribute("aria-label")

    @property
    def status(self):
        """The status line; the sentence in place of the figure where it is broken."""
        return (self.section.locator("[role=status]").first.text_content() or "").strip()

    def look(self):
        """A number for the figure once it is painted (its markup and its canvases' pixels), and the status line."""
        return self.section.evaluate(LOOK)

    def picture(self):
        """A number for the figure once it is painted, another one for any other markup or pixels."""
        return self.look()[0]

    def controls(self):
        """Return every control, hidden ones too."""
        nodes = self.section.locator("input, select, textarea, button")
        return [Control(self, nodes.nth(i), *told) for i, told in enumerate(nodes.evaluate_all(NAMES))]

    def control(self, name):
        """Return the control with this name."""
        return next(control for control in self.controls() if control.name == name)

    def put(self, values):
        """Set controls by name, as a reader's pointer would, and wait until that is painted."""
        nodes = self.section.locator("input, select, textarea, button")
        nodes.evaluate_all(PUT, [[str(name), value] for name, value in values.items()])
        self.visit.frames()

    def table(self):
        """Open the numbers and return the table's cells, row by row, header first."""
        self.section.locator("details").evaluate("(node) => { node.open = true; }")
        self.visit.frames()
        return self.section.locator("table").evaluate(
            "(table) => Array.from(table.rows, (row) => Array.from(row.cells, (cell) => cell.textContent))"
        )

    def reset(self):
        """Press Reset and wait until it is painted."""
        self.control("Reset").node.evaluate("(button) => button.click()")
        self.visit.frames()


class Control:
    """A range, box, choice or button of an explorer."""

    def __init__(self, figure, node, name, kind):
        self.figure, self.node, self.name, self.kind = figure, node, name, kind

    @property
    def visible(self):
        """Whether the reader can see it."""
        return self.node.is_visible()

    @property
    def value(self):
        """What it is set to; None for a button."""
        return self.node.evaluate("(node) => (node.type === 'checkbox' ? String(node.checked) : node.value || null)")

    def options(self):
        """Return a select's values."""
        return self.node.evaluate("(node) => Array.from(node.options ?? [], (option) => option.value)")

    def put(self, value):
        """Set it from a script, as a reader's pointer would, and wait until that is painted."""
        self.figure.put({self.name: value})

    def press(self, *keys):
        """Focus it and press keys, and nothing but keys."""
        self.node.focus()
        for key in keys:
            self.figure.visit.page.keyboard.press(key)
        self.figure.visit.frames()
