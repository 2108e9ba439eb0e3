"""The same explorer in Notebook 7, whose shortcuts and widgets are Lab's but whose page is not."""

import pytest
from playwright.sync_api import expect
from real_jupyter import write_notebook

CELLS = [
    "import numpy as np\n"
    "from fusionbook.explorers.late_mixer import LateMixer\n"
    "scale, label = 1.0, np.arange(60) % 2\n"
    "logits = scale * np.random.default_rng(0).normal(size=(60, 2)) + label[:, None]",
    'mixer = LateMixer(logits, label, ["numeric", "text"], prior=0.5)\nmixer',
    "pass",
]


@pytest.fixture
def notebook(served_notebook, browser):
    write_notebook(served_notebook.folder / "small.ipynb", CELLS)
    with served_notebook.open(browser, "small.ipynb") as opened:
        opened.run_all()
        yield opened
        assert opened.errors == []


def test_page_kernel_and_cells_move_together(notebook):
    explorer = notebook.explorer()
    slider, status = explorer.locator("input[type=range]").first, explorer.get_by_role("status")
    expect(status).to_contain_text("Your mix reaches AUC")
    before, cells = status.text_content(), notebook.page.locator(".jp-Cell").count()
    for key in ("Home", "ArrowUp", "ArrowUp", "x"):
        slider.focus()
        notebook.page.keyboard.press(key)
    expect(slider).to_have_value("0.1")
    expect(status).not_to_have_text(before)
    assert notebook.page.locator(".jp-Cell").count() == cells
    assert notebook.say("print(mixer.weights)") == "[0.1, 1.0]"

    notebook.say("mixer.weights = [1.5, 0.5]")
    expect(slider).to_have_value("1.5")

    notebook.write(0, CELLS[0].replace("scale, label = 1.0", "scale, label = 0.1"))
    notebook.run_all()
    expect(notebook.page.locator(".explorer")).to_have_count(1)
    expect(notebook.explorer().get_by_role("status")).to_contain_text("AUC 1.000")
