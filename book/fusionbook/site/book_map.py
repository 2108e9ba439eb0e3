"""The map of the book: what depends on what, read from the line at the head of each chapter that says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from fusionbook.site import sources
from fusionbook.site.predictions import title_of
from fusionbook.site.reference import PACKAGE

ROW, MARGIN = 38, 104  # px: height of a chapter's line, width of the arcs beside it
NEEDS = re.compile(r'<p class="needs">(.*?)</p>', re.DOTALL)
LINK = re.compile(r'<a href="(?:\.\./)?(?:appendix/)?([\w]+)\.html">')


@dataclass(frozen=True)
class Stop:
    """A page on the map: its file's stem, its title, minutes of reading, and the stems of the pages it stands on."""

    name: str
    title: str
    minutes: int
    needs: tuple[str, ...]


def stops(book: Path) -> list[Stop]:
    """Return the primer and the chapters in their order, with what each says that it needs."""
    paths = [book / "appendix" / "primer.ipynb", *sorted(book.glob("[0-9]*.ipynb"))]
    order = [path.stem for path in paths]
    return [stop_of(path, order) for path in paths]


def stop_of(path: Path, order: list[str]) -> Stop:
    """Read one page's head; "chapters 4 to 7" names those in between too."""
    said = NEEDS.search(sources.words(path)[0])[1]
    needs: list[str] = []
    for k, link in enumerate(LINK.finditer(said)):
        between = said[: link.start()].endswith("</a> to ") and k
        start = order.index(needs[-1]) + 1 if between else order.index(link[1])
        needs += [name for name in order[start : order.index(link[1]) + 1] if name not in needs]
    return Stop(path.stem, title_of(path), int(re.search(r"(\d+) minutes", said)[1]), tuple(needs))


def draw(found: list[Stop], uri_of) -> str:
    """Return the map as HTML: an arc from every page to those that need it, and a list of links beside."""
    order = [stop.name for stop in found]
    at = {name: ROW * (k + 0.5) for k, name in enumerate(order)}
    arcs, rules, rows = [], [], []
    for k, stop in enumerate(found):
        needs = sorted(stop.needs, key=order.index)
        for need in needs:
            top, bottom, far = at[need], at[stop.name], k - order.index(need)
            bend = MARGIN - 16 - 7 * far
            path = f"M{MARGIN} {top:g}C{bend} {top:g} {bend} {bottom:g} {MARGIN} {bottom:g}"
            arcs.append(f'<path d="{path}" class="from-{order.index(need)} to-{k}"/>')
        chosen = f".book-map:has(li:nth-child({k + 1}) a:is(:hover, :focus-visible))"
        rules.append(f"{chosen} path:not(.from-{k}, .to-{k}) {{ opacity: 0.12 }}")
        rules.append(f"{chosen} .to-{k} {{ stroke: var(--fy-behavioural) }}")
        told = f"needs {', '.join(map(short, needs))}" if needs else "needs nothing before"
        title = f'<a href="{uri_of(stop.name)}">{escape(stop.title)}</a>'
        rows.append(f"<li>{title} <span>{told}</span> <span>{stop.minutes} min</span></li>")
    height = ROW * len(found)
    size = f'viewBox="0 0 {MARGIN + 6} {height}" width="{MARGIN + 6}" height="{height}"'
    picture = f'<svg {size} aria-hidden="true">{"".join(arcs)}'
    picture += "".join(f'<circle cx="{MARGIN}" cy="{at[name]:g}" r="4"/>' for name in order) + "</svg>"
    return f'<div class="book-map"><style>{" ".join(rules)}</style>{picture}<ol>{"".join(rows)}</ol></div>'


def short(name: str) -> str:
    """Return how a page is called among those that a chapter needs.

    >>> short("05_late_fusion"), short("primer")
    ('5', 'the primer')
    """
    number = re.match(r"(\d+)_", name)
    return str(int(number[1])) if number else f"the {name}"


class BookMap(Directive):
    """`book-map`: the chapters with arcs from each to those that need it."""

    def run(self) -> list[nodes.Node]:
        """Read every chapter's head."""
        env, book = self.state.document.settings.env, PACKAGE.parent
        found = stops(book)
        for stop in found:
            env.note_dependency(str(path_of(book, stop.name)))

        def uri_of(name: str) -> str:
            page = path_of(book, name).relative_to(env.srcdir).with_suffix("").as_posix()
            return env.app.builder.get_relative_uri(env.docname, page)

        return [nodes.raw("", draw(found, uri_of), format="html")]


def path_of(book: Path, name: str) -> Path:
    """Return the file of a page on the map."""
    return book / ("appendix" if name == "primer" else "") / f"{name}.ipynb"


def add_directive(app: Sphinx) -> None:
    """Let pages say `book-map`."""
    app.add_directive("book-map", BookMap)
