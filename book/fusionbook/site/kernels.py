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
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ[PAGE_BUILD] = "1"
    book = str(Path(app.srcdir) / "book")
    others = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path != book]
    os.environ["PYTHONPATH"] = os.pathsep.join([book, *others])
