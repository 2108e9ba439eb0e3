"""The theme's templates and assets: ours first, and nothing that no page uses."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from docutils.nodes import document
from sphinx.application import Sphinx
from sphinx.config import Config

from fusionbook.site import stills, terms

SITE = Path(__file__).parent
TEMPLATES = SITE / "templates"
HOST = SITE / "host.js"  # classic: modules do not load from disk; at once: the first figure is drawn as it comes
DEFERRED = tuple(SITE / name for name in ("predict.js", "own_calibration.js", "glossary.js", "slides.js"))
COLOURS = SITE.parent / "explorers" / "explorer.css"  # a live explorer carries them along; every page stands on them
STYLES = (SITE / "icons.css", COLOURS, SITE / "book.css")
TOP_BAR = ("navbar_start", "navbar_center", "navbar_end", "navbar_persistent")
EMPTY_HEADER = re.compile(r"<th(?:\s[^>]*)?>\s*(?:<p>\s*</p>\s*)?</th>")
PLAIN_TOKEN = re.compile(r'<span class="(?:n|nn|o|p|w)">([^<]*)</span>')  # names, operators, punctuation, space
# script -> what a page that needs it contains one of
NEEDED_FOR = {
    "design-tabs.js": ("sd-tab-set",),
    "clipboard.min.js": ('class="highlight',),
    "copybutton.js": ('class="highlight',),
    "predict.js": ('class="predict"', 'class="own-calibration"'),
    "own_calibration.js": ('class="own-calibration"',),
    "slides.js": ('class="kicker">Chapter', "Appendix · Primer"),
    "glossary.js": ('class="term"',),
    "mathjax_loader.js": ('class="math ',),  # the landing page would get it for its chapters' formulas
}


def use_own_templates(app: Sphinx, config: Config) -> None:
    """Let our templates win over the theme's of the same name, which first place does and last does not."""
    config.templates_path.insert(0, str(TEMPLATES))


def empty_top_bar(app: Sphinx, config: Config) -> None:
    """Leave out the theme's top bar: all it shows here is a second search field."""
    config.html_theme_options.update({option: [] for option in TOP_BAR})


def add_assets(app: Sphinx, config: Config) -> None:
    """Add the book's own script and styles to every page, and let a change in them rewrite the pages."""
    # Single files: a whole folder, or one named _static, would put each of its files on every page.
    config.html_static_path += [str(path) for path in (HOST, *DEFERRED, *STYLES)]
    app.add_js_file(HOST.name)
    for path in DEFERRED:
        app.add_js_file(path.name, loading_method="defer")
    for path in STYLES:
        app.add_css_file(path.name, priority=900)  # after the theme's
    config.fusionbook_site_digest = _digest_of_site()


def drop_unused_scripts(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: document | None) -> None:
    """Drop the scripts that this page has no use for."""
    body = context.get("body") or ""
    context["script_files"] = [
        script
        for script in context["script_files"]
        if any(sign in body for sign in NEEDED_FOR.get(Path(str(getattr(script, "filename", None) or "")).name, ("",)))
    ]


def name_roles(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: document | None) -> None:
    """Make bibliography entries list items: docutils puts them into a list, under a deprecated role."""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def empty_corners(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: document | None) -> None:
    """Make the empty corner of a table a plain cell: a header cell without a word is a riddle when read aloud."""
    if "body" in context:
        context["body"] = EMPTY_HEADER.sub("<td></td>", context["body"])


def plain_code(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: document | None) -> None:
    """Leave code's plain words without an element of their own: thousands on a page, for the colour of the text."""
    if "body" in context:
        context["body"] = PLAIN_TOKEN.sub(r"\1", context["body"])


def _digest_of_site() -> str:
    kinds = {".py", ".html", ".css", ".js", ".svg"}
    files = sorted(path for path in (*SITE.rglob("*"), COLOURS) if path.suffix in kinds)
    files += [path for path in (terms.SOURCE, stills.MANIFEST) if path.exists()]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
