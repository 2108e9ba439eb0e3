"""What every fusion layer of the book promises, proved for each one by the same tests."""

import io

import pytest
import torch
from fusionbook import fusion
from fusionbook.metrics import auc
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

ALL = fusion.LAYERS | fusion.SEQUENCE_LAYERS
LATE = ("late mean", "late simplex", "late logits")
LAYER = pytest.mark.parametrize("name", ALL)
VECTORS = pytest.mark.parametrize("name", fusion.LAYERS)
SHAPES = {
    "dims": st.lists(st.integers(1, 6), min_size=2, max_size=4),
    "out_dim": st.integers(1, 4),
    "rows": st.integers(1, 6),
    "seed": st.integers(0, 10_000),
}
BOUNDED = settings(max_examples=20, deadline=None)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """So small a network runs faster on one thread than on several that wait for one another."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def build(name, dims, out_dim, seed=0, **options):
    torch.manual_seed(seed)
    layer = ALL[name](dims, out_dim, **options).double()
    for parameter in layer.parameters():  # away from starting values that hide a parameter, such as zeros
        nn.init.normal_(parameter, std=0.5)
    return layer


def draw(name, dims, rows, seed, share=0.6):
    """Features and who is present: vectors with one mask (B, M), or sequences of 2 to 4 tokens with a mask each."""
    generator = torch.Generator().manual_seed(seed)
    there = torch.rand(rows, len(dims), generator=generator) < share
    if name in fusion.LAYERS:
        return [torch.randn(rows, d, dtype=torch.float64, generator=generator) for d in dims], there
    lengths = torch.randint(2, 5, (len(dims),), generator=generator).tolist()
    sizes = list(zip(lengths, dims, strict=True))
    tokens = [torch.randn(rows, size, d, dtype=torch.float64, generator=generator) for size, d in sizes]
    kept = [torch.rand(rows, size, generator=generator) < 0.8 for size in lengths]
    return tokens, [keep & there[:, [m]] for m, keep in enumerate(kept)]


def gaps(x, present):
    """What is absent of every modality, of the shape of its features."""
    if isinstance(present, torch.Tensor):
        present = [present[:, m] for m in range(len(x))]
    return [~there.unsqueeze(-1).expand_as(v) for v, there in zip(x, present, strict=True)]


def some(present, rows):
    """The masks of these rows, or a mask with another value there."""
    return present[rows] if isinstance(present, torch.Tensor) else [there[rows] for there in present]


def everybody(x, present):
    return torch.ones_like(present) if isinstance(present, torch.Tensor) else [torch.ones_like(p) for p in present]


@LAYER
@BOUNDED
@given(**SHAPES)
def test_all_present_is_the_default_and_the_shape_is_as_asked(name, dims, out_dim, rows, seed):
    layer, (x, present) = build(name, dims, out_dim), draw(name, dims, rows, seed)
    z = layer(x)
    assert z.shape == (rows, out_dim)
    assert torch.equal(z, layer(x, everybody(x, present)))


@LAYER
@BOUNDED
@given(**SHAPES)
def test_every_parameter_block_gets_a_gradient(name, dims, out_dim, rows, seed):
    layer, (x, present) = build(name, dims, out_dim), draw(name, dims, 24 + rows, seed)
    for there in [present] if isinstance(present, torch.Tensor) else present:
        there[:8] = True
    out = layer(x, present)
    (out * torch.randn(out.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))).sum().backward()
    for block, parameter in layer.named_parameters():
        assert parameter.grad is not None, block
        assert parameter.grad.isfinite().all(), block
        assert parameter.grad.abs().max() > 1e-9 * (1 + parameter.abs().max()), block


@LAYER
@BOUNDED
@given(**SHAPES, prior=st.floats(0.01, 0.99))
def test_a_saved_state_loaded_into_a_fresh_layer_gives_the_same_bits(name, dims, out_dim, rows, seed, prior):
    options = {"prior": prior} if name in LATE else {}
    layer, (x, present) = build(name, dims, out_dim, **options), draw(name, dims, rows, seed)
    file = io.BytesIO()
    torch.save(layer.state_dict(), file)
    file.seek(0)
    fresh = build(name, dims, out_dim, seed=seed + 1)  # other weights, another prior
    fresh.load_state_dict(torch.load(file))
    assert torch.equal(layer(x, present), fresh(x, present))


@LAYER
@BOUNDED
@given(**SHAPES)
def test_a_row_depends_on_no_other_row(name, dims, out_dim, rows, seed):
    layer, (x, present) = build(name, dims, out_dim), draw(name, dims, rows, seed)
    for layer_mode in (layer.train(), layer.eval()):
        torch.manual_seed(0)
        z = layer_mode(x, present)
        for i in range(rows):
            alone = layer_mode([v[[i]] for v in x], some(present, [i]))
            assert torch.allclose(alone[0], z[i], rtol=1e-10, atol=1e-12)


@LAYER
@BOUNDED
@given(**SHAPES)
def test_eval_is_deterministic(name, dims, out_dim, rows, seed):
    layer, (x, present) = build(name, dims, out_dim).eval(), draw(name, dims, rows, seed)
    assert torch.equal(layer(x, present), layer(x, present))


def output_and_gradients(layer, features, present):
    """The output, and the gradient of a weighted sum of it for every parameter and every feature."""
    layer.zero_grad()
    features = [x.clone().requires_grad_() for x in features]
    z = layer(features, present)
    (z * torch.linspace(1, 2, z.numel(), dtype=z.dtype).view_as(z)).sum().backward()
    return z.detach(), [p.grad.clone() for p in layer.parameters()], [x.grad for x in features]


@LAYER
@BOUNDED
@given(**SHAPES, filling=st.sampled_from([float("nan"), float("inf"), -1e30, 7.0]))
def test_an_absent_modality_has_no_influence_at_all(name, dims, out_dim, rows, seed, filling):
    """Whatever stands in the gap, NaN included: the same bits in output and in every gradient, none to the gap."""
    layer, (x, present) = build(name, dims, out_dim), draw(name, dims, rows, seed)
    absent = gaps(x, present)
    filled = [v.masked_fill(gap, filling) for v, gap in zip(x, absent, strict=True)]
    z, parameters, inputs = output_and_gradients(layer, x, present)
    other, other_parameters, other_inputs = output_and_gradients(layer, filled, present)
    assert torch.equal(z, other)
    assert z.isfinite().all()
    assert all(torch.equal(a, b) for a, b in zip(parameters, other_parameters, strict=True))
    for a, b, gap in zip(inputs, other_inputs, absent, strict=True):
        assert torch.equal(a, b)
        assert not a[gap].any()


@LAYER
@BOUNDED
@given(**SHAPES, prior=st.floats(0.01, 0.99))
def test_nothing_present_gives_what_the_class_says(name, dims, out_dim, rows, seed, prior):
    options = {"prior": prior} if name in LATE else {}
    layer, (x, present) = build(name, dims, out_dim, **options), draw(name, dims, rows, seed)
    nobody = torch.zeros_like(present) if name in fusion.LAYERS else [torch.zeros_like(p) for p in present]
    z = layer(x, nobody)
    assert z.isfinite().all()
    assert torch.equal(z, z[:1].expand_as(z))  # one answer, whatever the row
    if name in LATE:
        said = z.sigmoid() if name == "late logits" else z
        assert torch.allclose(said, torch.full_like(said, prior), atol=1e-6)
    elif name in ("gated", "gated alone", "product of experts", "attention"):
        assert not z.any()
    elif name == "bottleneck":
        assert torch.allclose(z[0], layer.mix(layer.start.mean(0)))
    else:
        bias = layer.bias if name == "low-rank tensor" else layer.mix.bias
        alone = constant(layer) if name in ("tensor", "low-rank tensor") else 0
        assert torch.allclose(z, (bias + alone).expand_as(z))


def constant(layer):
    """What the product of all the ones in front adds to a tensor fusion."""
    if isinstance(layer, fusion.TensorFusion):
        return layer.mix.weight[:, 0]
    return torch.stack([factor[:, 0] for factor in layer.factors]).prod(0).sum(0)


def xor(rows, seed, noise=0.15):
    """Two numbers around ±1 and whether their signs differ; a third number that says nothing."""
    generator = torch.Generator().manual_seed(seed)
    signs = torch.randint(0, 2, (rows, 2), generator=generator) * 2.0 - 1
    x = signs + noise * torch.randn(rows, 2, generator=generator)
    other = torch.randn(rows, 1, generator=generator)
    return [x[:, [0]], x[:, [1]], other], (signs[:, 0] != signs[:, 1]).float()


def as_tokens(features):
    """Each number as the first of two tokens, marked; the second token is there to be looked away to."""
    return [torch.stack([torch.cat([x, torch.ones_like(x)], 1), torch.zeros(len(x), 2)], 1) for x in features]


@LAYER
def test_xor_is_learned_by_the_layers_that_say_they_are_not_additive(name):
    """Linear projections in front, a linear head behind: an additive layer cannot leave AUC one half."""
    (x, y), (new, answer) = xor(600, 0), xor(3000, 1)
    if name in fusion.SEQUENCE_LAYERS:
        x, new = as_tokens(x), as_tokens(new)
    torch.manual_seed(3)
    projections = nn.ModuleList(nn.Linear(v.shape[-1], 4) for v in x)
    layer, head = ALL[name]([4, 4, 4], 8), nn.Linear(8, 1)
    model = nn.ModuleList([projections, layer, head])

    def score(features):
        return head(layer([f(v) for f, v in zip(projections, features, strict=True)]))[:, 0]

    optimizer = torch.optim.Adam(model.parameters(), 0.03)
    for _ in range(250):
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(score(x), y).backward()
        optimizer.step()
    reached = auc(answer, score(new).detach())
    if ALL[name].additive:
        assert abs(reached - 0.5) < 0.07
    else:
        assert reached >= 0.95


BAD_FEATURES = [
    ([(4, 2)], None, r"features have shapes \[\(4, 2\)\]: they need \[\('B', 2\), \('B', 3\)\]"),
    ([(4, 3), (4, 2)], None, r"\[\(4, 3\), \(4, 2\)\]"),
    ([(4, 2), (4, 5, 3)], None, r"\(4, 5, 3\)"),
    ([(4, 2), (3, 3)], None, "same number of rows"),
    ([], None, r"features have shapes \[\]"),
    ([(4, 2), (4, 3)], torch.ones(4, 2), r"present is \(4, 2\) of torch.float32: it needs \(4, 2\) of torch.bool"),
    ([(4, 2), (4, 3)], torch.ones(4, 3, dtype=torch.bool), r"present is \(4, 3\)"),
    ([(4, 2), (4, 3)], torch.ones(4, dtype=torch.bool), r"present is \(4,\)"),
]


@VECTORS
@pytest.mark.parametrize(("shapes", "present", "named"), BAD_FEATURES)
def test_features_that_do_not_fit_are_named_with_their_shapes(name, shapes, present, named):
    with pytest.raises(ValueError, match=named):
        fusion.LAYERS[name]([2, 3], 2)([torch.zeros(shape) for shape in shapes], present)


BAD_SEQUENCES = [
    ([(4, 2, 2)], None, r"sequences have shapes \[\(4, 2, 2\)\]: they need \[\('B', 'T', 2\), \('B', 'T', 3\)\]"),
    ([(4, 2, 2), (4, 3)], None, r"\(4, 3\)\]"),
    ([(4, 2, 2), (3, 2, 3)], None, "the same number of rows"),
    ([(4, 2, 2), (4, 0, 3)], None, "at least one token each"),
    ([(4, 2, 2), (4, 5, 3)], [torch.ones(4, 2, dtype=torch.bool)], r"bool of shapes \[\(4, 2\), \(4, 5\)\]"),
    ([(4, 2, 2), (4, 5, 3)], [torch.ones(4, 2), torch.ones(4, 5)], "torch.float32"),
]


@pytest.mark.parametrize("name", fusion.SEQUENCE_LAYERS)
@pytest.mark.parametrize(("shapes", "present", "named"), BAD_SEQUENCES)
def test_sequences_that_do_not_fit_are_named_with_their_shapes(name, shapes, present, named):
    with pytest.raises(ValueError, match=named):
        fusion.SEQUENCE_LAYERS[name]([2, 3], 2)([torch.zeros(shape) for shape in shapes], present)


@LAYER
@pytest.mark.parametrize(
    ("dims", "out_dim", "named"), [([], 2, r"dims=\[\]"), ([2, 0], 2, r"dims=\[2, 0\]"), ([2, 2], 0, "out_dim=0")]
)
def test_a_layer_that_cannot_be_built_says_why(name, dims, out_dim, named):
    with pytest.raises(ValueError, match=named):
        ALL[name](dims, out_dim)


@pytest.mark.parametrize("name", LATE)
@pytest.mark.parametrize("prior", [0.0, 1.0, float("nan")])
def test_a_late_layer_needs_a_base_rate(name, prior):
    with pytest.raises(ValueError, match=f"prior is {prior}"):
        fusion.LAYERS[name]([2, 2], 2, prior=prior)


@pytest.mark.parametrize(
    ("name", "dims", "options", "named"),
    [
        ("tensor", [200, 200, 200], {}, "more than 2\\^20; use LowRank"),
        ("low-rank tensor", [2, 2], {"rank": 0}, "rank is 0"),
        ("attention", [2, 2], {"heads": 3}, "heads is 3 for a width of 4"),
        ("attention", [2, 2], {"heads": 0}, "heads is 0"),
        ("cross-attention", [2], {}, "at least two"),
        ("bottleneck", [2], {}, "at least two"),
        ("bottleneck", [2, 2], {"bottlenecks": 0}, "bottlenecks is 0"),
        ("bottleneck", [2, 2], {"rounds": 1}, "rounds is 1"),
    ],
)
def test_an_option_that_cannot_be_says_why(name, dims, options, named):
    with pytest.raises(ValueError, match=named):
        ALL[name](dims, 4, **options)


def test_every_layer_says_whether_it_is_additive():
    assert all(isinstance(cls.additive, bool) and cls.__doc__ for cls in ALL.values())
