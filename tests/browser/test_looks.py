"""Both themes, a phone's width, and readers who asked for stillness."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from visit import toc_pages

PAGES = toc_pages()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPEN = "() => document.querySelectorAll('main details, .explorer details').forEach((node) => { node.open = true; })"

COLOURS = """(section) => { const style = getComputedStyle(section); return [style.backgroundColor, style.color, style.borderTopColor]; }"""
CONTRASTS = """(section) => {
  const channels = (css) => css.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const light = (css) => channels(css).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const card = light(getComputedStyle(section).backgroundColor);
  return [...section.querySelectorAll("svg text")].filter((node) => node.textContent.trim()).map((node) => {
    const ink = light(getComputedStyle(node).fill), [low, high] = [ink, card].sort((a, b) => a - b);
    return [(high + 0.05) / (low + 0.05), node.textContent];
  });
}"""
WIDTHS = "() => [document.documentElement.scrollWidth, window.innerWidth]"
EDGES = """(section) => [...section.querySelectorAll("input, select, button, summary, output, label")].filter((node) => node.checkVisibility())
  .map((node) => [node.getBoundingClientRect(), node]).filter(([box]) => box.left < 0 || box.right > innerWidth + 0.5 || box.width === 0)
  .map(([box, node]) => `${node.localName} ${node.textContent} from ${box.left} to ${box.right}`)"""
TEXTS = """(section) => [...section.querySelectorAll("svg text")].filter((node) => node.textContent.trim() && node.checkVisibility()).map((node) => {
  const box = node.getBoundingClientRect(), card = section.getBoundingClientRect();
  return { text: node.textContent, size: parseFloat(getComputedStyle(node).fontSize) * node.getScreenCTM().a,
    inside: box.left >= card.left && box.right <= card.right };
})"""
MOTION = """(section) => {
  const slow = (list) => list.split(",").some((time) => parseFloat(time) > 0);
  return [...section.querySelectorAll("*")].filter((node) => {
    const style = getComputedStyle(node);
    return slow(style.transitionDuration) || (style.animationName !== "none" && slow(style.animationDuration));
  }).length + document.getAnimations().filter((one) => section.contains(one.effect.target)).length;
}"""


@pytest.mark.parametrize("page", PAGES)
def test_themes_differ(visit, subtests, page):
    """Paper, ink and line of every card follow html[data-theme], and text in figures keeps a contrast of 4.5."""
    opened = visit(page)
    for figure in opened.draw():
        seen = {}
        for theme in ("light", "dark"):
            opened.page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
            seen[theme] = figure.section.evaluate(COLOURS)
            with subtests.test(f"{figure.label}: {theme}"):
                faint = [one for one in figure.section.evaluate(CONTRASTS) if one[0] < 4.5]
                assert faint == []
        assert all(light != dark for light, dark in zip(seen["light"], seen["dark"], strict=True)), seen


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing(visit, page, theme):
    """No violation of WCAG 2.2 A and AA nor of axe's best practice, explorers drawn, details closed and open."""
    opened = visit(page, color_scheme=theme).idle()
    assert opened.page.locator("html").get_attribute("data-theme") == theme
    opened.draw()
    for state in ("closed", "open"):
        found = (
            Axe()
            .run(
                opened.page,
                options={"runOnly": TAGS, "resultTypes": ["violations"]},
            )
            .response["violations"]
        )
        told = [
            f"{state}: {one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]
        ]
        assert told == [], "\n".join(told)
        opened.page.evaluate(OPEN)
        opened.frames()


@pytest.mark.parametrize("page", PAGES)
def test_phone_width(visit, subtests, page):
    """At 390 px nothing sticks out of the page, controls lie inside it, figures' text is 10 px or more."""
    opened = visit(page, viewport={"width": 390, "height": 844}).idle()
    figures = opened.draw()
    opened.page.evaluate(OPEN)
    wide, inner = opened.page.evaluate(WIDTHS)
    with subtests.test("page"):
        assert wide <= inner
    for figure in figures:
        with subtests.test(figure.label):
            assert figure.section.evaluate(EDGES) == []
            assert [one for one in figure.section.evaluate(TEXTS) if one["size"] < 10 or not one["inside"]] == []


@pytest.mark.parametrize("width", [390, 820, 1440, 1920])
@pytest.mark.parametrize("page", PAGES)
def test_figures_text_stays_readable_and_inside(visit, subtests, page, width):
    """At every width of a screen, text in figures is 10 px or more and inside its card."""
    for figure in visit(page, viewport={"width": width, "height": 900}).draw():
        with subtests.test(figure.label):
            assert [one for one in figure.section.evaluate(TEXTS) if one["size"] < 10 or not one["inside"]] == []


@pytest.mark.parametrize("page", PAGES)
def test_stillness_for_those_who_asked(visit, subtests, page):
    """Under prefers-reduced-motion nothing in an explorer moves by itself, at rest or after a change."""
    opened = visit(page, reduced_motion="reduce")
    for figure in opened.draw():
        with subtests.test(figure.label):
            assert figure.section.evaluate(MOTION) == 0
            figure.controls()[0].press("Home")
            assert figure.section.evaluate(MOTION) == 0
