"""Training: `fit` one model, `fit_many` the same model under many seeds at once."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from tqdm import tqdm  # text, not a widget: a widget would be dead in a built page

Inputs = tuple[Tensor, ...]  # the model's positional arguments
Data = tuple[Tensor | Inputs, Tensor]  # (inputs, target), rows first
Stacked = tuple[Inputs, Tensor]  # the same with a leading axis S, one entry for each seed
State = dict[str, Tensor]  # parameter name -> values
Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Recipe:
    """How to train. AdamW; the state with the lowest validation loss is kept.

    Attributes:
        epochs: passes over the training rows, at most.
        batch_size: rows a step.
        lr: first step size; it falls linearly, epoch by epoch, to a twentieth.
        weight_decay: AdamW's.
        patience: epochs without a lower validation loss before training stops; None never stops early.
    """

    epochs: int = 7
    batch_size: int = 400
    lr: float = 0.015
    weight_decay: float = 0.02
    patience: int | None = 5

    def __post_init__(self):
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: it needs to be at least 1")
        if self.lr <= 0 or self.weight_decay < 0:
            raise ValueError(f"lr={self.lr}, weight_decay={self.weight_decay}: lr above 0, decay not below 0")
        if self.patience is not None and self.patience < 1:
            raise ValueError(f"patience is {self.patience}: it needs to be at least 1, or None")


@dataclass(frozen=True)
class Fit:
    """A trained model, in eval mode, with its losses.

    Attributes:
        model: in the state with the lowest validation loss (the last state if there was no validation).
        train_loss: mean loss over each epoch's batches.
        val_loss: validation loss after each epoch; empty without validation.
    """

    model: nn.Module
    train_loss: list[float]
    val_loss: list[float]

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
) -> Fit:
    """Train one model on `train`; with `val`, keep the best state and stop early.

    Args:
        model: called on the inputs as positional arguments.
        train: (inputs, target): inputs is an array or a tuple of arrays, rows first.
        val: likewise.
        recipe: how to train.
        loss: of (output, target), a mean over rows.
        seed: of the order of the rows and of dropout (the initial weights are the model's own).

    Raises:
        ValueError: for empty data, or inputs and target of unequal length.
    """
    data, held = _stacked([_checked(train, "train")]), val and _stacked([_checked(val, "val")])
    state = {name: p.detach().unsqueeze(0).clone() for name, p in model.named_parameters()}

    def losses(state: State, inputs: Inputs, target: Tensor) -> Tensor:
        own = {name: value[0] for name, value in state.items()}
        output = functional_call(model, own, tuple(x[0] for x in inputs))
        return loss(output, target[0]).unsqueeze(0)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        run = _Descent(losses, model.train, recipe, [seed])
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
) -> list[Fit]:
    """Train `build()` once for each seed, all at once through `torch.func`: the same as a loop over `fit`.

    A seed sets the initial weights and the order of the rows. Where a layer has no batching rule (GRU, dropout),
    the seeds run one after another, with the same result.

    Args:
        build: makes a fresh model.
        train: one data set (a tuple) for all seeds, or a list with one for each, of equal shapes.
        val: likewise.
        seeds: one for each model.
        recipe: how to train.
        loss: of (output, target), a mean over rows.
        progress: what the progress bar says; None shows no bar.

    Raises:
        ValueError: for no seeds, or data sets that fit neither the seeds nor one another.
    """
    if not len(seeds):
        raise ValueError("seeds is empty: it needs at least one seed")
    models = [_seeded(build, seed) for seed in seeds]
    sets = _per_seed(train, seeds, "train")
    held = val and _per_seed(val, seeds, "val")
    if not _stackable(models[0], sets[0], loss):
        runs = zip(models, sets, held or [None] * len(seeds), seeds, strict=True)
        bar = tqdm(runs, desc=progress, total=len(seeds), disable=progress is None, leave=False)
        return [fit(m, t, v, recipe=recipe, loss=loss, seed=s) for m, t, v, s in bar]
    state, buffers = stack_module_state(models)
    skeleton = copy.deepcopy(models[0]).to("meta")

    def one(own: State, fixed: State, inputs: Inputs, target: Tensor) -> Tensor:
        return loss(functional_call(skeleton, (own, fixed), inputs), target)

    def losses(state: State, inputs: Inputs, target: Tensor) -> Tensor:
        return vmap(one)(state, buffers, inputs, target)

    state = {name: p.detach().clone() for name, p in state.items()}
    run = _Descent(losses, skeleton.train, recipe, seeds)
    return _fits(models, run, state, _stacked(sets), held and _stacked(held), progress)


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


@dataclass(frozen=True)
class _Descent:
    """Gradient descent on S models whose parameters carry a leading axis S; AdamW acts on each entry alone."""

    losses: Callable[[State, Inputs, Tensor], Tensor]  # -> (S,)
    set_training: Callable[[bool], object]
    recipe: Recipe
    seeds: Sequence[int]

    def run(self, state: State, data: Stacked, held: Stacked | None, progress: str | None):
        """Return (best state, train losses, validation losses), the losses as one (S,) tensor an epoch."""
        recipe, size = self.recipe, len(self.seeds)
        state = {name: value.requires_grad_() for name, value in state.items()}
        optimizer = torch.optim.AdamW(state.values(), recipe.lr, weight_decay=recipe.weight_decay)
        decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=recipe.epochs)
        orders = [torch.Generator().manual_seed(seed) for seed in self.seeds]
        best = {name: value.detach().clone() for name, value in state.items()}
        lowest, waited = torch.full((size,), torch.inf), torch.zeros(size)
        train_loss, val_loss = [], []
        for _ in tqdm(range(recipe.epochs), desc=progress, disable=progress is None, leave=False):
            train_loss.append(self.epoch(state, optimizer, orders, data))
            decay.step()
            if held is None:
                continue
            val_loss.append(self.validate(state, held))
            stopped = waited >= (recipe.patience or torch.inf)
            better = (val_loss[-1] < lowest) & ~stopped
            lowest = torch.where(better, val_loss[-1], lowest)
            waited = torch.where(better, 0, waited + 1)
            best = {name: _where(better, value.detach(), best[name]) for name, value in state.items()}
            if (waited >= (recipe.patience or torch.inf)).all():
                break
        return (best if held else state), train_loss, val_loss

    def epoch(self, state: State, optimizer, orders, data: Stacked) -> Tensor:
        """One pass over the training rows, each seed in an order of its own; return the mean losses (S,)."""
        self.set_training(True)
        inputs, target = data
        rows = target.shape[1]
        order = torch.stack([torch.randperm(rows, generator=generator) for generator in orders])
        seed = torch.arange(len(order))[:, None]
        total = torch.zeros(len(order))
        for batch in order.split(self.recipe.batch_size, 1):
            losses = self.losses(state, tuple(x[seed, batch] for x in inputs), target[seed, batch])
            optimizer.zero_grad()
            losses.sum().backward()
            optimizer.step()
            total += losses.detach() * batch.shape[1] / rows
        return total

    @torch.no_grad()
    def validate(self, state: State, held: Stacked) -> Tensor:
        """Return the validation losses (S,)."""
        self.set_training(False)
        return self.losses(state, *held)


def _fits(models, run: _Descent, state: State, data: Stacked, held: Stacked | None, progress) -> list[Fit]:
    state, train_loss, val_loss = run.run(state, data, held, progress)
    fits = []
    for i, model in enumerate(models):
        model.load_state_dict({name: value[i].detach() for name, value in state.items()}, strict=False)
        fits.append(Fit(model.eval(), [float(x[i]) for x in train_loss], [float(x[i]) for x in val_loss]))
    return fits


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


def _stacked(sets: list[tuple[Inputs, Tensor]]) -> Stacked:
    """Give every array a leading axis S; a data set shared by all seeds is not copied."""
    inputs, target = sets[0]
    if all(one is sets[0] for one in sets):
        return tuple(x.expand(len(sets), *x.shape) for x in inputs), target.expand(len(sets), *target.shape)
    columns = zip(*(one[0] for one in sets), strict=True)
    return tuple(torch.stack(column) for column in columns), torch.stack([one[1] for one in sets])


def _stackable(model: nn.Module, data: tuple[Inputs, Tensor], loss: Loss) -> bool:
    """Try one small batch under vmap: a layer without a batching rule, or with dropout, raises RuntimeError."""
    inputs, target = data
    state, buffers = stack_module_state([model])
    rows = tuple(x[None, :2] for x in inputs)
    try:
        vmap(lambda p, b, x, y: loss(functional_call(model, (p, b), x), y))(state, buffers, rows, target[None, :2])
    except RuntimeError:
        return False
    return True


def _where(choose: Tensor, new: Tensor, old: Tensor) -> Tensor:
    """Take `new` for the models chosen (S,), `old` for the others."""
    return torch.where(choose.view(-1, *[1] * (new.ndim - 1)), new, old)
