"""Gradient descent on many models at once: what `fit` and `fit_many` in `train` have in common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
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
        if not (self.lr > 0 and self.weight_decay >= 0):  # NaN fails both
            raise ValueError(f"lr={self.lr}, weight_decay={self.weight_decay}: lr above 0, decay not below 0")
        if self.patience is not None and self.patience < 1:
            raise ValueError(f"patience is {self.patience}: it needs to be at least 1, or None")


@dataclass(frozen=True)
class Descent:
    """Gradient descent on S models whose parameters carry a leading axis S; AdamW acts on each entry alone."""

    losses: Callable[[State, Inputs, Tensor], Tensor]  # -> (S,)
    set_training: Callable[[bool], object]
    recipe: Recipe
    seeds: Sequence[int]
    buffers: State  # what a model keeps beside its parameters, as it is now: layers change these in place
    keep: Sequence[int] = ()  # epochs after which to keep a snapshot; 0 is before the first

    def run(self, state: State, data: Stacked, held: Stacked | None, progress: str | None):
        """Return (best state, train losses, validation losses, snapshots), the losses as one (S,) tensor an epoch."""
        recipe, size = self.recipe, len(self.seeds)
        free = [value for value in state.values() if value.requires_grad]  # the others are frozen
        optimizer = torch.optim.AdamW(free, recipe.lr, weight_decay=recipe.weight_decay, fused=True)
        decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=recipe.epochs)
        orders = [torch.Generator().manual_seed(seed) for seed in self.seeds]
        now = state | self.buffers
        best = {name: value.detach().clone() for name, value in now.items()}
        lowest, waited = torch.full((size,), torch.inf), torch.zeros(size)
        train_loss, val_loss = [], []
        snapshots = {0: best} if 0 in self.keep else {}
        for epoch in tqdm(range(recipe.epochs), desc=progress, disable=progress is None, leave=False):
            train_loss.append(self.epoch(state, optimizer, orders, data))
            decay.step()
            if epoch + 1 in self.keep:
                snapshots[epoch + 1] = {name: value.detach().clone() for name, value in now.items()}
            if held is None:
                continue
            val_loss.append(self.validate(state, held))
            stopped = waited >= (recipe.patience or torch.inf)
            better = (val_loss[-1] < lowest) & ~stopped
            lowest = torch.where(better, val_loss[-1], lowest)
            waited = torch.where(better, 0, waited + 1)
            best = {name: _where(better, value.detach(), best[name]) for name, value in now.items()}
            if (waited >= (recipe.patience or torch.inf)).all():
                break
        return (best if held else now), train_loss, val_loss, snapshots

    def epoch(self, state: State, optimizer, orders, data: Stacked) -> Tensor:
        """One pass over the training rows, each seed in an order of its own; return the mean losses (S,)."""
        self.set_training(True)
        inputs, target = data
        rows = target.shape[1]
        order = torch.stack([torch.randperm(rows, generator=generator) for generator in orders])
        total = torch.zeros(len(order))
        for batch in order.split(self.recipe.batch_size, 1):
            losses = self.losses(state, tuple(_take(x, batch) for x in inputs), _take(target, batch))
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


def stacked(sets: list[tuple[Inputs, Tensor]]) -> Stacked:
    """Give every array a leading axis S; a data set that all seeds share is not copied."""
    inputs, target = sets[0]
    if all(one is sets[0] for one in sets):
        return tuple(x.expand(len(sets), *x.shape) for x in inputs), target.expand(len(sets), *target.shape)
    columns = zip(*(one[0] for one in sets), strict=True)
    return tuple(torch.stack(column) for column in columns), torch.stack([one[1] for one in sets])


def _take(x: Tensor, batch: Tensor) -> Tensor:
    """Take each seed's own rows: (S, n, …), (S, B) -> (S, B, …). Whole rows at once, since entry by entry is slow."""
    if x.stride(0) == 0:  # all seeds share one data set
        return x[0].index_select(0, batch.flatten()).unflatten(0, batch.shape)
    places = batch + len(x[0]) * torch.arange(len(x))[:, None]
    return x.flatten(0, 1).index_select(0, places.flatten()).unflatten(0, batch.shape)


def _where(choose: Tensor, new: Tensor, old: Tensor) -> Tensor:
    """Take `new` for the models chosen (S,), `old` for the others."""
    return torch.where(choose.view(-1, *[1] * (new.ndim - 1)), new, old)
