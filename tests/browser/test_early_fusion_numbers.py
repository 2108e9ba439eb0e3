"""Chapter 4's explorer against torch: descent, loss, its lowest point, curvatures, AUC, at any scale and step size."""

import random

import numpy as np
import pytest
import torch
from explorer_makers import conflict
from own_pages import arrays_of, entries_of, entry_of, write_page
from sklearn.metrics import roc_auc_score
from visit import eventually, number, said

PAGE = "book/04_early_fusion.html"


class Oracle:
    """Logistic regression on [scale · a; b] with a fixed bias, by torch's autograd in float64."""

    def __init__(self, entry, scale, standardised):
        arrays = arrays_of(entry)
        factor = 1.0 if standardised else scale
        self.x = torch.tensor(np.stack([arrays["a"] * factor, arrays["b"]], 1))
        self.y = torch.tensor(arrays["label"].astype(float))
        self.bias = self.y.mean().logit()

    def loss(self, w):
        z = self.bias + self.x @ w
        return torch.nn.functional.binary_cross_entropy_with_logits(z, self.y)

    def walk(self, rate, steps):
        w = torch.zeros(2, dtype=torch.float64, requires_grad=True)
        for _ in range(steps):
            (g,) = torch.autograd.grad(self.loss(w), w)
            w = (w - rate * g).detach().requires_grad_()
        return w.detach()

    def lowest(self):
        w = torch.zeros(2, dtype=torch.float64)
        for _ in range(60):
            h = torch.autograd.functional.hessian(self.loss, w)
            g = torch.autograd.functional.jacobian(self.loss, w)
            step, t = torch.linalg.solve(h, g), 1.0
            while self.loss(w - t * step) > self.loss(w) and t > 1e-9:
                t /= 2
            w = w - t * step
        return w

    def curvatures(self):
        start = torch.zeros(2, dtype=torch.float64)
        return torch.linalg.eigvalsh(torch.autograd.functional.hessian(self.loss, start)).flip(0)


def check(figure, entry, scale, rate, steps, standardised):
    oracle, told = Oracle(entry, scale, standardised), dict(figure.table()[1:])
    w, best, (large, small) = oracle.walk(rate, steps), oracle.lowest(), oracle.curvatures()
    names = entry["state"]["names"]
    wanted = {
        "condition number": (large / small).item(),
        "largest eigenvalue": large.item(),
        "largest safe step": (2 / large).item(),
        f"weight of {names[0]}": w[0].item(),
        f"weight of {names[1]}": w[1].item(),
        "loss": oracle.loss(w).item(),
        "lowest loss": oracle.loss(best).item(),
        f"its weight of {names[0]}": best[0].item(),
        f"its weight of {names[1]}": best[1].item(),
        "AUC": roc_auc_score(oracle.y.numpy(), (oracle.x @ w).numpy()),
    }
    for name, value in wanted.items():
        assert number(told[name]) == pytest.approx(value, rel=1e-4, abs=1e-4), name


@pytest.mark.parametrize("seed", range(5))
def test_any_setting_is_what_torch_says(visit, tmp_path, seed):
    """Scales from 0.1 to 10, step sizes that are safe and some that are not, 0 to 100 steps, standardised or not."""
    rng = random.Random(seed)
    scale, rate = 10 ** rng.uniform(-1, 0.7), 10 ** rng.uniform(-1, 0.4)
    steps, standardised = rng.choice([0, 1, 7, 60, 100]), seed == 4
    entry = entry_of(conflict(scale=scale, rate=rate, steps=steps, standardised=standardised))
    (figure,) = visit(write_page(tmp_path, {"one": entry})).draw()
    check(figure, entry, scale, rate, steps, standardised)


def test_the_chapters_figure_crawls_runs_away_and_is_mended(visit, built_book):
    (entry,) = entries_of(built_book / PAGE)
    (figure,) = visit(PAGE).draw()
    check(figure, entry, 1.0, 3.0, 20, False)
    eventually(lambda: said(figure, "it has arrived"))
    figure.put({"multiply by": -1})
    check(figure, entry, 0.1, 3.0, 20, False)
    eventually(lambda: said(figure, "still to go"))
    figure.put({"multiply by": 1})
    eventually(lambda: said(figure, "it has run away"))
    figure.put({"standardise both first": True})
    check(figure, entry, 10.0, 3.0, 20, True)
    eventually(lambda: said(figure, "it has arrived"))


def test_the_condition_number_is_the_square_of_the_scale(visit, tmp_path):
    """For two features without correlation at the start, as the chapter derives."""
    rng = np.random.default_rng(0)
    a = np.tile([1.0, -1.0, 1.0, -1.0], 25)
    b = np.tile([1.0, 1.0, -1.0, -1.0], 25)
    entry = entry_of(conflict(a=a, b=b, label=rng.permutation([0, 1] * 50), scale=10.0))
    (figure,) = visit(write_page(tmp_path, {"one": entry})).draw()
    assert number(dict(figure.table()[1:])["condition number"]) == pytest.approx(100, abs=1e-3)
