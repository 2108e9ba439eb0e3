"""Retrieval with ties against random tie-breaking, the gap and its floor, information against its formula."""

import math

import numpy as np
import pytest
from fusionbook.retrieval import modality_gap, modality_gap_floor, mutual_information, recall_at_k
from hypothesis import given, settings
from hypothesis import strategies as st

BOUNDED = settings(max_examples=40, deadline=None)
SEED = st.integers(0, 10_000)


@BOUNDED
@given(n=st.integers(1, 8), seed=SEED, data=st.data())
def test_recall_without_ties_is_the_sorted_list(n, seed, data):
    k = data.draw(st.integers(1, n))
    s = np.random.default_rng(seed).normal(size=(n, n))
    there = np.mean([i in np.argsort(-s[i])[:k] for i in range(n)])
    back = np.mean([i in np.argsort(-s[:, i])[:k] for i in range(n)])
    assert recall_at_k(s, k) == pytest.approx((there, back))


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_recall_with_ties_is_the_mean_over_random_orders(k):
    rng = np.random.default_rng(k)
    s = rng.integers(0, 3, (6, 6)).astype(float)
    drawn = [recall_at_k(s + 1e-6 * rng.random((6, 6)), k) for _ in range(6000)]
    assert np.allclose(recall_at_k(s, k), np.mean(drawn, 0), atol=0.02)


@BOUNDED
@given(n=st.integers(1, 8), data=st.data())
def test_a_model_that_says_the_same_of_all_finds_by_chance(n, data):
    k = data.draw(st.integers(1, n))
    assert recall_at_k(np.zeros((n, n)), k) == pytest.approx((k / n, k / n))


def test_both_directions_differ_where_one_is_everybodys_neighbour():
    s = np.array([[1.0, 2.0, 0.0], [0.0, 2.0, 0.0], [0.0, 2.0, 1.0]])  # all ask for the second
    assert recall_at_k(s, 1) == (pytest.approx(1 / 3), pytest.approx((1 + 1 / 3 + 1) / 3))


@BOUNDED
@given(n=st.integers(1, 8), seed=SEED)
def test_the_gap_is_that_of_the_means_and_moves_with_a_shift(n, seed):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(n, 4))
    assert modality_gap(a, a) == 0
    assert modality_gap(a, a + [3, 0, 4, 0]) == pytest.approx(5)


def test_the_floor_of_the_gap_is_that_of_two_samples_of_one_cloud():
    rng = np.random.default_rng(0)
    n, d = 512, 32
    clouds = rng.normal(size=(200, 2, n, d))
    clouds /= np.linalg.norm(clouds, axis=-1, keepdims=True)
    seen = np.mean([modality_gap(a, b) for a, b in clouds])
    assert modality_gap_floor(*clouds[0]) == pytest.approx(seen, rel=0.05)
    assert seen == pytest.approx(math.sqrt(2 / n), rel=0.03)  # 0.0625: the variances of two means add up
    shifted = clouds[0, 1] + 0.5 / math.sqrt(d)
    assert modality_gap(clouds[0, 0], shifted) > 5 * modality_gap_floor(clouds[0, 0], shifted)


def bits(table):
    """I from a joint table, by the formula."""
    p = table / table.sum()
    outer = p.sum(1, keepdims=True) * p.sum(0, keepdims=True)
    return (p[p > 0] * np.log2(p[p > 0] / outer[p > 0])).sum()


@BOUNDED
@given(seed=SEED, rows=st.integers(1, 60), sizes=st.lists(st.integers(1, 3), min_size=1, max_size=3))
def test_information_is_the_formula_on_the_joint_table(seed, rows, sizes):
    rng = np.random.default_rng(seed)
    label, columns = rng.integers(0, 3, rows), [rng.integers(0, size, rows) for size in sizes]
    table = np.zeros((3, math.prod(sizes)))
    np.add.at(table, (label, np.ravel_multi_index(columns, sizes)), 1)
    assert mutual_information(label, *columns) == pytest.approx(bits(table), abs=1e-9)


def test_and_has_the_bits_that_the_book_says():
    a, b = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    assert mutual_information(a & b, a) == pytest.approx(0.311, abs=5e-4)
    assert mutual_information(a & b, a, b) == pytest.approx(0.811, abs=5e-4)
    assert mutual_information(a ^ b, a) == 0


BAD = [
    (lambda: recall_at_k(np.zeros((2, 3)), 1), r"similarity has shape \(2, 3\)"),
    (lambda: recall_at_k(np.zeros((0, 0)), 1), r"\(0, 0\)"),
    (lambda: recall_at_k([[np.nan]], 1), r"similarity\[0, 0\] is nan"),
    (lambda: recall_at_k(np.eye(3), 4), "k is 4: it needs to be from 1 to the 3"),
    (lambda: modality_gap(np.ones((2, 3)), np.ones((2, 2))), r"a has shape \(2, 3\) and b \(2, 2\)"),
    (lambda: modality_gap([[np.inf]], [[1.0]]), r"a\[0, 0\] is inf"),
    (lambda: modality_gap_floor([[1.0]], [[1.0]], draws=0), "draws is 0"),
    (lambda: mutual_information([0, 1]), "at least one column"),
    (lambda: mutual_information([0, 1], [0]), r"shapes \[\(2,\), \(1,\)\]"),
    (lambda: mutual_information([], []), r"\(0,\)"),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
