"""Every notebook executed from start to end as the build does it: processor seconds, and the most memory it held."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from fusionbook.site import kernels, sources
from fusionbook.site.run import Run

from tests.bench.pages import ROOT
from tests.bench.report import Figure

BOOK = ROOT / "book"


def measure() -> list[Figure]:
    """Execute each notebook by itself: processor seconds with their bar, memory without."""
    figures = []
    for path in sources.notebooks(BOOK):
        name, run = str(path.relative_to(BOOK).with_suffix("")), _execute(path)
        detail = {"seconds": round(run.seconds, 1), "broken": run.broken}
        bar = "long notebook" if path.stem == "12_credit_risk" else "notebook"
        cpu = float("nan") if run.broken else run.cpu
        figures += [
            Figure(f"{name}: processor time", cpu, "s", bar, detail),
            Figure(f"{name}: peak memory of its kernel", run.peak / 1e6, "MB"),
        ]
    return figures


def _execute(path: Path) -> Run:
    run = Run(path.stem, path, nbformat.read(path, as_version=4), environment=os.environ | kernels.environment(ROOT))
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(run, 900)
        while not ended.done():
            run.watch()
    return ended.result()
