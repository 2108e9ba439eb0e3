"""Keeping one modality from starving another: modality dropout, gradient modulation, gradient blending."""

import numpy as np
import torch
from torch import Tensor

from fusionbook.checks import check_mask, same_length, vector


def modality_dropout(present: Tensor, rate: float, generator: torch.Generator | None = None) -> Tensor:
    """Hide each present modality with probability `rate`, for training; no row loses all that it has.

    Args:
        present: bool (B, M).
        rate: in [0, 1).
        generator: of the draws.

    Returns:
        bool (B, M): where a draw would leave a row nothing, one of its modalities stays, each equally likely.

    Raises:
        ValueError: for a rate outside [0, 1), or a mask that is not bool (B, M).

    Source: Neverova et al. (2016), ModDrop.
    """
    if not 0 <= rate < 1:
        raise ValueError(f"rate is {rate}: it needs to lie in [0, 1)")
    check_mask(present, "present", ("B", "M"))
    draw = torch.rand(present.shape, generator=generator).to(present.device)
    kept = present & (draw >= rate)
    favourite = draw.masked_fill(~present, -1).argmax(1)  # equally likely among those present
    spared = torch.nn.functional.one_hot(favourite, present.shape[1]).bool() & present
    return torch.where(kept.any(1, keepdim=True), kept, spared)


def ogm_coefficients(confidence, alpha: float = 0.5) -> np.ndarray:
    """On-the-fly gradient modulation: by how much to scale each modality's encoder gradients, (M,) in (0, 1].

    ρ_m = s_m / (mean of the others' s), k_m = 1 − tanh(α ρ_m) where ρ_m > 1, else 1: the stronger is held back.

    >>> ogm_coefficients([1.0, 1.0])
    array([1., 1.])

    Args:
        confidence: (M,) s_m > 0, what each modality's own part of the logits gives the true class, summed over a batch.
        alpha: α ≥ 0, how hard to hold back.

    Raises:
        ValueError: for fewer than two modalities, a confidence that is not positive, or a negative α.

    Source: Peng et al. (2022), Balanced multimodal learning via on-the-fly gradient modulation; for two modalities
    theirs, for more with the mean of the others.
    """
    confidence = vector(confidence, "confidence")
    if len(confidence) < 2 or (confidence <= 0).any():
        raise ValueError(f"confidence is {confidence.tolist()}: it needs at least two numbers above 0")
    if not 0 <= alpha < np.inf:
        raise ValueError(f"alpha is {alpha}: it needs to be a finite number that is not negative")
    others = (confidence.sum() - confidence) / (len(confidence) - 1)
    ratio = confidence / others
    return np.where(ratio > 1, 1 - np.tanh(alpha * ratio), 1.0)


def blending_weights(train_before, train_after, val_before, val_after) -> np.ndarray:
    """Gradient blending: weights for the losses of M heads (and of the fused one), by what they gain and overfit.

    w_m ∝ G_m / O_m², G = fall of the validation loss, O = growth of (validation − training loss) between two points
    in training. A head that gains nothing gets 0; if none gains, all get the same.

    Args:
        train_before: (M,) training losses at the first point.
        train_after: (M,) at the second.
        val_before: (M,) validation losses at the first point.
        val_after: (M,) at the second.

    Returns:
        (M,) weights with sum 1.

    Raises:
        ValueError: for unequal lengths, or losses that are not finite.

    Source: Wang, Tran & Feiszli (2020), What makes training multi-modal classification networks hard?
    """
    names = ("train_before", "train_after", "val_before", "val_after")
    values = dict(zip(names, (train_before, train_after, val_before, val_after), strict=True))
    values = {name: vector(value, name) for name, value in values.items()}
    same_length(**values)
    gain = np.maximum(values["val_before"] - values["val_after"], 0)
    gap_before = values["val_before"] - values["train_before"]
    overfit = values["val_after"] - values["train_after"] - gap_before
    weight = gain / np.maximum(overfit**2, 1e-12)  # who does not overfit at all is bounded, not infinite
    return weight / weight.sum() if weight.any() else np.full(len(gain), 1 / len(gain))
