"""Stale notebooks run before Sphinx reads a page, as many at a time as there are cores; Sphinx finds them in the cache.

Each is kept as soon as it has run: a build that was interrupted, or stopped by one notebook, goes on from there.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, nullcontext
from pathlib import Path

import psutil
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.console import bold

from fusionbook.site import cache, digests, record, sources, stale
from fusionbook.site.forked import server_for
from fusionbook.site.run import Run, claims, to_run

LOGGER = logging.getLogger(__name__)
WORKERS = "FUSIONBOOK_WORKERS"  # how many notebooks at a time; the environment may say it
MOST, NEEDED = 4, 1.3e9  # at a time; bytes for a notebook's kernel
UNKNOWN = 30.0  # seconds that a notebook is taken to need before it has ever run here


def run_stale(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Run the notebooks among the pages that Sphinx is about to read, those that the cache does not know."""
    kept = cache.open_cache(app)
    found = (_job(app, env, docname) for docname in docnames)
    jobs = [job for job in found if job is not None and not _has_run(kept, job)]
    env.fusionbook_ran = {job.docname for job in jobs}
    if jobs:
        known = {name: took["seconds"] for name, took in record.load(record.path_of(app)).items()}
        jobs.sort(key=lambda job: -known.get(job.docname, UNKNOWN))  # the longest first: none is waited for alone
        Runs(app, jobs, known, workers(len(jobs)), lambda job: _keep(app, kept, job)).go()


def workers(jobs: int) -> int:
    """Return how many notebooks run at a time: one a core, at most four, as far as memory goes."""
    if (asked := os.environ.get(WORKERS, "")).isdecimal() and int(asked):
        return min(int(asked), jobs)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    free = psutil.virtual_memory().available
    if free < NEEDED:
        LOGGER.info(f"{free / 1e9:.1f} GB of memory are free and a notebook takes up to {NEEDED / 1e9:.1f}: one at a "
                    "time; one whose kernel dies says so in its page, and the others are whole.")  # fmt: skip
    return max(1, min(cores, MOST, int(free // NEEDED), jobs))


class Runs:
    """Notebooks that run side by side, and the lines in the terminal that tell of them."""

    def __init__(self, app: Sphinx, jobs: list[Run], known: dict[str, float], size: int, keep):
        self.app, self.jobs, self.known, self.size, self.keep = app, jobs, known, size, keep
        self.timeout = app.env.mystnb_config.execution_timeout
        self.done, self.begin = 0, time.monotonic()

    def go(self) -> None:
        """Run them all; a page is kept as soon as its notebook has run."""
        times = f", {self.size} at a time" if self.size > 1 else ""
        left = sum(self._expected(job) for job in self.jobs) / self.size
        LOGGER.info(bold(f"running {_count(self.jobs)}{times}: about {_duration(left)}"))
        server = server_for(self._shared_imports(), dict(os.environ))
        for job in self.jobs:
            job.server = server
        with ThreadPoolExecutor(self.size) as pool, closing(server) if server else nullcontext():
            futures = {pool.submit(job, self.timeout): job for job in self.jobs}
            try:
                self._wait(futures)
            except BaseException:
                self._stop(futures)
                raise

    def _shared_imports(self) -> set[str]:
        """Return the packages that at least two of the notebooks import, whether or not by way of the library."""
        book = Path(self.app.srcdir) / "book"
        found = Counter()
        for job in self.jobs:
            cells = [cell.source for cell in job.notebook.cells if cell.cell_type == "code"]
            found.update(digests.find_packages(cells, job.path.parent, book))
        return {name for name, count in found.items() if count > 1}

    def _wait(self, futures: dict[Future, Run]) -> None:
        left = set(futures)
        while left:
            ended, left = wait(left, timeout=0.1, return_when=FIRST_COMPLETED)
            for future in left:
                futures[future].watch()
            for future in ended:
                future.result()  # an error of ours is an error of the build
                self.keep(futures[future])
                self._say(futures[future], [futures[one] for one in left])

    def _stop(self, futures: dict[Future, Run]) -> None:
        for future, job in futures.items():
            future.cancel()
            job.kill()
        LOGGER.info(f"Stopped. {self.done} of {_count(self.jobs)} have run and are kept: the same command goes on "
                    "from here.")  # fmt: skip

    def _say(self, job: Run, left: list[Run]) -> None:
        self.done += 1
        total = len(self.jobs)
        place = f"notebook {self.done:>{len(str(total))}} of {total}"
        ended = f"broke after {job.seconds:.1f} s" if job.broken else f"ran in {job.seconds:.1f} s"
        rest = sum(self._expected(one) for one in left) / min(self.size, max(1, len(left)))
        more = f", {len(left)} left, about {_duration(rest)}" if left else ""
        LOGGER.info(f"{bold(place)}  {job.docname}  {ended}{more}")

    def _expected(self, job: Run) -> float:
        return max(self.known.get(job.docname, UNKNOWN) - job.cpu, 1.0)


def _count(jobs: list[Run]) -> str:
    return f"{len(jobs)} notebook{'s' if len(jobs) != 1 else ''}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _job(app: Sphinx, env: BuildEnvironment, docname: str) -> Run | None:
    path = Path(env.doc2path(docname))
    text = path.read_text(encoding="utf-8")
    if not sources.is_notebook(path, text):
        return None
    return to_run(docname, path, stale.stamped(app, path, text)[0])


def _has_run(kept, job: Run) -> bool:
    record = cache.find(kept, job.notebook)
    return record is not None and not record.data.get("broken")


def _keep(app: Sphinx, kept, job: Run) -> None:
    told = {"execution_seconds": job.seconds, "claims": claims(job.notebook), "broken": job.broken}
    cache.keep(kept, job.path, job.notebook, told)
    record.write(app, job)
