"""An explorer in JupyterLab: the page, the kernel and the cell above speak with one another."""

import re

import pytest
from playwright.sync_api import expect
from real_jupyter import write_notebook

DATA = """import numpy as np
from fusionbook import fusion, metrics
from fusionbook.explorers.late_mixer import LateMixer

scale = 1.0
rng = np.random.default_rng(0)
label = (rng.random(300) < 0.3).astype(int)
logits = scale * label[:, None] + rng.normal(size=(300, 2)) - 1"""
MIXER = """mixer = LateMixer(logits, label, ["numeric", "text"], prior=0.3)
mixer"""
AUC = """p = 1 / (1 + np.exp(-logits))
print(f"{metrics.auc(label, fusion.pool_mean(p, 0.3, np.array(mixer.weights)).numpy()):.3f}")"""
FOCUSABLE = "input, select, button, summary, [tabindex='0']"
SELECTED = """() => {
  const cells = [...document.querySelectorAll(".jp-Cell")], panel = document.querySelector(".jp-Notebook");
  return [cells.length, cells.findIndex((cell) => cell.matches(".jp-mod-active")), panel.matches(".jp-mod-editMode")];
}"""


@pytest.fixture(scope="module")
def opened(lab, browser):
    write_notebook(lab.folder / "small.ipynb", [DATA, MIXER, ""])
    with lab.open(browser, "small.ipynb") as notebook:
        yield notebook


@pytest.fixture
def notebook(opened):
    """The notebook with every cell as it was first written, run; at the end no error may have shown up."""
    opened.write(0, DATA)
    opened.write(1, MIXER)
    opened.write(-1, "pass")
    opened.run_all()
    opened.explorer()
    yield opened
    assert opened.errors == []


def sliders(explorer):
    return explorer.locator("input[type=range]")


def status(explorer):
    return explorer.get_by_role("status")


def test_a_slider_moves_the_figure_and_the_kernel(notebook):
    explorer = notebook.explorer()
    shown = notebook.say(AUC)
    expect(status(explorer)).to_contain_text(f"AUC {shown}")
    sliders(explorer).first.focus()
    for _ in range(20):
        notebook.page.keyboard.press("ArrowLeft")
    expect(sliders(explorer).first).to_have_value("0")
    expect(status(explorer)).not_to_contain_text(f"AUC {shown}")
    assert notebook.say("print(mixer.weights)") == "[0.0, 1.0]"
    expect(status(explorer)).to_contain_text(f"AUC {notebook.say(AUC)}")


def test_the_keys_belong_to_the_control_in_focus(notebook):
    """Lab's own x would cut the cell, its arrows would select another; in a control they do neither."""
    explorer, page = notebook.explorer(), notebook.page
    explorer.locator("details").evaluate("details => { details.open = true }")
    places = [place for place in explorer.locator(FOCUSABLE).all() if place.is_visible()]
    places[0].focus()  # which selects this cell
    before = page.evaluate(SELECTED)
    for place in places:
        for key in ("ArrowUp", "ArrowDown", "Home", "End", "x"):
            place.focus()
            page.keyboard.press(key)
            assert page.evaluate(SELECTED) == before, f"{key} was taken from {place.evaluate('p => p.outerHTML')}"
    expect(sliders(explorer).first).to_have_value("2")  # End
    explorer.locator("summary").press("Enter")
    expect(explorer.locator("details")).not_to_have_attribute("open", "")


def test_python_moves_the_slider(notebook):
    explorer = notebook.explorer()
    notebook.say("mixer.weights = [0.25, 2.0]")
    expect(sliders(explorer).nth(0)).to_have_value("0.25")
    expect(sliders(explorer).nth(1)).to_have_value("2")
    expect(status(explorer)).to_contain_text(f"AUC {notebook.say(AUC)}")
    notebook.say("mixer.rule = 'vote'")
    expect(explorer.locator("select")).to_have_value("vote")
    expect(sliders(explorer).nth(2)).to_be_visible()


def test_a_value_that_cannot_be_changes_nothing(notebook):
    notebook.say("mixer.weights = [0.5, 1.0]")
    assert "it needs 2 numbers from 0 to 2" in notebook.say("mixer.weights = [3.0, 1.0]")
    assert notebook.say("print(mixer.weights)") == "[0.5, 1.0]"
    expect(sliders(notebook.explorer()).first).to_have_value("0.5")


def test_the_cell_above_changes_the_figure(notebook):
    before = notebook.say(AUC)
    expect(status(notebook.explorer())).to_contain_text(f"AUC {before}")
    notebook.write(0, DATA.replace("scale = 1.0", "scale = 3.0"))
    notebook.run_all()
    after = notebook.say(AUC)
    assert float(after) > float(before) + 0.1
    expect(status(notebook.explorer())).to_contain_text(f"AUC {after}")


def test_two_views_of_one_model_move_together(notebook):
    notebook.write(1, MIXER.replace("\nmixer", "\ndisplay(mixer)\nmixer"))
    notebook.run(1)
    first, second = notebook.explorer(0), notebook.explorer(1)
    expect(status(first)).to_contain_text("AUC")
    before = status(first).text_content()
    sliders(first).first.focus()
    notebook.page.keyboard.press("Home")
    expect(sliders(second).first).to_have_value("0")
    expect(status(first)).not_to_have_text(before)
    expect(status(second)).to_have_text(status(first).text_content())


def test_a_cell_run_again_replaces_its_figure(notebook):
    """One explorer in the output, and the old one hears nothing more, though its model lives on."""
    notebook.explorer().evaluate("section => { window.old = section }")
    notebook.say("old = mixer")
    for _ in range(3):
        notebook.run(1)
        notebook.explorer()
        expect(notebook.cell(1).locator(".explorer")).to_have_count(1)
    assert notebook.page.evaluate("old.isConnected") is False
    notebook.say("old.weights = [0.0, 2.0]")
    notebook.say("display(old)")  # drawn after the old view would have heard
    expect(sliders(notebook.explorer(1)).first).to_have_value("0")
    assert notebook.page.evaluate("old.querySelector('input').value") == "1"
    expect(sliders(notebook.explorer(0)).first).to_have_value("1")


def test_the_card_follows_the_theme(notebook):
    def colours():
        return notebook.explorer().evaluate(
            "section => [getComputedStyle(section).color, getComputedStyle(section).backgroundColor]"
        )

    def luminance(colour):
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light_ink, light_card = map(luminance, colours())
    assert light_card > 0.9 > 0.1 > light_ink
    notebook.menu("Settings", "Theme", "JupyterLab Dark")
    expect(notebook.page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    dark_ink, dark_card = map(luminance, colours())
    assert dark_card < 0.05
    assert (dark_ink + 0.05) / (dark_card + 0.05) > 7
    notebook.menu("Settings", "Theme", "JupyterLab Light")
    expect(notebook.page.locator("body")).to_have_attribute("data-jp-theme-light", "true")
    assert list(map(luminance, colours())) == [light_ink, light_card]


@pytest.mark.parametrize(("broken", "said"), [("1 / 0", "ZeroDivisionError"), ("f(", "SyntaxError")])
def test_a_cell_that_fails_is_told_at_once(opened, broken, said):
    for number, source in enumerate(('import sys\nprint("busy", file=sys.stderr)', broken, "pass")):
        opened.write(number, source)
    with pytest.raises(AssertionError, match=said):
        opened.run_all()
