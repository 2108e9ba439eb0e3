"""What more than one test file needs."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def built_book():
    """The built book's folder: `make test` has just built it; else it is brought up to date first."""
    build = ROOT / "_build"
    if os.environ.get("FUSIONBOOK_BUILT") != "1":
        build.mkdir(exist_ok=True)
        with (build / ".lock").open("w") as lock:  # two workers of pytest-xdist must not build at once
            fcntl.flock(lock, fcntl.LOCK_EX)
            command = [
                Path(sys.executable).with_name("jupyter-book"),
                "build",
                ROOT,
                "-W",
                "-n",
                "--keep-going",
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
    return build / "html"
