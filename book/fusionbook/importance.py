"""What a modality is worth to a model: exact Shapley values, permutation importance, robustness under noise."""

from collections.abc import Callable, Sequence
from math import factorial

import numpy as np

from fusionbook.checks import same_length, vector


def shapley(value: Callable[[np.ndarray], np.ndarray | float], size: int) -> np.ndarray:
    """Share out what a coalition is worth among its `size` members, exactly, over all 2^size coalitions.

    φ_m = Σ_{S ∌ m} |S|! (M − |S| − 1)! / M! · (v(S ∪ {m}) − v(S)); their sum is v(all) − v(nobody).

    >>> shapley(lambda present: float(present.all()), 2)  # worth something only together
    array([0.5, 0.5])

    Args:
        value: of a bool (size,), True for members, to a number or an array (one entry an example, say).
        size: M, from 1 to 16.

    Returns:
        (size, …): one value a member, of the shape that `value` returns.

    Raises:
        ValueError: for a size out of range.

    Source: Shapley (1953); for models Lundberg & Lee (2017).
    """
    if not 1 <= size <= 16:
        raise ValueError(f"size is {size}: all coalitions can be listed for 1 to 16 members")
    bits = 1 << np.arange(size)
    worth = np.array([value((code & bits) > 0) for code in range(2**size)], dtype=float)
    members = np.array([int(code).bit_count() for code in range(2**size)])
    weight = np.array([factorial(s) * factorial(size - s - 1) / factorial(size) for s in range(size)])
    result = []
    for bit in bits:
        without = np.flatnonzero(np.arange(2**size) & bit == 0)
        result.append(np.tensordot(weight[members[without]], worth[without + bit] - worth[without], 1))
    return np.array(result)


def permutation_importance(
    score: Callable[[Sequence[np.ndarray]], float], features: Sequence[np.ndarray], *, repeats: int = 10, seed: int = 0
) -> np.ndarray:
    """By how much the score falls when one modality's rows are shuffled among the examples: (M, repeats).

    Shuffling breaks what the modality says of this example, alone and together with the others, and leaves its
    distribution as it is.

    Args:
        score: of the M arrays to a number, the higher the better.
        features: M arrays, rows first, of the same number of rows.
        repeats: how many shuffles a modality.
        seed: of the shuffles.

    Raises:
        ValueError: for no modality, unequal rows, or fewer than 1 repeat.

    Source: Breiman (2001); Fisher, Rudin & Dominici (2019).
    """
    features = [np.asarray(x) for x in features]
    if not features or repeats < 1:
        raise ValueError(f"features has {len(features)} modalities, repeats is {repeats}: both need at least 1")
    same_length(**{f"features[{m}]": x for m, x in enumerate(features)})
    rng = np.random.default_rng(seed)
    before, fall = score(features), np.empty((len(features), repeats))
    for m, x in enumerate(features):
        for r in range(repeats):
            shuffled = [*features[:m], x[rng.permutation(len(x))], *features[m + 1 :]]
            fall[m, r] = before - score(shuffled)
    return fall


def relative_robustness(levels, score) -> float:
    """Area under a score against the level of noise, as a mean over the levels' range.

    >>> relative_robustness([0, 1, 2], [1.0, 0.8, 0.6])
    0.8

    Args:
        levels: (k,) rising, at least two.
        score: (k,) at these levels.

    Raises:
        ValueError: for fewer than two levels, levels that do not rise, or unequal lengths.

    Source: Liang et al. (2021), MultiBench; after Taori et al. (2020).
    """
    levels, score = vector(levels, "levels"), vector(score, "score")
    same_length(levels=levels, score=score)
    if len(levels) < 2 or (np.diff(levels) <= 0).any():
        raise ValueError(f"levels is {levels.tolist()}: it needs at least two, rising")
    return float(np.trapezoid(score, levels) / (levels[-1] - levels[0]))


def effective_robustness(levels, score, baseline) -> float:
    """Area between a score and a baseline that is shifted to start at the same place: who falls more slowly.

    Positive if the score falls more slowly than the baseline does. Arguments and errors as in `relative_robustness`.

    >>> round(effective_robustness([0, 1], [0.9, 0.8], [0.7, 0.4]), 3)
    0.1
    """
    score, baseline = vector(score, "score"), vector(baseline, "baseline")
    same_length(score=score, baseline=baseline)
    return relative_robustness(levels, score - (baseline + score[0] - baseline[0]))
