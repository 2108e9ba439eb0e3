"""Broken or hostile data: a sentence in place of the figure, text as text, and the rest of the page unharmed."""

import base64
import json

import numpy as np
import pytest
from explorer_makers import attention, conflict, dial, gallery, lens, looking, sight, underwriter, votes
from fusionbook.explorers.late_mixer import LateMixer
from one_space_cases import film, joint, pull, space
from own_pages import entries_of, entry_of, module_entry, write_page
from practice_cases import lab
from visit import eventually, toc_pages

MARKUP = '<img src=x onerror="window.hit = true">'


def mixer(**settings):
    """Return the entry of a small, sound mixer."""
    rng = np.random.default_rng(0)
    names = settings.pop("names", ["text", "image", "audio"])
    return entry_of(LateMixer(rng.normal(size=(40, 3)), np.arange(40) % 2, names, prior=0.3, **settings))


def truncate(entry, name):
    """Take the last 8 bytes from one array."""
    for buffer in entry["buffers"]:
        if buffer["path"][1] == name:
            buffer["data"] = base64.b64encode(base64.b64decode(buffer["data"])[:-8]).decode()


def drop(entry, name):
    """Leave one array out."""
    del entry["state"]["data"][name]
    entry["buffers"] = [buffer for buffer in entry["buffers"] if buffer["path"][1] != name]


def cut(entry, name):
    """Take whole rows from one array, its shape told truly."""
    one = entry["state"]["data"][name]
    one["shape"][0] -= 8
    for buffer in entry["buffers"]:
        if buffer["path"][1] == name:
            size = np.dtype(one["dtype"]).itemsize * int(np.prod(one["shape"]))
            buffer["data"] = base64.b64encode(base64.b64decode(buffer["data"])[:size]).decode()


def setting(**state):
    """Set traits to what Python would have refused."""
    return lambda entry: entry["state"].update(state)


def without_data(entry):
    """Leave out all arrays and the place they are in."""
    del entry["state"]["data"]
    entry["buffers"] = []


BREAKS = {
    **{f"{name} truncated": lambda entry, name=name: truncate(entry, name) for name in ("logits", "label", "present")},
    **{f"{name} missing": lambda entry, name=name: drop(entry, name) for name in ("logits", "label", "present")},
    **{f"{name} too short": lambda entry, name=name: cut(entry, name) for name in ("logits", "label", "present")},
    "no data": without_data,
    "unknown dtype": lambda entry: entry["state"]["data"]["label"].update(dtype="complex64"),
    "no base64": lambda entry: entry["buffers"][0].update(data="?"),
    "no shape": lambda entry: entry["state"]["data"]["label"].pop("shape"),
    "two weights for three": setting(weights=[1, 1]),
    "no weights": setting(weights=None),
    "a weight is None": setting(weights=[1, None, 1]),
    "a weight is text": setting(weights=[1, "heavy", 1]),
    "a weight is negative": setting(weights=[1, -1, 1]),
    "unknown rule": setting(rule="median"),
    "no rule": setting(rule=None),
    "no prior": setting(prior=None),
    "prior out of range": setting(prior=1.5),
    "no threshold": setting(threshold=None, rule="vote"),
    "no names": setting(modalities=[]),
    "a learned weight too few": setting(learned={"mean": [1, 1]}),
    "module throws": setting(_esm="throw new Error('at the door');"),
    "module is no JavaScript": setting(_esm="export default {"),
    "module exports nothing": setting(_esm="export const x = 1;"),
    "render throws": setting(_esm="export default { render() { throw new Error('inside'); } };"),
    "render rejects": setting(_esm="export default { async render() { throw new Error('later'); } };"),
}


def check_sentence(opened, number=0):
    """One sentence stands where the figure would; nothing was thrown at the reader's console."""
    place = opened.page.locator(".explorer-place").nth(number)
    opened.page.evaluate("(n) => document.querySelectorAll('.explorer-place')[n]?.scrollIntoView()", number)
    text = place.locator(".fy-broken")
    eventually(lambda: _one(text), seconds=2)
    assert "cannot be drawn" in text.text_content()
    assert place.locator("svg, canvas, input").count() == 0
    opened.page.wait_for_timeout(170)  # the status line is told after 150 ms, and must not be tried
    assert opened.problems == []


def _one(found):
    assert found.count() == 1, "no sentence in place of the figure"


@pytest.mark.parametrize("name", BREAKS)
def test_broken_mixer_says_so(visit, tmp_path, name):
    """Whatever is broken, the reader gets a sentence, and the sound explorer below is drawn all the same."""
    broken = mixer()
    BREAKS[name](broken)
    opened = visit(write_page(tmp_path, {"broken": broken, "sound": mixer(label_text="sound")}))
    check_sentence(opened)
    opened.page.locator("[aria-label=sound][data-ready=true]").wait_for()
    assert opened.page.locator("[aria-label=sound] svg").count() > 0


# What Python would have refused, in the explorers of chapters 1 to 4.
STATES = [
    (underwriter, {"decisions": ["maybe"] * 6}),
    (underwriter, {"decisions": None}),
    (underwriter, {"opened": [99] * 6}),
    (underwriter, {"applicant": 6}),
    (underwriter, {"price": None}),
    (underwriter, {"costs": [0, 20]}),
    (underwriter, {"policies": ["two", "three"]}),
    (underwriter, {"words": {}}),
    (dial, {"scores": [[0, 1], [2, 3]]}),
    (dial, {"scores": None}),
    (dial, {"temperature": 0}),
    (dial, {"temperature": None}),
    (dial, {"row": 2}),
    (dial, {"loss": "hinge"}),
    (dial, {"target": [[1, 0, 0]]}),
    (lens, {"noise": 99}),
    (lens, {"gaps": None}),
    (lens, {"disturbed": "smell"}),
    (lens, {"noises": [0.0]}),
    (lens, {"prior": None}),
    (sight, {"thing": 2}),
    (sight, {"layer": "head"}),
    (sight, {"filter": None}),
    (sight, {"moment": 7}),
    (sight, {"voices": ["one"]}),
    (conflict, {"scale": 0}),
    (conflict, {"rate": None}),
    (conflict, {"steps": 1000}),
    (conflict, {"names": ["one"]}),
    (votes, {"world": "third"}),
    (votes, {"worlds": []}),
    (votes, {"worlds": [["differ", [[0, 2, 1]]]]}),
    (votes, {"f": [0, 1]}),
    (votes, {"g": None}),
    (votes, {"product": 9}),
    (votes, {"point": 14}),
    (votes, {"best": {"first": [[9] * 7, [0] * 7]}}),
    (votes, {"marks": {"first": [["A", 3]]}}),
    (gallery, {"world": "third"}),
    (gallery, {"fusion": "sums"}),
    (gallery, {"step": 4}),
    (gallery, {"start": None}),
    (gallery, {"epochs": [0, 1]}),
    (gallery, {"bayes": [2, 3]}),
    (gallery, {"bits": [[0, 0, 1]]}),
    (gallery, {"fusions": ["one"]}),
    (attention, {"applicant": 6}),
    (attention, {"present": [True]}),
    (attention, {"present": None}),
    (attention, {"modality": "smell"}),
    (attention, {"modalities": ["one"]}),
    (attention, {"heads": 3}),
    (attention, {"noise": None}),
    (attention, {"least": 7}),
    (attention, {"most": -1}),
    (attention, {"bias": None}),
    (attention, {"came": []}),
    (looking, {"scene": 5}),
    (looking, {"cells": [0]}),
    (looking, {"cells": [7] * 9}),
    (looking, {"caption": ["cat"]}),
    (looking, {"caption": None}),
    (looking, {"asks": "nobody"}),
    (looking, {"word": 3}),
    (looking, {"patch": None}),
    (looking, {"moment": 9}),
    (looking, {"head": 3}),
    (looking, {"heads": 3}),
    (looking, {"side": 3}),
    (looking, {"epochs": []}),
    (looking, {"english": ["cat"]}),
    (space, {"space": 2}),
    (space, {"thing": None}),
    (space, {"modality": 3}),
    (space, {"measure": "dot"}),
    (space, {"neighbours": 9}),
    (space, {"neighbours": 1.5}),
    (space, {"turn": None}),
    (space, {"group": "tools"}),
    (space, {"groups": []}),
    (space, {"english": ["cat"]}),
    (space, {"spaces": []}),
    (pull, {"pairs": 4}),
    (pull, {"pairs": None}),
    (pull, {"angles": [0] * 5}),
    (pull, {"angles": None}),
    (pull, {"temperature": 0}),
    (pull, {"point": 6}),
    (pull, {"shown": "nothing"}),
    (pull, {"captions": ["one"]}),
    (pull, {"limits": [0, 1]}),
    (joint, {"world": 2}),
    (joint, {"weight": None}),
    (joint, {"step": 1.5}),
    (joint, {"thing": 5}),
    (joint, {"weights": [0]}),
    (joint, {"kept": []}),
    (joint, {"worlds": []}),
    (lab, {"patient": 3}),
    (lab, {"patients": []}),
    (lab, {"patients": [{"disease": "one"}] * 3}),
    (lab, {"tests": []}),
    (lab, {"diseases": ["one"]}),
    (lab, {"ordered": [0, 0, 256]}),
    (lab, {"suspected": None}),
    (lab, {"named": [0]}),
    (lab, {"misses": [0, -1, 0]}),
    (film, {"setting": 2}),
    (film, {"step": None}),
    (film, {"thing": 6}),
    (film, {"curve": "loss"}),
    (film, {"kind": "lost"}),
    (film, {"turn": None}),
    (film, {"names": ["one"]}),
    (film, {"epochs": [0]}),
    (film, {"measures": []}),
]


def test_any_broken_state_gets_a_sentence(visit, tmp_path, subtests):
    """Each state stands on one page, one below the other; none is drawn, and each says so."""
    broken = {}
    for number, (make, state) in enumerate(STATES):
        broken[str(number)] = entry = entry_of(make())
        entry["state"].update(state)
    opened = visit(write_page(tmp_path, broken))
    for number, (make, state) in enumerate(STATES):
        with subtests.test(f"{make.__name__} {state}"):
            check_sentence(opened, number)


@pytest.mark.parametrize("trait", ["weights", "prior"])
def test_nan_is_no_json_and_still_gets_a_sentence(visit, tmp_path, trait):
    """Python writes NaN into JSON, which JSON.parse refuses: then every figure of the page owes a sentence."""
    entry = mixer()
    entry["state"][trait] = [1, float("nan"), 1] if trait == "weights" else float("nan")
    raw = json.dumps({"state": {"one": entry}})
    assert "NaN" in raw
    check_sentence(visit(write_page(tmp_path, {"one": entry}, raw=raw)))


def test_missing_state_gets_a_sentence(visit, tmp_path):
    """A view whose state is not in the page is a figure that cannot be drawn, not a gap in the text."""
    opened = visit(write_page(tmp_path, {"one": mixer()}, raw=json.dumps({"state": {}})))
    check_sentence(opened)


def test_python_refuses_what_the_page_cannot_carry():
    """NaN in any number that goes into the page is refused where it is made."""
    for wrong in (
        {"marks": {"best": np.nan}},
        {"weights": [1, np.nan, 1]},
        {"threshold": np.nan},
        {"learned": {"mean": [1, 1, np.nan]}},
    ):
        with pytest.raises(ValueError, match="nan"):
            mixer(**wrong)


@pytest.mark.parametrize("page", toc_pages())
def test_every_explorer_breaks_with_a_sentence(visit, built_book, tmp_path, subtests, page):
    """Every explorer of the book, with any one of its arrays cut short or missing, says so."""
    broken = {}
    for number, entry in enumerate(entries_of(built_book / page)):
        for name in {buffer["path"][1] for buffer in entry.get("buffers", [])}:
            for harm in (truncate, drop):
                harmed = broken[f"{number}, {name}: {harm.__name__}"] = json.loads(json.dumps(entry))
                harm(harmed, name)
    opened = visit(write_page(tmp_path, broken)) if broken else None
    for number, name in enumerate(broken):
        with subtests.test(name):
            check_sentence(opened, number)


def test_names_are_text_never_markup(visit, tmp_path):
    """Markup in a name, a noun, a mark or a label is read out as it is written; nothing of it is run."""
    names = [f"{MARKUP}{number}" for number in range(3)]
    entry = mixer(names=names, noun=f"{MARKUP}s", label_text=MARKUP, marks={MARKUP: 0.7}, learned={"mean": [1, 1, 1]})
    opened = visit(write_page(tmp_path, {"one": entry}))
    (figure,) = opened.draw()
    figure.put({names[1]: 0.5})
    cells = figure.table()
    opened.page.wait_for_timeout(300)
    assert opened.page.evaluate("() => window.hit") is None
    assert opened.page.locator("img").count() == 0
    assert [control.name for control in figure.controls()][:3] == names
    assert figure.label == MARKUP
    assert cells[0][1:4] == names
    assert MARKUP in figure.status
    assert opened.problems == []


def test_error_messages_are_text(visit, tmp_path):
    """The sentence quotes the error without running it."""
    opened = visit(write_page(tmp_path, {"one": module_entry(f"throw new Error({json.dumps(MARKUP)});")}))
    check_sentence(opened)
    assert MARKUP in opened.page.locator(".fy-broken").text_content()
    assert opened.page.evaluate("() => window.hit") is None
