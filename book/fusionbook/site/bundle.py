"""A zip of all that it takes to run the notebooks, beside the pages: download, unpack, run."""

from __future__ import annotations

import zipfile
from pathlib import Path

from sphinx.application import Sphinx

NAME = "fusion-you-can-see.zip"
TOP = "fusion-you-can-see"
FILES = (
    *("README.md", "CONTRIBUTING.md", "LICENSE", "Makefile"),
    *("requirements.txt", "pyproject.toml", "_config.yml", "_toc.yml"),
)
FOLDERS = ("book", "tests", "binder")
WHEN = (2026, 1, 1, 0, 0, 0)  # one date for all, so that the same files make the same zip


def members(root: Path) -> list[Path]:
    """Return the files of the bundle: the book with package and data, its tests, and what installs and builds it."""
    inside = [path for name in FOLDERS for path in (root / name).rglob("*") if path.is_file()]
    inside = [path for path in inside if not any(map(is_left_out, path.relative_to(root).parts))]
    return sorted([*(root / name for name in FILES if (root / name).is_file()), *inside])


def is_left_out(name: str) -> bool:
    """Whether a file or folder of this name is somebody's cache or an editor's own."""
    return name.startswith(".") or name in {"__pycache__", "runs.txt"} or name.endswith(".egg-info")


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
