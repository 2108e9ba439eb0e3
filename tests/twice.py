"""A pytest plugin beside nbval: what a cell returns now is what it returned when the book was built.

The build executed every notebook once and kept the results; nbval executes it again, and each cell's text, tables and
pictures are compared, all digits of them. Left out are cells that call a clock, and live labs, which are a picture
in the page and sliders elsewhere. So every run of the tests executes every notebook twice and holds that both say
the same.
"""

import re
from functools import cache
from pathlib import Path

import pytest
from jupyter_cache import get_cache

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "_build" / ".jupyter_cache"
COMPARED = ("text/plain", "text/html", "image/svg+xml")
MEMORY = re.compile(r" at 0x[0-9a-f]+")
NEVER_ALIKE = re.compile(r"\bseconds\b|perf_counter|\btime\.|\bclock\(|^@live\(", re.MULTILINE)


@cache
def built(path: Path) -> dict[str, dict]:
    """Return the cells of a notebook's last execution by their ids; none where the book is not built."""
    if not CACHE.exists():
        return {}
    kept = get_cache(CACHE)
    records = [record for record in kept.list_cache_records() if Path(record.uri) == path]
    if not records:
        return {}
    last = max(records, key=lambda record: record.created)
    return {cell["id"]: cell for cell in kept.get_cache_bundle(last.pk).nb.cells}


def said(outputs) -> list[str]:
    """Return what can be compared of a cell's outputs: printed text, and every result in each of its forms."""
    printed = "".join(text(one["text"]) for one in outputs if one.get("name") == "stdout")
    shown = [text(one["data"][kind]) for one in outputs for kind in COMPARED if kind in one.get("data", {})]
    return [MEMORY.sub(" at …", one) for one in (printed, *shown)]


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
    result = yield
    outputs = getattr(item, "test_outputs", None)
    if outputs is None:
        return result
    cell = built(Path(item.path)).get(item.cell.id)
    if cell is not None and text(cell["source"]) == text(item.cell.source) and not NEVER_ALIKE.search(item.cell.source):
        if text(cell["source"]).rstrip().endswith(";"):  # nbval shows a result that the semicolon keeps back
            outputs = [one for one in outputs if one["output_type"] != "execute_result"]
        told = difference(said(cell["outputs"]), said(outputs))
        assert told is None, f"cell {item.cell.id} says something else the second time: {told}"
    return result
