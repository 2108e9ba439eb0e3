"""What a build measures of itself: seconds and peak memory of every notebook that it ran, kept from build to build."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil
from sphinx.application import Sphinx

FILE = "record.json"  # beside the built pages' folder, in _build


class Watch:
    """The most memory that the children of this process hold together, looked at twenty times a second."""

    def __init__(self) -> None:
        self.peak, self._done, self._begin = 0, threading.Event(), time.perf_counter()
        self._watcher = threading.Thread(target=self._look, daemon=True)
        self._watcher.start()

    def _look(self) -> None:
        here = psutil.Process()
        while not self._done.wait(0.05):
            held = 0
            for child in here.children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    held += child.memory_info().rss
            self.peak = max(self.peak, held)

    def stop(self) -> tuple[float, int]:
        """Stop looking; return the seconds since the start, and the peak in bytes."""
        self._done.set()
        self._watcher.join()
        return time.perf_counter() - self._begin, self.peak


def begin(app: Sphinx, docname: str) -> None:
    """Watch the notebook that runs now."""
    app.env.temp_data["fusionbook_watch"] = Watch()


def end(app: Sphinx, docname: str, seconds: float) -> None:
    """Write down what the notebook took, if it was watched."""
    watch = app.env.temp_data.pop("fusionbook_watch", None)
    if watch is None:
        return
    _, peak = watch.stop()
    path = path_of(app)
    kept = load(path)
    kept[docname] = {
        "seconds": round(seconds, 1),
        "peak": peak,
        "when": datetime.now(UTC).date().isoformat(),
    }
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def path_of(app: Sphinx) -> Path:
    """Return where the record stands: in _build, so that it goes when what was built goes."""
    return Path(app.outdir).parent / FILE


def load(path: Path) -> dict[str, dict]:
    """Return the record, page by page; an empty one where there is none or it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
