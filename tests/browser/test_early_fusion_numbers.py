"""Chapter 4's explorer against torch: descent, loss, its lowest point, curvatures, AUC, and where each is drawn."""

import random

import numpy as np
import pytest
import torch
from built import floats, near, page, says, spots
from explorer_makers import conflict
from notebook import arguments, made
from own_pages import entry_of, write_page
from sklearn.metrics import roc_auc_score
from visit import number

NOTEBOOK, KIND, CELLS = "04_early_fusion", "scale-conflict", 28
chapter = page(f"book/{NOTEBOOK}.html")


class Oracle:
    """Logistic regression on [scale · a; b] with a fixed bias, by torch's autograd in float64."""

    def __init__(self, a, b, label):
        self.x = torch.tensor(np.stack([a, b], 1))
        self.y = torch.tensor(np.asarray(label, dtype=float))
        self.bias = self.y.mean().logit()

    def loss(self, w):
        z = self.bias + self.x @ w
        return torch.nn.functional.binary_cross_entropy_with_logits(z, self.y)

    def walk(self, rate, steps):
        w, path = torch.zeros(2, dtype=torch.float64, requires_grad=True), [[0.0, 0.0]]
        for _ in range(steps):
            (g,) = torch.autograd.grad(self.loss(w), w)
            w = (w - rate * g).detach().requires_grad_()
            path.append(w.tolist())
        return np.array(path)

    def lowest(self):
        w = torch.zeros(2, dtype=torch.float64)
        for _ in range(30):
            h = torch.autograd.functional.hessian(self.loss, w)
            g = torch.autograd.functional.jacobian(self.loss, w)
            step, t = torch.linalg.solve(h, g), 1.0
            while self.loss(w - t * step) > self.loss(w) and t > 1e-9:
                t /= 2
            w = w - t * step
            if step.abs().max() < 1e-12:
                break
        return w

    def curvatures(self):
        start = torch.zeros(2, dtype=torch.float64)
        return torch.linalg.eigvalsh(torch.autograd.functional.hessian(self.loss, start)).flip(0)


class Chapter:
    """The chapter's two features of its applicants, drawn anew and standardised."""

    def __init__(self):
        space = made(NOTEBOOK, "ScaleConflict", "test some", SEEDS=range(1))
        a, b, self.label, self.names = (arguments(NOTEBOOK, "ScaleConflict", space)[k] for k in range(4))
        self.a, self.b = ((values - values.mean()) / values.std() for values in (a, b))

    def check(self, figure, scale, rate, steps, standardised):
        oracle = Oracle(self.a * (1 if standardised else scale), self.b, self.label)
        path, best, (large, small) = oracle.walk(rate, steps), oracle.lowest(), oracle.curvatures()
        w, told, (one, other) = path[-1], dict(figure.cells[1:]), self.names
        wanted = {
            "condition number": (large / small).item(),
            "largest eigenvalue": large.item(),
            "largest safe step": (2 / large).item(),
            f"weight of {one}": w[0],
            f"weight of {other}": w[1],
            "loss": oracle.loss(torch.tensor(w)).item(),
            "lowest loss": oracle.loss(best).item(),
            f"its weight of {one}": best[0].item(),
            f"its weight of {other}": best[1].item(),
            "AUC": roc_auc_score(self.label, oracle.x.numpy() @ w),
        }
        for name, value in wanted.items():
            assert number(told[name]) == pytest.approx(value, rel=1e-4, abs=1e-4), name
        self.check_cloud(figure, oracle.x.numpy())
        self.check_walk(figure, path, best.numpy(), oracle)

    def check_cloud(self, figure, x):
        """Every applicant stands to the right by the first feature and up by the second, both in the same units."""
        picture, marks = "Applicants in the plane", figure.marks("circle", "Applicants in the plane")
        across, down = floats(marks, "cx", "cy")
        unit = np.ptp(across) / np.ptp(x[:, 0]) if np.ptp(x[:, 0]) > np.ptp(x[:, 1]) else np.ptp(down) / np.ptp(x[:, 1])
        side = float(figure.marks(".fc-frame", picture)[0]["width"]) + 1
        near(across, side / 2 + unit * x[:, 0], within=0.3)
        near(down, 24 + side / 2 - unit * x[:, 1], within=0.3)
        assert [mark["class"] == "fc-bad" for mark in marks] == [bool(one) for one in self.label]
        assert f"← {self.names[0]} →, upwards {self.names[1]}" in [one["text"] for one in figure.marks("text", picture)]

    def check_walk(self, figure, path, best, oracle):
        """The walk, its end and the lowest point are drawn in one scale; the bands are those of the loss."""
        picture = "The walk of gradient descent"
        side = float(figure.marks(".fc-frame", picture)[0]["width"]) + 1
        (goal,), now = (
            spots(figure.marks(".fy-diamond", picture)[0]["d"])[:1] + [0, 7],
            figure.marks(".fy-yours", picture),
        )
        centre = np.array([side / 2, 24 + side / 2])
        unit = np.abs(goal - centre).max() / np.abs(best).max()
        near(goal, centre + unit * best * [1, -1], within=0.3)
        inside = np.abs(path) * unit < 20 * side
        shown, wanted = spots(figure.marks(".fc-walk", picture)[0]["d"]), centre + unit * path * [1, -1]
        near(shown[inside.all(1)], wanted[inside.all(1)], within=0.3)
        near(np.array(floats(now, "cx", "cy")).ravel()[inside[-1]], wanted[-1][inside[-1]], within=0.3)
        reach = side / 2 / unit
        at = reach * ((np.arange(CELLS) + 0.5) * 2 / CELLS - 1)
        u, v = map(torch.tensor, np.meshgrid(at, -at))
        z = oracle.bias + u[..., None] * oracle.x[:, 0] + v[..., None] * oracle.x[:, 1]
        field = torch.nn.functional.binary_cross_entropy_with_logits(z, oracle.y.expand_as(z), reduction="none").mean(
            -1
        )
        height = np.log1p((field.numpy() - oracle.loss(torch.tensor(best)).item()) * 300)
        shade = figure.pixels("canvas")[..., 3]
        assert (np.abs(shade - (14 + 13 * np.floor(9 * height / height.max()))) > 0).mean() < 0.01


@pytest.fixture(scope="module")
def truth():
    return Chapter()


@pytest.mark.parametrize("seed", range(6))
def test_any_setting_is_what_torch_says(chapter, truth, seed):
    """At first as the chapter begins; then scales from 0.1 to 5, steps that are safe and some that are not."""
    rng, figure = random.Random(seed), chapter.figure(KIND)
    if seed == 0:
        truth.check(figure, 1.0, 3.0, 20, False)
        return
    power, pace = rng.randint(-50, 35) / 50, rng.randint(-50, 20) / 50
    steps, standardised = rng.choice([0, 1, 7, 60, 100]), seed == 4
    figure.put({"multiply by": power, "step size": pace, "steps": steps, "standardise both first": standardised})
    scale, rate = (10 ** float(figure.control(name).value) for name in ("multiply by", "step size"))
    truth.check(figure, scale, rate, steps, standardised)


def test_the_chapters_figure_crawls_runs_away_and_is_mended(chapter, truth):
    figure = chapter.figure(KIND)
    says(figure, "it has arrived")
    figure.put({"multiply by": -1})
    truth.check(figure, 0.1, 3.0, 20, False)
    says(figure, "still to go")
    figure.put({"multiply by": 1})
    says(figure, "it has run away")
    figure.put({"standardise both first": True})
    truth.check(figure, 10.0, 3.0, 20, True)
    says(figure, "it has arrived")


def test_no_stray_word_at_any_setting(chapter):
    chapter.sweep()


def test_the_condition_number_is_the_square_of_the_scale(visit, tmp_path):
    """For two features without correlation at the start, as the chapter derives."""
    rng = np.random.default_rng(0)
    a, b = np.tile([1.0, -1.0, 1.0, -1.0], 25), np.tile([1.0, 1.0, -1.0, -1.0], 25)
    entry = entry_of(conflict(a=a, b=b, label=rng.permutation([0, 1] * 50), scale=10.0))
    (figure,) = visit(write_page(tmp_path, {"one": entry})).draw()
    assert number(dict(figure.table()[1:])["condition number"]) == pytest.approx(100, abs=1e-3)
