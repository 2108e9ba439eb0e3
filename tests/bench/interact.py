"""`ipywidgets.interact` over a seaborn 8×8 heatmap in JupyterLab: what an explorer is compared with."""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from tests.bench.report import Figure, spread
from tests.live.real_jupyter import served, write_notebook

STEPS = 15
CELL = """import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from ipywidgets import interact

scores = np.random.default_rng(0).normal(size=(8, 8))

@interact(temperature=(0.1, 3.0, 0.1))
def show(temperature=1.0):
    weights = np.exp(scores / temperature)
    sns.heatmap(weights / weights.sum(1, keepdims=True), vmin=0, vmax=1)
    plt.show()"""
IMAGE = ".jp-OutputArea-output img"
ARM = """selector => {
  const before = document.querySelector(selector).src;
  let start;
  addEventListener("keydown", (event) => { start = event.timeStamp; }, { capture: true, once: true });
  window.seen = new Promise((done) => {
    const look = new MutationObserver(async () => {
      const image = document.querySelector(selector);
      if (!image || image.src === before) return;
      look.disconnect();
      await image.decode();
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => done(performance.now() - start);
        channel.port2.postMessage(0);
      });
    });
    look.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["src"] });
  });
}"""


def measure(browser: Browser) -> list[Figure]:
    """Press an arrow key on the slider, wait for the new image, and again; from key to painted image."""
    with tempfile.TemporaryDirectory() as home, served("lab", Path(home)) as server:
        write_notebook(server.folder / "interact.ipynb", [CELL, "pass"])
        with server.open(browser, "interact.ipynb") as notebook:
            notebook.run_all()
            page = notebook.page
            page.locator(IMAGE).wait_for()
            times = []
            for _ in range(STEPS):
                page.evaluate(ARM, IMAGE)
                page.locator(".jp-OutputArea-output [role=slider]").press("ArrowRight")
                times.append(page.evaluate("() => window.seen"))
    taken = spread(times)
    return [
        Figure(
            f"interact + seaborn 8×8 in JupyterLab, median (p95 {taken['p95']:.0f})", taken["median"], "ms", None, taken
        )
    ]
