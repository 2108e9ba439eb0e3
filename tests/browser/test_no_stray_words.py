"""No explorer says "undefined", "NaN", "null" or "[object Object]": every page is swept for it, and it is seen."""

import pytest
from built import opened
from own_pages import entries_of, module_entry, write_page
from visit import ROOT, toc_pages

FOLDER = ROOT / "tests" / "browser"
SOURCE = """export default { render({ model, el }) {
  el.innerHTML = `<section class="explorer" data-explorer="own" aria-label="own" data-ready="true">
    <p role="status">1</p><label><span class="fy-name">way</span><input type="range" min="0" max="9" value="0"></label>
    <label><span class="fy-name">kind</span><select><option>a</option><option>b</option><option>c</option></select>
    </label>
    <button type="button">Reset</button><button type="button">More</button>
    <details><table><tr><td>1</td></tr></table></details></section>`;
  const [range, select] = el.querySelectorAll("input, select"), [reset, more] = el.querySelectorAll("button");
  WRONG
} }"""
WRONG = {
    "undefined": "range.oninput = () => { el.querySelector('p').textContent = `housing ${[][range.value]}`; };",
    "NaN": "more.onclick = () => el.querySelector('p').setAttribute('aria-label', `mean ${0 / 0}`);",
    "null": "select.onchange = () => { el.querySelector('td').textContent = String(select.value > 'b' ? null : 1); };",
    "[object Object]": "more.onclick = () => { el.querySelector('table').textContent = String({}); };",
}


def test_every_page_with_explorers_is_swept(built_book):
    tests = [
        path.read_text(encoding="utf-8") for path in FOLDER.glob("test_*.py") if path.name != "test_no_stray_words.py"
    ]
    swept = [text for text in tests if "def test_no_stray_word_at_any_setting(chapter):" in text]
    for page in toc_pages():
        if entries_of(built_book / page):
            name = page.removeprefix("book/").removesuffix(".html")
            assert any(f'"{name}"' in text for text in swept), name


@pytest.mark.parametrize("word", WRONG)
def test_a_stray_word_is_seen(browser, tmp_path, word):
    path = write_page(tmp_path, {"one": module_entry(SOURCE.replace("WRONG", WRONG[word]))})
    with opened(browser, path, tmp_path) as built, pytest.raises(AssertionError) as told:
        built.sweep()
    assert word in str(told.value)
