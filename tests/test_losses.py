"""Losses against a loop by hand, forward and gradient, in float64; closed forms; what leaves them unchanged."""

import math

import pytest
import torch
from fusionbook import losses
from fusionbook.train import bce
from hypothesis import given, settings
from hypothesis import strategies as st

BOUNDED = settings(max_examples=25, deadline=None)
N, D, SEED = st.integers(1, 7), st.integers(1, 5), st.integers(0, 10_000)
TEMPERATURE = st.floats(0.05, 5)


def rand(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def same_value_and_gradient(fast, slow, *tensors):
    """Both give the same number, and the same gradient for every tensor."""
    results = []
    for loss in (fast, slow):
        leaves = [x.clone().requires_grad_() for x in tensors]
        value = loss(*leaves)
        assert value.shape == ()
        value.backward()
        results.append([value.detach(), *(leaf.grad for leaf in leaves)])
    for a, b in zip(*results, strict=True):
        assert torch.allclose(a, b, rtol=1e-8, atol=1e-10)


def nce_by_hand(a, b, temperature, groups=None):
    """Ask every a for its b and every b for its a, one at a time."""
    n, total = len(a), 0
    groups = list(range(n)) if groups is None else groups.tolist()
    for asking, answering in ((a, b), (b, a)):
        for i in range(n):
            scores = torch.stack([asking[i] @ answering[j] / temperature for j in range(n)])
            mates = [j for j in range(n) if groups[j] == groups[i]]
            for j in mates:
                total = total - (scores[j] - scores.exp().sum().log()) / len(mates)
    return total / (2 * n)


@BOUNDED
@given(n=N, d=D, seed=SEED, temperature=TEMPERATURE)
def test_info_nce_is_the_loop(n, d, seed, temperature):
    a, b, t = rand(n, d, seed=seed), rand(n, d, seed=seed + 1), torch.tensor(temperature, dtype=torch.float64)
    same_value_and_gradient(losses.info_nce, nce_by_hand, a, b, t)


@BOUNDED
@given(n=N, d=D, seed=SEED, kinds=st.integers(1, 4))
def test_info_nce_with_groups_is_the_loop(n, d, seed, kinds):
    groups = torch.randint(0, kinds, (n,), generator=torch.Generator().manual_seed(seed))
    same_value_and_gradient(
        lambda a, b: losses.info_nce(a, b, 0.5, groups),
        lambda a, b: nce_by_hand(a, b, 0.5, groups),
        rand(n, d, seed=seed),
        rand(n, d, seed=seed + 1),
    )


@BOUNDED
@given(n=N, temperature=TEMPERATURE)
def test_equal_similarities_cost_log_n(n, temperature):
    same = torch.ones(n, 3, dtype=torch.float64)
    assert losses.info_nce(same, same, temperature).item() == pytest.approx(math.log(n), abs=1e-9)


@pytest.mark.parametrize("m", [1, 2, 3, 5])
def test_m_fold_duplicates_have_the_floor_log_m(m):
    things = torch.eye(6, dtype=torch.float64).repeat_interleave(m, 0).requires_grad_()
    cold = losses.info_nce(things, things, 0.01)
    assert cold.item() == pytest.approx(math.log(m), abs=1e-9)
    groups = torch.arange(6).repeat_interleave(m)
    grouped = losses.info_nce(things, things, 0.01, groups)
    assert grouped.item() == pytest.approx(math.log(m), abs=1e-9)
    grouped.backward()
    assert things.grad.abs().max() < 1e-9  # at the floor nobody is pushed


def test_perfect_alignment_costs_nothing_when_it_is_cold():
    x = torch.eye(5, dtype=torch.float64)
    assert losses.info_nce(x, x, 0.01).item() < 1e-9
    assert losses.info_nce(x, x.flip(0), 0.01).item() > 50


@BOUNDED
@given(n=N, d=D, seed=SEED)
def test_info_nce_does_not_mind_the_order_of_pairs_nor_of_modalities(n, d, seed):
    a, b, order = rand(n, d, seed=seed), rand(n, d, seed=seed + 1), torch.randperm(n)
    loss = losses.info_nce(a, b, 0.3)
    assert torch.allclose(losses.info_nce(a[order], b[order], 0.3), loss)
    assert torch.allclose(losses.info_nce(b, a, 0.3), loss)
    assert losses.info_nce(a, b, 0.3) >= 0


def siglip_by_hand(a, b, scale, bias):
    total = 0
    for i in range(len(a)):
        for j in range(len(a)):
            sign = 1 if i == j else -1
            total = total + (1 + torch.exp(-sign * (scale * (a[i] @ b[j]) + bias))).log()
    return total / len(a)


@BOUNDED
@given(n=N, d=D, seed=SEED)
def test_siglip_is_the_loop(n, d, seed):
    scale, bias = torch.tensor(3.0, dtype=torch.float64), torch.tensor(-2.0, dtype=torch.float64)
    a, b = losses.normalize(rand(n, d, seed=seed)), losses.normalize(rand(n, d, seed=seed + 1))
    same_value_and_gradient(losses.siglip, siglip_by_hand, a, b, scale, bias)


def test_siglip_starts_with_the_papers_scale_and_bias():
    x = torch.eye(2, dtype=torch.float64)
    wanted = math.log(2) + math.log1p(math.exp(-10))  # 10 · 1 − 10 for the pair, 10 · 0 − 10 for the other
    assert losses.siglip(x, x).item() == pytest.approx(wanted)


@BOUNDED
@given(n=st.integers(2, 7), d=D, seed=SEED, t=st.floats(0.1, 4))
def test_uniformity_is_the_loop_over_pairs_without_oneself(n, d, seed, t):
    def by_hand(x):
        terms = [(-t * (x[i] - x[j]).pow(2).sum()).exp() for i in range(n) for j in range(n) if i != j]
        return torch.stack(terms).mean().log()

    same_value_and_gradient(lambda x: losses.uniformity(x, t), by_hand, losses.normalize(rand(n, d, seed=seed)))


def test_uniformity_in_closed_form():
    assert losses.uniformity(torch.ones(4, 3)).item() == pytest.approx(0)  # all in one place: the worst
    opposite = torch.tensor([[1.0, 0], [-1.0, 0]])
    assert losses.uniformity(opposite).item() == pytest.approx(-8)  # distance 2, squared, times t = 2


@BOUNDED
@given(n=N, d=D, seed=SEED, power=st.sampled_from([1.0, 2.0, 3.0]))
def test_pair_distance_is_the_loop(n, d, seed, power):
    def by_hand(a, b):
        return sum((a[i] - b[i]).pow(2).sum().sqrt() ** power for i in range(n)) / n

    same_value_and_gradient(
        lambda a, b: losses.pair_distance(a, b, power), by_hand, rand(n, d, seed=seed), rand(n, d, seed=seed + 1)
    )


def test_pair_distance_of_equal_rows_has_a_gradient_of_zero():
    a = rand(3, 2).requires_grad_()
    losses.pair_distance(a, a.detach()).backward()
    assert not a.grad.any()


def test_the_scale_is_clamped_at_its_highest_and_learns_below():
    low, high = losses.LogitScale(5.0), losses.LogitScale(99.9)
    assert low().item() == pytest.approx(5)
    low().backward()
    assert low.log.grad.item() == pytest.approx(5)
    with torch.no_grad():
        high.log += 1
    assert high().item() == pytest.approx(100)


@BOUNDED
@given(n=N, d=D, seed=SEED)
def test_normalize_gives_length_one_and_keeps_the_direction(n, d, seed):
    x = rand(n, d, seed=seed) + 0.1
    unit = losses.normalize(x)
    assert torch.allclose(unit.norm(dim=1), torch.ones(n, dtype=torch.float64))
    assert torch.allclose(unit * x.norm(dim=1, keepdim=True), x)


X, MASK = torch.ones(2, 3), torch.ones(2, 2, dtype=torch.bool)
BAD = [
    (lambda: losses.info_nce(X, X[:1], 0.1), r"a \(2, 3\), b \(1, 3\)"),
    (lambda: losses.info_nce(X[:0], X[:0], 0.1), r"a \(0, 3\)"),
    (lambda: losses.info_nce(X, X, 0.0), "temperature is 0.0"),
    (lambda: losses.info_nce(X, X, float("nan")), "temperature is nan"),
    (lambda: losses.info_nce(X, X, 1.0, torch.zeros(3)), r"groups has shape \(3,\): it needs \(2,\)"),
    (lambda: losses.siglip(X, X[0]), r"b \(3,\)"),
    (lambda: losses.normalize(torch.zeros(2, 3)), r"x\[0\] is all zeros"),
    (lambda: losses.LogitScale(0.0), "start is 0.0"),
    (lambda: losses.LogitScale(101.0), "not above highest"),
    (lambda: losses.uniformity(X[:1]), "at least two rows"),
    (lambda: losses.pair_distance(X, X.T), r"b \(3, 2\)"),
    (lambda: losses.random_subsets(0, 2), "rows is 0"),
    (lambda: losses.random_subsets(3, 31), "modalities is 31"),
    (lambda: losses.subset_loss(None, [X, X], X[:, 0], bce, present=MASK[:, :1]), r"present has shape \(2, 1\)"),
    (lambda: losses.reconstruction_loss([X], [X, X], MASK), "rebuilt has shapes"),
    (lambda: losses.reconstruction_loss([X, X], [X, X], MASK.float()), "torch.float32: it needs"),
    (lambda: losses.auxiliary_loss([], X, bce), "outputs is empty"),
    (lambda: losses.auxiliary_loss([X[:, 0]], X[:, 0], bce, MASK), r"it needs \(2, 1\)"),
    (lambda: losses.joint_loss(X.sum(), alpha=-1.0), "alpha is -1.0"),
    (lambda: losses.joint_loss(X.sum(), gamma=float("nan")), "gamma is nan"),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
