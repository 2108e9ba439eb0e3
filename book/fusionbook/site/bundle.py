"""A zip of all that it takes to run the notebooks, beside the pages: download, unpack, run."""

from __future__ import annotations

import zipfile
from pathlib import Path

from sphinx.application import Sphinx

NAME = "fusion-you-can-see.zip"
TOP = "fusion-you-can-see"
FILES = ("README.md", "LICENSE", "Makefile", "requirements.txt", "pyproject.toml", "_config.yml", "_toc.yml")
LEFT_OUT = {"__pycache__", ".ipynb_checkpoints"}
WHEN = (2026, 1, 1, 0, 0, 0)  # one date for all, so that the same files make the same zip


def members(root: Path) -> list[Path]:
    """Return the files of the bundle: the book with its package and data, and what installs and builds it."""
    book = [path for path in (root / "book").rglob("*") if path.is_file()]
    book = [path for path in book if not LEFT_OUT & set(path.parts) and not path.name.startswith(".")]
    return sorted([*(root / name for name in FILES if (root / name).is_file()), *book])


def write(root: Path, target: Path) -> None:
    """Write the bundle of the book at `root`."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in members(root):
            entry = zipfile.ZipInfo(f"{TOP}/{path.relative_to(root).as_posix()}", WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            bundle.writestr(entry, path.read_bytes())


def add(app: Sphinx, exception: Exception | None) -> None:
    """Put the bundle beside the pages."""
    if exception is None and app.builder.format == "html":
        write(Path(app.srcdir), Path(app.outdir) / NAME)
