"""The real loans: every row, every gap, and a split that tells nothing in advance."""

from dataclasses import replace

import numpy as np
import pytest
from fusionbook.data import loans

GAPS = {"Income": 381, "Assets": 47, "Debt": 18, "Home": 6, "Job": 2, "Marital": 1}


@pytest.fixture(scope="module")
def everything():
    return loans.load()


def key(some):
    """One tuple a loan, to tell loans apart (a few of them are equal in every column)."""
    numbers = np.column_stack([some.numeric, some.terms, some.categorical, some.label])
    return sorted(map(tuple, np.nan_to_num(numbers, nan=-1.0)))


def with_index(everything):
    """The same loans with their row number in place of the first numeric column."""
    numeric = everything.numeric.copy()
    numeric[:, 0] = np.arange(everything.n)
    return replace(everything, numeric=numeric)


def rows_of(some):
    return some.numeric[:, 0].astype(int)


def test_there_are_4454_loans_of_which_1254_went_bad(everything):
    assert everything.n == 4454
    assert everything.label.sum() == 1254
    assert set(np.unique(everything.label)) == {0, 1}


def test_the_first_row_is_read_column_by_column(everything):
    """good,9,rent,60,30,married,no,freelance,73,129.0,0.0,0.0,800,846"""
    assert everything.label[0] == 0
    assert everything.numeric[0].tolist() == [9, 30, 73, 129, 0, 0]
    assert everything.terms[0].tolist() == [60, 800, 846]
    names = [everything.levels[c][k] for c, k in zip(loans.CATEGORICAL, everything.categorical[0], strict=True)]
    assert names == ["rent", "married", "no", "freelance"]


def test_every_gap_is_where_the_provenance_says(everything):
    for j, name in enumerate(loans.NUMERIC):
        assert np.isnan(everything.numeric[:, j]).sum() == GAPS.get(name, 0), name
    for j, name in enumerate(loans.CATEGORICAL):
        codes = everything.categorical[:, j]
        assert (codes == -1).sum() == GAPS.get(name, 0), name
        assert set(codes[codes >= 0]) == set(range(len(everything.levels[name])))
    assert not np.isnan(everything.terms).any()


def test_gaps_survive_preparation_and_nothing_else_becomes_one(everything):
    train, _, test = loans.split(everything, 0)
    x = loans.inputs(test, train)
    assert np.array_equal(np.isnan(x["numeric"]), np.isnan(test.numeric))
    assert np.isfinite(x["terms"]).all()
    assert np.array_equal(x["categorical"], test.categorical)
    assert {name: value.dtype.kind for name, value in x.items()} == {"numeric": "f", "terms": "f", "categorical": "i"}


@pytest.mark.parametrize(("validation", "test"), [(0.2, 0.2), (0.15, 0.2), (0.1, 0.5)])
def test_a_split_is_disjoint_exhaustive_stratified_and_of_the_asked_size(everything, validation, test):
    parts = loans.split(with_index(everything), 3, validation=validation, test=test)
    rows = np.concatenate([rows_of(part) for part in parts])
    assert sorted(rows) == list(range(everything.n))
    for part, share in zip(parts, (1 - validation - test, validation, test), strict=True):
        assert abs(part.n - share * everything.n) <= 2
        assert abs(part.label.sum() - part.n * 1254 / 4454) <= 1.5
        assert np.array_equal(part.label, everything.label[rows_of(part)])


def test_a_split_is_its_seed(everything):
    first, again, other = (loans.split(everything, seed) for seed in (1, 1, 2))
    for one, two, three in zip(first, again, other, strict=True):
        assert np.array_equal(one.numeric, two.numeric, equal_nan=True)
        assert key(one) == key(two) != key(three)


@pytest.mark.parametrize("shares", [(0, 0.2), (0.2, 0), (0.5, 0.5), (-0.1, 0.2), (0.2, 1.2)])
def test_a_split_that_leaves_a_part_empty_is_refused(everything, shares):
    with pytest.raises(ValueError, match=r"validation=.*test="):
        loans.split(everything, 0, validation=shares[0], test=shares[1])


def test_every_statistic_comes_from_the_training_rows(everything):
    train, _, test = loans.split(everything, 0)
    own = loans.inputs(train, train)
    for name in ("numeric", "terms"):
        assert np.abs(np.nanmean(own[name], 0, dtype=float)).max() < 1e-5
        assert np.abs(np.nanstd(own[name], 0, dtype=float) - 1).max() < 1e-5
    changed = replace(test, numeric=np.where(np.arange(test.n)[:, None] == 0, 1e5, test.numeric))
    assert np.array_equal(
        loans.inputs(changed, train)["numeric"][1:], loans.inputs(test, train)["numeric"][1:], equal_nan=True
    )
    assert not np.allclose(loans.inputs(test, test)["terms"], loans.inputs(test, train)["terms"])


def test_money_is_prepared_as_log_of_one_plus_x(everything):
    """Written out for one skewed and one plain column of each table."""
    x = loans.inputs(everything, everything)
    for raw, out in (
        (np.log1p(everything.numeric[:, 3]), x["numeric"][:, 3]),  # Income
        (everything.numeric[:, 1], x["numeric"][:, 1]),  # Age
        (np.log1p(everything.terms[:, 2]), x["terms"][:, 2]),  # Price
        (everything.terms[:, 0], x["terms"][:, 0]),  # Time
    ):
        assert np.allclose(out, (raw - np.nanmean(raw)) / np.nanstd(raw), atol=1e-5, equal_nan=True)


@pytest.mark.parametrize("rows", [np.array([3, 1, 1]), slice(2, 5), np.arange(4454) % 2 == 0], ids=str)
def test_take_returns_those_rows_of_everything(everything, rows):
    some = everything.take(rows)
    for name in ("numeric", "terms", "categorical", "label"):
        assert np.array_equal(getattr(some, name), getattr(everything, name)[rows], equal_nan=True)
    assert some.levels == everything.levels
    assert some.n == len(everything.label[rows])
