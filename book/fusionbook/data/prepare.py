"""What every data set needs between its raw columns and a network: scaling and counting, from training rows only."""

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

_NO_WORD = str.maketrans(dict.fromkeys(set(string.punctuation) - {"'"}, " "))


@dataclass(frozen=True)
class Standardizer:
    """Mean and spread of each feature, taken from training rows; gaps (NaN) are skipped and stay gaps.

    Attributes:
        mean: (d,) the training mean of each feature.
        scale: (d,) its standard deviation, 1 where a feature is constant or never observed.
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def fit(cls, train: np.ndarray) -> "Standardizer":
        """Read mean and spread off `train`, shape (..., d); all axes but the last are pooled.

        Raises:
            ValueError: if `train` has no rows.
        """
        rows = np.asarray(train, dtype=float).reshape(-1, np.shape(train)[-1])
        if not len(rows):
            raise ValueError(f"train has shape {np.shape(train)}: it needs at least one row")
        known = ~np.isnan(rows)
        count = np.maximum(known.sum(0), 1)
        mean = np.where(known, rows, 0).sum(0) / count
        spread = np.sqrt(np.where(known, (rows - mean) ** 2, 0).sum(0) / count)
        highest = np.where(known, rows, -np.inf).max(0)
        lowest = np.where(known, rows, np.inf).min(0)
        return cls(mean, np.where(highest > lowest, spread, 1.0))

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return `x`, shape (..., d), in training standard deviations from the training mean, as float32."""
        if np.shape(x)[-1:] != self.mean.shape:
            raise ValueError(f"x has shape {np.shape(x)}: its last axis needs the {len(self.mean)} fitted features")
        return ((x - self.mean) / self.scale).astype(np.float32)


def words(text: str) -> list[str]:
    """Split `text` into lower-case words; white space and punctuation other than an apostrophe separate them."""
    return list(_split(text))


@lru_cache(maxsize=16_384)  # a vocabulary is fitted to the texts that are counted next
def _split(text: str) -> tuple[str, ...]:
    return tuple(text.lower().translate(_NO_WORD).split())


@dataclass(frozen=True)
class Vocabulary:
    """The words of the training texts; column 0 stands for every word they lack.

    Attributes:
        entries: the known words in alphabetical order, preceded by "(unknown)".
    """

    entries: tuple[str, ...]

    @classmethod
    def fit(cls, texts: Iterable[str]) -> "Vocabulary":
        """Collect the words of `texts`.

        Raises:
            ValueError: if no text holds a word.
        """
        known = sorted({word for text in texts for word in _split(text)})
        if not known:
            raise ValueError("texts holds no word: a vocabulary needs at least one")
        return cls(("(unknown)", *known))

    def __len__(self) -> int:
        return len(self.entries)

    def counts(self, texts: Sequence[str]) -> np.ndarray:
        """Return the bag of words: (n, len(self)) float32, how often each entry stands in each text."""
        column = {word: i for i, word in enumerate(self.entries)}
        found = [_split(text) for text in texts]
        row = np.repeat(np.arange(len(found)), [len(one) for one in found])
        code = np.array([column.get(word, 0) for one in found for word in one], dtype=np.int64)
        bag = np.bincount(row * len(self) + code, minlength=len(found) * len(self))
        return bag.reshape(len(found), len(self)).astype(np.float32)


def columns(inputs: Mapping[str, np.ndarray], levels: Sequence[int] = ()) -> np.ndarray:
    """Lay prepared modalities side by side as one matrix: (n, width) float32, in the order of `inputs`.

    Months are flattened, categories become indicators. A gap in standardised numbers becomes 0, their training mean;
    an unknown category (-1) has no indicator set.

    >>> columns({"numeric": np.array([[0.5, np.nan]]), "categorical": np.array([[2, 0]])}, levels=[3, 2]).tolist()
    [[0.5, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0]]

    Args:
        inputs: modality -> array, rows first, as `applicants.inputs` or `loans.inputs` give them.
        levels: how many levels each column of a modality of whole numbers has.

    Raises:
        ValueError: for no modality, unequal rows, or whole numbers that do not fit `levels`.
    """
    rows = {name: len(x) for name, x in inputs.items()}
    if not rows or len(set(rows.values())) > 1:
        raise ValueError(f"inputs has rows {rows}: it needs at least one modality, and the same number in each")
    parts = []
    for name, x in inputs.items():
        if np.issubdtype(np.asarray(x).dtype, np.integer):
            if x.ndim != 2 or x.shape[1] != len(levels) or (x >= np.array(levels)).any() or (x < -1).any():
                raise ValueError(f"inputs[{name!r}] has shape {x.shape}: its codes do not fit levels {list(levels)}")
            parts += [np.arange(size) == x[:, [j]] for j, size in enumerate(levels)]
        else:
            parts.append(np.nan_to_num(x.reshape(len(x), -1), nan=0.0))
    return np.concatenate(parts, 1).astype(np.float32)


def check_size(n: int, name: str = "n") -> int:
    """Return `n` if it is a whole number of at least 1, else raise ValueError."""
    if not isinstance(n, int | np.integer) or isinstance(n, bool) or n < 1:
        raise ValueError(f"{name} is {n!r}: it needs to be a whole number of at least 1")
    return int(n)


def check_share(value: float, name: str) -> float:
    """Return `value` if it lies in [0, 1], else raise ValueError."""
    if not 0 <= value <= 1:
        raise ValueError(f"{name} is {value!r}: it needs to lie in [0, 1]")
    return float(value)
