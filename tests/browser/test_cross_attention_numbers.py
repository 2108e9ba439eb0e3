"""Chapter 8's explorer against torch: maps both ways, head by head, and every verdict, at random settings."""

import random

import numpy as np
import pytest
import torch
from explorer_makers import AS_PATCHES, ASKED, HELD, LOOKERS, NAMED, looking
from fusionbook.attention import Attention
from own_pages import arrays_of, entries_of, entry_of, write_page
from torch.nn.functional import layer_norm
from visit import eventually, number, said

PAGE = "book/08_cross_attention.html"
NAMES = [*NAMED[0], *NAMED[1]]


def by_model(moment, cells, codes):
    """Return what the test's own model says of one scene: p for words and patches, the maps both ways."""
    known = torch.tensor([[code >= 0 for code in codes]])
    patches = torch.tensor(AS_PATCHES[cells][None])  # -1 is the last row, the empty patch
    words = torch.tensor([[max(code, 0) for code in codes]])
    with torch.no_grad():
        there, named, seen, heard = LOOKERS[moment].double()(patches, words, known)
    return there[0], named[0], seen[0] * known[0][:, None], heard[0]


def by_arrays(data, moment, cells, codes, heads):
    """Return the same from the arrays that a page carries, through fusionbook's own attention."""
    one = {
        name: torch.tensor(array[moment], dtype=torch.float64) for name, array in data.items() if len(array) > moment
    }
    width = one["place"].shape[1]
    known = torch.tensor([[code >= 0 for code in codes]])
    words = one["words"][[max(code, 0) for code in codes]][None] * known[..., None]
    patches = layer_norm(one["looks"][cells] + one["place"], (width,), one["norm"][0], one["norm"][1])[None]
    results = []
    for side, asking, answering, present in (("patches", words, patches, None), ("words", patches, words, known)):
        layer = Attention(width, heads).double()
        with torch.no_grad():
            for part in ("query", "key", "value", "mix"):
                linear, packed = getattr(layer, part), one[f"ask_{side}.{part}"]
                linear.weight.copy_(packed[:, :-1])
                if linear.bias is not None:
                    linear.bias.copy_(packed[:, -1])
            told, maps = layer(asking, answering, present)
            judge = one["judge_words" if side == "patches" else "judge_patches"]
            results.append((((asking * told) @ judge[:-1] + judge[-1]).sigmoid()[0], maps[0]))
    (there, seen), (named, heard) = results
    return there, named, seen * known[0][:, None], heard


def check(figure, said_of_words, said_of_patches, maps, codes, asker):
    """Hold the table against p for words and patches and the maps (heads, askers, answerers)."""
    rows = figure.table()[1:]
    shown = [[number(x) for x in row[1:]] for row in rows if row[0].startswith("looks at")]
    wanted = torch.cat([maps.mean(0)[asker][None], maps[:, asker]]).T
    assert np.array(shown) == pytest.approx(wanted.numpy(), abs=1e-4)
    words = [row[1] for row in rows if row[0].startswith("p that word")]
    for shown_p, p, code in zip(words, said_of_words, codes, strict=True):
        assert shown_p == "\u2013" if code < 0 else number(shown_p) == pytest.approx(float(p), abs=1e-4)
    patches = [number(row[1]) for row in rows if row[0].startswith("p that row")]
    assert patches == pytest.approx(said_of_patches.tolist(), abs=1e-4)


@pytest.mark.parametrize("seed", range(8))
def test_any_state_is_what_torch_says(visit, tmp_path, seed):
    rng = random.Random(seed)
    cells, moment = [rng.randrange(-1, 3) for _ in range(9)], rng.randrange(3)
    caption = [rng.choice([*NAMES * 3, "owl", ""]) for _ in range(3)]
    asks, word, patch = rng.choice(["word", "patch"]), rng.randrange(3), rng.randrange(9)
    if seed == 0:
        caption, asks = ["owl", "", "fox"], "patch"  # nobody can answer
    entry = entry_of(looking(word=word, patch=patch, moment=moment))
    entry["state"] |= {"cells": cells, "caption": caption, "asks": asks}
    (figure,) = visit(write_page(tmp_path, {"one": entry})).draw()
    codes = [NAMES.index(name) if name in NAMES else -1 for name in caption]
    there, named, seen, heard = by_model(moment, cells, codes)
    check(figure, there, named, *((seen, codes, word) if asks == "word" else (heard, codes, patch)))


def test_on_the_chapters_own_figure(visit, built_book):
    """By its own controls: another scene, a word typed, a thing put in, an earlier epoch, a patch that asks."""
    entry = entries_of(built_book / PAGE)[0]
    data, state = arrays_of(entry), entry["state"]
    names, moment = state["english"] + state["chinese"], 3
    figure = visit(PAGE).draw()[0]
    figure.put({"scene": 7})
    figure.put({"epochs": moment})
    figure.put({"who asks": "w2"})
    figure.put({"the word": " 火箭 "})
    figure.put({"the patch": f"k{names.index('rocket')}"})
    cells, codes = data["scenes"][6].tolist(), data["captions"][6].tolist()
    codes[2], cells[state["patch"]] = names.index("火箭"), names.index("rocket")
    there, named, seen, heard = by_arrays(data, moment, cells, codes, state["heads"])
    check(figure, there, named, seen, codes, 2)
    figure.put({"who asks": "p5"})
    check(figure, there, named, heard, codes, 5)


def test_after_training_the_cat_lights_up_for_both_of_its_names(visit, built_book):
    figure = visit(PAGE).draw()[0]
    for key, word in (("w0", "cat"), ("w1", "猫")):
        figure.put({"who asks": key})
        eventually(lambda word=word: said(figure, f"\u201c{word}\u201d looks most at row 1, column 2 (cat)"))
    figure.put({"who asks": "w4"})
    eventually(lambda: said(figure, "It is not in this scene, but a softmax has to look somewhere"))


def test_a_word_that_it_never_met_and_none_at_all(visit, tmp_path):
    entry = entry_of(looking())
    (figure,) = visit(write_page(tmp_path, {"one": entry})).draw()
    figure.put({"the word": "owl"})
    eventually(lambda: said(figure, "The model has never met \u201cowl\u201d: it has no vector for it"))
    assert {number(x) for row in figure.table()[1:] if row[0].startswith("looks at") for x in row[1:]} == {0}
    figure.put({"the word": "  "})
    eventually(lambda: said(figure, "There is no word here, so nobody asks."))
    for w in range(3):
        figure.put({"who asks": f"w{w}"})
        figure.put({"the word": "owl"})
    figure.put({"who asks": "p4"})
    eventually(lambda: said(figure, "the model knows none of the words: nobody can answer, every weight is 0"))


def test_names_are_read_whatever_their_case_and_spaces(visit, tmp_path):
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(looking())})).draw()
    figure.put({"the word": " Red Apple"})
    eventually(lambda: said(figure, "\u201cRed Apple\u201d looks most at"))


def test_pointing_asks_without_choosing_and_pressing_chooses(visit, tmp_path):
    """With the pointer on a patch it asks; away from it the chosen word does again; a press stays."""
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(looking())})).draw()
    first = NAMES[ASKED[0][0]]
    eventually(lambda: said(figure, f"\u201c{first}\u201d"))
    patch = figure.section.locator(".fx-cell").nth(5)
    patch.hover()
    eventually(lambda: said(figure, "row 2, column 3"))
    figure.section.locator(".fy-title").hover()
    eventually(lambda: said(figure, f"\u201c{first}\u201d looks most"))
    assert figure.control("who asks").value == "w0"
    figure.section.locator(".fx-word").nth(2).click()
    figure.section.locator(".fy-title").hover()
    eventually(lambda: said(figure, f"\u201c{NAMES[ASKED[0][2]]}\u201d"))
    assert figure.control("who asks").value == "w2"
    figure.section.locator(".fx-head").nth(1).click()
    eventually(lambda: said(figure, "head 2"))


def test_another_scene_forgets_what_was_changed(visit, tmp_path):
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(looking())})).draw()
    figure.put({"the word": "owl"})
    figure.put({"scene": 3})
    codes, cells = ASKED[2].tolist(), HELD[2].tolist()
    there, named, seen, _ = by_model(2, cells, codes)
    check(figure, there, named, seen, codes, 0)
    assert figure.control("the word").value == NAMES[codes[0]]


def test_the_film_runs_to_the_end_and_stops(visit, tmp_path):
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(looking())})).draw()
    figure.control("Play training").node.click()
    eventually(lambda: said(figure, "After 0 epochs"))
    eventually(lambda: said(figure, "After 5 epochs"), seconds=8)
    eventually(lambda: _named(figure, "Play training"))


def _named(figure, name):
    assert any(control.name == name for control in figure.controls())
