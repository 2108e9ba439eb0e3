"""Numbers equations by chapter: (5.1), (5.2) in chapter 5, (A.1) in the appendix."""

import re
from pathlib import PurePosixPath

from docutils import nodes
from sphinx.application import Sphinx


def prefix(docname: str) -> str:
    """Return what stands before the dot: the chapter's number, or A for a page of the appendix."""
    number = re.match(r"(\d+)_", PurePosixPath(docname).name)
    return str(int(number[1])) if number else "A"


def number_by_chapter(app: Sphinx, doctree: nodes.document) -> None:
    """Give the page's labelled equations numbers of their own; Sphinx would count through the whole book."""
    equations = app.env.get_domain("math").data["objects"]
    labelled = [node for node in doctree.findall(nodes.math_block) if node.get("label")]
    for k, node in enumerate(labelled, 1):
        node["number"] = f"{prefix(app.env.docname)}.{k}"
        equations[node["label"]] = (app.env.docname, node["number"])
