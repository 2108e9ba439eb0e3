"""What the notebooks' kernels inherit from the build."""

from __future__ import annotations

import os
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from fusionbook.live import PAGE_BUILD


def prepare(app: Sphinx, config: Config) -> None:
    """Tell kernels that a page is being built, and where `fusionbook` is.

    A notebook runs in its own folder, and only `book/` itself holds the package: the appendix needs the path.
    PyTorch gets one thread unless the caller says otherwise: for the book's small networks that takes hardly longer
    on an idle machine, and a tenth of the time on a busy one, where threads wait for one another.
    """
    os.environ.update(environment(Path(app.srcdir)))


def environment(root: Path) -> dict[str, str]:
    """Return what the kernels of the book at `root` find in their environment, beside what is there."""
    book = str(root / "book")
    others = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path != book]
    return {
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
        PAGE_BUILD: "1",
        "PYTHONPATH": os.pathsep.join([book, *others]),
    }
