"""Chapter 6's explorers, whose worlds are drawn anew: votes against scikit-learn, the gallery against its record."""

import random
import re

import numpy as np
import pytest
from built import floats, near, page, says, spots
from notebook import arguments, keys, made
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from visit import eventually, number

NOTEBOOK, VOTES, WORLDS = "06_interactions", "draw-your-own-votes", "worlds"
KNOTS, CORNERS = np.arange(-3, 4), ("(−, −)", "(−, +)", "(+, −)", "(+, +)")
chapter = page(f"book/{NOTEBOOK}.html")


def entropy(p):
    return -p * np.log2(p) - (1 - p) * np.log2(1 - p)


def bits(label, score):
    """Bits of the label that the rescaled score brings, by scikit-learn."""
    if score.std() < 1e-9:
        return 0.0
    x = ((score - score.mean()) / score.std())[:, None]
    fit = LogisticRegression(C=1e12, tol=1e-10, max_iter=1000).fit(x, label)
    if fit.coef_[0, 0] < 0:
        return 0.0
    return max(0.0, entropy(label.mean()) - log_loss(label, fit.predict_proba(x)[:, 1]) / np.log(2))


def check_dots(figure, kind, picture, x, y, a, b, label):
    """A ring for every example with label 0, a full dot for those with label 1, each in its place."""
    for name, wanted in (("zero", 0), ("one", 1)):
        rows, (path,) = label == wanted, figure.marks(f".{kind}-{name}", picture)
        shown = np.array(re.findall(r"M(-?[\d.]+) (-?[\d.]+)[mh]", path["d"]), dtype=float)
        near(shown, np.stack([x(np.clip(a[rows], -3, 3)), y(np.clip(b[rows], -3, 3))], 1))


# ---- votes ----


class Votes:
    """The chapter's worlds, with examples, marks and best sums, as its notebook computes them."""

    def __init__(self):
        names = "NOISE K CORNERS quantiles SHOWN cross chance entropy bits_known bits_of curve best_sum best marks some"
        self.space = made(NOTEBOOK, "DrawYourOwnVotes", f"{names} dots")
        self.names, self.marks = list(self.space["CORNERS"]), self.space["marks"]

    def check(self, figure, world, f, g, c=0.0):
        """Bits, AUC, scores at the corners, curves, marks, examples, and the colour of the plane."""
        a, b, label = self.space["cross"](world)
        score = np.interp(a, KNOTS, f) + np.interp(b, KNOTS, g) + c * a * b
        told = dict(figure.cells[1:])
        assert number(told["AUC"]) == pytest.approx(roc_auc_score(label, score.round(12)), abs=1e-4)
        assert number(told["bits"]) == pytest.approx(bits(label, score), abs=1e-4)
        for k, name in enumerate(CORNERS):
            i, j = divmod(k, 2)
            corner = f[2 + 2 * i] + g[2 + 2 * j] + c * (2 * i - 1) * (2 * j - 1)
            assert number(told[f"score at {name}"]) == pytest.approx(corner, abs=1e-4)
        for name, value in self.marks[world].items():
            assert number(told[f"bits: {name}"]) == pytest.approx(value, abs=1e-4)
        self.check_plane(figure, world, f, g, c, score.mean())
        self.check_rails(figure, world, number(told["bits"]), number(told["AUC"]))

    def check_plane(self, figure, world, f, g, c, mean):
        picture = "The plane of a and b"
        x, y = figure.axis("x", picture), figure.axis("y", picture)
        a, b, label = self.space["dots"][world]
        check_dots(figure, "fw", picture, x, y, a, b, label)
        across, down = floats(figure.marks(".fw-knot", picture), "cx", "cy")
        near(across[:7], x(KNOTS))
        near(down[7:], y(KNOTS))
        shares = [(down[:7], f, -1), (across[7:], g, 1)]  # f upwards, g to the right
        for places, curve, sign in shares:
            unit = (np.ptp(x([-3, 3])) * 0.22 / 0.76) / 6
            middle = places - sign * unit * np.array(curve)
            assert np.ptp(middle) < 2, (places, curve)
        middles = (np.arange(48) + 0.5) / 8 - 3
        field = np.interp(middles, KNOTS, f)[None] + np.interp(-middles, KNOTS, g)[:, None]
        field = field - c * middles[None] * middles[:, None] - mean
        pixels = figure.pixels("canvas")
        orange, clear = pixels[..., 0] > pixels[..., 2], np.abs(field) > 0.05
        assert (orange == (field > 0))[clear & (pixels[..., 3] > 0)].all()

    def check_rails(self, figure, world, brings, ranks):
        for picture, value, marks in (
            ("Bits", brings, self.marks[world]),
            ("How well it ranks", ranks, {"coin": 0.5}),
        ):
            x = figure.axis("x", picture)
            near(floats(figure.marks(".fy-yours", picture), "cx"), x([value]))
            near(floats(figure.marks(".fy-mark", picture), "x1"), x(sorted(marks.values())))
            lowest = min(marks, key=marks.get)
            shown = [one["text"] for one in figure.marks("text.fy-tick", picture)]
            assert any(set(words.split(", ")) <= set(marks) and lowest in words.split(", ") for words in shown)


@pytest.fixture(scope="module")
def votes():
    return Votes()


@pytest.mark.parametrize("world", keys(NOTEBOOK, "CORNERS"))
def test_every_world_is_the_notebooks(chapter, votes, world):
    """Its examples, its marks, and its best sum, with the curves that the figure starts with and with the best ones."""
    figure, start = chapter.figure(VOTES), (KNOTS / 2).tolist()
    assert figure.options("world") == votes.names
    figure.put({"world": world})
    votes.check(figure, world, start, start)
    figure.press("Best sum")
    votes.check(figure, world, *votes.space["best"][world].tolist())
    says(figure, f"World {world}: ")


@pytest.mark.parametrize("seed", range(6))
def test_any_drawing_is_what_scikit_learn_says(chapter, votes, seed):
    """Points set one by one, in any world, with and without a product."""
    rng, figure = random.Random(seed), chapter.figure(VOTES)
    f, g = ((KNOTS / 2).tolist() for _ in "fg")
    world, c = rng.choice(votes.names), rng.randint(-60, 60) / 20 if seed % 2 else 0.0
    figure.put({"world": world, "let in one product, c\u2009·\u2009a\u2009·\u2009b": seed % 2 == 1, "c": c})
    for point in rng.sample(range(14), 5):
        (f if point < 7 else g)[point % 7] = rng.randint(-60, 60) / 20
        figure.put({"point": point + 1, "its height": (f if point < 7 else g)[point % 7]})
    votes.check(figure, world, f, g, c)


def test_on_xor_no_drawing_brings_a_bit_and_a_product_does(chapter, votes):
    figure, rng = chapter.figure(VOTES), random.Random(1)
    for _ in range(6):
        figure.put({"point": rng.randrange(14) + 1, "its height": rng.randint(-60, 60) / 20})
        assert dict(figure.cells[1:])["bits"] == "0.00000"
    figure.put({"let in one product, c\u2009·\u2009a\u2009·\u2009b": True, "c": -2})
    assert number(dict(figure.cells[1:])["bits"]) > 0.2


def test_dragging_does_what_the_sliders_do(chapter):
    """A pointer that presses above f's middle point moves that point there."""
    figure = chapter.figure(VOTES)
    figure.press("Flat curves")
    says(figure, "Both curves are flat")
    pad = figure.section.locator(".fw-pad").first
    pad.scroll_into_view_if_needed()
    box, mouse = pad.bounding_box(), figure.visit.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + 12)
    mouse.down()
    mouse.up()
    says(figure, "Point chosen: f at 0, 2.")
    assert "Both curves are flat" not in figure.status


# ---- worlds ----


class Gallery:
    """Worlds, fusions and moments as the notebook has them; fields and AUC as recorded in the page."""

    def __init__(self, arrays):
        names = "NOISE CORNERS EPOCHS G STARTS line test clean bits h entropy"
        space = made(NOTEBOOK, "Worlds", names)
        self.given = arguments(NOTEBOOK, "Worlds", space)
        self.worlds, self.epochs, self.bits = list(self.given["worlds"]), self.given["epochs"], self.given["bits"]
        self.fusions, self.size, self.starts = keys(NOTEBOOK, "contest"), space["G"], space["STARTS"]
        self.fields, self.auc = arrays["fields"], arrays["auc"]

    def check(self, figure, w, f, s, t):
        """AUC of every fusion, now and on average over starts; probabilities at the corners; all three pictures."""
        head, *rows = figure.cells
        assert head[4:] == [f"mean after {epoch}" for epoch in self.epochs]
        assert [row[0] for row in rows] == self.fusions
        for k, (_, _, _, now, *means) in enumerate(rows):
            assert number(now) == pytest.approx(self.auc[w, k, s, t], abs=1e-4)
            assert [number(one) for one in means] == pytest.approx(self.auc[w, k].mean(0), abs=6e-4)
        at = [round((v + 3) / 6 * (self.size - 1)) for v in (-1, 1)]
        wanted = [self.fields[w, f, s, t, i, j] for i in at for j in at]
        said = [int(n) for n in re.findall(r"\) (\d+)\u00a0%", figure.told)]
        assert said == pytest.approx(wanted, abs=0.51)
        assert f"World {self.worlds[w]} after {self.epochs[t]} epochs, start {s + 1}." in figure.told
        assert f"the true probability {self.given['bayes'][w]:.3f}" in figure.told
        self.check_tiles(figure, w, s, t)
        self.check_curves(figure, w, f, s, t)

    def check_tiles(self, figure, w, s, t):
        """A to the right, B upwards, orange where the fusion says 1; the world's examples on top."""
        assert [one["text"] for one in figure.marks(".fo-name")] == self.fusions
        for k in range(len(self.fusions)):
            p, pixels = self.fields[w, k, s, t].astype(float).T[::-1] / 100, figure.pixels("canvas", k)
            near(pixels[..., 3], np.round(430 * np.abs(p - 0.5)), within=1)
            assert ((pixels[..., 0] > pixels[..., 2]) == (p > 0.5))[np.abs(p - 0.5) > 0.02].all()
        a, b, label = self.given["dots"][self.worlds[w]]
        for name, wanted in (("zero", 0), ("one", 1)):
            shown = re.findall(r"M(-?[\d.]+) (-?[\d.]+)[mh]", figure.marks(f".fo-{name}")[0]["d"])
            rows = label == wanted
            near(np.array(shown, dtype=float), 100 / 3 * np.stack([a[rows], -b[rows]], 1), within=0.1)

    def check_curves(self, figure, w, f, s, t):
        picture, y = "AUC of the chosen", figure.axis("y", "AUC of the chosen")
        ticks = {one["text"]: float(one["x"]) for one in figure.marks("text.fy-tick", picture)}
        x = [ticks[str(epoch)] for epoch in self.epochs]
        assert (np.diff(x) > 0).all()
        wanted = np.stack([x, y(self.auc[w, f, s].clip(0.4, 1))], 1)
        near(spots(figure.marks(".fo-thick", picture)[0]["d"]), wanted)
        near(floats(figure.marks(".fy-yours", picture), "cx", "cy"), wanted[t][:, None])
        near(floats(figure.marks(".fy-mark", picture), "y1"), [y(self.given["bayes"][w])])
        wide = floats(figure.marks("rect", "Bits of the label"), "width")
        told = [number(one["text"]) for one in figure.marks("text.fy-tick", "Bits of the label")]
        assert told == pytest.approx(self.bits[w], abs=6e-4)
        assert wide == pytest.approx(np.maximum(1, wide.max() / max(self.bits[w]) * np.array(self.bits[w])), abs=0.2)


@pytest.fixture(scope="module")
def gallery(chapter):
    return Gallery(chapter.arrays(WORLDS))


def test_the_gallery_first_shows_what_the_notebook_chose(chapter, gallery):
    figure = chapter.figure(WORLDS)
    assert figure.options("world") == gallery.worlds
    assert figure.options("look at") == gallery.fusions
    settings = [figure.control(name).value for name in ("world", "look at", "start", "epochs")]
    world, fusion, start, step = settings
    assert int(start) - 1 == gallery.given["start"]
    gallery.check(figure, gallery.worlds.index(world), gallery.fusions.index(fusion), int(start) - 1, int(step))


@pytest.mark.parametrize("seed", range(6))
def test_every_field_is_looked_up(chapter, gallery, seed):
    """For any world, fusion, start and moment."""
    rng, figure = random.Random(seed), chapter.figure(WORLDS)
    sizes = len(gallery.worlds), len(gallery.fusions), gallery.starts, len(gallery.epochs)
    w, f, s, t = (rng.randrange(size) for size in sizes)
    w = seed if seed < 4 else w
    figure.put({"world": gallery.worlds[w], "look at": gallery.fusions[f], "start": s + 1, "epochs": t})
    gallery.check(figure, w, f, s, t)


def test_the_film_plays_to_its_end_and_stops_for_a_hand(chapter, gallery):
    figure, last = chapter.figure(WORLDS), len(gallery.epochs) - 1
    figure.put({"epochs": last - 1})
    figure.press("Play")
    eventually(lambda: _named(figure, "Play"))
    says(figure, f"after {gallery.epochs[last]} epochs")
    figure.press("Play")  # from the start again
    _named(figure, "Pause")
    says(figure, f"after {gallery.epochs[0]} epochs")
    figure.put({"epochs": 3})
    _named(figure, "Play")


def _named(figure, name):
    assert any(control.name == name for control in figure.controls())


def test_no_stray_word_at_any_setting(chapter):
    chapter.sweep()
