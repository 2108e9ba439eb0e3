"""Every notebook executed from start to end: seconds, and the most memory its kernel and its children held."""

import contextlib
import os
import subprocess
import threading
import time
from pathlib import Path

import nbformat
import psutil
from myst_nb.core.read import read_myst_markdown_notebook
from nbclient import NotebookClient

from tests.bench.pages import ROOT
from tests.bench.report import Figure

BOOK = ROOT / "book"


def measure() -> list[Figure]:
    """Execute each notebook in its own folder, as the build does: seconds with their bar, memory without."""
    figures = []
    for path in _notebooks():
        name = str(path.relative_to(BOOK).with_suffix(""))
        seconds, peak, slowest = _execute(path)
        figures += [
            Figure(f"{name}: executed", seconds, "s", "notebook", {"slowest cells": slowest}),
            Figure(f"{name}: peak memory of its kernel", peak / 1e6, "MB"),
        ]
    return figures


def _notebooks() -> list[Path]:
    pages = [path for path in BOOK.rglob("*.md") if "file_format: mystnb" in path.read_text(encoding="utf-8")[:300]]
    return sorted([*BOOK.glob("*.ipynb"), *(BOOK / "appendix").glob("*.ipynb"), *pages])


def _execute(path: Path) -> tuple[float, float, dict[str, float]]:
    if path.suffix == ".md":
        notebook = read_myst_markdown_notebook(path.read_text(encoding="utf-8"))
    else:
        notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", resources=place)
    environment = os.environ | {"PYTHONPATH": str(BOOK), "FUSIONBOOK_BUILD": "1"}
    slowest, seconds, start = {}, {}, time.perf_counter()
    client.on_cell_execute = lambda cell, cell_index: seconds.update({cell_index: time.perf_counter()})
    client.on_cell_executed = lambda cell, cell_index, execute_reply: seconds.update(
        {cell_index: time.perf_counter() - seconds[cell_index]}
    )
    with client.setup_kernel(env=environment, stderr=subprocess.DEVNULL), _watched(client.km.provisioner.pid) as peak:
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
    for index in sorted(seconds, key=seconds.get, reverse=True)[:5]:
        slowest[f"{index}: {notebook.cells[index].source.strip().splitlines()[0]}"] = round(seconds[index], 2)
    return time.perf_counter() - start, peak[0], slowest


@contextlib.contextmanager
def _watched(pid: int):
    """Yield a list whose one entry is the most resident memory, in bytes, that the process tree has held."""
    peak, done = [0], threading.Event()

    def look():
        kernel = psutil.Process(pid)
        while not done.wait(0.05):
            with contextlib.suppress(psutil.NoSuchProcess):
                tree = [kernel, *kernel.children(recursive=True)]
                peak[0] = max(peak[0], sum(process.memory_info().rss for process in tree))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()
