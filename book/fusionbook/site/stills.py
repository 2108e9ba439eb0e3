"""A picture of every explorer: for a browser without scripts, for print, and as a small one on the landing page.

`make stills` takes them from the built pages; a test holds them against what the explorers show.
"""

from __future__ import annotations

import itertools
import json
import re
import shutil
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from fusionbook.site.cells import VIEW
from fusionbook.site.predictions import title_of
from fusionbook.site.reference import PACKAGE

FOLDER = PACKAGE.parent / "images" / "stills"
MANIFEST = FOLDER / "stills.json"  # page -> its explorers in order: file, small, label, kind, words, width, height
PUBLIC = "_images"
SCRIPT = re.compile(rf'<script type="{re.escape(VIEW)}">.*?</script>', re.DOTALL)


def manifest() -> dict[str, list[dict]]:
    """Return what is known of every page's stills; nothing where none were taken."""
    return json.loads(MANIFEST.read_text(encoding="utf-8")) if MANIFEST.exists() else {}


def place(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    """Put the picture of each explorer behind the place where it will be drawn; styles show it where that fails."""
    known, count = iter(manifest().get(pagename, ())), itertools.count(1)
    if "body" not in context or doctree is None:
        return
    root = context["pathto"](PUBLIC, 1)

    def with_still(match: re.Match) -> str:
        still, here = next(known, None), f'<span id="explorer-{next(count)}"></span>{match[0]}'
        if still is None:
            return here
        return (
            f'{here}<img class="still" src="{root}/{still["file"]}" alt="{escape(still["label"])}. '
            f'{escape(still["words"])}" width="{still["width"]}" height="{still["height"]}" loading="lazy">'
        )

    context["body"] = SCRIPT.sub(with_still, context["body"])


def copy_files(app: Sphinx, exception: Exception | None) -> None:
    """Copy the pictures beside the pages' own."""
    if exception is not None or app.builder.format != "html":
        return
    target = Path(app.outdir) / PUBLIC
    target.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.webp"):
        shutil.copyfile(path, target / path.name)


class Gallery(Directive):
    """`explorer-gallery`: a small picture of every explorer that leads to where it stands, chapter by chapter."""

    def run(self) -> list[nodes.Node]:
        """List the explorers of every chapter."""
        env = self.state.document.settings.env
        env.note_dependency(str(MANIFEST))
        root = "../" * (env.docname.count("/")) + PUBLIC
        items = []
        for page, stills in manifest().items():
            notebook = Path(env.srcdir) / f"{page}.ipynb"
            if not notebook.exists():
                continue  # the landing page's own
            uri = env.app.builder.get_relative_uri(env.docname, page)
            for k, still in enumerate(stills, 1):
                name, _, more = still["label"].partition(":")
                same = [other["label"].partition(":")[0] for other in stills].count(name) > 1
                name += f",{more}" if same else ""
                items.append(
                    f'<li><a href="{uri}#explorer-{k}"><img src="{root}/{still["small"]}" alt="" width="320" '
                    f'height="{still["small_height"]}" loading="lazy"><b>{escape(name)}</b> '
                    f"<span>{escape(title_of(notebook))}</span></a></li>"
                )
        return [nodes.raw("", f'<ul class="gallery">{"".join(items)}</ul>', format="html")] if items else []


def add_directive(app: Sphinx) -> None:
    """Let pages say `explorer-gallery`."""
    app.add_directive("explorer-gallery", Gallery)
