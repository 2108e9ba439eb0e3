"""A stale page is a wrong page: a notebook runs again when anything its numbers stand on has changed.

The execution cache knows a notebook by its code and its kernelspec alone. So the digest of the files behind
it goes into the kernelspec as the notebook is read, and pages whose digest has moved are read again.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from fusionbook.site import digests, sources, verdicts


def page_digest(root: Path, path: Path, text: str) -> str:
    """Return the digest of everything that the notebook at `path` depends on, its own text left out."""
    book = root / "book"
    files = digests.find_dependencies(sources.code_cells(path, text), path.parent, book)
    requirements = root / "requirements.txt"
    inside = {file for file in files if file.is_relative_to(root)}
    return digests.digest(inside | ({requirements} if requirements.is_file() else set()), root)


def stamp(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the digest into the notebook that Sphinx has just read."""
    path = Path(app.env.doc2path(docname))
    if sources.is_notebook(path, source[0]):
        source[0], _stamped(app.env)[docname] = stamped(app, path, source[0])


def stamped(app: Sphinx, path: Path, text: str) -> tuple[str, str]:
    """Return a notebook's text with its digest inside, and the digest."""
    value = page_digest(Path(app.srcdir), path, text)
    return sources.with_digest(path, text, value), value


def find_outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Return the pages that were read before with another digest than the one they have now, or that broke."""
    known, broken = _stamped(env).keys() - added - changed - removed, verdicts.broken(env)
    known = sorted(name for name in known if name in env.found_docs)
    return [name for name in known if name in broken or _has_moved(app, env, name)]


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Drop the digest of a page that is gone, or about to be read again."""
    _stamped(env).pop(docname, None)


def _has_moved(app: Sphinx, env: BuildEnvironment, docname: str) -> bool:
    path = Path(env.doc2path(docname))
    return page_digest(Path(app.srcdir), path, path.read_text("utf8")) != _stamped(env)[docname]


def _stamped(env: BuildEnvironment) -> dict[str, str]:
    """Return the digests of the pages read so far; they are kept with the environment from build to build."""
    if not hasattr(env, "fusionbook_digests"):
        env.fusionbook_digests = {}
    return env.fusionbook_digests
