"""Training is the loop one would write by hand, for one seed and for many at once.

In float64: AdamW's first step divides each gradient by itself, so that in float32 the rounding of a gradient near
zero can move a weight by a whole step.
"""

from dataclasses import replace

import pytest
import torch
from fusionbook.encoders import BagEncoder, CategoricalEncoder, Expert, NumericEncoder, TemporalEncoder
from fusionbook.losses import info_nce, normalize
from fusionbook.train import Recipe, bce, fit, fit_many
from torch import nn

SEEDS = (3, 0, 11)
SHORT = Recipe(epochs=4, batch_size=16, lr=0.02)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """So small a network runs faster on one thread than on several that wait for one another."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Squeeze(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.net = nn.Sequential(*layers)

    def forward(self, x):
        return self.net(x).squeeze(-1)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.head = nn.GRU(2, 4, batch_first=True), nn.Linear(4, 1)

    def forward(self, x):
        return self.head(self.gru(x)[0][:, -1]).squeeze(-1)


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 4), nn.Linear(2, 4)
        self.register_buffer("scale", torch.rand(4))  # drawn with the seed, never trained

    def forward(self, a, b):
        return (self.a(a).tanh() * self.b(b) * self.scale).sum(-1)


def normal(*shape):
    return lambda g, n: torch.randn(n, *shape, generator=g, dtype=torch.float64)


def whole(low, width):
    return lambda g, n: torch.randint(low, 3, (n, width), generator=g)


VMAPPED = {
    "network": (lambda: Squeeze(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 1)), normal(3)),
    "numeric": (lambda: Expert(NumericEncoder(3, 4), 4), normal(3)),
    "embedding": (lambda: Expert(CategoricalEncoder([3, 3], 4), 4), whole(-1, 2)),
    "bag": (lambda: Expert(BagEncoder(5, 4), 4), lambda g, n: whole(0, 5)(g, n).double()),
    "windows": (lambda: Expert(TemporalEncoder(2, 4, months=12), 4), normal(12, 2)),
    "convolution": (
        lambda: Squeeze(nn.Conv1d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(30, 1)),
        normal(2, 12),
    ),
    "two inputs and a buffer": (TwoInputs, lambda g, n: (normal(3)(g, n), normal(2)(g, n))),
}
LOOPED = {
    "GRU": (Recurrent, normal(5, 2)),
    "dropout": (lambda: Squeeze(nn.Linear(3, 8), nn.Dropout(0.5), nn.Linear(8, 1)), normal(3)),
}
OTHER = {  # its running mean and variance change in training without being parameters
    "batch norm": (
        lambda: Squeeze(nn.Linear(3, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1)),
        normal(3),
    ),
}
MODELS = VMAPPED | LOOPED | OTHER


def maker(name):
    return lambda: MODELS[name][0]().double()


def rows(name, n, seed):
    """Inputs of a model, and labels that its first column decides, but for noise."""
    g = torch.Generator().manual_seed(seed)
    x = MODELS[name][1](g, n)
    first = (x[0] if isinstance(x, tuple) else x).double().flatten(1)[:, 0]
    return x, (first + torch.randn(n, generator=g) > 0).long()


def built(name, seed):
    torch.manual_seed(seed)
    return maker(name)()


def one_by_one(name, train, val, recipe):
    """What `fit_many` promises to equal: build under each seed, then `fit`."""
    runs = []
    for i, seed in enumerate(SEEDS):
        own = train if isinstance(train, tuple) else train[i]
        held = val if val is None or isinstance(val, tuple) else val[i]
        runs.append(fit(built(name, seed), own, held, recipe=recipe, seed=seed))
    return runs


def assert_same(many, loop, tolerance=1e-9):
    for one, other in zip(many, loop, strict=True):
        mine, theirs = one.model.state_dict(), other.model.state_dict()
        assert mine.keys() == theirs.keys()
        for key in mine:
            assert torch.allclose(mine[key], theirs[key], atol=tolerance), key
        assert one.train_loss == pytest.approx(other.train_loss, abs=1e-5)
        assert one.val_loss == pytest.approx(other.val_loss, abs=1e-5)
        assert not one.model.training


@pytest.mark.parametrize("validated", [False, True], ids=["no validation", "validation"])
@pytest.mark.parametrize("shared", [True, False], ids=["shared data", "data of its own"])
@pytest.mark.parametrize("name", MODELS)
def test_many_at_once_equal_one_after_another(name, shared, validated):
    train = rows(name, 50, 0) if shared else [rows(name, 50, s) for s in SEEDS]
    val = (rows(name, 20, 9) if shared else [rows(name, 20, 90 + s) for s in SEEDS]) if validated else None
    many = fit_many(maker(name), train, val, seeds=SEEDS, recipe=SHORT)
    assert_same(many, one_by_one(name, train, val, SHORT))


@pytest.mark.parametrize("name", ["network", "numeric", "two inputs and a buffer"])
def test_seeds_that_stop_at_different_epochs_end_as_if_alone(name):
    """Also a seed that would have found a lower loss, had it gone on with those that train beside it."""
    recipe = Recipe(epochs=12, batch_size=4, lr=0.6, patience=1)  # so large a step overshoots and comes back
    data = [rows(name, 24, s) for s in SEEDS]
    loop, on = (one_by_one(name, data, data, r) for r in (recipe, replace(recipe, patience=None)))
    stops = [len(run.val_loss) for run in loop]
    reached = [min(run.val_loss[: max(stops)]) for run in on]
    assert any(later < min(run.val_loss) - 1e-3 for later, run in zip(reached, loop, strict=True))
    assert len(set(stops)) > 1
    assert_same(fit_many(maker(name), data, data, seeds=SEEDS, recipe=recipe), loop)


def test_what_vmap_cannot_do_is_what_runs_one_by_one(monkeypatch):
    from fusionbook import train as module

    calls = []
    original = module.fit
    monkeypatch.setattr(module, "fit", lambda *a, **k: calls.append(1) or original(*a, **k))
    for name in VMAPPED | LOOPED:
        calls.clear()
        fit_many(maker(name), rows(name, 16, 0), seeds=SEEDS, recipe=SHORT)
        assert len(calls) == (len(SEEDS) if name in LOOPED else 0), name


class Directions(nn.Module):
    """Two modalities to unit vectors: `normalize` refuses a row of zeros, which under vmap it cannot see."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 4, bias=False).double(), nn.Linear(3, 4, bias=False).double()

    def forward(self, a, b):
        return torch.stack([normalize(self.a(a)), normalize(self.b(b))], 1)


def paired(n, seed):
    g = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(n, 3, generator=g, dtype=torch.float64) for _ in range(2)), torch.arange(n)


def contrast(out, rows):
    return info_nce(out[:, 0], out[:, 1], 0.2)


def test_contrastive_models_train_all_at_once_and_as_if_alone(monkeypatch):
    from fusionbook import train as module

    data, loop = paired(40, 0), []
    for seed in SEEDS:
        torch.manual_seed(seed)
        loop.append(fit(Directions(), data, recipe=SHORT, loss=contrast, seed=seed))
    monkeypatch.setattr(module, "fit", None)
    assert_same(fit_many(Directions, data, seeds=SEEDS, recipe=SHORT, loss=contrast), loop)


def test_a_row_of_zeros_is_refused_also_where_many_train_at_once():
    (a, b), target = paired(40, 0)
    a[7] = 0.0
    with pytest.raises(ValueError, match="is all zeros"):
        fit_many(Directions, ((a, b), target), seeds=SEEDS, recipe=SHORT, loss=contrast)


def by_hand(model, x, y, recipe, seed):
    """The same training in plain PyTorch: shuffled batches, AdamW, a step size that falls linearly."""
    optimizer = torch.optim.AdamW(model.parameters(), recipe.lr, weight_decay=recipe.weight_decay)
    generator, losses = torch.Generator().manual_seed(seed), []
    for epoch in range(recipe.epochs):
        for group in optimizer.param_groups:
            group["lr"] = recipe.lr * (1 - 0.95 * epoch / recipe.epochs)
        total = 0.0
        for batch in torch.randperm(len(y), generator=generator).split(recipe.batch_size):
            optimizer.zero_grad()
            loss = nn.functional.binary_cross_entropy_with_logits(model(x[batch]), y[batch].double())
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        losses.append(total / len(y))
    return losses


@pytest.mark.parametrize("name", ["network", "convolution", "GRU"])
def test_fit_is_the_loop_one_would_write(name):
    x, y = rows(name, 53, 1)  # the last batch is a short one
    result = fit(built(name, 5), (x, y), recipe=SHORT, seed=7)
    model = built(name, 5)
    losses = by_hand(model, x, y, SHORT, 7)
    assert result.train_loss == pytest.approx(losses, abs=1e-5)
    for key, value in model.state_dict().items():
        assert torch.allclose(result.model.state_dict()[key], value, atol=1e-9), key


@pytest.mark.parametrize("name", ["network", "dropout", "batch norm"])
def test_the_state_with_the_lowest_validation_loss_is_kept(name):
    """Judged again, the returned model has exactly that loss: all of its state is of that epoch, buffers too."""
    recipe = Recipe(epochs=20, batch_size=8, lr=0.5, patience=None)
    train, x = rows(name, 24, 2), rows(name, 30, 95)[0]
    y = torch.arange(30) % 2  # nothing to be found: the surer a model, the worse
    many = fit_many(maker(name), train, (x, y), seeds=SEEDS, recipe=recipe)
    for result in (fit(built(name, 0), train, (x, y), recipe=recipe), *many):
        assert len(result.val_loss) == 20
        assert bce(result.predict(x), y).item() == pytest.approx(min(result.val_loss), abs=1e-5)
    assert any(min(result.val_loss) < result.val_loss[-1] - 1e-3 for result in many)  # else the last would do


@pytest.mark.parametrize("patience", [1, 3])
def test_training_stops_after_so_many_epochs_without_a_lower_loss(patience):
    train, val = rows("network", 24, 2), rows("network", 30, 92)
    recipe = Recipe(epochs=60, batch_size=8, lr=0.1, patience=patience)
    losses = fit(built("network", 0), train, val, recipe=recipe).val_loss
    assert len(losses) == losses.index(min(losses)) + 1 + patience < 60


def test_without_validation_the_last_state_is_kept_after_all_epochs():
    result = fit(built("network", 0), rows("network", 24, 2), recipe=replace(SHORT, patience=1))
    assert len(result.train_loss) == SHORT.epochs
    assert result.val_loss == []


def test_the_validation_rows_are_never_trained_on():
    """Their labels may choose the state, not move it: with patience off and one epoch they change nothing."""
    once, (x, y) = replace(SHORT, epochs=1), rows("network", 20, 9)
    train = rows("network", 50, 0)
    one, other = (fit(built("network", 0), train, (x, labels), recipe=once) for labels in (y, 1 - y))
    assert all(torch.equal(a, b) for a, b in zip(one.model.parameters(), other.model.parameters(), strict=True))


@pytest.mark.parametrize("name", ["network", "windows", "dropout"])
def test_the_same_seeds_give_the_same_model_on_one_thread_and_on_two(name):
    data = rows(name, 64, 0)
    runs = []
    for threads in (1, 2, 1):
        torch.set_num_threads(threads)
        runs.append(fit_many(maker(name), data, data, seeds=SEEDS, recipe=SHORT))
    torch.set_num_threads(1)
    assert_same(runs[0], runs[1])
    assert_same(runs[0], runs[2], 0)


@pytest.mark.parametrize("name", ["network", "dropout", "GRU"])
def test_training_leaves_the_global_random_state_alone(name):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    fit_many(maker(name), rows(name, 20, 0), seeds=SEEDS, recipe=SHORT)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("poison", [1e30, float("nan")])
def test_one_seeds_poisoned_data_reaches_no_other_seed(poison):
    clean = [rows("network", 40, s) for s in SEEDS]
    spoilt = [(torch.full_like(x, poison) if i == 1 else x, y) for i, (x, y) in enumerate(clean)]
    good, bad = (fit_many(maker("network"), d, d, seeds=SEEDS, recipe=SHORT) for d in (clean, spoilt))
    assert_same([good[0], good[2]], [bad[0], bad[2]])


def test_a_seed_trains_the_same_whoever_trains_beside_it():
    data = rows("network", 40, 0)
    three, two = (fit_many(maker("network"), data, seeds=s, recipe=SHORT) for s in (SEEDS, SEEDS[2:0:-1]))
    assert_same(three[2:0:-1], two)
    first, second = three[0].model.state_dict(), three[1].model.state_dict()
    assert not any(torch.allclose(first[key], second[key]) for key in first)


@pytest.mark.parametrize("name", ["network", "dropout"])
def test_a_frozen_parameter_stays_as_it_was(name):
    def build():
        model = maker(name)()
        model.net[0].requires_grad_(False)
        return model

    torch.manual_seed(SEEDS[0])
    start = {key: value.clone() for key, value in build().state_dict().items()}
    data = rows(name, 40, 0)
    torch.manual_seed(SEEDS[0])
    alone = fit(build(), data, recipe=SHORT, seed=SEEDS[0])
    many = fit_many(build, data, seeds=SEEDS, recipe=SHORT)
    for result in (alone, many[0]):
        state = result.model.state_dict()
        assert torch.equal(state["net.0.weight"], start["net.0.weight"])
        assert not torch.equal(state["net.2.weight"], start["net.2.weight"])
    assert_same(many[:1], [alone])


def test_training_does_not_touch_the_data():
    x, y = rows("network", 40, 0)
    x_before, y_before = x.clone(), y.clone()
    fit_many(maker("network"), (x, y), seeds=SEEDS, recipe=SHORT)
    assert torch.equal(x, x_before)
    assert torch.equal(y, y_before)


def test_arrays_and_labels_of_any_number_type_are_taken():
    x, y = rows("network", 40, 0)
    plain = fit(built("network", 0), (x, y), recipe=SHORT)
    for same in ((x.numpy(), y.numpy()), (x, y.float()), ((x,), y.bool())):
        assert_same([fit(built("network", 0), same, recipe=SHORT)], [plain], 0)
    assert torch.equal(plain.predict(x.numpy()), plain.predict(x))
    assert not plain.predict(x).requires_grad
