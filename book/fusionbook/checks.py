"""Checks of arguments that the modules share: a ValueError that names the argument, what it got, what it needs."""

import numpy as np
from torch import Tensor


def check_matrix(x: Tensor, name: str, shape: tuple[int | None, ...]) -> None:
    """Raise ValueError unless `x` has `shape`, where None admits any size."""
    if x.ndim != len(shape) or any(want not in (None, got) for got, want in zip(x.shape, shape, strict=True)):
        needs = ", ".join("B" if want is None else str(want) for want in shape)
        raise ValueError(f"{name} has shape {tuple(x.shape)}: it needs ({needs})")


def vector(values, name: str) -> np.ndarray:
    """Return `values` as a float64 vector; raise ValueError if empty, not 1-D, or not finite."""
    out = np.asarray(values, dtype=float)
    if out.ndim != 1 or not len(out):
        raise ValueError(f"{name} has shape {out.shape}: it needs one axis with at least one entry")
    return finite(out, name)


def finite(values: np.ndarray, name: str) -> np.ndarray:
    """Return `values`; raise ValueError naming the first place that is NaN or infinite."""
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        at = tuple(int(i) for i in bad[0])
        raise ValueError(f"{name}{list(at)} is {values[at]}: every entry needs to be a finite number")
    return values


def probabilities(values: np.ndarray, name: str) -> np.ndarray:
    """Return `values`; raise ValueError naming the first one outside [0, 1]."""
    bad = np.argwhere(~((values >= 0) & (values <= 1)))
    if len(bad):
        at = tuple(int(i) for i in bad[0])
        raise ValueError(
            f"{name}{list(at)} is {values[at]}: a probability lies in [0, 1]; logits go through a sigmoid first"
        )
    return values


def labels(values, name: str = "label") -> np.ndarray:
    """Return `values` as a float vector of zeros and ones; raise ValueError for anything else."""
    out = vector(values, name)
    odd = out[(out != 0) & (out != 1)]
    if len(odd):
        raise ValueError(f"{name} holds {odd[0]}: it needs 0 and 1 only")
    return out


def same_length(**vectors: np.ndarray) -> None:
    """Raise ValueError unless all have the same length."""
    sizes = {name: len(value) for name, value in vectors.items()}
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise ValueError(f"lengths differ ({listed}): they need one entry for each example")
