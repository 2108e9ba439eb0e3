"""What axe finds on a page, and what makes it quicker without hiding anything from it."""

from axe_playwright_python.sync_playwright import Axe

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]  # the rules that look at colours; they take most of the time
OPEN = "() => document.querySelectorAll('main details').forEach((node) => { node.open = true; })"
# A kind of token looks the same in every cell of code, mathematics of one kind in every place of one kind; axe would
# look at each of ten thousand, for half a minute. The first of each stays.
THIN = """() => { const seen = new Set(), known = (one) => seen.has(one) || !seen.add(one);
  for (const token of document.querySelectorAll("pre span")) {
    if (known(token.className)) token.replaceWith(...token.childNodes);
  }
  document.querySelectorAll("pre").forEach((cell) => cell.normalize());
  for (const one of document.querySelectorAll("mjx-container")) {
    const kind = [one.getAttribute("display"), one.className, one.tabIndex, one.parentElement.localName,
      one.closest(".explorer, .predict, .admonition, .cell, table, nav, aside, section")?.className];
    if (known(kind.join())) one.replaceWith(one.textContent);
  }
}"""


def violations(page, *, colours=True, others=True):
    """Return what axe holds against a page, one line a place; there must have been something to look at."""
    rules = {name: {"enabled": colours} for name in COLOURS}
    only = {"type": "tag", "values": TAGS} if others else {"type": "rule", "values": COLOURS}
    options = {"runOnly": only, "rules": rules, "resultTypes": ["violations"]}
    options["preload"] = {
        "assets": ["media"]
    }  # no rule here reads style sheets, and from disk axe may not ask for them
    told = Axe().run(page, options=options).response
    looked = {one["id"] for one in told["passes"] + told["violations"] + told["incomplete"]}
    assert (COLOURS[0] in looked) == colours
    assert (len(looked) > 20) == others, looked
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}" for one in told["violations"] for node in one["nodes"]
    ]
