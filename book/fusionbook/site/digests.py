"""Which files a notebook's numbers stand on, and one digest of them all.

Nothing is imported or run: imports are followed through the syntax tree. A digest depends on the files' names
and contents only, so an edit that is reverted gives the old digest back, and the cache serves the old result.
"""

from __future__ import annotations

import ast
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

# A line that IPython takes for itself; its indentation stays, so that the block around it still parses.
MAGIC_LINE = re.compile(r"^([ \t]*)[%!].*$", re.MULTILINE)
FILE_NAME = re.compile(r"[\w./-]{1,200}\.\w{1,8}")
SCRIPT_IMPORT = re.compile(r"""from\s+["'](\./[\w./-]+)["']""")


@dataclass(frozen=True)
class References:
    """What one piece of Python names: modules as `(level, dotted name)`, and strings that look like files."""

    modules: frozenset[tuple[int, str]] = frozenset()
    files: frozenset[str] = frozenset()


@lru_cache(maxsize=1024)
def find_references(source: str) -> References | None:
    """Return what `source` names, or None when it is not Python."""
    try:
        tree = ast.parse(MAGIC_LINE.sub(r"\1pass", source))
    except SyntaxError:
        return None
    modules, files = set(), set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                modules |= {(0, alias.name) for alias in names}
            case ast.ImportFrom(module=module, names=names, level=level):
                inside = {f"{module or ''}.{alias.name}".strip(".") for alias in names}
                modules |= {(level, name) for name in inside | {module or ""}}
            case ast.Constant(value=str(text)) if FILE_NAME.fullmatch(text):
                files.add(text)
    return References(frozenset(modules), frozenset(files))


def find_dependencies(cells: Iterable[str], folder: Path, book: Path) -> set[Path]:
    """Return every file of the package in `book` that the code `cells`, run in `folder`, depend on.

    Other files that a cell names do not count: it may be the cell that writes them.
    """
    package = book / "fusionbook"
    found: set[Path] = set()
    named = {path for cell in cells for path in _named_by_python(cell, folder, book)}
    waiting = [path for path in named if path.is_relative_to(package)]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _named_by_file(path, book)
    return found


def find_packages(cells: Iterable[str], folder: Path, book: Path) -> set[str]:
    """Return the modules from outside the package that this code imports, by itself or through files of the package."""
    files = (path.read_text("utf8") for path in find_dependencies(cells, folder, book) if path.suffix == ".py")
    named = [find_references(source) or References() for source in (*cells, *files)]
    names = {name for references in named for level, name in references.modules if not level}
    return {name for name in names if _is_installed(name.partition(".")[0])}


@lru_cache(maxsize=256)
def _is_installed(name: str) -> bool:
    return name not in {"fusionbook", *sys.stdlib_module_names} and find_spec(name) is not None


def digest(files: Iterable[Path], root: Path) -> str:
    """Return one digest of the files' contents and of their places under `root`."""
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(path.relative_to(root).as_posix().encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:20]


def _named_by_file(path: Path, book: Path) -> Iterator[Path]:
    if path.suffix == ".py":
        yield from _named_by_python(path.read_text("utf8"), path.parent, book)
        yield from (twin for suffix in (".js", ".css") if (twin := path.with_suffix(suffix)).is_file())
    elif path.suffix == ".js":
        yield from _existing(SCRIPT_IMPORT.findall(path.read_text("utf8")), path.parent)


def _named_by_python(source: str, folder: Path, book: Path) -> Iterator[Path]:
    references = find_references(source)
    if references is None:
        # A cell magic such as %%bash can call anything: count on all of the package rather than on nothing.
        yield from (path for path in book.rglob("*.py") if "site" not in path.relative_to(book).parts)
        return
    for level, name in references.modules:
        start = folder.parents[level - 2] if level > 1 else folder if level else book
        yield from _module_files(start, name.split(".") if name else [])
    yield from _existing(references.files, folder)


def _module_files(start: Path, parts: list[str]) -> Iterator[Path]:
    """Yield the module's file, and the `__init__.py` of every package on the way, as far as they exist."""
    for end in range(len(parts) + 1):
        place = start.joinpath(*parts[:end])
        yield from (path for path in (place / "__init__.py", place.with_suffix(".py")) if path.is_file())


def _existing(names: Iterable[str], folder: Path) -> Iterator[Path]:
    yield from (path.resolve() for name in names if (path := folder / name).is_file())
