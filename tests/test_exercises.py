"""The reader's own code is judged in words: right, wrong, wrong shape, not written, or broken."""

import numpy as np
import pytest
import torch
from fusionbook.exercises import check

CASES = [(np.array([1.0, 2.0]),), (np.array([[3.0]]),), (np.array([]),)]


def double(x):
    return 2 * x


def test_code_that_agrees_on_every_case_passes(capsys):
    assert check(lambda x: x + x, double, CASES) is True
    assert capsys.readouterr().out == "All 3 cases agree.\n"


@pytest.mark.parametrize(
    ("yours", "said"),
    [
        (lambda x: None, "Not written yet"),
        (lambda x: 3 * x, "Case 1 of 3: off by 2. You returned [3. 6.], it needs [2. 4.]"),
        (lambda x: 2 * x.ravel(), "Case 2 of 3: the result has shape (1,), it needs (1, 1)"),
        (lambda x: x.nothing, "Case 1 of 3 stops with AttributeError"),
        (lambda x: x * np.nan, "Case 1 of 3: off by nan"),
        (lambda x: 2 * x + (x.ndim == 2), "Case 2 of 3: off by 1"),
        (lambda: 0, "Case 1 of 3 stops with TypeError"),
        (lambda x: "eight", "Case 1 of 3"),
        (lambda x: [[1, 2], [3]], "Case 1 of 3"),
    ],
)
def test_code_that_does_not_is_told_where_and_how(yours, said, capsys):
    assert check(yours, double, CASES) is False
    assert said in capsys.readouterr().out


def test_a_tensor_is_an_answer_too_with_or_without_a_gradient(capsys):
    cases = [(torch.tensor([1.0, 2.0], requires_grad=True),)]
    assert check(lambda x: x + x, lambda x: (2 * x).detach(), cases)
    assert "agree" in capsys.readouterr().out


def test_the_tolerance_is_the_largest_difference_allowed():
    assert check(lambda x: 2 * x + 0.05, double, CASES, tolerance=0.06)
    assert not check(lambda x: 2 * x + 0.05, double, CASES, tolerance=0.04)


def test_no_case_proves_nothing():
    with pytest.raises(ValueError, match="cases"):
        check(double, double, [])
