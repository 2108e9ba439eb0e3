"""The Sphinx extension that turns the notebooks into the book's pages.

It works on top of Jupyter Book and changes nothing in it: every module here answers one question, and `setup`
is the list of them. `host.js` makes the explorers live in the built pages; `book.css` is how the book looks.
"""

from __future__ import annotations

from sphinx.application import Sphinx

from fusionbook.site import (
    alone,
    book_map,
    bundle,
    cells,
    checked,
    chinese,
    equations,
    kernels,
    mathjax,
    predictions,
    preflight,
    progress,
    reference,
    remote,
    run_ahead,
    stale,
    stills,
    terms,
    theme,
    verdicts,
)


def setup(app: Sphinx) -> dict[str, bool]:
    """List what the extension does to a build, in the order in which a build meets it."""
    preflight.stop_early(app.srcdir)  # a Python, a disk or a folder that will not do: one sentence, then the end

    # what the build is asked to do
    app.connect("config-inited", alone.begin)
    app.connect("config-inited", kernels.prepare)  # what the notebooks' kernels inherit
    app.connect("config-inited", remote.add_buttons)  # Binder, Colab: only for a repository others can reach
    app.connect("config-inited", theme.use_own_templates)
    app.connect("config-inited", theme.empty_top_bar)
    app.connect("config-inited", theme.add_assets)
    app.connect("config-inited", mathjax.use_own_copy)
    app.add_config_value("fusionbook_site_digest", "", "html")  # a new look rewrites every page

    # which pages are stale, and what a page's numbers stand on
    app.connect("env-get-outdated", stale.find_outdated)
    app.connect("env-purge-doc", stale.forget)
    app.connect("env-before-read-docs", run_ahead.run_stale)
    app.connect("source-read", stale.stamp)

    # what did not hold, and what broke
    app.connect("source-read", verdicts.recall)  # after the stamp, by which the cache knows a notebook
    app.connect("env-purge-doc", verdicts.forget)
    app.connect("doctree-read", verdicts.mark)

    # what a page may say
    reference.add_directive(app)
    predictions.add_directive(app)
    book_map.add_directive(app)
    stills.add_directive(app)
    checked.add_directive(app)

    # how a page is numbered, and in which language it speaks
    app.connect("doctree-read", equations.number_by_chapter)
    app.connect("doctree-read", chinese.mark)

    # what leads from one place to another
    app.connect("doctree-resolved", terms.link)
    app.connect("doctree-read", cells.name)
    app.connect("doctree-resolved", cells.tag)

    # what the reader of the terminal sees
    app.connect("source-read", progress.begin)
    app.connect("doctree-read", progress.end)

    # what a page loads
    app.connect("html-page-context", theme.drop_unused_scripts, priority=900)  # after all others added theirs
    app.connect("html-page-context", theme.name_roles)
    app.connect("html-page-context", theme.empty_corners)
    app.connect("html-page-context", theme.plain_code)
    app.connect("html-page-context", predictions.number)
    app.connect("html-page-context", stills.place)
    app.connect("build-finished", mathjax.copy_files)
    app.connect("build-finished", stills.copy_files)
    app.connect("build-finished", bundle.add)
    app.connect("build-finished", checked.fill)  # it weighs what the others have written
    app.connect("build-finished", verdicts.report)  # last, where it is seen
    app.connect("build-finished", alone.end)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
