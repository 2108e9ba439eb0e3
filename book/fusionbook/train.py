"""Training: `fit` one model, `fit_many` the same model under many seeds at once."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isfinite

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from tqdm import tqdm

from fusionbook.descent import Data, Descent, Inputs, Loss, Recipe, Stacked, State, stacked


@dataclass(frozen=True)
class Fit:
    """A trained model, in eval mode, with its losses.

    Attributes:
        model: in the state with the lowest validation loss (the last state if there was no validation).
        train_loss: mean loss over each epoch's batches.
        val_loss: validation loss after each epoch; empty without validation.
        snapshots: epoch -> the state after it, for those asked for, up to where training stopped; 0 is the start.
            `model.load_state_dict(snapshots[3])` goes back to it.
    """

    model: nn.Module
    train_loss: list[float]
    val_loss: list[float]
    snapshots: dict[int, State] = field(default_factory=dict)

    @torch.no_grad()
    def predict(self, *inputs) -> Tensor:
        """Run the model on all rows at once; each input may be a tensor or a NumPy array."""
        return self.model(*(torch.as_tensor(x) for x in inputs))


def bce(logits: Tensor, target: Tensor) -> Tensor:
    """Binary cross-entropy of logits (B,) against zeros and ones (B,): the task loss of a yes-no question."""
    return nn.functional.binary_cross_entropy_with_logits(logits, target.to(logits.dtype))


def fit(
    model: nn.Module,
    train: Data,
    val: Data | None = None,
    *,
    recipe: Recipe = Recipe(),
    loss: Loss = bce,
    seed: int = 0,
    snapshots: Sequence[int] = (),
) -> Fit:
    """Train one model on `train`; with `val`, keep the best state and stop early.

    Args:
        model: called on the inputs as positional arguments.
        train: (inputs, target): inputs is an array or a tuple of arrays, rows first.
        val: likewise.
        recipe: how to train.
        loss: of (output, target), a mean over rows.
        seed: of the order of the rows and of dropout (the initial weights are the model's own).
        snapshots: epochs after which to keep the state, 0 for the start: what a replay shows.

    Raises:
        ValueError: for empty data, inputs and target of unequal length, or a snapshot beyond the recipe's epochs.
    """
    _check_snapshots(snapshots, recipe)
    data, held = stacked([_checked(train, "train")]), None if val is None else stacked([_checked(val, "val")])
    state = {
        name: p.detach().unsqueeze(0).clone().requires_grad_(p.requires_grad) for name, p in model.named_parameters()
    }

    def losses(state: State, inputs: Inputs, target: Tensor) -> Tensor:
        own = {name: value[0] for name, value in state.items()}
        output = functional_call(model, own, tuple(x[0] for x in inputs))
        return loss(output, target[0]).unsqueeze(0)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        buffers = {name: value.unsqueeze(0) for name, value in model.named_buffers()}  # views: they follow the model
        run = Descent(losses, model.train, recipe, [seed], buffers, snapshots)
        return _fits([model], run, state, data, held, None)[0]


def fit_many(
    build: Callable[[], nn.Module],
    train: Data | Sequence[Data],
    val: Data | Sequence[Data] | None = None,
    *,
    seeds: Sequence[int],
    recipe: Recipe = Recipe(),
    loss: Loss = bce,
    progress: str | None = None,
    snapshots: Sequence[int] = (),
) -> list[Fit]:
    """Train `build()` once for each seed, all at once through `torch.func`: the same as a loop over `fit`.

    A seed sets the initial weights and the order of the rows. Where a layer has no batching rule (GRU, dropout),
    the seeds run one after another, with the same result; so they do again where a loss became NaN or infinite,
    since a refusal that depends on values is not heard under `vmap`.

    Args:
        build: makes a fresh model.
        train: one data set (a tuple) for all seeds, or a list with one for each, of equal shapes.
        val: likewise.
        seeds: one for each model.
        recipe: how to train.
        loss: of (output, target), a mean over rows.
        progress: what the progress bar says; None shows no bar.
        snapshots: as in `fit`.

    Raises:
        ValueError: for no seeds, data sets that fit neither the seeds nor one another, or as in `fit`.
    """
    _check_snapshots(snapshots, recipe)
    if not len(seeds):
        raise ValueError("seeds is empty: it needs at least one seed")
    sets = _per_seed(train, seeds, "train")
    held = None if val is None else _per_seed(val, seeds, "val")
    models = [_seeded(build, seed) for seed in seeds]
    if _stackable(models[0], sets[0], loss):
        fits = _all_at_once(models, sets, held, seeds, recipe, loss, progress, snapshots)
        if all(isfinite(value) for one in fits for value in one.train_loss + one.val_loss):
            return fits
        models = [_seeded(build, seed) for seed in seeds]  # vmap sees no values: alone, a refusal is heard
    runs = zip(models, sets, held or [None] * len(seeds), seeds, strict=True)
    bar = tqdm(runs, desc=progress, total=len(seeds), disable=progress is None, leave=False)
    return [fit(m, t, v, recipe=recipe, loss=loss, seed=s, snapshots=snapshots) for m, t, v, s in bar]


def _all_at_once(models, sets, held, seeds, recipe, loss, progress, snapshots) -> list[Fit]:
    state, buffers = stack_module_state(models)
    skeleton = copy.deepcopy(models[0]).to("meta")

    def one(own: State, fixed: State, inputs: Inputs, target: Tensor) -> Tensor:
        return loss(functional_call(skeleton, (own, fixed), inputs), target)

    def losses(state: State, inputs: Inputs, target: Tensor) -> Tensor:
        return vmap(one)(state, buffers, inputs, target)

    free = {name: p.requires_grad for name, p in models[0].named_parameters()}
    state = {name: p.detach().clone().requires_grad_(free[name]) for name, p in state.items()}
    run = Descent(losses, skeleton.train, recipe, seeds, buffers, snapshots)
    return _fits(models, run, state, stacked(sets), held and stacked(held), progress)


@dataclass(frozen=True)
class CrossFit:
    """One model for each fold of the rows, none of which has seen its fold.

    Attributes:
        fits: the K models.
        out_of_fold: (n, ...) for each training row the output of the one model that has not seen it.
    """

    fits: list[Fit]
    out_of_fold: Tensor

    def predict(self, *inputs) -> Tensor:
        """Return the mean of the K models' outputs on new rows."""
        return torch.stack([fit.predict(*inputs) for fit in self.fits]).mean(0)


def cross_fit(
    build: Callable[[], nn.Module],
    data: Data | Sequence[Data],
    *,
    folds: int,
    seeds: Sequence[int],
    recipe: Recipe = Recipe(),
    loss: Loss = bce,
    progress: str | None = None,
) -> list[CrossFit]:
    """Train `folds` models for each seed, model k without the rows i with i mod folds = k, all at once.

    Shuffle the rows first if their order means something. Arguments as in `fit_many`; without validation, so
    every model takes the recipe's full number of epochs. Folds are kept equal: the number of rows needs to be a
    multiple of `folds`.

    Raises:
        ValueError: for fewer than 2 folds, or rows that do not divide evenly.
    """
    if not len(seeds):
        raise ValueError("seeds is empty: it needs at least one seed")
    sets = _per_seed(data, seeds, "data")
    rows = len(sets[0][1])
    if folds < 2 or rows % folds:
        raise ValueError(f"folds is {folds} for {rows} rows: it needs to be at least 2 and to divide the rows evenly")
    fold = torch.arange(rows) % folds
    jobs = [(one, k) for one in sets for k in range(folds)]
    parts = [(tuple(x[fold != k] for x in inputs), target[fold != k]) for (inputs, target), k in jobs]
    many = [1000 * seed + k for seed in seeds for k in range(folds)]
    fits = fit_many(build, parts, seeds=many, recipe=recipe, loss=loss, progress=progress)
    results = []
    for s, (inputs, _) in enumerate(sets):
        own = fits[s * folds : (s + 1) * folds]
        held = [own[k].predict(*(x[fold == k] for x in inputs)) for k in range(folds)]
        out = torch.empty(rows, *held[0].shape[1:])
        for k in range(folds):
            out[fold == k] = held[k]
        results.append(CrossFit(own, out))
    return results


def _fits(models, run: Descent, state: State, data: Stacked, held: Stacked | None, progress) -> list[Fit]:
    state, train_loss, val_loss, snapshots = run.run(state, data, held, progress)
    fits = []
    for i, model in enumerate(models):
        model.load_state_dict({name: value[i].detach() for name, value in state.items()}, strict=False)
        held_loss = [float(x[i]) for x in val_loss]
        epochs = _epochs(held_loss, run.recipe.patience) if held_loss else len(train_loss)
        kept = {at: {k: v[i] for k, v in whole.items()} for at, whole in snapshots.items() if at <= epochs}
        fits.append(Fit(model.eval(), [float(x[i]) for x in train_loss[:epochs]], held_loss[:epochs], kept))
    return fits


def _epochs(val_loss: list[float], patience: int | None) -> int:
    """Count the epochs up to the one at which this seed stopped; others may have gone on."""
    lowest, waited = torch.inf, 0
    for epoch, value in enumerate(val_loss, 1):
        lowest, waited = (value, 0) if value < lowest else (lowest, waited + 1)
        if patience is not None and waited >= patience:
            return epoch
    return len(val_loss)


def _check_snapshots(epochs: Sequence[int], recipe: Recipe) -> None:
    odd = [epoch for epoch in epochs if not isinstance(epoch, int) or not 0 <= epoch <= recipe.epochs]
    if odd:
        raise ValueError(f"snapshots holds {odd[0]!r}: it needs whole numbers from 0 to the recipe's {recipe.epochs}")


def _seeded(build: Callable[[], nn.Module], seed: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


def _checked(data: Data, name: str) -> tuple[Inputs, Tensor]:
    inputs, target = data
    inputs = tuple(torch.as_tensor(x) for x in (inputs if isinstance(inputs, tuple) else (inputs,)))
    target = torch.as_tensor(target)
    sizes = [len(x) for x in (*inputs, target)]
    if not sizes[-1] or len(set(sizes)) > 1:
        raise ValueError(f"{name} has {sizes[:-1]} rows of input and {sizes[-1]} of target: equal, and at least 1")
    return inputs, target


def _per_seed(data: Data | Sequence[Data], seeds: Sequence[int], name: str) -> list[tuple[Inputs, Tensor]]:
    """Return one checked data set for each seed; a tuple is one data set that all share."""
    if isinstance(data, tuple):
        return [_checked(data, name)] * len(seeds)
    sets = [_checked(one, name) for one in data]
    if len(sets) != len(seeds):
        raise ValueError(f"{name} holds {len(sets)} data sets: it needs one for each of the {len(seeds)} seeds")
    shapes = {tuple(tuple(x.shape) for x in (*inputs, target)) for inputs, target in sets}
    if len(shapes) > 1:
        raise ValueError(f"{name} has data sets of shapes {sorted(shapes)}: all seeds need the same shapes")
    return sets


def _stackable(model: nn.Module, data: tuple[Inputs, Tensor], loss: Loss) -> bool:
    """Try one small batch under vmap: a layer without a batching rule, or with dropout, raises RuntimeError."""
    inputs, target = data
    state, buffers = stack_module_state([model])
    rows = tuple(x[None, :2] for x in inputs)
    try:
        vmap(lambda p, b, x, y: loss(functional_call(model, (p, b), x), y))(state, buffers, rows, target[None, :2])
    except RuntimeError:
        return False
    return not any(isinstance(part, nn.modules.batchnorm._BatchNorm) for part in model.modules())
