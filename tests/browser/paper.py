"""What a printed page must be: drawn or pictured in full, answers open, white, within the sheet."""

from visit import WINDOW, eventually

SHOWN = """() => [...document.querySelectorAll('img.still')].map((image) =>
  [image.checkVisibility(), image.complete && image.naturalWidth > 0, image.alt])"""
LEFT = """() => [...document.querySelectorAll('.bd-sidebar-primary, .bd-header-article, .prev-next-footer, '
  + '.made-by, .predict form, .explorer button, .term-tip')]
  .filter((node) => node.checkVisibility()).map((node) => node.className)"""
CLOSED = """() => [...document.querySelectorAll('.predict details')].filter((node) => !node.checkVisibility()).length"""
WIDE = """() => [...document.querySelectorAll('main *')].filter((node) => node.checkVisibility()
  && !node.closest('svg, mjx-container, pre, .fy-unseen, .sr-only, .explorer, .pst-scrollable-table-container')
  && !node.closest('.cell_output'))
  .map((node) => [node.getBoundingClientRect().right, node.outerHTML.slice(0, 120)])
  .filter(([right]) => right > innerWidth + 1)"""


def check_print(opened, theme):
    """Print a page that is in this theme: each explorer is drawn or a picture of it is; then all is as before."""
    opened.page.emulate_media(media="print", color_scheme=theme)
    eventually(lambda: in_theme(opened, theme))  # the page follows what its reader's system prefers
    opened.page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    eventually(lambda: _all_drawn(opened), 15)
    assert opened.page.evaluate(LEFT) == []
    assert opened.page.evaluate(CLOSED) == 0
    opened.resize(690, 1000)  # A4 less its margins
    assert opened.page.evaluate(WIDE) == []
    paper = opened.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    in_theme(opened, "light")
    opened.page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    in_theme(opened, theme)
    opened.page.emulate_media(media="screen", color_scheme=theme)
    opened.resize(*WINDOW.values())
    assert opened.problems == []


def in_theme(opened, theme):
    """Hold that the page is in this theme."""
    assert opened.page.evaluate("() => document.documentElement.dataset.theme") == theme


def _all_drawn(opened):
    undrawn = opened.page.locator(".explorer-place:not(:has([data-ready]))").count()
    pictures = sum(shown and loaded for shown, loaded, _ in opened.page.evaluate(SHOWN))
    assert pictures == undrawn
