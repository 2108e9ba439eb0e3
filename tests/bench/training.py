"""`fit_many` against a loop of `fit`: the same 16 small networks, the same seeds, the same result."""

import time

import torch
from fusionbook.train import Recipe, fit, fit_many
from torch import nn

from tests.bench.report import Figure, spread

SEEDS, ROWS, FEATURES, HIDDEN, TIMES = range(16), 3000, 20, 32, 5


def measure() -> list[Figure]:
    """Time both in turn, several times; the ratio is that of the medians."""
    x = torch.randn(ROWS, FEATURES, generator=torch.Generator().manual_seed(0))
    y = (x[:, 0] * x[:, 1] > 0).float()
    train, held, recipe = (x[:2400], y[:2400]), (x[2400:], y[2400:]), Recipe(patience=None)

    def together():
        return fit_many(_build, train, held, seeds=SEEDS, recipe=recipe)

    def one_by_one():
        return [fit(_seeded(seed), train, held, recipe=recipe, seed=seed) for seed in SEEDS]

    many, loop = [], []
    for _ in range(TIMES):
        many.append(_seconds(together))
        loop.append(_seconds(one_by_one))
    times = {"fit_many": spread(many), "loop": spread(loop), "threads": torch.get_num_threads()}
    fast, slow = times["fit_many"]["median"], times["loop"]["median"]
    name = f"fit_many ({fast:.2f} s) against a loop of fit ({slow:.2f} s), 16 small MLPs"
    return [Figure(name, slow / fast, "times", "fit_many", times)]


def _build() -> nn.Module:
    layers = nn.Linear(FEATURES, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1)
    return nn.Sequential(*layers, nn.Flatten(0))


def _seeded(seed: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _build()


def _seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
