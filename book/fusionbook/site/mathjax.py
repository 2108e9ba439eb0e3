"""Formulas typeset from the book's own files: no other host, and from disk as well.

The files come from the installed `sphinx-mathjax-offline`, which carries all 24 MB of MathJax; a page needs
six scripts, a few fonts, and now and then one TeX extension.
"""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

LOADER = Path(__file__).with_name("mathjax_loader.js")
# Asked for piece by piece, MathJax weighs 164 kB gzipped; its all-in-one tex-chtml.js weighs 262, with a menu
# and a speech engine that no page uses. What "assistive-mml" adds is MathML for screen readers.
PIECES = ["input/tex", "output/chtml", "a11y/assistive-mml"]
SCRIPTS = ["startup", "core", *PIECES, "output/chtml/fonts/tex"]
FONTS = "output/chtml/fonts/woff-v2"
# What MathJax loads by itself when a formula uses a macro of theirs.
EXTENSIONS = (
    *("action", "amscd", "bbox", "boldsymbol", "braket", "bussproofs", "cancel", "color", "enclose"),
    *("extpfeil", "html", "mhchem", "newcommand", "unicode", "verb"),
)


def source_files() -> dict[str, Path]:
    """Return the files a page may ask for, by their place under MathJax's folder."""
    spec = find_spec("sphinx-mathjax-offline")
    if spec is None or spec.origin is None:
        raise SystemExit("Formulas need the package sphinx-mathjax-offline: pip install -r requirements.txt.")
    root = Path(spec.origin).parent / "static" / "mathjax"
    fonts = [path.relative_to(root).as_posix() for path in sorted((root / FONTS).glob("*.woff"))]
    scripts = [f"{name}.js" for name in SCRIPTS] + [f"input/tex/extensions/{name}.js" for name in EXTENSIONS]
    return {name: root / name for name in scripts + fonts}


def use_own_copy(app: Sphinx, config: Config) -> None:
    """Let pages with formulas, and only those, load MathJax through our loader."""
    config.html_static_path.append(str(LOADER))
    config.mathjax_path = LOADER.name
    config.mathjax_options = {"defer": "defer"}
    config.mathjax3_config = {"loader": {"load": PIECES}}


def copy_files(app: Sphinx, exception: Exception | None) -> None:
    """Copy what the pages need of MathJax, once the pages are there."""
    if exception is not None or app.builder.format != "html":
        return
    for name, source in source_files().items():
        target = Path(app.outdir) / "_static" / "mathjax" / name
        if not target.is_file() or target.stat().st_size != source.stat().st_size:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
