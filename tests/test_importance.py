"""Shapley values against all orders, permutation importance against a model one can see through, areas by hand."""

from itertools import permutations

import numpy as np
import pytest
from fusionbook.importance import effective_robustness, permutation_importance, relative_robustness, shapley
from hypothesis import given, settings
from hypothesis import strategies as st

BOUNDED = settings(max_examples=30, deadline=None)


def game(size, seed, shape=()):
    worth = np.random.default_rng(seed).normal(size=(2**size, *shape))
    return lambda present: worth[(present << np.arange(size)).sum()]


@BOUNDED
@given(size=st.integers(1, 5), seed=st.integers(0, 999), shape=st.sampled_from([(), (3,)]))
def test_shapley_is_the_mean_over_all_orders_of_arrival(size, seed, shape):
    value, orders = game(size, seed, shape), list(permutations(range(size)))
    by_hand = np.zeros((size, *shape))
    for order in orders:
        present = np.zeros(size, bool)
        for member in order:
            before = value(present)
            present = present.copy()
            present[member] = True
            by_hand[member] += (value(present) - before) / len(orders)
    assert np.allclose(shapley(value, size), by_hand)


@BOUNDED
@given(size=st.integers(1, 6), seed=st.integers(0, 999))
def test_shapley_shares_out_everything_and_nothing_to_idlers(size, seed):
    value = game(size, seed)
    told = shapley(value, size)
    assert told.sum() == pytest.approx(value(np.ones(size, bool)) - value(np.zeros(size, bool)))
    with_idler = shapley(lambda present: value(present[:size]), size + 1)
    assert with_idler[-1] == pytest.approx(0)
    assert np.allclose(with_idler[:-1], told)


def test_shapley_of_a_sum_is_each_ones_own():
    assert np.allclose(shapley(lambda present: float(present @ [1.0, -2.0, 5.0]), 3), [1, -2, 5])


def test_permutation_importance_finds_who_is_used():
    rng = np.random.default_rng(0)
    a, b, c = rng.normal(size=(3, 4000, 1))
    target = a[:, 0] + 2 * b[:, 0]

    def score(features):
        return -np.mean((features[0][:, 0] + 2 * features[1][:, 0] - target) ** 2)

    fall = permutation_importance(score, [a, b, c], repeats=5)
    assert fall.shape == (3, 5)
    assert fall.mean(1) == pytest.approx([2, 8, 0], rel=0.1)  # twice the variance that is lost
    assert np.array_equal(fall, permutation_importance(score, [a, b, c], repeats=5))


def test_the_rows_of_a_modality_stay_whole_and_the_data_stay_as_they_were():
    x, y = np.arange(10).reshape(5, 2), np.arange(5)
    before = x.copy()

    def score(features):
        assert sorted(map(tuple, features[0])) == sorted(map(tuple, x))
        return 0.0

    assert not permutation_importance(score, [x, y], repeats=3).any()
    assert np.array_equal(x, before)


@BOUNDED
@given(seed=st.integers(0, 999), k=st.integers(2, 6))
def test_robustness_is_the_area_under_the_broken_line(seed, k):
    rng = np.random.default_rng(seed)
    levels, score, baseline = np.cumsum(rng.random(k) + 0.1), rng.random(k), rng.random(k)
    fine = np.linspace(levels[0], levels[-1], 20_001)
    assert relative_robustness(levels, score) == pytest.approx(np.interp(fine, levels, score).mean(), abs=1e-3)
    lost = (score - score[0]) - (baseline - baseline[0])
    assert effective_robustness(levels, score, baseline) == pytest.approx(relative_robustness(levels, lost))
    assert effective_robustness(levels, score, score + 0.3) == pytest.approx(0)


BAD = [
    (lambda: shapley(lambda s: 0.0, 0), "size is 0"),
    (lambda: shapley(lambda s: 0.0, 17), "size is 17"),
    (lambda: permutation_importance(lambda x: 0.0, []), "features has 0 modalities"),
    (lambda: permutation_importance(lambda x: 0.0, [np.ones(2)], repeats=0), "repeats is 0"),
    (lambda: permutation_importance(lambda x: 0.0, [np.ones(2), np.ones(3)]), r"features\[0\] 2, features\[1\] 3"),
    (lambda: relative_robustness([0], [1.0]), "at least two, rising"),
    (lambda: relative_robustness([0, 0], [1.0, 1.0]), "rising"),
    (lambda: relative_robustness([0, 1], [1.0]), "levels 2, score 1"),
    (lambda: effective_robustness([0, 1], [1.0, 1.0], [1.0]), "score 2, baseline 1"),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
