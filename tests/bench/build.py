"""`make book` when nothing has changed."""

import subprocess
import time

from tests.bench.pages import ROOT
from tests.bench.report import Figure, spread

TIMES = 3


def measure() -> list[Figure]:
    """Build once, so that everything is up to date, then time it."""
    times = [_build() for _ in range(1 + TIMES)]
    taken = spread(times[1:]) | {"first": round(times[0], 2)}
    return [Figure(f"make book, nothing changed, median of {TIMES}", taken["median"], "s", "warm build", taken)]


def _build() -> float:
    start = time.perf_counter()
    subprocess.run(["make", "book"], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start
