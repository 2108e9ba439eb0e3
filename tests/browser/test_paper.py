"""On paper and without scripts: a picture stands for every explorer, nothing is dark, cut off or a dead control."""

import io
import json
import re

import numpy as np
import pytest
from own_pages import entries_of
from paper import SHOWN
from PIL import Image
from visit import ROOT, toc_pages

PAGES = toc_pages()
STILLS = ROOT / "book" / "images" / "stills"
KNOWN = json.loads((STILLS / "stills.json").read_text(encoding="utf-8"))
WITH_FIGURES = sorted(f"{page}.html" for page in KNOWN)
# A card keeps the height that it has needed at one width, so another width comes between.
NARROW, AS_ON_PICTURES, AS_WIDE_AS_EVER = (
    f"() => document.querySelectorAll('.explorer-place').forEach((place) => {{ place.style.width = '{width}'; }})"
    for width in ("700px", "860px", "")
)


def test_every_explorer_has_its_picture(built_book):
    for page in PAGES:
        stills = KNOWN.get(page.removesuffix(".html"), [])
        assert len(stills) == len(entries_of(built_book / page)), f"{page}: run `make stills`"
        for still in stills:
            for name in ("file", "small"):
                assert (built_book / "_images" / still[name]).read_bytes() == (STILLS / still[name]).read_bytes()


def only_with_figures(pages=WITH_FIGURES):
    """Look only at the pages for which there are pictures; another test counts that none is left out."""
    return pytest.mark.parametrize("opened_page", pages, indirect=True)


def distance(now, file):
    """By how many of 256 shades two pictures differ, seen from afar."""
    both = (now, Image.open(STILLS / file).convert("L"))
    small = [np.asarray(one.resize((32, 32), Image.Resampling.BOX), float) for one in both]
    return np.abs(small[0] - small[1]).mean()


@only_with_figures()
def test_a_picture_shows_what_the_explorer_shows(drawn, subtests):
    """Seen from afar, picture and explorer are alike; another explorer, or one of old, is not."""
    drawn.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    drawn.resize(1100, 1800)
    for width in (NARROW, AS_ON_PICTURES):
        drawn.page.evaluate(width)
        drawn.settle()
    style = drawn.page.add_style_tag(content=".bd-header-article, #pst-back-to-top { display: none !important; }")
    for figure, still in zip(drawn.explorers(), KNOWN[drawn.name.removesuffix(".html")], strict=True):
        with subtests.test(figure.label):
            assert figure.label == still["label"], "run `make stills`"
            now = Image.open(io.BytesIO(figure.section.screenshot())).convert("L")
            then = Image.open(STILLS / still["file"]).convert("L")
            assert abs(now.height / now.width - then.height / then.width) < 0.05
            assert distance(now, still["file"]) < 3, "run `make stills`"
    style.evaluate("(node) => node.remove()")
    drawn.page.evaluate(AS_WIDE_AS_EVER)


@pytest.mark.parametrize("page", WITH_FIGURES)
def test_without_scripts_the_pictures_stand_there(visit, page):
    opened = visit(page, java_script_enabled=False)
    stills = opened.page.locator("img.still")
    assert stills.count() == len(KNOWN[page.removesuffix(".html")]) > 0
    for k in range(stills.count()):
        stills.nth(k).scroll_into_view_if_needed()
        assert stills.nth(k).is_visible()
        assert stills.nth(k).bounding_box()["height"] > 100
        assert len(stills.nth(k).get_attribute("alt")) > 60
    assert opened.problems == []


@only_with_figures()
def test_with_scripts_the_explorers_stand_there_instead(drawn):
    shown = drawn.page.evaluate(SHOWN)
    assert len(shown) == len(drawn.entries) > 0
    assert not any(there for there, *_ in shown)


def test_the_sheet_has_a_page_of_its_own(visit):
    opened = visit("book/appendix/which_fusion.html")
    printed = opened.page.pdf(prefer_css_page_size=True)
    boxes = {tuple(round(float(x)) for x in box.split()) for box in _boxes(printed)}
    assert (0, 0, 842, 595) in boxes, boxes  # A4, across
    assert len(boxes) > 1


def _boxes(pdf):
    return [found.decode() for found in re.findall(rb"/MediaBox \[([^\]]+)\]", pdf)]
