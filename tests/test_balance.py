"""Modality dropout keeps to its rate and leaves nobody with nothing; the two rules of balance by their formulas."""

import numpy as np
import pytest
import torch
from fusionbook.balance import blending_weights, modality_dropout, ogm_coefficients
from hypothesis import given, settings
from hypothesis import strategies as st

BOUNDED = settings(max_examples=30, deadline=None)


@BOUNDED
@given(rows=st.integers(1, 30), size=st.integers(1, 4), rate=st.floats(0, 0.99), seed=st.integers(0, 999))
def test_dropout_only_takes_away_and_never_everything(rows, size, rate, seed):
    present = torch.rand(rows, size, generator=torch.Generator().manual_seed(seed)) < 0.6
    kept = modality_dropout(present, rate, torch.Generator().manual_seed(seed + 1))
    assert not (kept & ~present).any()
    assert torch.equal(kept.any(1), present.any(1))


def test_dropout_keeps_to_its_rate_and_is_fair():
    kept = modality_dropout(torch.ones(40_000, 3, dtype=torch.bool), 0.5, torch.Generator().manual_seed(0)).float()
    assert kept.mean(0).numpy() == pytest.approx([(0.5 + 0.125 / 3)] * 3, abs=0.01)
    assert modality_dropout(kept.bool(), 0.0).equal(kept.bool())


def test_gradient_modulation_by_the_papers_formula():
    k = ogm_coefficients([3.0, 1.0], alpha=0.3)
    assert k == pytest.approx([1 - np.tanh(0.3 * 3), 1])
    assert ogm_coefficients([3.0, 1.0], alpha=0) == pytest.approx([1, 1])
    three = ogm_coefficients([4.0, 1.0, 1.0], alpha=0.5)
    assert three == pytest.approx([1 - np.tanh(0.5 * 4), 1, 1])


def test_blending_is_gain_over_squared_overfitting():
    told = blending_weights([1.0, 1.0], [0.7, 0.4], [1.0, 1.0], [0.8, 0.7])
    gain, overfit = np.array([0.2, 0.3]), np.array([0.1, 0.3])
    assert told == pytest.approx(gain / overfit**2 / (gain / overfit**2).sum())
    assert blending_weights([1, 1], [0.5, 0.5], [1, 1], [1.2, 0.9]) == pytest.approx([0, 1])  # no gain, no weight
    assert blending_weights([1, 1], [0.5, 0.5], [1, 1], [1.2, 1.1]) == pytest.approx([0.5, 0.5])
    assert blending_weights([1.0], [0.5], [1.0], [0.5]) == pytest.approx([1])  # no overfitting at all is no crash


MASK = torch.ones(2, 2, dtype=torch.bool)
BAD = [
    (lambda: modality_dropout(MASK, 1.0), "rate is 1.0"),
    (lambda: modality_dropout(MASK, float("nan")), "rate is nan"),
    (lambda: modality_dropout(MASK.float(), 0.5), "torch.float32: it needs"),
    (lambda: modality_dropout(MASK[0], 0.5), r"present is \(2,\)"),
    (lambda: ogm_coefficients([1.0]), "at least two"),
    (lambda: ogm_coefficients([1.0, 0.0]), "above 0"),
    (lambda: ogm_coefficients([1.0, 1.0], alpha=-1), "alpha is -1"),
    (lambda: blending_weights([1.0], [1.0], [1.0], [1.0, 2.0]), "val_after 2"),
    (lambda: blending_weights([np.nan], [1.0], [1.0], [1.0]), r"train_before\[0\] is nan"),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
