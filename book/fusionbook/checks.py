"""Checks of arguments that the modules share: a ValueError that names the argument, what it got, what it needs."""

from collections.abc import Sequence

import numpy as np
import torch
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


def check_widths(dims: Sequence[int], out_dim: int) -> None:
    """Raise ValueError unless there is a modality and every width is at least 1."""
    if not dims or min(dims) < 1 or out_dim < 1:
        raise ValueError(f"dims={list(dims)}, out_dim={out_dim}: at least one modality, every width at least 1")


def check_mask(mask: Tensor, name: str, shape: tuple[int | str, ...]) -> None:
    """Raise ValueError unless `mask` is bool of `shape`, where a letter admits any size."""
    sizes = [got if isinstance(want, str) else want for got, want in zip(mask.shape, shape, strict=False)]
    if mask.dtype != torch.bool or mask.ndim != len(shape) or list(mask.shape) != sizes:
        needs = ", ".join(map(str, shape))
        raise ValueError(f"{name} is {tuple(mask.shape)} of {mask.dtype}: it needs ({needs}) of torch.bool")


def check_features(features: Sequence[Tensor], dims: Sequence[int], present: Tensor | None) -> Tensor:
    """Return `present` as bool (B, M); raise ValueError unless features are M tensors (B, d_m) that fit."""
    shapes = [tuple(x.shape) for x in features]
    if len(shapes) != len(dims) or any(len(s) != 2 or s[1] != d for s, d in zip(shapes, dims, strict=True)):
        raise ValueError(f"features have shapes {shapes}: they need {[('B', d) for d in dims]}")
    batch = shapes[0][0]
    if any(s[0] != batch for s in shapes):
        raise ValueError(f"features have shapes {shapes}: all need the same number of rows")
    if present is None:
        return torch.ones(batch, len(dims), dtype=torch.bool, device=features[0].device)
    check_mask(present, "present", (batch, len(dims)))
    return present


def check_sequences(sequences: Sequence[Tensor], dims: Sequence[int], present) -> list[Tensor]:
    """Return `present` as M bool (B, T_m); raise ValueError unless sequences are M tensors (B, T_m, d_m) that fit."""
    shapes = [tuple(x.shape) for x in sequences]
    if len(shapes) != len(dims) or any(len(s) != 3 or s[2] != d for s, d in zip(shapes, dims, strict=True)):
        raise ValueError(f"sequences have shapes {shapes}: they need {[('B', 'T', d) for d in dims]}")
    if any(s[0] != shapes[0][0] or s[1] < 1 for s in shapes):
        raise ValueError(f"sequences have shapes {shapes}: the same number of rows, and at least one token each")
    if present is None:
        return [torch.ones(s[:2], dtype=torch.bool, device=x.device) for s, x in zip(shapes, sequences, strict=True)]
    got = [(tuple(there.shape), there.dtype) for there in present]
    if got != [(s[:2], torch.bool) for s in shapes]:
        raise ValueError(f"present is {got}: it needs bool of shapes {[s[:2] for s in shapes]}")
    return list(present)


def check_aligned(**embeddings: Tensor) -> None:
    """Raise ValueError unless all are (N, d) of one shape with at least one row."""
    shapes = {name: tuple(x.shape) for name, x in embeddings.items()}
    one = next(iter(shapes.values()))
    if len(set(shapes.values())) > 1 or len(one) != 2 or not one[0]:
        listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(
            f"shapes are {listed}: they need one (N, d) for both, row i of one belonging to row i of the other"
        )
