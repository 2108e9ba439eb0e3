"""The execution cache: opened, asked and written at one place, so that a damaged or a foreign one costs a sentence."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from pathlib import Path

import jupyter_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.db import NbCacheRecord
from jupyter_cache.cache.main import JupyterCacheBase
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util import logging
from sqlalchemy.exc import SQLAlchemyError

LOGGER = logging.getLogger(__name__)
FULL = "The disk is full. What has run is kept: free some space, and the same command goes on from here."


class StoppedError(SphinxError):
    """A build that cannot go on, in a sentence."""

    category = "The build stopped"


def open_cache(app: Sphinx) -> JupyterCacheBase:
    """Return the cache of this build; one that another version wrote, or that is damaged, is begun anew."""
    path = Path(app.env.mystnb_config.execution_cache_path)
    cache = jupyter_cache.get_cache(path)
    written = cache.get_version()
    if path.exists() and written not in (None, jupyter_cache.__version__):
        return _anew(path, f"was written by jupyter-cache {written}, and this is {jupyter_cache.__version__}")
    try:
        cache.list_cache_records()
    except (RuntimeError, SQLAlchemyError, sqlite3.Error):
        return _anew(path, "is damaged")
    return cache


def _anew(path: Path, why: str) -> JupyterCacheBase:
    LOGGER.info(f"The cache of executed notebooks {why}: it is begun anew, and every notebook runs.")
    shutil.rmtree(path)
    return jupyter_cache.get_cache(path)


def find(cache: JupyterCacheBase, notebook: NotebookNode) -> NbCacheRecord | None:
    """Return the record of a notebook's run, if there is one and its file is still there."""
    try:
        record = cache.match_cache_notebook(notebook)
        cache.get_cache_bundle(record.pk)
    except (KeyError, OSError, ValueError):
        return None
    return record


def keep(cache: JupyterCacheBase, path: Path, notebook: NotebookNode, told: dict) -> None:
    """Write a run down.

    Raises:
        StoppedError: if the disk is full.
    """
    bundle = CacheBundleIn(notebook, str(path), data=told)
    try:
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    except (OSError, SQLAlchemyError, RuntimeError) as error:
        if getattr(error, "errno", None) == errno.ENOSPC or "disk is full" in f"{error} {error.__cause__}":
            raise StoppedError(FULL) from error
        raise
