"""Predict, then look: each question gets an address, and one page lists them all for the reader's own calibration."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from fusionbook.site import sources
from fusionbook.site.reference import PACKAGE

BOX = '<div class="predict">'


def number(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    """Give the page's questions the ids predict-1, predict-2, … and the page its name, by which answers are kept."""
    if "body" not in context or doctree is None:
        return
    pieces = context["body"].split(BOX)
    context["body"] = pieces[0] + "".join(
        f'<div class="predict" id="predict-{k}" data-page="{escape(pagename)}">{piece}'
        for k, piece in enumerate(pieces[1:], 1)
    )


def questions_of(notebook: Path) -> int:
    """Return how many predictions a notebook asks for."""
    return sum(words.count(BOX) for words in sources.words(notebook))


def title_of(notebook: Path) -> str:
    """Return a notebook's name in the table of contents, or else its first heading."""
    toc = PACKAGE.parent.parent / "_toc.yml"
    entry = rf"- file: \S*\b{notebook.stem}\n\s+title: (.+)"
    listed = re.search(entry, toc.read_text(encoding="utf-8")) if toc.exists() else None
    return (listed or re.search(r"^# (.+)$", sources.words(notebook)[0], re.MULTILINE))[1].strip()


class OwnCalibration(Directive):
    """`own-calibration`: the place where own_calibration.js draws, with the list of all questions in it."""

    def run(self) -> list[nodes.Node]:
        """List the questions of every notebook, chapter by chapter."""
        env = self.state.document.settings.env
        questions = []
        for path in sources.notebooks(PACKAGE.parent):
            env.note_dependency(str(path))
            page = path.relative_to(env.srcdir).with_suffix("").as_posix()
            href, title = env.app.builder.get_relative_uri(env.docname, page), title_of(path)
            for k in range(1, questions_of(path) + 1):
                name = f"{page} predict-{k}"
                questions.append({"name": name, "title": title, "number": k, "href": f"{href}#predict-{k}"})
        listed = json.dumps(questions, ensure_ascii=False).replace("<", "\\u003c")
        text = "Without scripts nothing is kept, and so nothing can be shown here."
        return [
            nodes.raw(
                "",
                f'<div class="own-calibration"><script type="application/json">{listed}</script>'
                f"<noscript><p>{text}</p></noscript></div>",
                format="html",
            )
        ]


def add_directive(app: Sphinx) -> None:
    """Let pages say `own-calibration`."""
    app.add_directive("own-calibration", OwnCalibration)
