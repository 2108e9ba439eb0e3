"""On paper and without scripts: a picture stands for every explorer, nothing is dark, cut off or a dead control."""

import io
import json
import re

import numpy as np
import pytest
from own_pages import entries_of
from PIL import Image
from visit import ROOT, eventually, toc_pages

PAGES = toc_pages()
STILLS = ROOT / "book" / "images" / "stills"
KNOWN = json.loads((STILLS / "stills.json").read_text(encoding="utf-8"))
WITH_FIGURES = sorted(f"{page}.html" for page in KNOWN)
SHOWN = """() => [...document.querySelectorAll('img.still')].map((image) =>
  [image.checkVisibility(), image.complete && image.naturalWidth > 0, image.alt])"""
LEFT = """() => [...document.querySelectorAll('.bd-sidebar-primary, .bd-header-article, .prev-next-footer, '
  + '.made-by, .predict form, .explorer button, .term-tip')]
  .filter((node) => node.checkVisibility()).map((node) => node.className)"""
NARROW = "() => document.querySelectorAll('.explorer-place').forEach((place) => { place.style.width = '860px'; })"
CLOSED = """() => [...document.querySelectorAll('.predict details')].filter((node) => !node.checkVisibility()).length"""
WIDE = """() => [...document.querySelectorAll('main *')].filter((node) => node.checkVisibility()
  && !node.closest('svg, mjx-container, pre, .fy-unseen, .sr-only, .explorer, .pst-scrollable-table-container')
  && !node.closest('.cell_output'))
  .map((node) => [node.getBoundingClientRect().right, node.outerHTML.slice(0, 120)])
  .filter(([right]) => right > innerWidth + 1)"""


def test_every_explorer_has_its_picture(built_book):
    for page in PAGES:
        stills = KNOWN.get(page.removesuffix(".html"), [])
        assert len(stills) == len(entries_of(built_book / page)), f"{page}: run `make stills`"
        for still in stills:
            for name in ("file", "small"):
                assert (built_book / "_images" / still[name]).read_bytes() == (STILLS / still[name]).read_bytes()


@pytest.mark.parametrize("page", WITH_FIGURES)
def test_a_picture_shows_what_the_explorer_shows(visit, subtests, page):
    """Seen from afar, picture and explorer are alike; another explorer, or one of old, is not."""
    opened = visit(page, color_scheme="light", reduced_motion="reduce", viewport={"width": 1100, "height": 1800})
    opened.page.evaluate(NARROW)
    opened.page.add_style_tag(content=".bd-header-article, #pst-back-to-top { display: none !important; }")
    for figure, still in zip(opened.draw(), KNOWN[page.removesuffix(".html")], strict=True):
        with subtests.test(figure.label):
            assert figure.label == still["label"], "run `make stills`"
            opened.page.wait_for_timeout(300)
            now = Image.open(io.BytesIO(figure.section.screenshot())).convert("L")
            then = Image.open(STILLS / still["file"]).convert("L")
            assert abs(now.height / now.width - then.height / then.width) < 0.1
            small = [np.asarray(one.resize((32, 32), Image.Resampling.BOX), float) for one in (now, then)]
            assert np.abs(small[0] - small[1]).mean() < 5.5, "run `make stills`"


@pytest.mark.parametrize("page", WITH_FIGURES)
def test_without_scripts_the_pictures_stand_there(visit, page):
    opened = visit(page, java_script_enabled=False)
    stills = opened.page.locator("img.still")
    assert stills.count() == len(KNOWN[page.removesuffix(".html")])
    for k in range(stills.count()):
        stills.nth(k).scroll_into_view_if_needed()
        assert stills.nth(k).is_visible()
        assert stills.nth(k).bounding_box()["height"] > 100
        assert len(stills.nth(k).get_attribute("alt")) > 60
    assert opened.problems == []


def test_with_scripts_the_explorers_stand_there_instead(visit):
    opened = visit("book/05_late_fusion.html")
    opened.draw()
    assert not any(shown for shown, *_ in opened.page.evaluate(SHOWN))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_a_printed_page_is_whole(visit, page, theme):
    """Printed without a look at the explorers further down: each is drawn or a picture of it is, answers are open."""
    if theme == "dark" and page not in WITH_FIGURES[:2]:
        pytest.skip("what the dark changes is the same on all pages")
    opened = visit(page, color_scheme=theme)
    opened.page.emulate_media(media="print", color_scheme=theme)
    opened.page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    eventually(lambda: _all_drawn(opened), 15)
    assert opened.page.evaluate(LEFT) == []
    assert opened.page.evaluate(CLOSED) == 0
    opened.page.set_viewport_size({"width": 690, "height": 1000})  # A4 less its margins
    assert opened.page.evaluate(WIDE) == []
    paper = opened.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    assert opened.page.evaluate("() => document.documentElement.dataset.theme") == "light"
    printed = opened.page.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
    opened.page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert opened.page.evaluate("() => document.documentElement.dataset.theme") == theme
    assert opened.problems == []


def _all_drawn(opened):
    undrawn = opened.page.locator(".explorer-place:not(:has([data-ready]))").count()
    pictures = sum(shown and loaded for shown, loaded, _ in opened.page.evaluate(SHOWN))
    assert pictures == undrawn


def test_the_sheet_has_a_page_of_its_own(visit):
    opened = visit("book/appendix/which_fusion.html")
    printed = opened.page.pdf(prefer_css_page_size=True)
    boxes = {tuple(round(float(x)) for x in box.split()) for box in _boxes(printed)}
    assert (0, 0, 842, 595) in boxes, boxes  # A4, across
    assert len(boxes) > 1


def _boxes(pdf):
    return [found.decode() for found in re.findall(rb"/MediaBox \[([^\]]+)\]", pdf)]


@pytest.mark.parametrize("page", PAGES)
def test_at_twice_the_size_nothing_is_lost(visit, subtests, page):
    """200 % zoom of a window 1280 px wide is a window of 640 px at twice the density: no page scrolls sideways."""
    opened = visit(page, viewport={"width": 640, "height": 480}, device_scale_factor=2, mathematics=True)
    figures = opened.draw()
    wide, inner = opened.page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert wide <= inner
    for figure in figures:
        with subtests.test(figure.label):
            box = figure.section.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 640.5
