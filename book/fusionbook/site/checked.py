"""The page on how the book is checked: what the last build measured of every notebook and every page, and the tests."""

from __future__ import annotations

import ast
import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from fusionbook.site import record, sources, verdicts
from fusionbook.site.predictions import title_of

BEGIN, END = "<!-- figures of the build -->", "<!-- end of figures -->"
PLACE = f'<div class="checked">{BEGIN}{END}</div>'
PAGE = "book/appendix/how_checked"
TESTED = "tested.json"  # beside the record: what the last run of the tests was, written by tests/conftest.py
PICTURES = re.compile(r'<img(?![^>]*class="still")[^>]*\bsrc="([^"]+)"')


class Checked(Directive):
    """`checked`: where the figures of the last build go; they are known when its last page is written."""

    def run(self) -> list[nodes.Node]:
        """Leave the place."""
        return [nodes.raw("", PLACE, format="html")]


def add_directive(app: Sphinx) -> None:
    """Let pages say `checked`."""
    app.add_directive("checked", Checked)


def fill(app: Sphinx, exception: Exception | None) -> None:
    """Write the figures into the page."""
    page = Path(app.outdir) / f"{PAGE}.html"
    if exception is not None or app.builder.format != "html" or not page.exists():
        return
    head, found, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    if found:  # with the figures of an earlier build behind it, where this one did not rewrite the page
        page.write_text(f"{head}{BEGIN}{figures(app)}{END}{rest.partition(END)[2]}", encoding="utf-8")


def figures(app: Sphinx) -> str:
    """Return the figures as HTML."""
    known, rows = record.load(record.path_of(app)), []
    for docname in sorted(app.env.found_docs, key=lambda name: ("appendix" in name, name)):
        source, page = Path(app.env.doc2path(docname)), Path(app.outdir) / f"{docname}.html"
        if not sources.is_notebook(source, source.read_text(encoding="utf-8")) or not page.exists():
            continue
        took = known.get(docname, {})
        seconds = f"{took['seconds']:.0f} s" if took else "not measured"
        failed = len(verdicts.failed(app.env, docname))
        memory = f"{took['peak'] / 1e6:,.0f} MB" if took else "not measured"
        title = title_of(source) if source.suffix == ".ipynb" else "Landing page"
        rows.append([title, seconds, memory, f"{weight(page) / 1e3:,.0f} kB", str(asserts(source)), str(failed)])
    head = ["page", "ran in", "peak memory", "weight", "assertions", "did not hold"]
    built = datetime.now(UTC).strftime("%d %B %Y, %H:%M UTC").lstrip("0")
    return f"<p>This copy was built on {built}.</p>{table(head, rows)}{verdicts.listed(app.env)}{tests(app)}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a table as HTML."""
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    whole = f'<table class="table"><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="pst-scrollable-table-container">{whole}</div>'


def weight(page: Path) -> int:
    """Return the bytes of a page and its pictures, zipped as a server sends them."""
    text = page.read_text(encoding="utf-8")
    pictures = {(page.parent / source).resolve() for source in PICTURES.findall(text) if ":" not in source}
    return sum(len(gzip.compress(path.read_bytes(), 6)) for path in (page, *pictures) if path.is_file())


def asserts(source: Path) -> int:
    """Return how many assertions a page's cells hold."""
    cells = sources.code_cells(source, source.read_text(encoding="utf-8"))
    return sum(len(re.findall(r"^\s*assert\b", cell, re.MULTILINE)) for cell in cells)


def tests(app: Sphinx) -> str:
    """Return in a sentence or two what tests there are, and how their last run ended."""
    folder = Path(app.srcdir) / "tests"
    counted = sum(1 for path in folder.rglob("test_*.py") for _ in test_functions(path))
    said = f"<p>There are {counted:,} test functions; most of them run for every layer, page or explorer."
    try:
        last = json.loads((Path(app.outdir).parent / TESTED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return f"{said} They have not been run since this copy was made.</p>"
    for name, run in sorted(last.items()):
        ended = "all passed" if not run["failed"] else f"{run['failed']:,} failed"
        said += (
            f" {escape(name)}: {run['passed'] + run['failed']:,} in {run['seconds']:,.0f} s on {run['when']}, {ended}."
        )
    return f"{said}</p>"


def test_functions(path: Path) -> Iterator[str]:
    """Yield the names of a file's tests."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name
