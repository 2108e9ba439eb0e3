"""One build at a time: a second one in the same folder waits, since both would write the same files."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
FILE = ".building"  # in _build; the lock is the operating system's, so it goes with the build that holds it
_locks: dict[Path, FileLock] = {}


def begin(app: Sphinx, config: Config) -> None:
    """Take the folder's lock, or wait for it and say so."""
    path = Path(app.outdir).parent / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        LOGGER.info("Another build is at work in this folder: this one waits until it has ended.")
        lock.acquire()
    _locks[path] = lock


def end(app: Sphinx, exception: Exception | None) -> None:
    """Give the lock back."""
    lock = _locks.pop(Path(app.outdir).parent / FILE, None)
    if lock is not None:
        lock.release()
