"""One slider step in a built page: how much work until the new picture is painted.

A step is an `input` event on a range control, as a drag or an arrow key makes it. The work for it falls into two
parts of the main thread: the event's listeners, and the frame that follows, from its first animation callback
(the explorer's redraw) through style, layout and paint until its result has been handed to the compositor. A
message posted from the last animation callback is handled right after that. The sum of both is the work per
step; the wait for the display's next refresh between them is left out, as it depends on when in a refresh the
event happens to fall. If the work stays below one refresh (16.7 ms at 60 Hz), the next refresh shows the step.
`wall` is the whole time, waiting included, as the clock on the wall has it. All steps count, the first too.
"""

from collections import defaultdict

from playwright.sync_api import Browser, Locator

from tests.bench.pages import READY, built_pages, fresh_page, short
from tests.bench.report import Figure, spread

STEPS = 60
MEASURE = """async (input, steps) => {
  const channel = new MessageChannel(), low = Number(input.min), stride = Number(input.step) || 1;
  const stops = Math.round((Number(input.max) - low) / stride), jump = Math.max(1, Math.round(stops / 30));
  const step = (value) => new Promise((done) => {
    let frame, heard;
    requestAnimationFrame(() => { frame = performance.now(); });
    const start = performance.now();
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    heard = performance.now();
    requestAnimationFrame(() => {
      channel.port1.onmessage = () => {
        const end = performance.now();
        done({ work: heard - start + (end - frame), wall: end - start });
      };
      channel.port2.postMessage(0);
    });
  });
  const taken = [];
  for (let k = 1, at = Math.round((Number(input.value) - low) / stride), way = 1; k <= steps; k++) {
    if (at + way * jump > stops || at + way * jump < 0) way = -way;
    at = Math.max(0, Math.min(stops, at + way * jump));
    taken.push(await step(low + at * stride));
    await new Promise(requestAnimationFrame);
  }
  return taken;
}"""


def measure(browser: Browser) -> list[Figure]:
    """Step every range control of every explorer of every page; one figure for each explorer."""
    figures = []
    for path in built_pages():
        with fresh_page(browser) as page:
            page.goto(path.as_uri())
            for place in page.locator(".explorer-place").all():
                place.scroll_into_view_if_needed()
                place.locator(READY).wait_for()
                figures.append(_figure(short(path), place.locator(".explorer")))
    return figures


def _figure(page: str, explorer: Locator) -> Figure:
    label, times = explorer.get_attribute("aria-label"), _step_all(explorer)
    name = f"{page}: {label}"
    if not times:
        return Figure(f"{name} (no slider)", float("nan"), "ms")
    work = spread([step["work"] for steps in times.values() for step in steps])
    controls = {
        control: {kind: spread([step[kind] for step in steps]) for kind in ("work", "wall")}
        for control, steps in times.items()
    }
    worst = max(controls.values(), key=lambda both: both["work"]["p95"])["work"]["p95"]
    detail = {
        "work": work,
        "controls": controls,
        "wall": spread([s["wall"] for steps in times.values() for s in steps]),
    }
    return Figure(f"{name} (median {work['median']:.1f})", worst, "ms", "slider step", detail)


def _step_all(explorer: Locator) -> dict[str, list[dict]]:
    """Step each slider; one that is hidden is brought out by the choice that shows it."""
    times = defaultdict(list)
    sliders = explorer.locator("input[type=range]").all()

    def step_visible():
        for number, slider in enumerate(sliders):
            name = f"{number + 1} {slider.evaluate('s => s.labels[0].firstElementChild.textContent')}"
            if name not in times and slider.is_visible():
                times[name] = slider.evaluate(MEASURE, STEPS)

    step_visible()
    for choice in explorer.locator("select").all():
        if not choice.is_visible():  # it stands in a part of the card that another choice shows
            continue
        first = choice.input_value()
        for option in choice.locator("option").all():
            choice.select_option(option.get_attribute("value"))
            step_visible()
        choice.select_option(first)
    return times
