"""Links the first use of every glossary term on a page to its entry, with the entry's sentence for a tooltip."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from html import escape

from docutils import nodes
from sphinx.application import Sphinx

from fusionbook.site.chinese import CHINESE
from fusionbook.site.reference import PACKAGE

GLOSSARY = "book/appendix/glossary"
SOURCE = PACKAGE.parent / "appendix" / "glossary.md"
WITHOUT = {GLOSSARY, "book/appendix/api", "book/appendix/references", "book/index", "index"}
EVERYDAY = {"negative", "positive", "default"}  # also plain words; they are linked in their longer form only
CLOSED = (  # what a link has no place in
    *(nodes.reference, nodes.title, nodes.raw, nodes.comment, nodes.literal, nodes.literal_block),
    *(nodes.math, nodes.math_block, nodes.caption, nodes.pending),
)


@dataclass(frozen=True)
class Term:
    """A glossary entry: how it may be written, the name that its anchor carries, and its sentence."""

    forms: tuple[str, ...]
    name: str
    sentence: str


@cache
def terms(source: str) -> tuple[Term, ...]:
    """Read the entries of the glossary, those with the longest names first."""
    body = re.search(r":sorted:\n\n(.*?)\n```", source, re.DOTALL)[1]
    found = []
    for entry in body.split("\n\n"):
        *names, definition = entry.splitlines()
        sentence = re.sub(r"\s*\*In .*\*$", "", definition.strip())
        for name in names:
            if CHINESE.search(name):
                continue
            plain, _, longer = name.rstrip(")").partition(" (")
            forms = [form for form in (plain, longer) if form and form not in EVERYDAY]
            if forms:
                found.append(Term(tuple(sorted(forms, key=len, reverse=True)), name, sentence))
    return tuple(sorted(found, key=lambda term: len(term.forms[0]), reverse=True))


def pattern(term: Term) -> re.Pattern[str]:
    """Return what finds a term in a text: as a whole word, one or several; in small letters unless it has capitals."""
    each = [f"{re.escape(form)}(?:s|es)?" if form[-1].isalpha() else re.escape(form) for form in term.forms]
    each += [f"{re.escape(form[:-1])}ies" for form in term.forms if form.endswith("y")]
    small = all(form == form.lower() for form in term.forms)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(each)})(?![\w-])", re.IGNORECASE if small else 0)


def link(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Link what the page says first of every term."""
    if docname in WITHOUT or app.builder.format != "html" or not SOURCE.exists():
        return
    left = [(term, pattern(term)) for term in terms(SOURCE.read_text(encoding="utf-8"))]
    anchors = {name.lower(): anchor for (kind, name), (_, anchor) in _objects(app) if kind == "term"}
    page = app.builder.get_relative_uri(docname, GLOSSARY)
    for text in list(doctree.findall(nodes.Text)):
        if not left or _is_closed(text):
            continue
        parts: list[nodes.Node | str] = [text.astext()]
        for term, finds in list(left):
            anchor = anchors.get(term.name.lower())
            if anchor and _link_first(parts, finds, f"{page}#{anchor}", term):
                left.remove((term, finds))
        if len(parts) > 1:
            text.parent.replace(text, [nodes.Text(p) if isinstance(p, str) else p for p in parts if p != ""])


def _link_first(parts: list[nodes.Node | str], finds: re.Pattern[str], address: str, term: Term) -> bool:
    """Cut the link to a term out of the first part that says it; return whether any does."""
    for k, part in enumerate(parts):
        hit = finds.search(part) if isinstance(part, str) else None
        if hit:
            parts[k : k + 1] = [part[: hit.start()], _anchor(address, term, hit[0]), part[hit.end() :]]
            return True
    return False


def _objects(app: Sphinx):
    return app.env.get_domain("std").data["objects"].items()


def _anchor(address: str, term: Term, said: str) -> nodes.raw:
    return nodes.raw(
        "", f'<a class="term" href="{address}" data-tip="{escape(term.sentence)}">{escape(said)}</a>', format="html"
    )


def _is_closed(node: nodes.Node) -> bool:
    while node is not None:
        if isinstance(node, CLOSED) or "api" in getattr(node, "attributes", {}).get("classes", ()):
            return True
        node = node.parent
    return False
