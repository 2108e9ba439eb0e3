"""Fusion layers against what they stand for, written out: the outer product, the selector, the gate, the softmax."""

import math
from itertools import combinations

import pytest
import torch
from fusionbook import attention, fusion
from fusionbook.attention import Attention, attention_weights
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

BOUNDED = settings(max_examples=25, deadline=None)
SEED, SIZE = st.integers(0, 10_000), st.integers(1, 6)
DIMS = [10, 8, 15]


def rand(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def features(dims, rows, seed=0):
    return [rand(rows, d, seed=seed + m) for m, d in enumerate(dims)]


def count(layer):
    return sum(p.numel() for p in layer.parameters())


@BOUNDED
@given(dims=st.lists(st.integers(1, 6), min_size=2, max_size=4), o=st.integers(1, 4))
def test_parameters_are_as_many_as_the_formula_says(dims, o):
    d, m = sum(dims), len(dims)
    heads = 4 * o * o + 3 * o  # query, key, value, mix; the key has no bias
    formulas = {
        "concat": d * o + o,
        "weighted concat": m + d * o + o,
        "late mean": d * o + m * o,
        "late simplex": m + d * o + m * o,
        "late logits": d * o + m * o,
        "multiplicative": d * o + o + sum(a * b for a, b in combinations(dims, 2)) * o,
        "tensor": math.prod(k + 1 for k in dims) * o + o,
        "low-rank tensor": 4 * (d + m) * o + o,
        "gated": d * o + m * o + m * (d * o + o),
        "gated alone": 2 * (d * o + m * o),
        "attention": d * o + m * o + heads,
        "product of experts": 2 * (d * o + m * o),
        "joint embedding": d * o + m * o + m * o * o + o,
        "cross-attention": d * o + m * o + m * heads + m * o * o + o,
        "bottleneck": d * o + m * o + 4 * o + 2 * m * (heads + 4 * o * o + 3 * o) + o * o + o,
    }
    layers = fusion.LAYERS | fusion.SEQUENCE_LAYERS
    assert set(formulas) == set(layers)
    for name, layer in layers.items():
        assert count(layer(dims, o)) == formulas[name], name


def test_tensor_fusion_is_the_outer_product_written_out():
    layer = fusion.TensorFusion([2, 3, 2], 4).double()
    a, b, c = features([2, 3, 2], 5)
    a, b, c = (torch.cat([torch.ones(5, 1, dtype=torch.float64), x], 1) for x in (a, b, c))
    product = torch.einsum("ni,nj,nk->nijk", a, b, c).flatten(1)
    assert torch.allclose(layer(features([2, 3, 2], 5)), layer.mix(product))
    assert layer.mix.in_features == 3 * 4 * 3


def test_tensor_fusion_leaves_out_the_products_with_who_is_absent():
    layer = fusion.TensorFusion([2, 3], 4).double()
    a, b = features([2, 3], 5)
    weight = layer.mix.weight.view(4, 3, 4)  # (out, [1; a], [1; b])
    present = torch.tensor([[True, False]]).expand(5, 2)
    assert torch.allclose(layer([a, b], present), layer.mix.bias + weight[:, 0, 0] + a @ weight[:, 1:, 0].T)


def test_concat_has_33_columns_where_the_tensor_has_1584():
    assert fusion.Concat(DIMS, 5).mix.in_features == 33
    assert fusion.TensorFusion(DIMS, 5).mix.in_features == 1584


def selectors(tensor, dims):
    """Factors of rank (d_a + 1)(d_b + 1) that make a low-rank layer equal to `tensor`; c is the widest modality."""
    a, b, c = (d + 1 for d in dims)
    weight = tensor.mix.weight.view(-1, a, b, c)  # (out, a, b, c)
    out = len(weight)
    first, second = torch.zeros(a * b, a, out), torch.zeros(a * b, b, out)
    for i in range(a):
        for j in range(b):
            first[i * b + j, i], second[i * b + j, j] = 1, 1
    return first, second, weight.permute(1, 2, 3, 0).reshape(a * b, c, out)


def test_low_rank_with_selectors_is_tensor_fusion_at_the_rank_of_the_two_smaller():
    tensor, low = fusion.TensorFusion(DIMS, 3).double(), fusion.LowRank(DIMS, 3, rank=99).double()
    with torch.no_grad():
        for factor, chosen in zip(low.factors, selectors(tensor, DIMS), strict=True):
            factor.copy_(chosen)
        low.bias.copy_(tensor.mix.bias)
    x, present = features(DIMS, 7), torch.rand(7, 3) < 0.6
    assert torch.allclose(low(x), tensor(x))
    assert torch.allclose(low(x, present), tensor(x, present))


def test_low_rank_is_the_sum_of_products_written_out():
    layer, x = fusion.LowRank([2, 3], 4, rank=3).double(), features([2, 3], 5)
    by_hand = torch.zeros(5, 4, dtype=torch.float64) + layer.bias
    for r in range(3):
        parts = [factor[r, 0] + v @ factor[r, 1:] for v, factor in zip(x, layer.factors, strict=True)]
        by_hand = by_hand + parts[0] * parts[1]
    assert torch.allclose(layer(x), by_hand)


@pytest.mark.parametrize("rank", [1, 4, 64])
def test_low_rank_starts_at_a_sensible_size(rank):
    torch.manual_seed(0)
    z = fusion.LowRank([8, 8], 32, rank=rank)([torch.randn(500, 8) for _ in range(2)])
    assert 0.3 < z.std() < 3


def test_multiplicative_interaction_by_hand():
    layer, (a, b, c) = fusion.MultiplicativeInteraction([2, 3, 4], 2).double(), features([2, 3, 4], 5)
    z = layer.mix(torch.cat([a, b, c], 1))
    for pair, (u, v) in zip(layer.pairs, ((a, b), (a, c), (b, c)), strict=True):
        z = z + torch.einsum("ni,oij,nj->no", u, pair.weight, v)
    assert torch.allclose(layer([a, b, c]), z)


def test_weighted_concat_starts_as_concat_over_m_and_its_weights_are_not_identifiable():
    layer, x = fusion.WeightedConcat([2, 3], 4).double(), features([2, 3], 6)
    assert layer.weights.tolist() == [0.5, 0.5]
    before = layer(x)
    assert torch.allclose(before, layer.mix(torch.cat(x, 1) / 2))
    with torch.no_grad():
        layer.weights[0] *= 2
        layer.mix.weight[:, :2] /= 2
    assert torch.allclose(layer(x), before)


def test_gated_units_by_hand_and_what_their_gates_see():
    x = features([2, 3], 6)
    both = fusion.Gated([2, 3], 4).double()
    gates = [g(torch.cat(x, 1)).sigmoid() for g in both.gates]
    parts = [f(v).tanh() for f, v in zip(both.embed, x, strict=True)]
    assert torch.allclose(both(x), gates[0] * parts[0] + gates[1] * parts[1])
    alone = fusion.GatedAlone([2, 3], 4).double()
    change = alone([x[0], x[1] + 1]) - alone(x)  # what modality 2 adds does not depend on modality 1
    assert torch.allclose(change, alone([x[0] * 3, x[1] + 1]) - alone([x[0] * 3, x[1]]))


def test_a_product_of_gaussians_is_normalised():
    layer, x = fusion.ProductOfExperts([2, 3], 1).double(), features([2, 3], 4)
    mean, log_precision = zip(*(f(v).unbind(-1) for f, v in zip(layer.experts, x, strict=True)), strict=True)
    grid = torch.linspace(-12, 12, 4001, dtype=torch.float64)[:, None]
    log_density = -(grid**2) / 2  # the prior
    for m, p in zip(mean, log_precision, strict=True):
        log_density = log_density - p.exp() * (grid - m) ** 2 / 2
    density = log_density.softmax(0)
    assert torch.allclose(layer(x)[:, 0], (grid * density).sum(0), atol=1e-6)


@BOUNDED
@given(q=st.integers(1, 4), k=st.integers(1, 4), d=st.integers(1, 5), seed=SEED)
def test_attention_weights_against_pytorch(q, k, d, seed):
    query, key, value = rand(2, 3, q, d, seed=seed), rand(2, 3, k, d, seed=seed + 1), rand(2, 3, k, d, seed=seed + 2)
    present = torch.rand(2, 1, 1, k, generator=torch.Generator().manual_seed(seed)) < 0.7
    present[..., 0] = True
    theirs = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=present.expand(2, 3, q, k))
    assert torch.allclose(attention_weights(query, key, present) @ value, theirs)
    nobody = attention_weights(query, key, torch.zeros_like(present))
    assert not nobody.any()


@pytest.mark.parametrize("few", [0, 10**9])
def test_absent_tokens_may_hold_anything_and_nobody_means_zero(few, monkeypatch):
    monkeypatch.setattr(attention, "FEW", few)
    layer, asking, answering = Attention(8, 2).double(), rand(3, 4, 8), rand(3, 5, 8, seed=1)
    present = torch.tensor([[True] * 5, [False] * 5, [True, False, True, False, True]])
    scores = attention_weights(asking, answering.masked_fill(~present[..., None], torch.nan), present[:, None])
    assert scores.isfinite().all()
    answers, maps = layer(asking, answering, present)
    assert not answers[1].any()
    assert not maps[1].any()


@BOUNDED
@given(rows=SIZE, q=SIZE, k=SIZE, heads=st.sampled_from([1, 2, 4]), seed=SEED)
def test_both_ways_to_compute_attention_are_one(rows, q, k, heads, seed):
    """Rows last, and rows first: answers, maps and gradients, with masks and without."""
    layer, asking, answering = (
        Attention(8, heads).double(),
        rand(rows, q, 8, seed=seed),
        rand(rows, k, 8, seed=seed + 1),
    )
    mask = torch.rand(rows, k, generator=torch.Generator().manual_seed(seed)) < 0.6
    for present in (None, mask):
        found = []
        for few in (0, 10**9):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(attention, "FEW", few)
                answers, maps = layer(asking, answering, present)
            weights = torch.linspace(1, 2, answers.numel()).double().view_as(answers)
            grads = torch.autograd.grad((answers * weights).sum() + maps.square().sum(), list(layer.parameters()))
            found.append((answers, maps, *grads))
        for one, other in zip(*found, strict=True):
            assert torch.allclose(one, other, atol=1e-10)


@pytest.mark.parametrize("few", [0, 10**9])
def test_attention_against_pytorchs_own_layer(few, monkeypatch):
    monkeypatch.setattr(attention, "FEW", few)
    ours, theirs = Attention(8, 2).double(), nn.MultiheadAttention(8, 2, batch_first=True).double()
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([ours.query.weight, ours.key.weight, ours.value.weight]))
        theirs.in_proj_bias.copy_(torch.cat([ours.query.bias, torch.zeros(8).double(), ours.value.bias]))
        theirs.out_proj.load_state_dict(ours.mix.state_dict())
    asking, answering = rand(3, 4, 8), rand(3, 5, 8, seed=1)
    present = torch.tensor([[True] * 5, [True, False, True, False, True], [False, True, False, False, False]])
    wanted, maps = theirs(asking, answering, answering, key_padding_mask=~present, average_attn_weights=False)
    got, got_maps = ours(asking, answering, present)
    assert torch.allclose(got, wanted)
    assert torch.allclose(got_maps, maps)
    everyone = torch.ones(3, 5, dtype=torch.bool)
    for one, other in zip(ours(asking, answering), ours(asking, answering, everyone), strict=True):
        assert torch.equal(one, other)


def test_equal_scores_give_the_mean_of_the_present_values():
    layer = fusion.ModalityAttention([3, 4, 5], 8).double()
    with torch.no_grad():
        layer.attention.query.weight.zero_()
        layer.attention.query.bias.zero_()
    x, present = features([3, 4, 5], 6), torch.tensor([[True, False, True]]).expand(6, 3)
    values = torch.stack([f(v) for f, v in zip(layer.project, x, strict=True)], 1) + layer.embedding
    mean = layer.attention.value(values)[:, [0, 2]].mean(1)
    z, maps = layer(x, present, return_attention=True)
    assert torch.allclose(z, layer.attention.mix(mean))
    assert torch.allclose(maps[:, :, [0, 2]][..., [0, 2]], torch.full((6, 4, 2, 2), 0.5, dtype=torch.float64))


@BOUNDED
@given(seed=SEED, heads=st.sampled_from([1, 2, 4]))
def test_maps_are_shares_of_those_present(seed, heads):
    layer = fusion.ModalityAttention([3, 4, 5], 8, heads=heads).double()
    x = features([3, 4, 5], 6, seed)
    present = torch.rand(6, 3, generator=torch.Generator().manual_seed(seed)) < 0.6
    z, maps = layer(x, present, return_attention=True)
    assert torch.equal(z, layer(x, present))
    assert maps.shape == (6, heads, 3, 3)
    assert not maps.masked_select(~present[:, None, None, :].expand_as(maps)).any()
    told = present[:, None, :].expand(6, heads, 3).to(maps.dtype)  # who is absent asks nothing
    assert torch.allclose(maps.sum(-1), told)


def test_a_single_token_gets_all_the_weight_and_teaches_the_query_nothing():
    layer = fusion.CrossAttention([3, 4], 8).double()
    z, maps = layer([rand(5, 3, 3), rand(5, 1, 4)], return_attention=True)
    assert torch.equal(maps[0], torch.ones_like(maps[0]))
    z.sum().backward()
    assert not layer.attention[0].query.weight.grad.any()
    assert layer.attention[1].query.weight.grad.any()


def test_cross_attention_by_hand_on_two_tokens():
    layer = fusion.CrossAttention([1, 1], 1, heads=1).double()
    a, b = rand(1, 1, 1), rand(1, 2, 1, seed=1)
    ta, tb = (f(x)[0, :, 0] for f, x in zip(layer.project, (a, b), strict=True))
    ask, back = layer.attention
    number = {name: getattr(ask, name).weight.item() for name in ("query", "key", "value", "mix")}
    query = number["query"] * ta + ask.query.bias
    score = (query * number["key"] * tb).exp()
    answer = (score / score.sum() * (number["value"] * tb + ask.value.bias)).sum() * number["mix"] + ask.mix.bias
    answers = back(tb[None, :, None], ta[None, :, None], torch.ones(1, 1, dtype=torch.bool))[0][0, :, 0]
    pooled = torch.stack([(ta + answer).mean(), (tb + answers).mean()])
    assert torch.allclose(layer([a, b])[0], layer.mix(pooled))


def test_a_modality_hears_of_another_in_the_second_round_only():
    layer = fusion.Bottleneck([3, 3], 8).double()
    a, b = rand(2, 3, 3), rand(2, 4, 3, seed=1)
    (first, present), other = layer.tokens([a, b], None), layer.tokens([a, b + 1], None)[0]
    start = layer.start.expand(2, -1, -1)
    here, bottleneck = layer.rounds[0](first, present, start)
    there, moved = layer.rounds[0](other, present, start)
    assert torch.equal(here[0], there[0])  # a has not heard of b
    assert not torch.allclose(bottleneck, moved)
    assert not torch.allclose(
        layer.rounds[1](here, present, bottleneck)[0][0], layer.rounds[1](there, present, moved)[0][0]
    )
