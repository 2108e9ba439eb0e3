"""Both themes, a phone's width, and readers who asked for stillness."""

import pytest
from axe import OPEN, THIN, violations
from visit import nothing_sticks_out

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
# All cards of the page at once; a frame, and what is seen to in it by observers of sizes, comes to pass by the second.
SQUEEZE = f"""async () => {{
  const texts = {TEXTS}, frame = () => new Promise(requestAnimationFrame);
  const sections = [...document.querySelectorAll("[data-explorer]")], found = sections.map(() => []);
  for (let width = 1000; width > 330; width *= 0.97) {{
    for (const section of sections) section.parentElement.style.width = `${{width}}px`;
    await frame();
    await frame();
    for (const [k, section] of sections.entries())
      found[k].push(...texts(section).map((one) => ({{ ...one, width: Math.round(width) }})));
  }}
  for (const section of sections) section.parentElement.style.width = "";
  return found;
}}"""
MOVING = """<title>Moving</title><style>@keyframes turn { to { rotate: 1turn; } }
@media (prefers-reduced-motion: no-preference) { p { transition: color 1s; } b { animation: turn 1s infinite; } }
</style><section><p>slowly</p><b>round</b></section>"""
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


def test_themes_differ(drawn, subtests):
    """Paper, ink and line of every card follow html[data-theme], and text in figures keeps a contrast of 4.5."""
    for figure in drawn.explorers():
        seen = {}
        for theme in ("light", "dark"):
            drawn.theme(theme)
            seen[theme] = figure.section.evaluate(COLOURS)
            with subtests.test(f"{figure.label}: {theme}"):
                faint = [one for one in figure.section.evaluate(CONTRASTS) if one[0] < 4.5]
                assert faint == []
        with subtests.test(figure.label):
            assert all(light != dark for light, dark in zip(seen["light"], seen["dark"], strict=True)), seen


def test_axe_finds_nothing(drawn, subtests):
    """No violation of WCAG 2.2 A and AA nor of axe's best practice, explorers drawn, details closed and open.

    The same in the dark: test_pages.py, which sees each page a second time.
    """
    assert drawn.page.locator("html").get_attribute("data-theme") == "light"
    drawn.page.evaluate(THIN)
    with subtests.test("closed"):
        told = violations(drawn.page, colours=False)  # what is seen here is seen in the same colours once all is open
        assert told == [], "\n".join(told)
    drawn.page.evaluate(OPEN)
    drawn.frames()
    with subtests.test("open"):
        told = violations(drawn.page)
        assert told == [], "\n".join(told)


def test_phone_width(drawn, subtests):
    """At 390 px nothing sticks out of the page, every control lies inside it, and no explorer asks to be swiped."""
    drawn.resize(390, 844)
    drawn.page.evaluate(OPEN)
    drawn.frames()
    with subtests.test("page"):
        nothing_sticks_out(drawn, 390)
    for figure in drawn.explorers():
        with subtests.test(figure.label):
            assert figure.section.evaluate(EDGES) == []
            assert figure.section.evaluate(TEXTS) == []
            assert figure.section.evaluate(HINT) == [0, "none"]


def test_at_twice_the_size_nothing_is_lost(drawn, subtests):
    """200 % zoom of a window 1280 px wide is a window of 640 px at twice the density: no page scrolls sideways."""
    with drawn.dense(640, 480, 2):
        nothing_sticks_out(drawn, 640)
        for figure in drawn.explorers():
            with subtests.test(figure.label):
                box = figure.section.bounding_box()
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= 640.5


PICTURES = """(section) => [...section.querySelectorAll("img")].filter((image) => {
  const box = image.getBoundingClientRect(), style = getComputedStyle(image);
  const wide = Number(image.getAttribute("width"));
  return !box.width || Math.abs(box.width - wide) > 1 || Math.abs(box.height - wide) > 1 || style.filter !== "none"
    || style.padding !== "0px";
}).map((image) => [image.alt, image.getBoundingClientRect().width, getComputedStyle(image).cssText])"""


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("opened_page", ["book/09_embeddings.html"], indirect=True)
def test_the_page_leaves_an_explorers_pictures_alone(drawn, width, theme):
    """What the page does to pictures that cells print (a width to swipe through, dark inverted) ends at a card."""
    drawn.resize(width, 844)
    drawn.theme(theme)
    figure = next(one for one in drawn.explorers() if one.kind == "embedding-space")
    assert figure.section.locator("img").count() == 4
    assert figure.section.evaluate(PICTURES) == []


def test_figures_text_stays_readable_and_inside(drawn, subtests):
    """Whatever the window becomes, text in figures is between 10 and 24 px high and inside its card."""
    figures = drawn.explorers()
    for step, width in enumerate((1920, 1440, 1100, 820, 620, 390, 1100) if figures else ()):
        drawn.resize(width)
        for figure in figures:
            with subtests.test(f"{figure.label}: {step}, {width}"):
                assert figure.section.evaluate(TEXTS) == []


def test_text_stays_readable_while_the_card_is_squeezed(drawn, subtests):
    """A figure is painted again only when its width has changed enough; smaller steps leave it readable too."""
    drawn.resize(1920)
    figures = drawn.explorers()
    for figure, found in zip(figures, drawn.page.evaluate(SQUEEZE) if figures else (), strict=True):
        with subtests.test(figure.label):
            assert found == []


def test_stillness_for_those_who_asked(drawn, subtests):
    """Under prefers-reduced-motion nothing in an explorer moves by itself, at rest or after a change."""
    drawn.page.emulate_media(reduced_motion="reduce")
    for figure in drawn.explorers():
        with subtests.test(figure.label):
            assert figure.section.evaluate(MOTION) == 0
            figure.controls()[0].press("Home")
            assert figure.section.evaluate(MOTION) == 0


def test_motion_would_be_noticed(visit, tmp_path):
    """The net under the test above holds: a transition and an animation are found, until motion is reduced."""
    page = tmp_path / "moving.html"
    page.write_text(MOVING, encoding="utf-8")
    opened = visit(page)
    assert opened.page.locator("section").evaluate(MOTION) == 3
    opened.page.emulate_media(reduced_motion="reduce")
    assert opened.page.locator("section").evaluate(MOTION) == 0
