"""What more than one test file needs."""

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import sync_playwright

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def built_book():
    """The built book's folder: where FUSIONBOOK_BUILT says; 1 where `make` has just built it; else it is built now."""
    build, built = ROOT / "_build", os.environ.get("FUSIONBOOK_BUILT", "")
    if built not in ("", "1"):
        return Path(built).resolve()
    if not built:
        build.mkdir(exist_ok=True)
        with FileLock(build / ".tested"):  # two workers of pytest-xdist must not build at once
            command = [Path(sys.executable).with_name("jupyter-book"), "build", ROOT, "-W", "-n", "--keep-going"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
    return build / "html"


@pytest.fixture(scope="session")
def playwright():
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright):
    """A headless Chromium or Chrome from this machine."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    assert found, f"these tests need a browser: install one of {', '.join(CHROMIUMS)}, or run `make browser`"
    running = playwright.chromium.launch(
        executable_path=found, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
    )
    yield running
    running.close()


RUNS = {  # folders, and whether notebooks are run beside them
    (("tests",), True): "The library and the notebooks",
    (("tests/browser", "tests/live"), False): "Pages and JupyterLab",
}
STARTED = time.time()


def pytest_terminal_summary(terminalreporter, config):
    """Write down how a whole run ended, for the page on how the book is checked; a run of some tests leaves no mark."""
    folders = tuple(str(Path(arg)) for arg in config.args if not arg.endswith(".ipynb"))
    name = RUNS.get((folders, len(folders) < len(config.args)))
    if name is None or config.option.keyword or hasattr(config, "workerinput") or not (ROOT / "_build").is_dir():
        return
    path = ROOT / "_build" / "tested.json"
    count = {kind: len(terminalreporter.stats.get(kind, [])) for kind in ("passed", "failed", "error")}
    run = {
        "passed": count["passed"],
        "failed": count["failed"] + count["error"],
        "seconds": round(time.time() - STARTED),
    }
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    kept[name] = run | {"when": f"{datetime.now(UTC):%d %B %Y}".lstrip("0")}
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
