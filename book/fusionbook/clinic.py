"""Checks to run on any model before one believes its numbers: each tells one fault of code from all others."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from fusionbook.descent import State


@contextmanager
def _in_eval_mode(model: nn.Module) -> Iterator[None]:
    """Put a model into eval mode, and afterwards each of its layers back into the mode in which it was."""
    modes = {layer: layer.training for layer in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for layer, training in modes.items():
            layer.training = training


@torch.no_grad()
def change_in_company(model: nn.Module, *inputs: Tensor, rows: int = 50) -> float:
    """By how much an answer changes when its row comes alone and not with the others; 0 up to rounding if none does.

    A layer that mixes rows, as attention over the batch does, shows here. Eval mode is what service means: that
    somebody forgot it, and batch normalisation takes means over whoever is there, does not show.

    Args:
        model: tried in eval mode, and left in the mode in which it came.
        inputs: its positional arguments, rows first.
        rows: how many of the first rows to try.

    Returns:
        The largest absolute difference over those rows and all that the model returns for them.

    Raises:
        ValueError: for no input, inputs of unequal length, or fewer than 2 rows.
    """
    sizes = [len(x) for x in inputs]
    if not sizes or len(set(sizes)) > 1 or min(sizes[0], rows) < 2:
        raise ValueError(f"inputs have {sizes} rows, rows is {rows}: it needs equal lengths and at least 2 rows")
    with _in_eval_mode(model):
        together = model(*inputs)[:rows]
        alone = torch.cat([model(*(x[i : i + 1] for x in inputs)) for i in range(len(together))])
    return (together - alone).abs().max().item()


def unregistered(model: nn.Module) -> list[str]:
    """Name every layer and parameter that `model` holds where no optimizer, `state_dict` or `.to()` finds it.

    >>> model = nn.Module()
    >>> model.encoders = [nn.Linear(2, 1)]
    >>> unregistered(model)
    ['encoders[0]']

    Looked through are the attributes of every registered layer, and lists, tuples and dicts in them.
    """
    known = {id(one) for one in (*model.modules(), *model.parameters(), *model.buffers())}
    found = []
    for path, layer in model.named_modules():
        for name, value in vars(layer).items():
            if not name.startswith("_"):
                found += _lost(value, f"{path}.{name}" if path else name, known)
    return found


def _lost(value, path: str, known: set[int]) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _lost(one, f"{path}[{key!r}]", known)
    elif isinstance(value, list | tuple):
        for i, one in enumerate(value):
            yield from _lost(one, f"{path}[{i}]", known)
    else:
        trainable = isinstance(value, nn.Module) or (isinstance(value, Tensor) and value.requires_grad)
        if trainable and id(value) not in known:
            yield path


@torch.no_grad()
def change_after_reload(build: Callable[[], nn.Module], model: nn.Module, *inputs: Tensor) -> float:
    """By how much answers change when the model's `state_dict` is loaded into a fresh one; it needs to be exactly 0.

    Args:
        build: makes a fresh model of the same kind.
        model: compared in eval mode, and left in the mode in which it came.
        inputs: its positional arguments.

    Raises:
        RuntimeError: where the state does not fit what `build` makes, as `load_state_dict` says it.
    """
    fresh = build()
    fresh.load_state_dict(model.state_dict())
    with _in_eval_mode(model):
        return (model(*inputs) - fresh.eval()(*inputs)).abs().max().item()


def moved(before: State, after: State, blocks: Sequence[str]) -> list[float]:
    """How far training has moved each block of parameters: the norm of the change over the norm at the start.

    Args:
        before: the `state_dict` at the start, as `Fit.snapshots[0]`.
        after: in the end, of the same names.
        blocks: what the names of a block's parameters start with.

    Returns:
        One number a block; 0 where nothing moved, and where no parameter bears such a name: what is not in the
        state, training cannot reach.

    Raises:
        ValueError: if the two states do not hold the same names.
    """
    if before.keys() != after.keys():
        raise ValueError(f"before and after differ in {sorted(before.keys() ^ after.keys())}: they need the same names")
    shares = []
    for block in blocks:
        names = [name for name in before if name.startswith(block)]
        change = sum((after[name] - before[name]).pow(2).sum().item() for name in names)
        start = sum(before[name].pow(2).sum().item() for name in names)
        shares.append((change / start) ** 0.5 if start else float(change > 0))
    return shares
