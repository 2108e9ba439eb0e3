"""The first use of a glossary term: its sentence on hover and on focus, gone with Escape, and where the link leads."""

import re

import pytest
from visit import toc_pages

CHAPTERS = [page for page in toc_pages() if page.split("/")[-1][:2].isdigit()]
PAGE = "book/05_late_fusion.html"
INSIDE = """() => { const box = document.querySelector('.term-tip').getBoundingClientRect();
  return box.width > 0 && box.left >= 0 && box.right <= document.documentElement.clientWidth; }"""


def links(text):
    return re.findall(r'<a class="term" href="([^"]+)" data-tip="([^"]+)">([^<]+)</a>', text)


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_chapter_links_each_term_once_to_its_entry(built_book, page):
    found = links((built_book / page).read_text(encoding="utf-8"))
    glossary = (built_book / "book/appendix/glossary.html").read_text(encoding="utf-8")
    assert len(found) >= 5
    addresses = [href for href, _, _ in found]
    assert len(set(addresses)) == len(addresses)
    for href, tip, _ in found:
        path, _, anchor = href.partition("#")
        assert path == "appendix/glossary.html"
        assert f'id="{anchor}"' in glossary
        assert tip.endswith(".")


@pytest.mark.parametrize("page", CHAPTERS)
def test_no_link_stands_in_a_heading_in_code_or_in_another_link(built_book, page):
    text = (built_book / page).read_text(encoding="utf-8")
    for kind in ("h1", "h2", "h3", "h4", "pre", "code", "summary"):
        for inside in re.findall(rf"<{kind}\b[^>]*>.*?</{kind}>", text, re.DOTALL):
            assert 'class="term"' not in inside
    assert not re.search(r'<a\b(?![^>]*class="term")[^>]*>(?:(?!</a>).)*class="term"', text, re.DOTALL)


@pytest.fixture(scope="module")
def chapter(visit_once):
    return visit_once(PAGE)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_sentence_comes_and_goes(chapter, width):
    opened = chapter
    opened.resize(width, 800)
    tip, links_ = opened.page.locator(".term-tip"), opened.page.locator("a.term")
    assert links_.count() >= 5
    for k in range(links_.count()):
        link = links_.nth(k)
        link.focus()
        assert tip.is_visible()
        assert tip.text_content() == link.get_attribute("data-tip")
        assert link.get_attribute("aria-describedby") == tip.get_attribute("id")
        assert opened.page.evaluate(INSIDE), link.text_content()
        opened.page.keyboard.press("Escape")
        assert not tip.is_visible()
        assert link.get_attribute("aria-describedby") is None
    link = opened.page.locator("a.term").first
    link.hover()
    assert tip.is_visible()
    tip.hover()  # the pointer may rest on the sentence
    opened.page.wait_for_timeout(400)  # longer than the sentence stays when the pointer has left
    assert tip.is_visible()
    opened.page.mouse.move(5, 5)
    tip.wait_for(state="hidden")
    assert opened.problems == []


def test_a_click_leads_to_the_entry(chapter):
    opened = chapter
    opened.page.locator("a.term").first.click()
    opened.page.wait_for_url("**/appendix/glossary.html#*")
    anchor = opened.page.evaluate("() => location.hash.slice(1)")
    assert opened.page.locator(f"#{anchor}").is_visible()
