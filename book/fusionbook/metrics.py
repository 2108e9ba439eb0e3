"""How good, how honest: ranking, calibration, and the vote as a decision rule. NumPy in, NumPy out."""

import numpy as np
from scipy.stats import rankdata
from sklearn.metrics import roc_curve

from fusionbook.checks import labels, probabilities, same_length, vector


def auc(label, score) -> float:
    """Share of (bad, good) pairs in which the bad one has the higher score; a tie counts half.

    Args:
        label: (n,) zeros and ones, both of them present.
        score: (n,) any finite numbers; only their order counts.

    Raises:
        ValueError: for one class only, unequal lengths, or a score that is not finite.
    """
    label, score = _of_both_classes(label, score)
    bad = label.sum()
    won = rankdata(score)[label == 1].sum() - bad * (bad + 1) / 2  # ranks count from 1, and bad ones among themselves
    return float(won / (bad * (len(label) - bad)))


def expected_auc(p, score) -> float:
    """The AUC one would get on average if every label were drawn anew from its true probability p.

    Each pair (i, j) counts p_i (1 - p_j): free of label noise, and largest for score = p on every sample.

    Args:
        p: (n,) true probabilities in [0, 1].
        score: (n,) any finite numbers.

    Raises:
        ValueError: if p leaves [0, 1], lengths differ, or no pair can ever be drawn.
    """
    p, score = probabilities(vector(p, "p"), "p"), vector(score, "score")
    same_length(p=p, score=score)
    _, group = np.unique(score, return_inverse=True)
    bad, good = np.bincount(group, p), np.bincount(group, 1 - p)
    below = np.cumsum(good) - good
    won = (bad * (below + good / 2)).sum() - (p * (1 - p)).sum() / 2  # an applicant is no pair with itself
    pairs = p.sum() * (1 - p).sum() - (p * (1 - p)).sum()
    if pairs <= 0:
        raise ValueError("p makes one class certain: AUC compares pairs, so both classes need to be possible")
    return float(won / pairs)


def calibration_curve(label, p, bins: int = 10) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sort by p, cut into `bins` groups of about equal size, and compare what was said with what came.

    Examples with the same p share their mean label first, so the order of the rows cannot matter.

    Returns:
        (said, came, count): mean p, mean label and size of each group, lowest p first.

    Raises:
        ValueError: for p outside [0, 1], unequal lengths, or fewer examples than bins.
    """
    label, p = labels(label), probabilities(vector(p, "p"), "p")
    same_length(label=label, p=p)
    if not 1 <= bins <= len(p):
        raise ValueError(f"bins is {bins}: it needs to be between 1 and the {len(p)} examples")
    values, group = np.unique(p, return_inverse=True)
    shared = (np.bincount(group, label) / np.bincount(group))[group]
    order = np.argsort(p, kind="stable")
    parts = np.array_split(order, bins)
    said = np.array([p[part].mean() for part in parts])
    came = np.array([shared[part].mean() for part in parts])
    return said, came, np.array([len(part) for part in parts])


def ece(label, p, bins: int = 10) -> float:
    """Expected calibration error: Σ_b (n_b / n) · |mean p - mean label| over bins of about equal size.

    Source: Naeini, Cooper & Hauskrecht (2015), with equal-mass bins. Raises as `calibration_curve` does.
    """
    said, came, count = calibration_curve(label, p, bins)
    return float((count * np.abs(said - came)).sum() / count.sum())


def ece_floor(p, bins: int = 10, draws: int = 20, seed: int = 0) -> float:
    """The mean ECE of p itself when labels are drawn from p: what a perfect forecaster is charged for luck."""
    p = probabilities(vector(p, "p"), "p")
    if draws < 1:
        raise ValueError(f"draws is {draws}: a mean needs at least 1")
    rng = np.random.default_rng(seed)
    return float(np.mean([ece((rng.random(len(p)) < p).astype(int), p, bins) for _ in range(draws)]))


def vote(p, threshold: float, *, prior: float, weights=None, present=None) -> np.ndarray:
    """Let each modality say yes where its p exceeds `threshold`; return the weighted share of yes, (n,).

    A decision rule: it has no gradient, so nothing can be trained through it.

    Args:
        p: (n, M) probabilities; an absent one may be NaN.
        threshold: in [0, 1].
        prior: the base rate, returned where nobody may vote.
        weights: (M,) not negative, not all zero; equal if not given.
        present: bool (n, M), True where that modality is there; all if not given.

    Raises:
        ValueError: for probabilities, weights or a threshold out of range, or shapes that do not fit.
    """
    p = np.asarray(p, dtype=float)
    if p.ndim != 2 or not p.size:
        raise ValueError(f"p has shape {p.shape}: it needs (n, M) with at least one entry")
    present = np.ones(p.shape, bool) if present is None else np.asarray(present, bool)
    if present.shape != p.shape:
        raise ValueError(f"present has shape {present.shape}: it needs the shape of p, {p.shape}")
    probabilities(np.where(present, p, 0), "p")
    probabilities(np.array([threshold, prior]), "(threshold, prior)")
    weights = check_weights(np.ones(p.shape[1]) if weights is None else weights, p.shape[1])
    heard = present * weights
    total = heard.sum(1)
    yes = (heard * (np.where(present, p, 0) > threshold)).sum(1)
    return np.where(total > 0, yes / np.where(total > 0, total, 1), prior)


def check_weights(weights, size: int) -> np.ndarray:
    """Return `weights` as (size,) floats; raise ValueError if negative, not finite, or summing to zero."""
    weights = vector(weights, "weights")
    if len(weights) != size:
        raise ValueError(f"weights has {len(weights)} entries: it needs one for each of the {size} modalities")
    if (weights < 0).any():
        raise ValueError(f"weights holds {weights.min()}: a weight cannot be negative")
    if weights.sum() == 0:
        raise ValueError("weights sum to 0: at least one modality needs a weight above 0")
    return weights


def gini(label, score) -> float:
    """Gini coefficient of a score, 2 · AUC - 1. Raises as `auc` does."""
    return 2 * auc(label, score) - 1


def ks(label, score) -> float:
    """Kolmogorov-Smirnov: the largest distance between the scores' distributions of the two classes, in [0, 1].

    The best that one threshold can do: the share of bad above it minus the share of good above it.

    >>> ks([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4])
    1.0

    Raises as `auc` does.
    """
    good, bad, _ = roc_curve(*_of_both_classes(label, score))
    return float(np.abs(bad - good).max())


def psi(before, after, bins: int = 10) -> float:
    """Population stability index: how far the distribution of a number has moved, Σ_b (q_b - p_b) ln(q_b / p_b).

    Bins hold equal shares of `before`; p_b and q_b are the shares of both in bin b, each counted half a row too
    many so that an empty bin is not infinite. It is Jeffreys' symmetric divergence of the two histograms, 0 where
    they agree; from n rows each it is about 2 (bins - 1) / n by luck alone. Lenders' rule of thumb reads above 0.1 as
    "look" and above 0.25 as "it has moved".

    >>> psi([0, 0, 1, 1], [0, 0, 1, 1], bins=2)
    0.0

    Args:
        before: (n,) finite, at the time of training.
        after: (k,) finite, now.
        bins: from 2; values of `before` that are equal make them fewer.

    Raises:
        ValueError: for an empty or not 1-D input, a number that is not finite, or fewer than 2 bins.
    """
    before, after = vector(before, "before"), vector(after, "after")
    if bins < 2:
        raise ValueError(f"bins is {bins}: it needs to be at least 2")
    edges = np.unique(np.quantile(before, np.arange(1, bins) / bins, method="inverted_cdf"))
    size = len(edges) + 1
    p, q = (
        (np.bincount(np.searchsorted(edges, x, side="left"), minlength=size) + 0.5) / (len(x) + 0.5 * size)
        for x in (before, after)
    )
    return float(((q - p) * np.log(q / p)).sum())


def _of_both_classes(label, score) -> tuple[np.ndarray, np.ndarray]:
    label, score = labels(label), vector(score, "score")
    same_length(label=label, score=score)
    if label.min() == label.max():
        raise ValueError(f"label holds only {int(label[0])}: a ranking compares pairs, so it needs both classes")
    return label, score
