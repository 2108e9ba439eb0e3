"""Every metric against the loop that defines it, on samples with and without ties."""

from itertools import product

import numpy as np
import pytest
from fusionbook import metrics
from hypothesis import given, settings
from hypothesis import strategies as st

SEED = st.integers(0, 100_000)
LEVELS = st.integers(1, 12)  # few levels: many ties


def sample(seed, n, levels):
    """Labels of both classes, scores with ties, probabilities with ties."""
    rng = np.random.default_rng(seed)
    label = rng.permutation(np.arange(n) % 2 if n < 4 else (np.arange(n) < max(1, n // 3)).astype(int))
    return label, rng.integers(levels, size=n) - 3.0, rng.integers(levels + 1, size=n) / levels


def count_pairs(label, score):
    """AUC by its definition: every bad one against every good one, a tie counts half."""
    wins = [
        1.0 if b > g else 0.5 if b == g else 0.0 for b in score[label == 1] for g in score[label == 0]
    ]  # fmt: skip
    return np.mean(wins)


@settings(max_examples=60, deadline=None)
@given(seed=SEED, n=st.integers(2, 30), levels=LEVELS)
def test_auc_counts_pairs_and_gini_rescales_it(seed, n, levels):
    label, score, _ = sample(seed, n, levels)
    expected = count_pairs(label, score)
    assert np.isclose(metrics.auc(label, score), expected, atol=1e-12)
    assert np.isclose(metrics.auc(label, -score), 1 - expected, atol=1e-12)
    assert np.isclose(metrics.auc(label, np.exp(score)), expected, atol=1e-12)
    assert np.isclose(metrics.gini(label, score), 2 * expected - 1, atol=1e-12)


def enumerate_labels(p, score):
    """E[pairs won] and E[pairs] over all 2^n label draws, each weighted by its probability under p."""
    won = pairs = 0.0
    for draw in product((0, 1), repeat=len(p)):
        label = np.array(draw)
        chance = np.prod(np.where(label == 1, p, 1 - p))
        count = label.sum() * (1 - label).sum()
        if count:
            won += chance * count * count_pairs(label, score)
            pairs += chance * count
    return won, pairs


@settings(max_examples=25, deadline=None)
@given(seed=SEED, n=st.integers(2, 6), levels=st.integers(2, 6))
def test_expected_auc_is_expected_wins_over_expected_pairs(seed, n, levels):
    """Σ p_i (1 - p_j) [s_i > s_j] / Σ p_i (1 - p_j) over i ≠ j: the mean AUC of all draws, weighted by their pairs."""
    rng = np.random.default_rng(seed)
    p, score = rng.uniform(0.05, 0.95, n), rng.integers(levels, size=n).astype(float)
    won, pairs = enumerate_labels(p, score)
    assert np.isclose(metrics.expected_auc(p, score), won / pairs, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(seed=SEED, n=st.integers(2, 30), levels=LEVELS)
def test_expected_auc_of_certain_labels_is_auc(seed, n, levels):
    label, score, _ = sample(seed, n, levels)
    assert np.isclose(metrics.expected_auc(label, score), metrics.auc(label, score), atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(seed=SEED, n=st.integers(2, 40), levels=LEVELS)
def test_no_score_has_a_higher_expected_auc_than_p(seed, n, levels):
    rng = np.random.default_rng(seed)
    p = rng.integers(1, levels + 2, size=n) / (levels + 2)
    best = metrics.expected_auc(p, p)
    for rival in (rng.normal(size=n), p + 0.1 * rng.normal(size=n), np.round(p, 1), np.zeros(n)):
        assert metrics.expected_auc(p, rival) <= best + 1e-12


def loop_ece(label, p, bins):
    """ECE by hand: ties share their mean label, then groups of about equal size in the order of p."""
    shared = [np.mean([y for y, q in zip(label, p, strict=True) if q == value]) for value in p]
    order = sorted(range(len(p)), key=lambda i: p[i])
    sizes = [len(p) // bins + (b < len(p) % bins) for b in range(bins)]
    total, at = 0.0, 0
    for size in sizes:
        group = order[at : at + size]
        at += size
        total += size / len(p) * abs(np.mean([p[i] for i in group]) - np.mean([shared[i] for i in group]))
    return total


@settings(max_examples=50, deadline=None)
@given(seed=SEED, n=st.integers(2, 40), levels=LEVELS, data=st.data())
def test_ece_is_the_loop_and_the_order_of_the_rows_cannot_matter(seed, n, levels, data):
    bins = data.draw(st.integers(1, n))
    label, _, p = sample(seed, n, levels)
    value = metrics.ece(label, p, bins)
    assert np.isclose(value, loop_ece(label, p, bins), atol=1e-12)
    order = np.random.default_rng(seed + 1).permutation(n)
    assert np.isclose(metrics.ece(label[order], p[order], bins), value, atol=1e-12)


def test_calibration_curve_by_hand():
    """Four rows, two groups; the tie at .5 straddles the cut and shares its mean label."""
    said, came, count = metrics.calibration_curve([0, 1, 0, 1], [0.1, 0.5, 0.5, 0.9], bins=2)
    assert np.allclose(said, [0.3, 0.7])
    assert np.allclose(came, [0.25, 0.75])
    assert count.tolist() == [2, 2]
    assert np.isclose(metrics.ece([0, 1, 0, 1], [0.1, 0.5, 0.5, 0.9], bins=2), 0.05)


def test_ece_of_closed_forms():
    label = np.array([0, 0, 0, 1])
    assert metrics.ece(label, np.full(4, 0.25), 1) == 0
    assert metrics.ece(label, np.full(4, 0.75), 2) == 0.5
    assert metrics.ece(label, label, 4) == 0


def test_the_floor_falls_with_the_square_root_of_the_sample():
    truth = np.random.default_rng(0).beta(1, 3, 60_000)
    sizes = np.array([100, 400, 1600, 6400, 25_600])
    floors = [metrics.ece_floor(truth[:n], draws=60, seed=1) for n in sizes]
    slope = np.polyfit(np.log(sizes), np.log(floors), 1)[0]
    assert -0.54 < slope < -0.46
    assert metrics.ece_floor(np.array([0.0, 1.0, 1.0]), bins=2) == 0
    assert metrics.ece_floor(truth[:100], seed=1) == metrics.ece_floor(truth[:100], seed=1)
    assert metrics.ece_floor(truth[:100], seed=1) != metrics.ece_floor(truth[:100], seed=2)


def test_the_floor_is_the_mean_ece_of_drawn_labels():
    p, rng = np.random.default_rng(0).random(500), np.random.default_rng(9)
    drawn = [metrics.ece((rng.random(500) < p).astype(int), p) for _ in range(400)]
    floor = metrics.ece_floor(p, draws=400, seed=3)
    assert abs(floor - np.mean(drawn)) < 4 * np.std(drawn) * np.sqrt(2 / 400)


@settings(max_examples=50, deadline=None)
@given(seed=SEED, n=st.integers(1, 8), M=st.integers(1, 5), threshold=st.sampled_from([0.0, 0.25, 0.5, 1.0]))
def test_vote_is_the_loop_over_those_who_may(seed, n, M, threshold):
    rng = np.random.default_rng(seed)
    p = rng.integers(5, size=(n, M)) / 4  # some lie exactly on the threshold: that is no yes
    present, weights = rng.random((n, M)) < 0.6, rng.integers(3, size=M) + (np.arange(M) == 0)
    got = metrics.vote(np.where(present, p, np.nan), threshold, prior=0.3, weights=weights, present=present)
    for row in range(n):
        may = [m for m in range(M) if present[row, m] and weights[m] > 0]
        yes = sum(weights[m] for m in may if p[row, m] > threshold)
        expected = yes / sum(weights[m] for m in may) if may else 0.3
        assert np.isclose(got[row], expected, atol=1e-12)
    assert np.array_equal(metrics.vote(p, threshold, prior=0.3), (p > threshold).mean(1))


def test_a_metric_leaves_its_arguments_as_they_were():
    label, score, p = sample(0, 20, 5)
    before = [a.copy() for a in (label, score, p)]
    metrics.auc(label, score), metrics.expected_auc(p, score), metrics.ece(label, p)
    metrics.vote(p[:, None], 0.5, prior=0.2)
    assert all(np.array_equal(a, b) for a, b in zip((label, score, p), before, strict=True))


@given(seed=st.integers(0, 999), n=st.integers(2, 30))
@settings(max_examples=30, deadline=None)
def test_ks_is_the_largest_distance_over_all_thresholds(seed, n):
    rng = np.random.default_rng(seed)
    label, score = np.r_[0, 1, rng.integers(0, 2, n - 2)], rng.integers(0, 6, n).astype(float)
    gaps = [abs((score[label == 1] <= t).mean() - (score[label == 0] <= t).mean()) for t in np.unique(score)]
    assert metrics.ks(label, score) == pytest.approx(max(gaps))


def test_ks_needs_both_classes():
    with pytest.raises(ValueError, match="label holds only 1"):
        metrics.ks([1, 1], [0.1, 0.2])


def test_psi_by_hand():
    """At or below 2 are two of four, then one of four; with half a row more a bin 2.5 of 5, then 1.5 of 5."""
    expected = (0.3 - 0.5) * np.log(0.3 / 0.5) + (0.7 - 0.5) * np.log(0.7 / 0.5)
    assert metrics.psi([1, 2, 3, 4], [2, 3, 4, 9], bins=2) == pytest.approx(expected)


@given(seed=st.integers(0, 999), n=st.integers(1, 60), bins=st.integers(2, 12))
@settings(max_examples=40, deadline=None)
def test_psi_is_0_for_the_same_and_above_0_for_others_and_counts_only_ranks(seed, n, bins):
    rng = np.random.default_rng(seed)
    before, after = rng.integers(0, 8, n).astype(float), rng.integers(0, 8, n).astype(float)
    assert metrics.psi(before, rng.permutation(before), bins) == 0
    moved = metrics.psi(before, after, bins)
    assert 0 <= moved < np.inf
    assert metrics.psi(np.exp(before), np.exp(after), bins) == pytest.approx(moved)


def test_psi_by_luck_alone_is_what_its_docstring_says():
    rng = np.random.default_rng(0)
    values = [metrics.psi(*rng.normal(size=(2, 1000))) for _ in range(300)]
    assert np.mean(values) == pytest.approx(2 * 9 / 1000, rel=0.1)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (([], [1.0]), "before has shape"),
        (([1.0], [[1.0]]), "after has shape"),
        (([1.0], [float("nan")]), r"after\[0\] is nan"),
        (([1.0], [1.0], 1), "bins is 1"),
    ],
)
def test_psi_refuses_what_has_no_distribution(arguments, named):
    with pytest.raises(ValueError, match=named):
        metrics.psi(*arguments)
