"""Any chapter as slides: every block is on one, in its order, keys turn them, and the explorers stay alive."""

import pytest
from visit import toc_pages

CHAPTERS = [page for page in toc_pages() if page.split("/")[-1][:2].isdigit()]
PAGE = "book/05_late_fusion.html"
ON = "() => [...document.querySelectorAll('.on-slide')].filter((node) => node.checkVisibility())"
OVER = """() => [...document.querySelectorAll('.on-slide')].map((node) => node.getBoundingClientRect())
  .reduce((low, box) => Math.max(low, box.bottom), 0) - innerHeight"""
MARK = """() => { let k = 0;
  for (const node of document.querySelectorAll('article section > :not(section)')) node.dataset.k = k++;
}"""
SEEN = f"({ON})().map((node) => [Number(node.dataset.k), /^H[1-4]$/.test(node.tagName)])"


@pytest.fixture(scope="module")
def on_slides(visit_once):
    """A chapter opened as slides by its address, once for all tests of this file."""
    opened = visit_once(PAGE, anchor="?slides", viewport={"width": 1280, "height": 800})
    opened.page.locator(".slide-bar").wait_for()
    assert place(opened)[0] == 1
    return opened


@pytest.fixture
def slides(on_slides):
    """The chapter at its first slide, nothing in focus."""
    on_slides.page.evaluate("() => document.activeElement.blur()")
    if on_slides.page.locator(".slide-bar").count() == 0:
        on_slides.page.locator(".slides-button").press("Enter")
    on_slides.page.keyboard.press("Home")
    assert place(on_slides)[0] == 1
    return on_slides


def place(opened):
    return [int(n) for n in opened.page.locator(".slide-bar > span").first.text_content().split("/")]


@pytest.mark.parametrize("opened_page", CHAPTERS, indirect=True)
def test_every_block_is_on_a_slide_once_and_in_order(drawn):
    opened = drawn
    opened.page.locator(".slides-button").press("Enter")
    opened.page.keyboard.press("Home")
    opened.page.evaluate(MARK)
    first, count = place(opened)
    assert first == 1
    assert count > 15
    blocks = []
    for _ in range(count):
        shown = opened.page.evaluate(SEEN)
        assert shown, "an empty slide"
        blocks += [k for k, heading in shown if not heading]
        opened.page.keyboard.press("ArrowRight")
    assert blocks == sorted(set(blocks))
    opened.page.keyboard.press("Escape")
    wanted = opened.page.evaluate(
        """() => [...document.querySelectorAll('article section > p, article section > .predict')]
           .filter((node) => node.checkVisibility()).map((node) => Number(node.dataset.k))"""
    )
    assert len(wanted) > 15
    assert set(wanted) <= set(blocks)
    assert opened.problems == []


def test_hardly_a_slide_has_to_be_scrolled(slides):
    opened = slides
    _, count = place(opened)
    too_long = 0
    for _ in range(count):
        too_long += opened.page.evaluate(OVER) > 0
        opened.page.keyboard.press("PageDown")
    assert too_long <= 0.2 * count, (too_long, count)


def test_keys_turn_and_escape_returns_to_the_page(slides):
    opened, keys = slides, slides.page.keyboard
    for key, number in (("ArrowRight", 2), (" ", 3), ("PageDown", 4), ("ArrowLeft", 3), ("PageUp", 2), ("Home", 1)):
        keys.press(key)
        assert place(opened)[0] == number, key
    keys.press("ArrowLeft")
    assert place(opened)[0] == 1
    keys.press("End")
    assert place(opened)[0] == place(opened)[1]
    assert "Slide" in opened.page.locator(".slide-bar [role=status]").text_content()
    keys.press("Escape")
    assert opened.page.locator(".slide-bar").count() == 0
    assert opened.page.locator("html.slides").count() == 0
    opened.page.locator(".slides-button").press("Enter")
    assert place(opened)[0] >= 1


def turn_to(opened, what):
    """Turn slides until one shows `what`; return where that is."""
    for _ in range(place(opened)[1]):
        if opened.page.locator(what).count():
            return place(opened)
        opened.page.keyboard.press("ArrowRight")
    raise AssertionError(f"no slide shows {what}")


def test_an_explorer_on_a_slide_is_alive_and_keeps_its_arrows(slides):
    opened = slides
    here = turn_to(opened, ".on-slide .explorer-place:visible")
    section = opened.page.locator(".on-slide section.explorer[data-ready=true]").first
    section.wait_for()
    before = section.locator("[role=status]").first.text_content()
    slider = section.locator("input[type=range]").first
    slider.focus()
    for _ in range(4):
        opened.page.keyboard.press("ArrowRight")
    opened.settle()
    assert section.locator("[role=status]").first.text_content() != before
    assert place(opened) == here
    assert opened.problems == []


def test_a_question_on_a_slide_can_be_answered(slides):
    opened = slides
    here, question = turn_to(opened, ".predict.on-slide"), opened.page.locator(".predict.on-slide")
    question.locator("input[type=radio]").first.focus()
    opened.page.keyboard.press("Space")
    opened.page.keyboard.press("Enter")
    question.locator(".predict-after").wait_for()
    assert place(opened) == here


def test_pages_without_chapters_have_no_slides(visit):
    opened = visit("book/appendix/glossary.html").idle()
    assert opened.page.locator(".slides-button").count() == 0
