"""Every figure says which cell made it, and leads there: a click opens the code if it is folded away."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx

VIEW = "application/vnd.jupyter.widget-view+json"


def name(app: Sphinx, doctree: nodes.document) -> None:
    """Give each cell's code an address: in-13 for what JupyterLab calls [13]."""
    for cell in cells_of(doctree):
        for source in parts_of(cell, "cell_code_source"):
            source["ids"].append(f"in-{cell['exec_count']}")


def tag(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put a line under each figure with the cell that made it."""
    if app.builder.format != "html":
        return
    for cell in cells_of(doctree):
        if not any(shows_figure(output) for output in parts_of(cell, "cell_code_output")):
            continue
        number = cell["exec_count"]
        if parts_of(cell, "cell_code_source"):
            address = f"#in-{number}"
        else:  # taken out of the page; the page's own source has it
            address = f"{'../' * docname.count('/')}_sources/{app.env.doc2path(docname, base=False)}"
        line = f'<p class="made-by">Made by <a href="{address}">cell {number}</a></p>'
        cell += nodes.raw("", line, format="html")


def cells_of(doctree: nodes.document) -> list[nodes.container]:
    """Return the code cells that were executed, in their order."""
    found = doctree.findall(nodes.container)
    return [one for one in found if one.get("nb_element") == "cell_code" and one.get("exec_count")]


def parts_of(cell: nodes.Element, kind: str) -> list[nodes.container]:
    """Return the cell's source or output."""
    return [one for one in cell.findall(nodes.container) if one.get("nb_element") == kind]


def shows_figure(output: nodes.Element) -> bool:
    """Whether there is a picture or an explorer in a cell's output."""
    return bool(list(output.findall(nodes.image))) or any(VIEW in raw.astext() for raw in output.findall(nodes.raw))
