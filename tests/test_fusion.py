"""Combining decisions: each rule against its loop, its closed form, and Bayes' rule counted out by hand."""

from itertools import product

import numpy as np
import pytest
import torch
from fusionbook import fusion
from fusionbook.fusion import fit_simplex, fit_stacking, pool_logits, pool_mean
from hypothesis import given, settings
from hypothesis import strategies as st

CASE = {
    "seed": st.integers(0, 100_000),
    "n": st.integers(1, 6),
    "M": st.integers(1, 5),
    "prior": st.floats(0.01, 0.99),
}


def logit(p):
    return np.log(p / (1 - p))


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def case(seed, n, M):
    """Probabilities, weights (one of them may be 0) and a mask, with at least one weight above 0."""
    rng = np.random.default_rng(seed)
    weights = rng.random(M) * (rng.random(M) < 0.8)
    weights[rng.integers(M)] += 0.1
    return rng.uniform(0.01, 0.99, (n, M)), weights, rng.random((n, M)) < 0.6


@settings(max_examples=80, deadline=None)
@given(**CASE)
def test_pool_mean_is_the_loop_over_those_heard(seed, n, M, prior):
    p, weights, present = case(seed, n, M)
    got = pool_mean(np.where(present, p, np.nan), prior, weights, present).numpy()
    for row in range(n):
        heard = [m for m in range(M) if present[row, m] and weights[m] > 0]
        total = sum(weights[m] for m in heard)
        expected = sum(weights[m] * p[row, m] for m in heard) / total if heard else prior
        assert np.isclose(got[row], expected, atol=1e-12)
    assert np.allclose(pool_mean(p, prior), p.mean(1), atol=1e-12)


@settings(max_examples=80, deadline=None)
@given(**CASE)
def test_pool_logits_is_the_loop_with_the_prior_once(seed, n, M, prior):
    p, weights, present = case(seed, n, M)
    scores, b = logit(p), logit(prior)
    got = pool_logits(np.where(present, scores, np.nan), prior, weights, present).numpy()
    shifted = pool_logits(scores, prior, weights, present, bias=0.7).numpy()
    for row in range(n):
        evidence = sum(weights[m] * (scores[row, m] - b) for m in range(M) if present[row, m])
        assert np.isclose(got[row], b + evidence, atol=1e-9)
        assert np.isclose(shifted[row], 0.7 + evidence, atol=1e-9)
    assert np.allclose(pool_logits(scores, prior), scores.sum(1) - (M - 1) * b, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000), M=st.integers(1, 4), states=st.integers(2, 3), prior=st.floats(0.02, 0.98))
def test_in_an_independent_world_pool_logits_is_bayes_rule_counted_out(seed, M, states, prior):
    """Every combination of states, every P(x_1 .. x_M, y) written out; also with any modality unseen."""
    rng = np.random.default_rng(seed)
    table = rng.dirichlet(np.full(states, 2.0), size=(2, M)) + 1e-3  # P(x_m | y)
    table /= table.sum(-1, keepdims=True)
    worlds = np.array(list(product(range(states), repeat=M)))
    present = rng.random(worlds.shape) < 0.7

    def posterior(x, seen):
        joint = [(prior if y else 1 - prior) * np.prod([table[y, m, x[m]] for m in seen]) for y in (0, 1)]
        return joint[1] / sum(joint)

    each = np.array([[posterior(x, [m]) for m in range(M)] for x in worlds])
    exact = [posterior(x, np.flatnonzero(seen)) for x, seen in zip(worlds, present, strict=True)]
    assert np.allclose(pool_logits(logit(each), prior, present=present).sigmoid(), exact, atol=1e-9)


@pytest.mark.parametrize("copies", [1, 2, 5])
def test_copies_are_counted_as_often_as_they_come_unless_their_weights_share(copies):
    one, prior = np.array([[-2.0], [0.3], [1.5]]), 0.2
    many, b = np.repeat(one, copies, 1), logit(0.2)
    assert np.allclose(pool_logits(many, prior), b + copies * (one[:, 0] - b))
    assert np.allclose(pool_logits(many, prior, np.full(copies, 1 / copies)), one[:, 0])
    assert np.allclose(pool_mean(sigmoid(many), prior), sigmoid(one[:, 0]))


@pytest.mark.parametrize("pool", [pool_mean, pool_logits])
@settings(max_examples=40, deadline=None)
@given(**CASE)
def test_absent_weight_zero_and_left_out_are_the_same_and_order_is_nothing(pool, seed, n, M, prior):
    p, weights, present = case(seed, n, M)
    values = p if pool is pool_mean else logit(p)
    full = pool(values, prior, weights, present)
    order = np.random.default_rng(seed).permutation(M)
    assert torch.allclose(pool(values[:, order], prior, weights[order], present[:, order]), full, atol=1e-12)
    extra = np.column_stack([values, np.full(n, 0.5)])
    seen = np.column_stack([present, np.ones(n, bool)])
    assert torch.allclose(pool(extra, prior, [*weights, 0.0], seen), full, atol=1e-12)
    extra[:, -1] = np.nan
    seen[:, -1] = False
    assert torch.allclose(pool(extra, prior, [*weights, 3.0], seen), full, atol=1e-12)


def test_nothing_present_leaves_the_base_rate():
    nothing, gaps = np.zeros((2, 3), bool), np.full((2, 3), np.nan)
    assert np.allclose(pool_mean(gaps, 0.2, present=nothing), 0.2)
    assert np.allclose(pool_logits(gaps, 0.2, present=nothing).sigmoid(), 0.2)
    only_unheard = np.array([[True, False]])  # present, but without a weight
    assert np.allclose(pool_mean([[0.9, 0.9]], 0.2, [0, 1], only_unheard), 0.2)
    assert np.allclose(pool_logits([[3.0, 3.0]], 0.2, [0, 1], only_unheard).sigmoid(), 0.2)


def test_a_mean_never_leaves_the_range_of_its_parts_and_a_sum_of_evidence_does():
    p = np.array([[0.5, 0.4, 0.3]])
    assert np.isclose(pool_mean(p, 0.2).item(), 0.4)
    assert np.isclose(pool_logits(logit(p), 0.2).sigmoid().item(), 1 / (1 + 0.25**-1 / (4 * 8 / 3 * 12 / 7)), atol=1e-9)


def log_loss(p, label):
    p = np.clip(p, 1e-9, 1 - 1e-9)
    return -np.where(label == 1, np.log(p), np.log(1 - p)).mean()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("M", [1, 2, 3])
def test_simplex_weights_beat_every_point_of_a_grid(seed, M):
    rng = np.random.default_rng(seed)
    label = (rng.random(300) < 0.3).astype(int)
    p = sigmoid(logit(0.3) + rng.random(M) * 2 * (2 * label[:, None] - 1) + rng.normal(size=(300, M)))
    found = fit_simplex(p, label)
    assert found.shape == (M,)
    assert np.isclose(found.sum(), 1)
    assert found.min() >= 0
    grid = [w for w in product(np.linspace(0, 1, 41), repeat=M) if abs(sum(w) - 1) < 1e-9]
    assert log_loss(p @ found, label) <= min(log_loss(p @ np.array(w), label) for w in grid) + 1e-6


def test_stacking_recovers_the_weights_that_made_the_labels():
    rng, prior = np.random.default_rng(0), 0.3
    true, start = np.array([1.0, 0.4, 0.0, -0.5]), -0.9
    scores = logit(prior) + rng.normal(size=(60_000, 4))
    label = (rng.random(60_000) < sigmoid(start + (scores - logit(prior)) @ true)).astype(int)
    weights, bias = fit_stacking(scores, label, prior)
    assert np.abs(weights - true).max() < 0.05
    assert abs(bias - start) < 0.05


def test_stacking_solves_the_score_equations_of_logistic_regression():
    """At the maximum the residuals sum to 0, plain and times each evidence; pool_logits takes both results."""
    rng, prior = np.random.default_rng(1), 0.2
    label = (rng.random(800) < prior).astype(int)
    scores = logit(prior) + 0.8 * (label[:, None] - prior) + rng.normal(size=(800, 3))
    weights, bias = fit_stacking(scores, label, prior)
    said = pool_logits(scores, prior, weights, bias=bias).sigmoid().numpy()
    assert abs((label - said).mean()) < 1e-4
    assert np.abs((scores - logit(prior)).T @ (label - said) / 800).max() < 1e-4


def test_pooling_lets_gradients_through_to_those_present_only():
    scores = torch.tensor([[0.5, -1.0, 2.0]], dtype=torch.float64, requires_grad=True)
    pool_logits(scores, 0.3, [1.0, 0.5, 2.0], [[True, True, False]]).sum().backward()
    assert scores.grad.tolist() == [[1.0, 0.5, 0.0]]


@pytest.mark.parametrize("prior", [0.05, 0.5, 0.9])
def test_late_layers_are_the_pools_over_their_own_heads(prior):
    """LateMean, LateSimplex and LateLogits against loops over linear heads, with modalities missing."""
    torch.manual_seed(0)
    dims, present = (2, 3, 1), torch.rand(7, 3) < 0.6
    present[0] = False
    x = [torch.randn(7, d, dtype=torch.float64) for d in dims]
    for name, cls in (("mean", fusion.LateMean), ("simplex", fusion.LateSimplex), ("logits", fusion.LateLogits)):
        layer = cls(dims, 2, prior=prior).double()
        if name == "simplex":
            torch.nn.init.normal_(layer.scores)
        z = layer(x, present).detach().numpy()
        heads = [head(v).detach().numpy() for head, v in zip(layer.heads, x, strict=True)]
        weights = layer.scores.softmax(0).tolist() if name == "simplex" else [1.0] * 3
        for j in range(2):
            scores = np.column_stack([head[:, j] for head in heads])
            if name == "logits":
                expected = pool_logits(scores, prior, present=present)
            else:
                expected = pool_mean(sigmoid(scores), prior, weights, present)
            assert np.allclose(z[:, j], expected, atol=1e-6)


def test_simplex_layer_starts_equal_and_its_scores_move_the_weights():
    torch.manual_seed(0)
    layer, x = fusion.LateSimplex((2, 2), 1), [torch.randn(4, 2), torch.randn(4, 2)]
    mean = fusion.LateMean((2, 2), 1)
    mean.load_state_dict(layer.state_dict(), strict=False)
    assert torch.allclose(layer(x), mean(x), atol=1e-6)
    with torch.no_grad():
        layer.scores.copy_(torch.tensor([30.0, 0.0]))
    assert torch.allclose(layer(x), layer.heads[0](x[0]).sigmoid(), atol=1e-6)
