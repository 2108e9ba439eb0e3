"""Notebooks as Sphinx hands them over: text, either `.ipynb` or MyST Markdown."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import nbformat
import yaml
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from nbformat import NotebookNode

DIGEST_KEY = "fusionbook_digest"
FENCE = "---"


def is_notebook(path: Path, text: str) -> bool:
    """Say whether this page executes."""
    return path.suffix == ".ipynb" or (path.suffix == ".md" and is_myst_markdown_notebook(text))


@lru_cache(maxsize=256)
def read(path: Path, text: str) -> NotebookNode:
    """Parse a notebook of either form. Its pages are few and each is asked for often: keep them."""
    if path.suffix == ".ipynb":
        return nbformat.reads(text, as_version=4)
    return read_myst_markdown_notebook(text)


def code_cells(path: Path, text: str) -> tuple[str, ...]:
    """Return the source of each code cell."""
    return tuple(cell.source for cell in read(path, text).cells if cell.cell_type == "code")


def words(path: Path) -> list[str]:
    """Return the Markdown cells of a notebook file, in their order."""
    cells = read(path, path.read_text(encoding="utf-8")).cells
    return [cell.source for cell in cells if cell.cell_type == "markdown"]


def notebooks(book: Path) -> list[Path]:
    """Return the chapters in their order, then the notebooks of the appendix."""
    return [*sorted(book.glob("[0-9]*.ipynb")), *sorted((book / "appendix").glob("*.ipynb"))]


def with_digest(path: Path, text: str, digest: str) -> str:
    """Return the notebook's text with `digest` in its kernelspec, the one metadata that the cache hashes."""
    if path.suffix == ".ipynb":
        notebook = json.loads(text)
        _put(notebook.setdefault("metadata", {}), digest)
        return json.dumps(notebook, ensure_ascii=False)
    lines = text.splitlines()
    end = next(i for i, line in enumerate(lines) if i and line.startswith((FENCE, "...")))
    metadata = yaml.safe_load("\n".join(lines[1:end]))
    _put(metadata, digest)
    # JSON is YAML on one line; blank lines keep every later line at its number, which warnings name.
    front = [json.dumps(metadata, ensure_ascii=False, default=str)] + [""] * (end - 2)
    return "\n".join([FENCE, *front, FENCE, *lines[end + 1 :]]) + "\n"


def _put(metadata: dict, digest: str) -> None:
    kernel = metadata.setdefault("kernelspec", {})
    kernel.setdefault("name", "python3")
    kernel.setdefault("display_name", "Python 3")
    kernel[DIGEST_KEY] = digest
