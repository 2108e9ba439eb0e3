"""Worlds: two modalities, one label, and all that can be known about them known exactly.

Each modality shows one hidden bit, +1 or -1, through noise. In *copy* both show the label (redundant), in *unique*
only A does, in *and* the label is 1 where both bits are 1 (mixed), in *xor* where they differ (synergy).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fusionbook.data.prepare import check_size

# name -> (probability of the bits (a, b), label of the bits)
_WORLDS: dict[str, tuple[np.ndarray, Callable]] = {
    "copy": (np.array([[0.5, 0], [0, 0.5]]), lambda a, b: a),
    "unique": (np.full((2, 2), 0.25), lambda a, b: a),
    "and": (np.full((2, 2), 0.25), lambda a, b: a & b),
    "xor": (np.full((2, 2), 0.25), lambda a, b: a ^ b),
}
NAMES = tuple(_WORLDS)


@dataclass(frozen=True)
class World:
    """n examples as NumPy arrays.

    Attributes:
        a: (n, dim) float32, modality A: its bit as ±1 in every entry, plus noise.
        b: (n, dim) float32, modality B.
        bits: (n, 2) the hidden bits, 0 or 1.
        label: (n,) 0 or 1.
        p: (n,) the true probability of label 1 given a and b: the Bayes answer.
    """

    a: np.ndarray
    b: np.ndarray
    bits: np.ndarray
    label: np.ndarray
    p: np.ndarray

    @property
    def n(self) -> int:
        """How many examples there are."""
        return len(self.label)


def make(name: str, n: int, seed: int, *, noise: float = 0.5, dim: int = 1) -> World:
    """Draw n examples of a world. The same arguments give the same bytes.

    >>> make("xor", 4, 0, noise=0.0).a.ravel().tolist()
    [1.0, -1.0, -1.0, -1.0]

    Args:
        name: one of `NAMES`.
        n: how many.
        seed: of NumPy's generator.
        noise: standard deviation of what is added to every entry, 0 or more.
        dim: entries a modality; more entries show the same bit more clearly.

    Raises:
        ValueError: for an unknown name, a size below 1, or a noise that is negative or not finite.
    """
    if name not in _WORLDS:
        raise ValueError(f"name is {name!r}: it needs to be one of {list(NAMES)}")
    n, dim = check_size(n), check_size(dim, "dim")
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise is {noise}: a standard deviation is a finite number that is not negative")
    rng = np.random.default_rng(seed)
    chance, rule = _WORLDS[name]
    bits = np.stack(np.unravel_index(rng.choice(4, n, p=chance.ravel()), (2, 2)), 1)
    a, b = (2.0 * bits[:, [m]] - 1 + noise * rng.normal(size=(n, dim)) for m in (0, 1))
    a, b = a.astype(np.float32), b.astype(np.float32)
    return World(a=a, b=b, bits=bits, label=rule(*bits.T), p=posterior(name, a, b, noise))


def posterior(name: str, a, b, noise: float) -> np.ndarray:
    """Return P(label = 1 | a, b), (n,), by summing over the four settings of the bits."""
    chance, rule = _WORLDS[name]
    weight = {}
    for i in (0, 1):
        for j in (0, 1):
            far = sum(((x.astype(float) - (2 * bit - 1)) ** 2).sum(1) for x, bit in ((a, i), (b, j)))
            log = -far / (2 * noise**2) if noise else np.where(far < 1e-9, 0.0, -np.inf)
            with np.errstate(divide="ignore"):
                weight[i, j] = np.log(chance[i, j]) + log
    top = np.max(list(weight.values()), axis=0)
    weight = {bits: np.exp(value - top) for bits, value in weight.items()}
    return sum(weight[bits] for bits in weight if rule(*bits)) / sum(weight.values())
