"""Chapter 11's explorer shows what was recorded: losses, sums, shares, accuracies, and every thing's place."""

import random

import numpy as np
import pytest
from built import floats, near, page, says, spots
from notebook import arguments, made
from visit import number

NOTEBOOK, KIND = "11_joint_training", "joint-loss"
chapter = page(f"book/{NOTEBOOK}.html")


class Film:
    """Worlds, amounts, weights and moments as the notebook has them; what was measured, from the page."""

    def __init__(self, data):
        space = made(NOTEBOOK, "JointLoss", "N EACH MIX PLACES KEPT world AMOUNTS ALPHAS MOMENTS THINGS")
        self.given, self.data, self.space = arguments(NOTEBOOK, "JointLoss", space), data, space
        self.worlds, self.amounts, self.weights, self.epochs, self.kept = (
            list(self.given[name]) for name in ("worlds", "amounts", "weights", "epochs", "kept")
        )
        self.p, self.cosine, self.label = data["p"] / 255, data["cosine"] / 127.5 - 1, data["label"]
        self.things = self.label.shape[1]

    def check(self, figure, w, k, a, s, thing):
        """Every number of the table, the sentence, and all three pictures."""
        rows, lost = figure.rows(), self.data["losses"][w, k, :, s].astype(float)
        assert len(figure.cells[0]) == 1 + len(self.weights)
        wanted = {"L_task": lost[:, 0], "L_align": lost[:, 1], "L": lost[:, 0] + np.array(self.weights) * lost[:, 1]}
        wanted |= {"cosine of the gradients": lost[:, 2]}
        wanted |= {f"kept of {name}": self.data["shares"][w, k, :, s, j] for j, name in enumerate(self.kept)}
        ends = self.data["accuracy"][w, k].astype(float)
        wanted |= {"accuracy in the end, mean": ends[:, 0], "its standard deviation": ends[:, 1]}
        for name, values in wanted.items():
            assert [number(cell) for cell in rows[name]] == pytest.approx(values.tolist(), abs=1e-4), name
        for name, values in ((f"p of thing {thing + 1}", self.p), (f"cosine of thing {thing + 1}", self.cosine)):
            shown = [number(cell) for cell in rows[name]]
            assert shown == pytest.approx(values[w, k, :, s, thing].tolist(), abs=6e-4)
        p, cosine = self.p[w, k, a, s], self.cosine[w, k, a, s]
        right = ((p > 0.5) == self.label[w]).mean()
        assert f"The label: {self.worlds[w]}; {self.amounts[k]:,} labels" in figure.told
        assert f"Of {self.things} held-out things, {np.floor(100 * right + 0.5):.0f}\u00a0% are right" in figure.told
        self.check_things(figure, w, p, cosine, thing)
        self.check_kept(figure, self.data["shares"][w, k, a, s])
        self.check_ends(figure, ends, a)

    def check_things(self, figure, w, p, cosine, thing):
        """To the right by p, upwards by the cosine; full for label 1; the ring is around the chosen one."""
        x, y = (figure.axis(way, "Held-out things", off=4) for way in "xy")
        wanted = np.stack([x(p), y(cosine)], 1)
        for kind, label in (("zero", 0), ("one", 1)):
            strokes = figure.marks(f".fj-{kind}")[0]["d"].removeprefix("M").removesuffix("h0.01").split("h0.01M")
            near([[float(v) for v in stroke.split()] for stroke in strokes], wanted[self.label[w] == label])
        near(np.array(floats(figure.marks(".fj-ring"), "cx", "cy")).ravel(), wanted[thing])

    def check_kept(self, figure, shares):
        picture = "How much of each cause"
        rows = figure.marks(".fy-left", picture)
        assert [one["text"] for one in rows] == self.kept
        full, wide, top = (
            floats(figure.marks(".fj-track", picture), "width"),
            *floats(figure.marks(".fj-bar", picture), "width", "y"),
        )
        near(wide, full * np.clip(shares, 0, 1))
        near(top, floats(rows, "y") - 12)

    def check_ends(self, figure, ends, a):
        picture = "Held-out accuracy"
        y = figure.axis("y", picture)
        labels = {one["text"]: float(one["x"]) for one in figure.marks(".fy-tick", picture)}
        x = np.array([labels[f"{weight:g}".removeprefix("0") or "0"] for weight in self.weights])
        assert (np.diff(x) > 0).all()
        wanted = np.stack([x, y(ends[:, 0].clip(0.45, 0.95))], 1)
        near(spots(figure.marks(".fi-line", picture)[0]["d"]), wanted)
        near(np.stack(floats(figure.marks("circle", picture), "cx", "cy"), 1), wanted)
        assert ["fy-yours" in one["class"] for one in figure.marks("circle", picture)].index(True) == a
        strokes = figure.marks(".fj-whisker", picture)[0]["d"].removeprefix("M").split("M")
        low_high = np.array([[float(v) for v in one.split(" ")[1].split("V")] for one in strokes])
        near(low_high, y((ends[:, :1] + ends[:, 1:] * [-1, 1]).clip(0.45, 0.95)))


@pytest.fixture(scope="module")
def film(chapter):
    return Film(chapter.arrays(KIND))


def test_the_film_first_shows_what_the_notebook_recorded(chapter, film):
    figure = chapter.figure(KIND)
    assert figure.options("the label") == film.worlds
    assert figure.options("labels") == [f"{amount:,}" for amount in film.amounts]
    settings = [int(figure.control(name).value) for name in ("the label", "labels", "α", "epochs", "thing")]
    film.check(figure, *settings[:4], settings[4] - 1)


@pytest.mark.parametrize("seed", range(8))
def test_any_moment_is_what_was_recorded(chapter, film, seed):
    rng, figure = random.Random(seed), chapter.figure(KIND)
    w, k = seed % 2, seed // 2 % 2
    a, s, thing = rng.randrange(len(film.weights)), rng.randrange(len(film.epochs)), rng.randrange(film.things)
    figure.put({"the label": film.worlds[w], "labels": f"{film.amounts[k]:,}"})
    figure.put({"α": a, "epochs": s, "thing": thing + 1})
    film.check(figure, w, k, a, s, thing)


def test_labels_are_those_of_one_sample_of_each_world(film):
    """Drawn anew for all eight samples: the same one shows both worlds, each under its own name."""
    shown = film.space["THINGS"]

    def labels(seed):
        return [
            film.space["world"](2000, 500 + seed, kind)[1][:shown].int().numpy()
            for kind in film.space["PLACES"].values()
        ]

    assert any(np.array_equal(labels(seed), film.label) for seed in range(8))


def test_a_press_picks_the_thing(chapter, film):
    figure = chapter.figure(KIND)
    figure.put({"thing": 5})
    ring = figure.section.locator(".fj-ring")
    ring.scroll_into_view_if_needed()
    box = ring.bounding_box()
    figure.put({"thing": 1})
    figure.visit.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    says(figure, "Thing 5,")


def test_no_stray_word_at_any_setting(chapter):
    chapter.sweep()
