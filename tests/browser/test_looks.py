"""Both themes, a phone's width, and readers who asked for stillness."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from visit import toc_pages

PAGES = toc_pages()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPEN = "() => document.querySelectorAll('main details').forEach((node) => { node.open = true; })"
# A kind of token looks the same in every cell of code; axe would look at each of ten thousand, for half a minute.
THIN = """() => { const seen = new Set();
  for (const token of document.querySelectorAll("pre span")) {
    if (seen.has(token.className)) token.replaceWith(...token.childNodes);
    seen.add(token.className);
  }
  document.querySelectorAll("pre").forEach((cell) => cell.normalize());
}"""
COLOURS = """(section) => {
  const style = getComputedStyle(section);
  return [style.backgroundColor, style.color, style.borderTopColor];
}"""
CONTRASTS = """(section) => {
  const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const light = (css) => css.match(/[\\d.]+/g).slice(0, 3).map((c) => linear(c / 255))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const card = light(getComputedStyle(section).backgroundColor);
  return [...section.querySelectorAll("svg text")].filter((node) => node.textContent.trim()).map((node) => {
    const [low, high] = [light(getComputedStyle(node).fill), card].sort((a, b) => a - b);
    return [(high + 0.05) / (low + 0.05), node.textContent];
  });
}"""
WIDTHS = "() => [document.documentElement.scrollWidth, window.innerWidth]"
EDGES = """(section) => [...section.querySelectorAll("input, select, button, summary, output, label")]
  .filter((node) => node.checkVisibility()).map((node) => [node.getBoundingClientRect(), node])
  .filter(([box]) => box.left < 0 || box.right > innerWidth + 0.5 || box.width === 0)
  .map(([box, node]) => `${node.localName} ${node.textContent} from ${box.left} to ${box.right}`)"""
TEXTS = """(section) => [...section.querySelectorAll("svg text")]
  .filter((node) => node.textContent.trim() && node.checkVisibility()).map((node) => {
    const box = node.getBoundingClientRect(), card = section.getBoundingClientRect();
    return { text: node.textContent, size: parseFloat(getComputedStyle(node).fontSize) * node.getScreenCTM().a,
      inside: box.left >= card.left && box.right <= card.right };
  }).filter(({ size, inside }) => size < 10 || size > 24 || !inside)"""
SQUEEZE = f"""async (section) => {{
  const found = [], place = section.parentElement, frame = () => new Promise(requestAnimationFrame);
  for (let width = 1000; width > 330; width *= 0.97) {{
    place.style.width = `${{width}}px`;
    await frame();
    await frame();
    found.push(...({TEXTS})(section).map((one) => ({{ ...one, width: Math.round(width) }})));
  }}
  place.style.width = "";
  return found;
}}"""
HINT = """(section) => {
  const cell = section.closest("div.cell_output");
  return cell ? [cell.scrollWidth - cell.clientWidth, getComputedStyle(cell, "::after").content] : [0, "none"];
}"""
MOTION = """(section) => {
  const lasts = (list) => list.split(",").some((time) => parseFloat(time) > 0);
  return [...section.querySelectorAll("*")].filter((node) => {
    const style = getComputedStyle(node);
    return lasts(style.transitionDuration) || (style.animationName !== "none" && lasts(style.animationDuration));
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
        with subtests.test(figure.label):
            assert all(light != dark for light, dark in zip(seen["light"], seen["dark"], strict=True)), seen


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing(visit, subtests, page, theme):
    """No violation of WCAG 2.2 A and AA nor of axe's best practice, explorers drawn, details closed and open.

    In the dark only the colours are others, so there everything is opened at once, and mathematics is text.
    """
    opened = visit(page, color_scheme=theme, mathematics=theme == "light")
    assert opened.page.locator("html").get_attribute("data-theme") == theme
    opened.draw()
    opened.page.evaluate(THIN)
    for state in ("closed", "open") if theme == "light" else ("open",):
        if state == "open":
            opened.page.evaluate(OPEN)
            opened.frames()
        with subtests.test(state):
            told = violations(opened.page)
            assert told == [], "\n".join(told)


def violations(page):
    """Return what axe holds against a page, one line a place."""
    found = Axe().run(page, options={"runOnly": TAGS, "resultTypes": ["violations"]}).response["violations"]
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("page", PAGES)
def test_phone_width(visit, subtests, page):
    """At 390 px nothing sticks out of the page, every control lies inside it, and no explorer asks to be swiped."""
    opened = visit(page, mathematics=True, viewport={"width": 390, "height": 844})
    figures = opened.draw()
    opened.page.evaluate(OPEN)
    wide, inner = opened.page.evaluate(WIDTHS)
    with subtests.test("page"):
        assert wide <= inner
    for figure in figures:
        with subtests.test(figure.label):
            assert figure.section.evaluate(EDGES) == []
            assert figure.section.evaluate(TEXTS) == []
            assert figure.section.evaluate(HINT) == [0, "none"]


PICTURES = """(section) => [...section.querySelectorAll("img")].filter((image) => {
  const box = image.getBoundingClientRect(), style = getComputedStyle(image);
  const wide = Number(image.getAttribute("width"));
  return !box.width || Math.abs(box.width - wide) > 1 || Math.abs(box.height - wide) > 1 || style.filter !== "none"
    || style.padding !== "0px";
}).map((image) => [image.alt, image.getBoundingClientRect().width, getComputedStyle(image).cssText])"""


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_leaves_an_explorers_pictures_alone(visit, width, theme):
    """What the page does to pictures that cells print (a width to swipe through, dark inverted) ends at a card."""
    opened = visit("book/09_embeddings.html", viewport={"width": width, "height": 844}, color_scheme=theme)
    opened.page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
    figure = next(one for one in opened.draw() if one.kind == "embedding-space")
    assert figure.section.locator("img").count() == 4
    assert figure.section.evaluate(PICTURES) == []


@pytest.mark.parametrize("page", PAGES)
def test_figures_text_stays_readable_and_inside(visit, subtests, page):
    """Whatever the window becomes, text in figures is between 10 and 24 px high and inside its card."""
    opened = visit(page, viewport={"width": 1920, "height": 900})
    for figure in opened.draw():
        for width in (1920, 1440, 1100, 820, 620, 390, 1100):
            opened.page.set_viewport_size({"width": width, "height": 900})
            opened.frames()
            with subtests.test(f"{figure.label}: {width}"):
                assert figure.section.evaluate(TEXTS) == []


@pytest.mark.parametrize("page", PAGES)
def test_text_stays_readable_while_the_card_is_squeezed(visit, subtests, page):
    """A figure is painted again only when its width has changed enough; smaller steps leave it readable too."""
    opened = visit(page, viewport={"width": 1920, "height": 900})
    for figure in opened.draw():
        with subtests.test(figure.label):
            assert figure.section.evaluate(SQUEEZE) == []


@pytest.mark.parametrize("page", PAGES)
def test_stillness_for_those_who_asked(visit, subtests, page):
    """Under prefers-reduced-motion nothing in an explorer moves by itself, at rest or after a change."""
    opened = visit(page, reduced_motion="reduce")
    for figure in opened.draw():
        with subtests.test(figure.label):
            assert figure.section.evaluate(MOTION) == 0
            figure.controls()[0].press("Home")
            assert figure.section.evaluate(MOTION) == 0
