"""Writes the repository's address into every notebook's first cell: `make address`, once, after publishing.

A notebook opened on its own, in Colab say, has no package beside it. Its first cell fetches the package from this
address; anywhere else that cell does nothing.
"""

import re
import sys
from pathlib import Path

from fusionbook.site.remote import repository_of

LINE = re.compile(r'REPOSITORY = \\"[^"\\\\]*\\"')  # as it stands in the notebook's JSON


def stamp(text: str, url: str) -> str:
    """Return a notebook's text with the address in its first cell; ValueError if that cell is not there."""
    stamped, found = LINE.subn(lambda _: f'REPOSITORY = \\"{url}\\"', text)
    if found != 1:
        raise ValueError(f"text has {found} lines REPOSITORY = ...: a notebook needs exactly one, in its first cell")
    return stamped


def main(root: Path) -> None:
    """Stamp all notebooks of the book at `root`."""
    repository = repository_of(root)
    if repository is None:
        sys.exit("This checkout has no public git remote named origin, so there is no address to write.")
    for notebook in sorted((root / "book").glob("**/*.ipynb")):
        if ".ipynb_checkpoints" not in notebook.parts:
            notebook.write_text(stamp(notebook.read_text(encoding="utf-8"), repository.url), encoding="utf-8")
    print(f"Every notebook now fetches the package from {repository.url} where it is opened on its own.")


if __name__ == "__main__":
    main(Path(__file__).resolve().parents[3])
