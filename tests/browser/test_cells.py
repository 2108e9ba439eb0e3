"""Every figure carries a tag that leads to the cell that made it, also where its code is folded away."""

from twice import built
from visit import ROOT

UNTAGGED = """() => [...document.querySelectorAll('.cell')]
  .filter((cell) => cell.querySelector('.cell_output img, .explorer-place') && !cell.querySelector('.made-by a'))
  .map((cell) => cell.textContent.trim().slice(0, 80))"""


def test_every_figure_leads_to_its_cell(drawn, built_book):
    assert drawn.page.evaluate(UNTAGGED) == []
    tags = drawn.page.locator(".made-by a")
    assert tags.count() == (built_book / drawn.name).read_text(encoding="utf-8").count('class="made-by"')
    for k in range(tags.count()):
        link = tags.nth(k)
        address = link.get_attribute("href")
        if not address.startswith("#"):  # the code is not on the page: its source is
            assert ((built_book / drawn.name).parent / address).resolve().is_file()
            continue
        code = drawn.page.locator(f"{address} pre")
        assert code.count() == 1
        cell = link.locator("xpath=ancestor::div[contains(concat(' ', @class, ' '), ' cell ')]")
        assert cell.locator(address).count() == 1
        link.focus()
        drawn.page.keyboard.press("Enter")
        assert code.is_visible(), address
        assert address[4:] == link.text_content().split()[-1]
    assert drawn.problems == []


def test_numbers_are_those_that_jupyter_shows(built_book):
    """[5] in the executed notebook is cell 5 on the page."""
    cells = list(built(ROOT / "book" / "05_late_fusion.ipynb").values())
    counts = [cell["execution_count"] for cell in cells if cell["cell_type"] == "code"]
    page = (built_book / "book" / "05_late_fusion.html").read_text(encoding="utf-8")
    shown = [count for count in counts if f'id="in-{count}"' in page]
    assert len(shown) > 20
    for cell in cells:
        if cell["cell_type"] == "code" and (count := cell["execution_count"]) in shown:
            first = "".join(cell["source"]).split("\n")[0].split("(")[0].split()[0]
            part = page[page.index(f'id="in-{count}"') :][:3000]
            assert first in part.replace("</span>", "").replace("<span", ""), (count, first)
