"""What a build measures of itself: seconds and peak memory of every notebook that it ran, kept from build to build."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from sphinx.application import Sphinx

from fusionbook.site.run import Run

FILE = "record.json"  # beside the built pages' folder, in _build


def write(app: Sphinx, run: Run) -> None:
    """Write down what a notebook took."""
    path = path_of(app)
    kept = load(path)
    kept[run.docname] = {
        "seconds": round(run.seconds, 1),
        "cpu": round(run.cpu, 1),
        "peak": run.peak,
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
