"""From navigation to the first explorer on screen, for a page opened from disk.

Every measurement has a browser context of its own, so nothing is cached; the browser has a second to open its
window before the navigation, for that is not the page's work. The clock is the page's own, which
starts with the navigation; it is read right after the frame that shows the explorer. The page is
opened at its first explorer, as by a link to its place, so that what is timed is on screen.
"""

from playwright.sync_api import Browser

from tests.bench.pages import READY, built_pages, fresh_page, short
from tests.bench.report import Figure, spread

TIMES = 7
SETTLE = 1000  # ms
WATCH = """
addEventListener("DOMContentLoaded", () => document.querySelector(".explorer-place")?.scrollIntoView());
window.firstExplorer = new Promise((done) => {
  const watch = new MutationObserver(() => {
    if (!document.querySelector(".explorer[data-ready=true]")) return;
    watch.disconnect();
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => done(performance.now());
      channel.port2.postMessage(0);
    });
  });
  watch.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-ready"] });
});
"""


def measure(browser: Browser) -> list[Figure]:
    """Open every page that has an explorer a few times; one figure for each page."""
    figures = []
    for path in built_pages():
        if "widget-view+json" not in path.read_text(encoding="utf-8"):
            continue
        taken = spread([_open(browser, path.as_uri()) for _ in range(TIMES)])
        name = f"{short(path)}: first explorer, median of {TIMES} (max {taken['max']:.0f})"
        figures.append(Figure(name, taken["median"], "ms", "first explorer", taken))
    return figures


def _open(browser: Browser, address: str) -> float:
    with fresh_page(browser) as page:
        page.add_init_script(WATCH)
        page.wait_for_timeout(SETTLE)
        page.goto(address, wait_until="commit")
        page.locator(READY).first.wait_for()
        return page.evaluate("() => window.firstExplorer")
