"""Which tests stay together on one worker of pytest-xdist, and which of these groups start first."""

import re

from visit import toc_pages
from xdist.scheduler import LoadScopeScheduling

# What takes longest starts first, so that no worker is left alone with it in the end.
FIRST = ["live", "webkit", "book/12_credit_risk.html", "book/10_contrastive_alignment.html", "book/05_late_fusion.html",
         "firefox"]  # fmt: skip


def group_of(nodeid):
    """Name the browser that a test drives, the page that it looks at, or else its file; JupyterLab's are one group."""
    path, _, given = nodeid.partition("[")
    if "live/" in path:
        return "live"
    found = re.search(r"\b(firefox|webkit)\b", given) or re.search(r"(book/[\w/]+\.html)", given)
    return found[1] if found else path.partition("::")[0]


def rank(nodeid):
    """Sort the longest first, then page after page, then what is quick."""
    group = group_of(nodeid)
    return (FIRST.index(group) if group in FIRST else len(FIRST) + (group not in toc_pages()), group)


class PageAfterPage(LoadScopeScheduling):
    """All tests of one page on one worker, which then opens the page once for all of them."""

    def _split_scope(self, nodeid):
        return group_of(nodeid)
