"""What every fusion layer of the book promises, proved for each one by the same tests."""

import io

import pytest
import torch
from fusionbook import fusion
from fusionbook.metrics import auc
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

NAMES = list(fusion.LAYERS)
LAYER = pytest.mark.parametrize("name", NAMES)
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
    layer = fusion.LAYERS[name](dims, out_dim, **options).double()
    for parameter in layer.parameters():  # away from starting values that hide a parameter, such as zeros
        nn.init.normal_(parameter, std=0.5)
    return layer


def draw(dims, rows, seed, share=0.6):
    generator = torch.Generator().manual_seed(seed)
    features = [torch.randn(rows, d, dtype=torch.float64, generator=generator) for d in dims]
    return features, torch.rand(rows, len(dims), generator=generator) < share


@LAYER
@BOUNDED
@given(**SHAPES)
def test_all_present_is_the_default_and_the_shape_is_as_asked(name, dims, out_dim, rows, seed):
    layer, (x, _) = build(name, dims, out_dim), draw(dims, rows, seed)
    z = layer(x)
    assert z.shape == (rows, out_dim)
    assert torch.equal(z, layer(x, torch.ones(rows, len(dims), dtype=torch.bool)))


@LAYER
@BOUNDED
@given(**SHAPES)
def test_every_parameter_block_gets_a_gradient(name, dims, out_dim, rows, seed):
    layer, (x, present) = build(name, dims, out_dim), draw(dims, 12 + rows, seed)
    present[:4] = True
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
    layer, (x, present) = build(name, dims, out_dim, prior=prior), draw(dims, rows, seed)
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
    layer, (x, present) = build(name, dims, out_dim), draw(dims, rows, seed)
    for layer_mode in (layer.train(), layer.eval()):
        torch.manual_seed(0)
        z = layer_mode(x, present)
        for i in range(rows):
            assert torch.allclose(layer_mode([v[[i]] for v in x], present[[i]])[0], z[i], rtol=1e-10, atol=1e-12)


@LAYER
@BOUNDED
@given(**SHAPES)
def test_eval_is_deterministic(name, dims, out_dim, rows, seed):
    layer, (x, present) = build(name, dims, out_dim).eval(), draw(dims, rows, seed)
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
    layer, (x, present) = build(name, dims, out_dim), draw(dims, rows, seed)
    absent = [~present[:, [m]] for m in range(len(dims))]
    filled = [v.masked_fill(gap, filling) for v, gap in zip(x, absent, strict=True)]
    z, parameters, inputs = output_and_gradients(layer, x, present)
    other, other_parameters, other_inputs = output_and_gradients(layer, filled, present)
    assert torch.equal(z, other)
    assert z.isfinite().all()
    assert all(torch.equal(a, b) for a, b in zip(parameters, other_parameters, strict=True))
    for a, b, gap in zip(inputs, other_inputs, absent, strict=True):
        assert torch.equal(a, b)
        assert not a[gap.expand_as(a)].any()


@LAYER
@BOUNDED
@given(**SHAPES, prior=st.floats(0.01, 0.99))
def test_nothing_present_gives_the_base_rate(name, dims, out_dim, rows, seed, prior):
    layer, (x, _) = build(name, dims, out_dim, prior=prior), draw(dims, rows, seed)
    z = layer(x, torch.zeros(rows, len(dims), dtype=torch.bool))
    assert z.isfinite().all()
    said = z if name in ("late mean", "late simplex") else z.sigmoid()
    assert torch.allclose(said, torch.full_like(said, prior), atol=1e-6)


def xor(rows, seed, noise=0.15):
    """Two numbers around ±1 and whether their signs differ; a third number that says nothing."""
    generator = torch.Generator().manual_seed(seed)
    signs = torch.randint(0, 2, (rows, 2), generator=generator) * 2.0 - 1
    x = signs + noise * torch.randn(rows, 2, generator=generator)
    other = torch.randn(rows, 1, generator=generator)
    return [x[:, [0]], x[:, [1]], other], (signs[:, 0] != signs[:, 1]).float()


@LAYER
def test_xor_is_learned_by_the_layers_that_say_they_are_not_additive(name):
    """Linear projections in front, a linear head behind: an additive layer cannot leave AUC one half."""
    (x, y), (new, answer) = xor(600, 0), xor(3000, 1)
    torch.manual_seed(3)
    projections = nn.ModuleList(nn.Linear(1, 4) for _ in x)
    layer, head = fusion.LAYERS[name]([4, 4, 4], 8), nn.Linear(8, 1)
    model = nn.ModuleList([projections, layer, head])

    def score(features):
        return head(layer([f(v) for f, v in zip(projections, features, strict=True)]))[:, 0]

    optimizer = torch.optim.Adam(model.parameters(), 0.03)
    for _ in range(250):
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(score(x), y).backward()
        optimizer.step()
    reached = auc(answer, score(new).detach())
    if fusion.LAYERS[name].additive:
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


@LAYER
@pytest.mark.parametrize(("shapes", "present", "named"), BAD_FEATURES)
def test_features_that_do_not_fit_are_named_with_their_shapes(name, shapes, present, named):
    with pytest.raises(ValueError, match=named):
        fusion.LAYERS[name]([2, 3], 2)([torch.zeros(shape) for shape in shapes], present)


@LAYER
@pytest.mark.parametrize(
    ("dims", "out_dim", "options", "named"),
    [
        ([], 2, {}, r"dims=\[\]"),
        ([2, 0], 2, {}, r"dims=\[2, 0\]"),
        ([2, 2], 0, {}, "out_dim=0"),
        ([2, 2], 2, {"prior": 0.0}, "prior is 0.0"),
        ([2, 2], 2, {"prior": 1.0}, "prior is 1.0"),
        ([2, 2], 2, {"prior": float("nan")}, "prior is nan"),
    ],
)
def test_a_layer_that_cannot_be_built_says_why(name, dims, out_dim, options, named):
    with pytest.raises(ValueError, match=named):
        fusion.LAYERS[name](dims, out_dim, **options)


def test_every_layer_says_whether_it_is_additive():
    assert all(isinstance(cls.additive, bool) and cls.__doc__ for cls in fusion.LAYERS.values())
