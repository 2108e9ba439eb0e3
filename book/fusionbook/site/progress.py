"""A line in the terminal for each notebook that a build takes from the cache; one that runs has a line of its own."""

from __future__ import annotations

import logging as standard_logging
import time

from docutils.nodes import document
from sphinx.application import Sphinx
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)


def begin(app: Sphinx, docname: str, source: list[str]) -> None:
    """Note when a page is begun."""
    app.env.temp_data["fusionbook_started"] = time.time()
    # MyST-NB says in three lines what stands here in one; its warnings still come through.
    standard_logging.getLogger(f"{logging.NAMESPACE}.mystnb-{docname}").setLevel(standard_logging.WARNING)


def end(app: Sphinx, doctree: document) -> None:
    """Say how long the page took, and how long its notebook ran, back then."""
    docname = app.env.docname
    execution = getattr(app.env, "nb_metadata", {}).get(docname, {}).get("exec_data")
    if execution is not None and docname not in app.env.fusionbook_ran:
        spent, then = time.time() - app.env.temp_data["fusionbook_started"], execution["runtime"] or 0
        LOGGER.info(f"{docname}  from the cache in {spent:.1f} s (its run took {then:.1f} s)")
