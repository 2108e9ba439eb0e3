"""Encoders equal the textbook layer written out, mask their gaps, and judge each row alone."""

import numpy as np
import pytest
import torch
from fusionbook.encoders import (
    BagEncoder,
    CategoricalEncoder,
    Expert,
    NumericEncoder,
    TemporalEncoder,
    encoder_for,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

SEED = st.integers(0, 10_000)


def numbers(generator, *shape):
    return torch.randn(*shape, generator=generator)


CASES = {
    "numeric": (lambda d: NumericEncoder(5, d), lambda g, n: numbers(g, n, 5)),
    "categorical": (lambda d: CategoricalEncoder([3, 4], d), lambda g, n: torch.randint(-1, 3, (n, 2), generator=g)),
    "temporal": (lambda d: TemporalEncoder(3, d), lambda g, n: numbers(g, n, 24, 3)),
    "bag": (lambda d: BagEncoder(6, d), lambda g, n: torch.randint(0, 3, (n, 6), generator=g).float()),
}


def made(name, dim=4, rows=6, seed=0):
    build, draw = CASES[name]
    torch.manual_seed(seed)
    encoder = build(dim).double()
    x = draw(torch.Generator().manual_seed(seed), rows)
    return encoder, x.double() if x.is_floating_point() else x


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=15, deadline=None)
@given(dim=st.integers(1, 6), rows=st.integers(1, 7), seed=SEED)
def test_a_row_becomes_a_vector_that_depends_on_no_other_row(name, dim, rows, seed):
    encoder, x = made(name, dim, rows, seed)
    z = encoder(x)
    assert z.shape == (rows, dim)
    for i in range(rows):
        assert torch.allclose(encoder(x[[i]])[0], z[i], atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_every_parameter_gets_a_finite_gradient_also_with_gaps(name):
    encoder, x = made(name, rows=40)
    if name in ("numeric", "temporal"):
        x[torch.rand(x.shape, generator=torch.Generator().manual_seed(1)) < 0.2] = torch.nan
    encoder(x).pow(2).sum().backward()
    for parameter in encoder.parameters():
        assert parameter.grad.isfinite().all()
        assert parameter.grad.abs().max() > 1e-9


def test_a_missing_number_is_a_zero_with_its_flag_and_no_other_zero():
    encoder, x = made("numeric")
    x[0, 2] = torch.nan
    filled, flags = x.clone(), torch.zeros_like(x)
    filled[0, 2], flags[0, 2] = 0, 1
    assert torch.equal(encoder(x), encoder.net(torch.cat([filled, flags], 1)))
    assert not torch.allclose(encoder(x)[0], encoder(filled)[0])  # unknown is not zero
    assert torch.equal(encoder(x)[1:], encoder(filled)[1:])


def test_an_unknown_category_is_a_level_of_its_own():
    encoder, _ = made("categorical")
    codes = torch.tensor([[a, 0] for a in range(-1, 3)])
    looked_up = [torch.cat([encoder.tables[0].weight[a + 1], encoder.tables[1].weight[1]]) for a, _ in codes.tolist()]
    assert torch.allclose(encoder(codes), encoder.net(torch.stack(looked_up)))
    distance = torch.cdist(encoder(codes), encoder(codes)) + torch.eye(4)
    assert distance.min() > 1e-3


@settings(max_examples=25, deadline=None)
@given(
    seed=SEED,
    channels=st.integers(1, 4),
    kernel=st.integers(1, 6),
    stride=st.integers(1, 4),
    months=st.integers(6, 30),
    gaps=st.booleans(),
)
def test_months_pass_through_an_ordinary_convolution(seed, channels, kernel, stride, months, gaps):
    """Equal to nn.Conv1d with the same weights over the channels and one more that flags a month with a gap."""
    torch.manual_seed(seed)
    encoder = TemporalEncoder(channels, 3, months=months, filters=5, kernel=kernel, stride=stride).double()
    x = torch.randn(4, months, channels, dtype=torch.float64)
    if gaps:
        x[torch.rand(x.shape) < 0.1] = torch.nan
    conv = nn.Conv1d(channels + 1, 5, kernel, stride).double()
    with torch.no_grad():
        conv.weight.copy_(encoder.filters.weight.view(5, channels + 1, kernel))
        conv.bias.copy_(encoder.filters.bias)
    flagged = torch.cat([x.nan_to_num(0), x.isnan().any(-1, keepdim=True).double()], -1)
    assert torch.allclose(encoder(x), encoder.net(conv(flagged.transpose(1, 2)).transpose(1, 2)), atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(seed=SEED, entries=st.integers(1, 8), lengths=st.lists(st.integers(0, 7), min_size=1, max_size=5))
def test_a_bag_is_the_mean_embedding_of_its_tokens(seed, entries, lengths):
    """Written out with nn.Embedding: look up every token, average; an empty bag is the zero vector."""
    torch.manual_seed(seed)
    encoder = BagEncoder(entries, 3).double()
    table = nn.Embedding(entries, 32, _weight=encoder.embedding.weight.detach().T.contiguous())
    tokens = [torch.randint(entries, (length,)) for length in lengths]
    counts = torch.stack([torch.bincount(t, minlength=entries) for t in tokens]).double()
    means = [table(t).mean(0) if len(t) else torch.zeros(32, dtype=torch.float64) for t in tokens]
    assert torch.allclose(encoder(counts), encoder.net(torch.stack(means)), atol=1e-12)


def test_an_expert_is_its_encoder_and_one_logit():
    encoder, x = made("numeric")
    expert = Expert(encoder, 4).double()
    logit = expert(x)
    assert logit.shape == (6,)
    head = expert.head[1]
    assert torch.allclose(logit, encoder(x).relu() @ head.weight[0] + head.bias)


@pytest.mark.parametrize(
    ("name", "shape", "kind"),
    [
        ("numeric", (7, 10), NumericEncoder),
        ("terms", (7, 3), NumericEncoder),
        ("categorical", (7, 2), CategoricalEncoder),
        ("temporal", (7, 12, 4), TemporalEncoder),
        ("text", (7, 30), BagEncoder),
        ("behavioural", (7, 20), BagEncoder),
    ],
)
def test_encoder_for_fits_the_prepared_array(name, shape, kind):
    x = np.zeros(shape, np.int64 if name == "categorical" else np.float32)
    encoder = encoder_for(name, x, 5, levels=[3, 3])
    assert type(encoder) is kind
    assert encoder(torch.from_numpy(x)).shape == (7, 5)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("numeric", (6, 4)),
        ("numeric", (6,)),
        ("categorical", (6, 3)),
        ("categorical", (6, 2, 1)),
        ("temporal", (6, 23, 3)),
        ("temporal", (6, 24, 4)),
        ("temporal", (6, 72)),
        ("bag", (6, 7)),
        ("bag", (6, 1, 6)),
    ],
)
def test_a_wrong_shape_is_named_with_what_is_needed(name, wrong):
    encoder, x = made(name)
    needs = ", ".join(map(str, x.shape[1:]))
    got = str(wrong).replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(ValueError, match=rf"has shape {got}: it needs \(B, {needs}\)"):
        encoder(torch.zeros(wrong, dtype=x.dtype))


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: encoder_for("smell", np.zeros((3, 2)), 4), "name is 'smell'.*numeric"),
        (lambda: encoder_for("categorical", np.zeros((3, 2)), 4), "levels is None.* 2 columns"),
        (lambda: encoder_for("categorical", np.zeros((3, 2)), 4, levels=[3]), r"levels is \[3\]"),
        (lambda: encoder_for("temporal", np.zeros((3, 5)), 4), r"x has shape \(3, 5\)"),
        (lambda: encoder_for("numeric", np.zeros(3), 4), r"x has shape \(3,\)"),
        (lambda: encoder_for("temporal", np.zeros((3, 5, 2)), 4), "months is 5"),
        (lambda: TemporalEncoder(2, 4, months=5, kernel=6), "months is 5"),
    ],
)
def test_a_bad_argument_is_named(call, named):
    with pytest.raises(ValueError, match=named):
        call()
