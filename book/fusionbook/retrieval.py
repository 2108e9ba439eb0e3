"""How well two modalities are aligned: retrieval both ways, the gap between them, and shared information in bits."""

import numpy as np
from sklearn.metrics import mutual_info_score

from fusionbook.checks import finite


def recall_at_k(similarity, k: int) -> tuple[float, float]:
    """Share of queries whose own partner is among the k most similar: (row asks columns, column asks rows).

    Row i's partner is column i. Ties are broken at random, and the expected share is returned: if g others are more
    similar than the partner and t are equally so, it is among the first k with probability min(1, (k - g)/(t + 1)).

    >>> recall_at_k([[0.9, 0.1], [0.8, 0.7]], 1)
    (0.5, 1.0)

    Args:
        similarity: (N, N), larger is more similar.
        k: from 1 to N.

    Raises:
        ValueError: if similarity is not square or not finite, or k is out of range.
    """
    similarity = np.asarray(similarity, dtype=float)
    if similarity.ndim != 2 or similarity.shape[0] != similarity.shape[1] or not similarity.size:
        raise ValueError(f"similarity has shape {similarity.shape}: it needs (N, N), row i belonging to column i")
    finite(similarity, "similarity")
    if not 1 <= k <= len(similarity):
        raise ValueError(f"k is {k}: it needs to be from 1 to the {len(similarity)} candidates")
    return _recall(similarity, k), _recall(similarity.T, k)


def _recall(similarity: np.ndarray, k: int) -> float:
    own = np.diag(similarity)[:, None]
    above, ties = (similarity > own).sum(1), (similarity == own).sum(1)  # ties count the partner itself
    return float(np.clip((k - above) / ties, 0, 1).mean())


def modality_gap(a, b) -> float:
    """Distance between the two modalities' mean embeddings, ‖mean a − mean b‖ (Liang et al., 2022).

    Two finite samples of one cloud are apart as well: see `modality_gap_floor`.

    >>> modality_gap([[0.0, 0.0], [2.0, 0.0]], [[0.0, 3.0], [2.0, 3.0]])
    3.0

    Args:
        a: (N, d), normalised.
        b: (N, d), normalised; row i belongs to row i of `a`.

    Raises:
        ValueError: for shapes that differ, no rows, or numbers that are not finite.
    """
    a, b = _pairs(a, b)
    return float(np.linalg.norm(a.mean(0) - b.mean(0)))


def modality_gap_floor(a, b, draws: int = 50, seed: int = 0) -> float:
    """The mean gap when a coin decides for each pair which member is called a: what luck alone makes of it."""
    a, b = _pairs(a, b)
    if draws < 1:
        raise ValueError(f"draws is {draws}: a mean needs at least 1")
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1.0, 1.0], (draws, len(a)))
    return float(np.linalg.norm(signs @ (a - b) / len(a), axis=1).mean())


def mutual_information(label, *columns) -> float:
    """Information about a label that discrete columns hold together, in bits, from their joint counts.

    I(Y; X_1, …, X_k) = Σ p(y, x) log2 [p(y, x) / (p(y) p(x))]. From few rows it is too high: with r and c values by
    about (r − 1)(c − 1)/(2 n ln 2) bits.

    >>> mutual_information([0, 1, 1, 0], [0, 0, 1, 1])  # one half of an exclusive or
    0.0
    >>> round(mutual_information([0, 1, 1, 0], [0, 0, 1, 1], [0, 1, 0, 1]), 9)  # both
    1.0

    Args:
        label: (n,) values of any kind.
        columns: one or more of (n,).

    Raises:
        ValueError: for no column, no rows, or unequal lengths.
    """
    arrays = [np.asarray(values) for values in (label, *columns)]
    if len(arrays) < 2 or any(array.shape != arrays[0].shape or array.ndim != 1 or not len(array) for array in arrays):
        shapes = [array.shape for array in arrays]
        raise ValueError(f"label and columns have shapes {shapes}: they need one (n,) and at least one column")
    joint = np.zeros(len(arrays[0]), dtype=int)
    for column in arrays[1:]:
        values, code = np.unique(column, return_inverse=True)
        joint = np.unique(joint * len(values) + code, return_inverse=True)[1]
    return max(0.0, float(mutual_info_score(np.unique(arrays[0], return_inverse=True)[1], joint) / np.log(2)))


def _pairs(a, b) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape or a.ndim != 2 or not a.size:
        raise ValueError(f"a has shape {a.shape} and b {b.shape}: they need one (N, d), row i belonging to row i")
    return finite(a, "a"), finite(b, "b")
