"""4,454 real loans: three modalities, real gaps, a real outcome. Provenance and licence: data/README.md."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from fusionbook.data.prepare import Standardizer

MODALITIES = ("numeric", "terms", "categorical")
NUMERIC = ("Seniority", "Age", "Expenses", "Income", "Assets", "Debt")
TERMS = ("Time", "Amount", "Price")
CATEGORICAL = ("Home", "Marital", "Records", "Job")
_SKEWED = ("Income", "Assets", "Debt", "Amount", "Price")


@dataclass(frozen=True)
class Loans:
    """n loans as NumPy arrays.

    Attributes:
        numeric: (n, 6) columns of `NUMERIC`: years, years, and money; NaN where the lender did not know.
        terms: (n, 3) months, amount lent, price of what was bought.
        categorical: (n, 4) codes into `levels`, -1 where unknown.
        levels: column -> its category names.
        label: (n,) 1 where the loan went bad.
    """

    numeric: np.ndarray
    terms: np.ndarray
    categorical: np.ndarray
    levels: dict[str, tuple[str, ...]]
    label: np.ndarray

    @property
    def n(self) -> int:
        """How many loans there are."""
        return len(self.label)

    def take(self, rows: np.ndarray) -> "Loans":
        """Return the loans at `rows` (indices, a slice or a mask), in that order."""
        return Loans(self.numeric[rows], self.terms[rows], self.categorical[rows], self.levels, self.label[rows])


def load() -> Loans:
    """Read all loans in the order of the file."""
    table = pd.read_csv(Path(__file__).with_name("credit_data.csv"))
    codes = {name: table[name].astype("category").cat for name in CATEGORICAL}
    return Loans(
        numeric=table[list(NUMERIC)].to_numpy(float),
        terms=table[list(TERMS)].to_numpy(float),
        categorical=np.stack([codes[name].codes.to_numpy(np.int64) for name in CATEGORICAL], 1),
        levels={name: tuple(codes[name].categories) for name in CATEGORICAL},
        label=(table["Status"] == "bad").to_numpy(np.int64),
    )


def split(loans: Loans, seed: int, *, validation: float = 0.2, test: float = 0.2) -> tuple[Loans, Loans, Loans]:
    """Split at random into train, validation and test, each with the same share of bad loans.

    The table carries no dates, so a split by time, which a lender would want, cannot be had.

    Raises:
        ValueError: unless both shares are positive and leave something to train on.
    """
    if validation <= 0 or test <= 0 or validation + test >= 1:
        raise ValueError(f"validation={validation}, test={test}: both need to be positive, with a sum below 1")
    rest, held = train_test_split(np.arange(loans.n), test_size=test, stratify=loans.label, random_state=seed)
    share = validation / (1 - test)
    train, check = train_test_split(rest, test_size=share, stratify=loans.label[rest], random_state=seed)
    return loans.take(np.sort(train)), loans.take(np.sort(check)), loans.take(np.sort(held))


def inputs(loans: Loans, train: Loans) -> dict[str, np.ndarray]:
    """Turn raw modalities into what the encoders take; means and spreads come from `train`, gaps stay NaN.

    Returns:
        numeric (n, 6) and terms (n, 3) standardised, money as log(1 + x); categorical (n, 4) codes, -1 unknown.
    """
    return {
        "numeric": Standardizer.fit(_logged(train.numeric, NUMERIC))(_logged(loans.numeric, NUMERIC)),
        "terms": Standardizer.fit(_logged(train.terms, TERMS))(_logged(loans.terms, TERMS)),
        "categorical": loans.categorical,
    }


def _logged(values: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    out = values.copy()
    skewed = [i for i, name in enumerate(names) if name in _SKEWED]
    out[:, skewed] = np.log1p(out[:, skewed])
    return out
