"""Measure what the book promises: `python -m tests.bench [--only slider,weight]`, on a built book.

Prints a table and writes it to _build/bench.json, where parts measured earlier stay until they are measured
again. A missed bar is said plainly, and is no error: times depend on the machine and on what else it does. So beside
each time stands what it is in units, one unit being a fixed training measured in the same run; those compare.
"""

import argparse
import json
import os
import platform
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.pages import ROOT, chromium

sys.path.insert(0, str(ROOT / "book"))  # as the notebooks have it
from tests.bench import build, interact, notebooks, ready, slider, training, weight
from tests.bench.report import lines
from tests.bench.unit import seconds as unit_seconds

OUTPUT = ROOT / "_build" / "bench.json"
PARTS = {  # name -> (title, what measures it, whether it takes a browser)
    "slider": ("Slider step to new picture: work on the main thread, p95 of the slowest slider", slider.measure, True),
    "interact": ("Beside it, from key to new picture", interact.measure, True),
    "ready": ("First explorer after navigation, from disk, nothing cached", ready.measure, True),
    "weight": ("Weight of each page, gzipped", weight.measure, True),
    "training": ("Many seeds at once", training.measure, False),
    "notebooks": ("Notebooks executed", notebooks.measure, False),
    "build": ("Warm build", build.measure, False),
}


def main():
    """Measure the parts asked for; print and keep the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--only", help=f"some of {','.join(PARTS)}", default=",".join(PARTS))
    chosen = parser.parse_args().only.split(",")
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"--only got {sorted(unknown)}: it takes some of {list(PARTS)}")
    record = json.loads(OUTPUT.read_text(encoding="utf-8")) if OUTPUT.exists() else {}
    missed = []
    for name in chosen:
        record[name], figures = _measured(name)
        missed += [figure.what for figure in figures if figure.holds is False]
        print("\n".join(lines(PARTS[name][0], figures)), flush=True)
        OUTPUT.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"\n{len(missed)} missed: {'; '.join(missed)}" if missed else "\nEvery bar holds.")
    print(f"load now {_load()}; all figures are in {OUTPUT.relative_to(ROOT)}")


def _measured(name: str) -> tuple[dict, list]:
    _, measure, takes_browser = PARTS[name]
    before, unit = _load(), min(unit_seconds() for _ in range(3))
    if takes_browser:
        with chromium() as browser:
            figures, version = measure(browser), browser.version
    else:
        figures, version = measure(), None
    figures = [replace(figure, unit_seconds=round(unit, 3)) for figure in figures]
    about = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "load before": before, "load after": _load()}
    about |= {"machine": f"{platform.machine()}, {os.cpu_count()} cores", "python": platform.python_version()}
    return about | {"browser": version, "figures": [figure.record() for figure in figures]}, figures


def _load() -> str:
    load = Path("/proc/loadavg")
    return load.read_text().strip() if load.exists() else ""


main()
