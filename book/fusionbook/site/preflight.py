"""Whether this machine can build the book, said in one sentence before any work is done.

It imports the standard library only and is written for Python 3.6 on, because `make` also runs it as a script
with whatever `python3` is there, before the book's own environment exists.
"""

import argparse
import os
import shutil
import sys

OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 14)  # between them every pinned package can be installed
GIGABYTE = 10**9
TO_INSTALL = 4 * GIGABYTE  # the environment with torch, and pip's copies while it unpacks
TO_BUILD = GIGABYTE // 2  # the pages, and the cache of executed notebooks


def find_problem(python, free_bytes, needed_bytes, writable=True):
    """Return the sentence that says what is missing, or None when nothing is."""
    if tuple(python[:2]) < OLDEST_PYTHON:
        return (
            "The book needs Python {}.{} or newer and this is Python {}.{}: name a newer one, as in "
            "`make book PYTHON=python3.12`.".format(*(OLDEST_PYTHON + tuple(python[:2])))
        )
    if tuple(python[:2]) > NEWEST_PYTHON:
        return (
            "The book's packages are there for Python up to {}.{} and this is Python {}.{}: name an older one, as in "
            "`make book PYTHON=python3.12`.".format(*(NEWEST_PYTHON + tuple(python[:2])))
        )
    if not writable:
        return (
            "The book is built in the folder `_build` beside its sources, and this folder cannot be written to: "
            "copy it to a place where it can, and build there."
        )
    if free_bytes < needed_bytes:
        return (
            "The book needs {:.1f} GB of free disk space here and there are {:.1f} GB: free some and "
            "start again.".format(needed_bytes / GIGABYTE, free_bytes / GIGABYTE)
        )
    return None


def stop_early(folder, needed_bytes=TO_BUILD):
    """End the process with one plain sentence if the book cannot be built in `folder`."""
    built = os.path.join(str(folder), "_build")
    writable = os.access(built if os.path.isdir(built) else str(folder), os.W_OK)
    problem = find_problem(sys.version_info, shutil.disk_usage(str(folder)).free, needed_bytes, writable)
    if problem:
        raise SystemExit(problem)


def main():
    """Check the current folder, from the command line."""
    parser = argparse.ArgumentParser(description="Check that this machine can build the book.")
    parser.add_argument("--install", action="store_true", help="the environment is still to be made")
    stop_early(".", TO_INSTALL if parser.parse_args().install else TO_BUILD)


if __name__ == "__main__":
    main()
