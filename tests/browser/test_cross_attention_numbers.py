"""Chapter 8's explorer against torch: maps both ways, head by head, every verdict, and what lies where."""

import random

import numpy as np
import pytest
import torch
from built import floats, near, page, says, spots
from fusionbook.attention import Attention
from notebook import arguments, made
from pictures import pixels_of
from torch.nn.functional import layer_norm
from visit import eventually, number

NOTEBOOK, KIND = "08_cross_attention", "where-does-the-word-look"
chapter = page(f"book/{NOTEBOOK}.html")


class Looker:
    """The chapter's model after each epoch shown; its scenes, words and pictures drawn anew."""

    def __init__(self, arrays):
        names = "SCENES CELL W K cut questions HELD known alone both_names code_of holds captions moments"
        space = made(NOTEBOOK, "WhereDoesTheWordLook", names, SEEDS=range(1), SHOWN=-1)
        given = arguments(NOTEBOOK, "WhereDoesTheWordLook", space)
        self.names, self.epochs, self.heads = sum(map(tuple, given["names"]), ()), given["epochs"], given["heads"]
        self.scenes, self.captions, self.tiles = given["scenes"], given["captions"], given[1]
        self.things, self.data = len(given["names"][0]), arrays

    def model(self, moment, cells, codes):
        """Return p for words and patches, and the maps both ways, through fusionbook's own attention."""
        size = len(self.epochs)
        arrays = {name: one[moment] for name, one in self.data.items() if len(one) == size}
        one = {name: torch.tensor(array, dtype=torch.float64) for name, array in arrays.items()}
        known = torch.tensor([[code >= 0 for code in codes]])
        words = one["words"][[max(code, 0) for code in codes]][None] * known[..., None]
        seen = one["looks"][list(cells)] + one["place"]  # -1 is the last row, the empty patch
        patches = layer_norm(seen, (seen.shape[1],), one["norm"][0], one["norm"][1])[None]
        results = []
        for side, asking, answering, present in (("patches", words, patches, None), ("words", patches, words, known)):
            layer = Attention(seen.shape[1], self.heads).double()
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
        return there.numpy(), named.numpy(), (seen * known[0][:, None]).numpy(), heard.numpy()

    def check(self, figure, moment, cells, codes, asks, asker):
        """Hold table and pictures at one state; `codes` has -1 for a word that the model never met."""
        there, named, seen, heard = self.model(moment, cells, codes)
        maps = seen if asks == "word" else heard
        rows, weights = figure.cells[1:], maps.mean(0)[asker]
        looks = [row for row in rows if row[0].startswith("looks at")]
        shown = [[number(x) for x in row[1:]] for row in looks]
        assert np.array(shown) == pytest.approx(np.vstack([weights[None], maps[:, asker]]).T, abs=1e-4)
        if asks == "word":
            held = ["empty" if cell < 0 else self.names[cell] for cell in cells]
            assert [row[0].split(": ")[1] for row in looks] == held
        words = [row[1] for row in rows if row[0].startswith("p that word")]
        for shown_p, p, code in zip(words, there, codes, strict=True):
            assert shown_p == "–" if code < 0 else number(shown_p) == pytest.approx(p, abs=1e-4)
        patches = [number(row[1]) for row in rows if row[0].startswith("p that row")]
        assert patches == pytest.approx(named.tolist(), abs=1e-4)
        self.check_scene(figure, cells, codes, asks, weights)
        self.check_heads(figure, maps[:, asker], asks)
        self.check_curve(figure, moment)

    def check_scene(self, figure, cells, codes, asks, weights):
        """Each patch holds the picture of its thing, each word stands in its line; a veil lifts where it looks."""
        picture = "A scene of nine patches"
        images = figure.marks(".fx-cell image", picture)
        across, down = (values.reshape(3, 3) for values in floats(images, "x", "y"))
        assert (np.diff(across) > 0).all()
        assert (np.diff(down, axis=0) > 0).all()
        near(np.ptp(across, axis=0), np.zeros(3))
        for image, cell in zip(images, cells, strict=True):
            assert (image["visibility"] == "visible") == (cell >= 0)
            if cell >= 0:
                assert np.array_equal(pixels_of(image["href"]), self.tiles[cell])
        lit = np.minimum(1, weights / max(0.35, weights.max()))
        if asks == "word":
            near(floats(figure.marks(".fx-veil", picture), "opacity"), 0.72 * (1 - lit), within=0.001)
        else:
            near(floats(figure.marks(".fx-light", picture), "fill-opacity"), 0.55 * lit, within=0.001)
        written = [one["text"] for one in figure.marks(".fx-name", picture)]
        for text, code in zip(written, codes, strict=True):
            assert code < 0 or text.strip().lower() == self.names[code].lower()

    def check_heads(self, figure, maps, asks):
        """One square a head: nine cells as they lie in the scene, or one bar a word."""
        kind = "IMAGE" if asks == "word" else "TEXT"
        shown = [one for one in figure.marks(".fx-head > g", "The map of each head") if one["visibility"] == "visible"]
        assert len(shown) == self.heads
        bars = figure.marks('.fx-head > g[visibility="visible"] rect:not(.fa-cell)', "The map of each head")
        assert {one["fill"] for one in bars} == {f"var(--fy-{kind.lower()}, var(--fy-ink))"}
        near(floats(bars, "fill-opacity"), np.minimum(1, 1.3 * maps**0.8).ravel(), within=0.001)

    def check_curve(self, figure, moment):
        picture = "Share of words judged"
        y = figure.axis("y", picture)
        (at,) = floats([one for one in figure.marks(".fy-tick", picture) if one["text"].startswith("epoch ")], "x")
        assert f"epoch {self.epochs[moment]}" in [one["text"] for one in figure.marks(".fy-tick", picture)]
        curves = [spots(one["d"]) for one in figure.marks(".fx-curve", picture)]
        for curve, values in zip(curves, self.data["reached"], strict=True):
            near(curve[:, 1], y(values))
            near(curve[:, 0], np.interp(self.epochs, [self.epochs[0], self.epochs[-1]], curve[[0, -1], 0]))
            assert curve[0, 0] < curve[-1, 0]
            near(curve[moment, 0], at)
        near(floats(figure.marks("circle", picture), "cy"), y(self.data["reached"][:, moment]))


@pytest.fixture(scope="module")
def looker(chapter):
    return Looker(chapter.arrays(KIND))


@pytest.mark.parametrize("scene", [0, 6, 17, 23])
def test_every_scene_first_says_what_torch_says(chapter, looker, scene):
    """As the notebook drew it, after the last epoch; the first word asks."""
    figure = chapter.figure(KIND)
    assert figure.options("the patch") == ["nothing", *looker.names[: looker.things]]
    figure.put({"scene": scene + 1})
    looker.check(figure, -1, looker.scenes[scene], looker.captions[scene].tolist(), "word", 0)


@pytest.mark.parametrize("seed", range(8))
def test_any_state_is_what_torch_says(chapter, looker, seed):
    """Another scene, epoch and asker; words typed, some unknown; another thing in the marked patch."""
    rng, figure = random.Random(seed), chapter.figure(KIND)
    scene, moment = rng.randrange(len(looker.scenes)), rng.randrange(len(looker.epochs))
    cells, codes = looker.scenes[scene].tolist(), looker.captions[scene].tolist()
    figure.put({"scene": scene + 1, "epochs": moment})
    for w in rng.sample(range(len(codes)), len(codes) if seed == 0 else 2):
        codes[w] = -1 if seed == 0 else rng.choice([-1, rng.randrange(len(looker.names))])
        figure.put({"who asks": f"w{w}"})
        figure.put({"the word": "owl" if codes[w] < 0 else f" {looker.names[codes[w]].upper()}  "})
        codes_now = looker.names[codes[w]].upper() if codes[w] >= 0 else "owl"
        assert [one["text"].strip() for one in figure.marks(".fx-name")][w] == codes_now
    patch = rng.randrange(9)
    figure.put({"who asks": f"p{patch}"})
    cells[patch] = rng.randrange(-1, looker.things)
    figure.put({"the patch": "nothing" if cells[patch] < 0 else looker.names[cells[patch]]})
    asks, asker = ("patch", patch) if seed % 2 == 0 else ("word", rng.randrange(len(codes)))
    figure.put({"who asks": f"{asks[0]}{asker}"})
    looker.check(figure, moment, cells, codes, asks, asker)


def test_after_training_the_cat_lights_up_for_both_of_its_names(chapter):
    figure = chapter.figure(KIND)
    for key, word in (("w0", "cat"), ("w1", "猫")):
        figure.put({"who asks": key})
        says(figure, f"“{word}” looks most at row 1, column 2 (cat)")
    figure.put({"who asks": "w4"})
    says(figure, "It is not in this scene, but a softmax has to look somewhere")


def test_a_word_that_it_never_met_and_none_at_all(chapter, looker):
    figure = chapter.figure(KIND)
    figure.put({"the word": "owl"})
    says(figure, "The model has never met “owl”: it has no vector for it")
    assert {number(x) for row in figure.cells[1:] if row[0].startswith("looks at") for x in row[1:]} == {0}
    figure.put({"the word": "  "})
    says(figure, "There is no word here, so nobody asks.")
    for w in range(looker.captions.shape[1]):
        figure.put({"who asks": f"w{w}"})
        figure.put({"the word": "owl"})
    figure.put({"who asks": "p4"})
    says(figure, "the model knows none of the words: nobody can answer, every weight is 0")


def test_pointing_asks_without_choosing_and_pressing_chooses(chapter, looker):
    """With the pointer on a patch it asks; away from it the chosen word does again; a press stays."""
    figure = chapter.figure(KIND)
    first, third = (looker.names[looker.captions[0][w]] for w in (0, 2))
    says(figure, f"“{first}”")
    figure.section.locator(".fx-cell").nth(5).hover()
    says(figure, "row 2, column 3")
    figure.section.locator(".fy-title").hover()
    says(figure, f"“{first}” looks most")
    assert figure.control("who asks").value == "w0"
    figure.section.locator(".fx-word").nth(2).click()
    figure.section.locator(".fy-title").hover()
    says(figure, f"“{third}”")
    assert figure.control("who asks").value == "w2"
    figure.section.locator(".fx-head").nth(1).click()
    says(figure, "head 2")


def test_another_scene_forgets_what_was_changed(chapter, looker):
    figure = chapter.figure(KIND)
    figure.put({"the word": "owl"})
    figure.put({"scene": 3})
    looker.check(figure, -1, looker.scenes[2], looker.captions[2].tolist(), "word", 0)
    assert figure.control("the word").value == looker.names[looker.captions[2][0]]


def test_the_film_runs_to_the_end_and_stops(chapter, looker):
    figure = chapter.figure(KIND)
    figure.put({"epochs": len(looker.epochs) - 2})
    figure.press("Play training")
    eventually(lambda: _named(figure, "Play training"), seconds=8)
    says(figure, f"After {looker.epochs[-1]} epochs")


def _named(figure, name):
    assert any(control.name == name for control in figure.controls())


def test_no_stray_word_at_any_setting(chapter):
    chapter.sweep()
