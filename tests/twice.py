"""A pytest plugin beside nbval: what a cell returns now is what it returned when the book was built.

The build executed every notebook once and kept the results; nbval executes it again, and each cell's text, tables and
pictures are compared, all digits of them. Left out are cells with the tag `varies`: those that show seconds, and live
labs, which are a picture in the page and sliders elsewhere. A notebook that was once proved equal on this machine is
passed over until something changes that its numbers stand on; FUSIONBOOK_ALL=1 runs all of them. A run that compared
nothing fails, unless everything was proved before.
"""

import json
import os
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from jupyter_cache import get_cache

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "_build" / ".jupyter_cache"
COMPARED = ("text/plain", "text/html", "image/svg+xml")
ADDRESS = re.compile(r" at 0x[0-9a-f]+")
PROVED = ROOT / "_build" / "proved.json"  # notebook -> the key of the run that a second run has equalled
VARIES = "varies"


@cache
def record_of(path: Path):
    """Return the record of a notebook's last execution; None where the book is not built."""
    records = [one for one in get_cache(CACHE).list_cache_records() if Path(one.uri) == path] if CACHE.exists() else []
    return max(records, key=lambda one: one.created, default=None)


@cache
def built(path: Path) -> dict[str, dict]:
    """Return the cells of a notebook's last execution by their ids; none where the book is not built."""
    record = record_of(path)
    return {cell["id"]: cell for cell in get_cache(CACHE).get_cache_bundle(record.pk).nb.cells} if record else {}


def proved() -> dict[str, str]:
    """Return which runs have been equalled on this machine; none where nothing is known."""
    try:
        return {} if os.environ.get("FUSIONBOOK_ALL") == "1" else json.loads(PROVED.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def is_cell(item) -> bool:
    """Whether a test is a notebook's cell."""
    return hasattr(item, "cell") and Path(item.path).suffix == ".ipynb"


class Twice:
    """What one run of pytest has compared, counted where all workers report."""

    def __init__(self, config):
        self.config, self.passed_over, self.counts, self.failed = config, set(), {}, set()

    def pytest_collection_modifyitems(self, config, items):
        """Pass over the notebooks whose run has been equalled before."""
        known = proved()
        keys = {path: record_of(path) for path in {Path(item.path) for item in items if is_cell(item)}}
        self.passed_over = {path for path, record in keys.items() if record and known.get(path.name) == record.hashkey}
        gone = [item for item in items if is_cell(item) and Path(item.path) in self.passed_over]
        if gone:
            config.hook.pytest_deselected(items=gone)
            items[:] = [item for item in items if item not in set(gone)]

    def pytest_runtest_logreport(self, report):
        """Count what a cell's report says."""
        told = dict(report.user_properties).get("twice")
        if told:
            name, kind = told
            if report.when == "call":
                self.counts.setdefault(name, Counter())[kind] += 1
            if report.failed:
                self.failed.add(name)

    def pytest_sessionfinish(self, session, exitstatus):
        """Keep what was proved; end with an error if cells ran and none was compared."""
        if hasattr(self.config, "workerinput") or not self.counts:
            return
        if not sum(one["compared"] for one in self.counts.values()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        done = {}
        for path in (ROOT / "book").rglob("*.ipynb"):
            count = self.counts.get(path.name, Counter())
            cells = [cell for cell in built(path).values() if cell["cell_type"] == "code"]
            if count["compared"] and count.total() - count["unknown"] == len(cells) and path.name not in self.failed:
                done[path.name] = record_of(path).hashkey
        if done:
            PROVED.write_text(json.dumps(proved() | done, indent=1) + "\n", encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter):
        """Say how much was compared."""
        total = sum(self.counts.values(), Counter())
        words = f"{total['compared']} of {total.total()} cells say the same as in the build, to the last digit"
        words += f"; {total['varies']} show seconds or a lab, {total['unknown']} were not in the build"
        if self.passed_over:
            words += f"; {len(self.passed_over)} notebooks were proved before"
        terminalreporter.write_line(f"twice: {words}")
        if self.counts and not total["compared"]:
            terminalreporter.write_line("twice: nothing was compared, so this run proves nothing", red=True)


def pytest_configure(config):
    """Take part."""
    config.pluginmanager.register(Twice(config), "twice-counts")


def said(outputs) -> list[str]:
    """Return what can be compared of a cell's outputs: printed text, and every result in each of its forms."""
    printed = "".join(text(one["text"]) for one in outputs if one.get("name") == "stdout")
    shown = [text(one["data"][kind]) for one in outputs for kind in COMPARED if kind in one.get("data", {})]
    return [ADDRESS.sub(" at …", one) for one in (printed, *shown)]


def text(value) -> str:
    """Return a text that may be stored line by line."""
    return value if isinstance(value, str) else "".join(value)


def difference(first: list[str], second: list[str]) -> str | None:
    """Return the first place where two runs differ, in words; None if they say the same."""
    if len(first) != len(second):
        return f"{len(first) - 1} results in the first run, {len(second) - 1} in the second"
    for one, two in zip(first, second, strict=True):
        if one != two:
            at = next((k for k, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
            return f"first run: …{one[max(0, at - 60) : at + 60]!r}, second run: …{two[max(0, at - 60) : at + 60]!r}"
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Compare a notebook's cell with the build, once it has run."""
    if not is_cell(item):
        return (yield)
    cell = built(Path(item.path)).get(item.cell.id)
    known = cell is not None and text(cell["source"]) == text(item.cell.source)
    kind = "unknown" if not known else VARIES if VARIES in item.cell.metadata.get("tags", []) else "compared"
    item.user_properties.append(("twice", (Path(item.path).name, kind)))
    result = yield
    outputs = getattr(item, "test_outputs", None)
    if kind == "compared" and outputs is not None:
        if text(cell["source"]).rstrip().endswith(";"):  # nbval shows a result that the semicolon keeps back
            outputs = [one for one in outputs if one["output_type"] != "execute_result"]
        told = difference(said(cell["outputs"]), said(outputs))
        assert told is None, f"cell {item.cell.id} says something else the second time: {told}"
    return result
