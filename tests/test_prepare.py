"""Scaling and counting learn from training rows alone, and a gap stays a gap."""

import numpy as np
import pytest
from fusionbook.data.prepare import Standardizer, Vocabulary, check_share, check_size, columns, words
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

NUMBERS = st.integers(-(10**6), 10**6).map(lambda k: k / 10) | st.just(np.nan)  # equal, or apart by more than rounding
TABLES = arrays(float, array_shapes(min_dims=2, max_dims=3, max_side=6), elements=NUMBERS)
WORDS = st.lists(st.sampled_from(["cat", "dog's", "I", "猫", "9"]), max_size=8)


@settings(max_examples=40, deadline=None)
@given(TABLES)
def test_standardising_is_subtracting_the_mean_and_dividing_by_the_spread_of_what_is_known(train):
    """Against a loop over features; NaN is skipped in the statistics and stays NaN in the result."""
    fitted = Standardizer.fit(train)
    for j in range(train.shape[-1]):
        known = train[..., j][~np.isnan(train[..., j])]
        mean = known.mean() if known.size else 0.0
        varies = known.size and np.ptp(known) > 0
        assert np.isclose(fitted.mean[j], mean, rtol=1e-9, atol=1e-9 * (1 + np.abs(known).max(initial=0)))
        expected = known.std() if varies else 1.0
        assert np.isclose(fitted.scale[j], expected, rtol=1e-6), "a constant feature is divided by 1"
    out = fitted(train)
    assert out.dtype == np.float32
    assert np.array_equal(np.isnan(out), np.isnan(train))


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, 1e6 + 0.1, -7.7])
@pytest.mark.parametrize("rows", [1, 3, 10, 1000])
def test_a_constant_feature_is_only_shifted(value, rows):
    """Rounding in the mean must not turn into a spread: one unit more is one unit more."""
    fitted = Standardizer.fit(np.full((rows, 1), value))
    assert fitted.scale[0] == 1.0
    assert np.allclose(fitted(np.array([[value], [value + 1]])), [[0], [1]], atol=1e-6)


def test_statistics_do_not_see_the_rows_they_are_applied_to():
    rng = np.random.default_rng(0)
    train, new = rng.normal(3, 2, (200, 4)), rng.normal(size=(5, 4))
    fitted = Standardizer.fit(train)
    assert np.allclose(fitted(train).mean(0), 0, atol=1e-6)
    assert np.allclose(fitted(train).std(0), 1, atol=1e-6)
    changed = new.copy()
    changed[0] = 1e9
    assert np.array_equal(fitted(changed)[1:], fitted(new)[1:])


def test_a_feature_never_observed_keeps_its_gaps():
    fitted = Standardizer.fit(np.array([[np.nan, 1.0], [np.nan, 3.0]]))
    assert fitted.mean.tolist() == [0, 2]
    assert fitted.scale.tolist() == [1, 1]
    assert np.array_equal(fitted(np.array([[np.nan, 2.0]])), [[np.nan, 0]], equal_nan=True)


def test_months_pool_their_statistics_over_rows_and_time():
    x = np.arange(24.0).reshape(2, 3, 4)
    fitted = Standardizer.fit(x)
    assert np.allclose(fitted.mean, x.mean((0, 1)))
    assert np.allclose(fitted.scale, x.std((0, 1)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is for my daughter's school.", ["it", "is", "for", "my", "daughter's", "school"]),
        ("  Two\twords\n", ["two", "words"]),
        ("pay-day,now!(yes)", ["pay", "day", "now", "yes"]),
        ("猫 and cat", ["猫", "and", "cat"]),
        ("", []),
        (" ... ", []),
    ],
)
def test_words_are_what_white_space_and_punctuation_leave(text, expected):
    assert words(text) == expected


@settings(max_examples=40, deadline=None)
@given(train=st.lists(WORDS, min_size=1, max_size=5).filter(any), new=st.lists(WORDS, min_size=1, max_size=5))
def test_counts_are_a_loop_over_the_words_and_unknown_ones_go_to_column_0(train, new):
    vocabulary = Vocabulary.fit(" ".join(text) for text in train)
    known = sorted({word.lower() for text in train for word in text})
    assert vocabulary.entries == ("(unknown)", *known)
    counts = vocabulary.counts([" ".join(text) for text in new])
    assert counts.shape == (len(new), len(vocabulary))
    for row, text in enumerate(new):
        for column, entry in enumerate(vocabulary.entries[1:], 1):
            assert counts[row, column] == sum(word.lower() == entry for word in text)
        assert counts[row, 0] == sum(word.lower() not in known for word in text)
        assert counts[row].sum() == len(text)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: Standardizer.fit(np.zeros((0, 3))), r"train has shape \(0, 3\)"),
        (lambda: Standardizer.fit(np.zeros((4, 3)))(np.zeros((4, 2))), r"x has shape \(4, 2\).* 3 "),
        (lambda: Standardizer.fit(np.zeros((4, 3)))(np.float64(1)), r"x has shape \(\)"),
        (lambda: Vocabulary.fit([]), "texts"),
        (lambda: Vocabulary.fit(["", "..."]), "texts"),
        (lambda: check_size(0), "n is 0"),
        (lambda: check_size(1.0, "rows"), "rows is 1.0"),
        (lambda: check_size("3"), "n is '3'"),
        (lambda: check_share(-1e-9, "share"), "share is"),
        (lambda: check_share(float("nan"), "share"), "share is nan"),
    ],
)
def test_a_bad_argument_is_named(call, named):
    with pytest.raises(ValueError, match=named):
        call()


def test_sizes_and_shares_in_range_come_back_as_plain_numbers():
    assert type(check_size(np.int64(3))) is int
    assert [check_share(value, "x") for value in (0, 0.5, 1)] == [0.0, 0.5, 1.0]


def test_columns_lie_side_by_side_in_the_order_given():
    """Numbers as they are, months flattened, categories as indicators; gaps are zeros."""
    months = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
    codes = np.array([[0, 2], [-1, 1]])
    numbers = np.array([[1.5, np.nan], [np.nan, -2.0]], np.float32)
    got = columns({"temporal": months, "categorical": codes, "numeric": numbers}, levels=[2, 3])
    assert got.dtype == np.float32
    indicators = [[1, 0, 0, 0, 1], [0, 0, 0, 1, 0]]
    wanted = np.hstack([months.reshape(2, 6), indicators, [[1.5, 0], [0, -2]]])
    assert np.array_equal(got, wanted)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"a": np.zeros((2, 1)), "b": np.zeros((3, 1))}, "'a': 2, 'b': 3"),
        ({"a": np.array([[3]])}, "do not fit"),
        ({"a": np.array([[-2]])}, "do not fit"),
        ({"a": np.array([[0, 1]])}, "do not fit"),
    ],
)
def test_columns_that_do_not_fit_are_refused(inputs, words):
    with pytest.raises(ValueError, match=words):
        columns(inputs, levels=[3])
