"""What did not hold, and what broke: said in the page at its place, and once more when the build has ended.

A claim that did not hold leaves its page whole; a cell that broke ends its own page's run and no other's.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from fusionbook.site import cache, cells, sources
from fusionbook.site.run import summary

LOGGER = logging.getLogger(__name__)
CLAIM, BROKE = "claim", "broken"  # kinds of warnings, for those who want to hush one
WORDS = {
    CLAIM: ("a claim did not hold on this machine", "claims did not hold on this machine"),
    BROKE: ("a notebook broke", "notebooks broke"),
}


def recall(app: Sphinx, docname: str, source: list[str]) -> None:
    """Look up how the run of a page's notebook went."""
    path = Path(app.env.doc2path(docname))
    if not sources.is_notebook(path, source[0]):
        return
    record = cache.find(cache.open_cache(app), sources.read(path, source[0]))
    if record is None:
        return
    told = {name: record.data[name] for name in ("claims", "broken") if record.data.get(name)}
    if told:
        _all(app.env)[docname] = told


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Drop what is known of a page that is gone, or about to be read again."""
    _all(env).pop(docname, None)


def broken(env: BuildEnvironment) -> set[str]:
    """Return the pages whose notebooks broke: they run again with every build."""
    return {docname for docname, told in _all(env).items() if "broken" in told}


def failed(env: BuildEnvironment, docname: str) -> list[dict]:
    """Return the claims of a page that did not hold."""
    return _all(env).get(docname, {}).get("claims", [])


def listed(env: BuildEnvironment) -> str:
    """Return as HTML what did not hold, for the page on checks; nothing if all did."""
    lines = "".join(f"<li>{escape(docname)}, {escape(words)}</li>" for docname, words in _claims(env))
    return f"<p>On the machine that built this copy these claims did not hold:</p><ul>{lines}</ul>" if lines else ""


def mark(app: Sphinx, doctree: nodes.document) -> None:
    """Open the cells whose claims did not hold, and say at the head of a page that its notebook broke."""
    open_cells = {claim["cell"] for claim in failed(app.env, app.env.docname)}
    for cell in cells.cells_of(doctree):
        if cell["exec_count"] in open_cells and "hide_mode" in cell:
            del cell["hide_mode"]
    why = _all(app.env).get(app.env.docname, {}).get("broken")
    section = next(doctree.findall(nodes.section), None)
    if why and section is not None:
        words = f"This page is not whole: on the machine that built it, {why}. What comes after that cell has not run."
        section.insert(1, nodes.raw("", f'<p class="claim-failed">{escape(words)}</p>', format="html"))


def report(app: Sphinx, exception: Exception | None) -> None:
    """List what did not hold, and what broke. In a strict build each is an error; what broke is one in any."""
    if exception is not None:
        return
    said = {CLAIM: list(_claims(app.env)), BROKE: [(name, _all(app.env)[name]["broken"]) for name in broken(app.env)]}
    for kind, lines in said.items():
        if not lines:
            continue
        LOGGER.info("")
        for docname, words in sorted(lines):
            LOGGER.warning(words, location=docname, type="fusionbook", subtype=kind)
        one, many = WORDS[kind]
        LOGGER.info(f"{one if len(lines) == 1 else f'{len(lines)} {many}'}: the page says so where it stands")
    if said[BROKE]:
        app.statuscode = 1


def _claims(env: BuildEnvironment) -> Iterator[tuple[str, str]]:
    for docname, told in _all(env).items():
        yield from ((docname, summary(claim)) for claim in told.get("claims", []))


def _all(env: BuildEnvironment) -> dict[str, dict]:
    if not hasattr(env, "fusionbook_verdicts"):
        env.fusionbook_verdicts = {}
    return env.fusionbook_verdicts
