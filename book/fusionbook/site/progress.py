"""A line in the terminal for each notebook: which of how many, run or taken from the cache, how long."""

from __future__ import annotations

import logging as standard_logging
import sys
import time
from pathlib import Path

from docutils.nodes import document
from jupyter_cache import get_cache
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.console import bold

from fusionbook.site import record, sources

LOGGER = logging.getLogger(__name__)
CLEAR_LINE = "\033[2K" if sys.stdout.isatty() else ""  # over Sphinx's own "reading sources" line


def count(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Count the notebooks that this build will read."""
    paths = [Path(env.doc2path(name)) for name in docnames]
    env.fusionbook_notebooks = sum(sources.is_notebook(path, path.read_text("utf8")) for path in paths)
    env.fusionbook_done = 0


def begin(app: Sphinx, docname: str, source: list[str]) -> None:
    """Say which notebook comes now, if it has to run: that can take a minute."""
    path = Path(app.env.doc2path(docname))
    if not sources.is_notebook(path, source[0]):
        return
    app.env.fusionbook_done += 1
    app.env.temp_data["fusionbook_started"] = time.time()
    # MyST-NB says the same in three lines without the count; its warnings still come through.
    standard_logging.getLogger(f"{logging.NAMESPACE}.mystnb-{docname}").setLevel(standard_logging.WARNING)
    if not _is_cached(app, path, source[0]):
        _say(app, docname, "running …")
        record.begin(app, docname)


def end(app: Sphinx, doctree: document) -> None:
    """Say how long the notebook took."""
    docname = app.env.docname
    started = app.env.temp_data.get("fusionbook_started")
    execution = getattr(app.env, "nb_metadata", {}).get(docname, {}).get("exec_data")
    if started is None or execution is None:
        return
    if execution["mtime"] >= started:
        record.end(app, docname, execution["runtime"])
        _say(app, docname, f"ran in {execution['runtime']:.1f} s")
    else:
        spent, then = time.time() - started, execution["runtime"] or 0
        _say(app, docname, f"from the cache in {spent:.1f} s (its run took {then:.1f} s)")


def _is_cached(app: Sphinx, path: Path, text: str) -> bool:
    try:
        get_cache(app.env.mystnb_config.execution_cache_path).match_cache_notebook(sources.read(path, text))
    except KeyError:
        return False
    return True


def _say(app: Sphinx, docname: str, what: str) -> None:
    env = app.env
    total = env.fusionbook_notebooks
    place = f"notebook {env.fusionbook_done:>{len(str(total))}} of {total}"
    LOGGER.info(f"{CLEAR_LINE}{bold(place)}  {docname}  {what}")
