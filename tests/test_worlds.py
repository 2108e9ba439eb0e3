"""The worlds hold the bits they claim, and their posterior is the closed form."""

import numpy as np
import pytest
from fusionbook import metrics
from fusionbook.data import worlds
from fusionbook.retrieval import mutual_information
from hypothesis import given, settings
from hypothesis import strategies as st

BITS = {"copy": (1, 1, 1), "unique": (1, 0, 1), "and": (0.311, 0.311, 0.811), "xor": (0, 0, 1)}


@pytest.mark.parametrize("name", worlds.NAMES)
def test_each_modality_alone_and_both_together_hold_the_stated_bits(name):
    world = worlds.make(name, 40_000, 0, noise=0.0)
    a, b = (np.sign(x[:, 0]) for x in (world.a, world.b))
    told = [mutual_information(world.label, *columns) for columns in ([a], [b], [a, b])]
    assert told == pytest.approx(BITS[name], abs=0.01)
    assert np.array_equal(world.p, world.label)  # without noise nothing is uncertain
    assert np.array_equal(np.stack([a, b], 1) > 0, world.bits == 1)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), noise=st.floats(0.3, 2), dim=st.integers(1, 4))
def test_the_posterior_of_xor_and_unique_is_the_closed_form(seed, noise, dim):
    world = worlds.make("xor", 50, seed, noise=noise, dim=dim)
    a, b = (np.tanh(x.astype(float).sum(1) / noise**2) for x in (world.a, world.b))
    assert world.p == pytest.approx((1 - a * b) / 2, abs=1e-6)
    world = worlds.make("unique", 50, seed, noise=noise, dim=dim)
    assert world.p == pytest.approx(1 / (1 + np.exp(-2 * world.a.astype(float).sum(1) / noise**2)), abs=1e-6)


@pytest.mark.parametrize("name", worlds.NAMES)
def test_the_posterior_is_calibrated_and_ranks_best(name):
    world = worlds.make(name, 30_000, 3, noise=1.0)
    assert metrics.ece(world.label, world.p) < 2 * metrics.ece_floor(world.p) + 0.002
    best = metrics.expected_auc(world.p, world.p)
    for other in (world.a[:, 0], world.b[:, 0], world.a[:, 0] * world.b[:, 0], world.a[:, 0] + world.b[:, 0]):
        assert metrics.expected_auc(world.p, other) <= best + 1e-9


@pytest.mark.parametrize("name", worlds.NAMES)
def test_the_same_seed_gives_the_same_bytes(name):
    one, two, three = (worlds.make(name, 50, seed, dim=3) for seed in (5, 5, 6))
    assert one.a.tobytes() + one.b.tobytes() + one.p.tobytes() == two.a.tobytes() + two.b.tobytes() + two.p.tobytes()
    assert one.a.tobytes() != three.a.tobytes()
    assert one.a.shape == (50, 3)
    assert one.n == 50


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nand", 5, 0), "name is 'nand'"),
        (("xor", 0, 0), "n is 0"),
        (("xor", 5, 0, -1.0), "noise is -1.0"),
        (("xor", 5, 0, float("nan")), "noise is nan"),
        (("xor", 5, 0, 0.1, 0), "dim is 0"),
    ],
)
def test_bad_input_is_named(arguments, words):
    name, n, seed, *rest = arguments
    with pytest.raises(ValueError, match=words):
        worlds.make(name, n, seed, **dict(zip(("noise", "dim"), rest, strict=False)))
