"""The reader's own code is judged in words: right, wrong, wrong shape, not written, or broken."""

import numpy as np
import pytest
import torch
from fusionbook.exercises import check, prove, recognise

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


LONG = [(torch.eye(1000) * s, torch.arange(1000)) for s in (1.0, 3.0)]


def least_loss(logits, target):
    return torch.nn.functional.cross_entropy(logits, target)


def with_tensors(turn):
    """The same loss with its thousand terms in another order and another dtype, turned into what a reader returns."""

    def yours(logits, target):
        logits = logits.flip(1)
        picked = logits.gather(1, (999 - target)[:, None])[:, 0]
        return turn((logits.exp().sum(1).log() - picked).mean())

    return yours


@pytest.mark.parametrize("turn", [lambda x: x, lambda x: x.item(), lambda x: x.numpy(), lambda x: x.double()])
@pytest.mark.parametrize("off", [0.0, 4e-6, -4e-6])
def test_an_answer_that_only_rounding_moved_passes(turn, off, capsys):
    """On another processor sums are taken in another order: 5.9095 and 5.9095 are the same answer."""
    yours = with_tensors(turn)
    assert check(lambda *case: yours(*case) + off, least_loss, LONG), capsys.readouterr().out
    assert prove(yours, least_loss, LONG, {"it is a hundredth higher": lambda *case: yours(*case) + 0.01})


def test_the_tolerance_follows_the_size_of_the_answer_and_its_dtype(capsys):
    big = [(np.array([1e6, 1.0], dtype=np.float32),)]
    assert check(lambda x: 2 * x + np.float32([4, 0]), double, big)
    assert not check(lambda x: 2 * x + np.float32([0, 4e-5]), double, big)
    assert "off by 4" in capsys.readouterr().out
    fine = [(np.array([1.0, 2.0]),)]
    assert not check(lambda x: 2 * x + 1e-6, double, fine)  # doubles on both sides: nothing but an error is that large
    assert "You returned [2.000001 4.000001], it needs [2. 4.]" in capsys.readouterr().out
    assert check(lambda x: torch.as_tensor(2 * x).bfloat16(), double, [(np.array([1.01, 2.02]),)])


def test_an_overflow_is_the_same_mistake_wherever_it_happens():
    wild = {"it overflows": lambda x: x * np.inf}
    assert recognise(lambda x: np.exp(1000 * x), [(np.array([1.0, 2.0]),)], wild) == "it overflows"


def test_no_case_proves_nothing():
    with pytest.raises(ValueError, match="cases"):
        check(double, double, [])


MISTAKES = {
    "it was added to itself once too often": lambda x: 3 * x,
    "the shape is gone": lambda x: 2 * x.ravel(),
    "it divides by zero": lambda x: 2 * x / 0.0,
    "it was never an array": lambda x: x.nothing,
}


@pytest.mark.parametrize("sentence", MISTAKES)
def test_a_known_mistake_is_told_as_what_it_looks_like(sentence, capsys):
    assert check(MISTAKES[sentence], double, CASES, mistakes=MISTAKES) is False
    assert capsys.readouterr().out.endswith(f"It looks as if {sentence}.\n")


def test_an_unknown_one_is_told_without_a_guess(capsys):
    assert check(lambda x: 5 * x, double, CASES, mistakes=MISTAKES) is False
    said = capsys.readouterr().out
    assert "off by 6" in said
    assert "looks as if" not in said


def test_a_mistake_is_recognised_only_if_every_case_agrees():
    half = {"it is three times only for vectors": lambda x: 3 * x if x.ndim == 1 else 2 * x}
    assert recognise(lambda x: 3 * x, CASES, half) is None
    assert recognise(lambda x: 3 * x, [CASES[0]], half) is not None


def test_code_that_is_not_written_yet_is_no_mistake(capsys):
    assert check(lambda x: None, double, CASES, mistakes=MISTAKES) is False
    assert "looks as if" not in capsys.readouterr().out


def test_a_proven_check_lists_what_it_finds_out(capsys):
    assert prove(lambda x: x + x, double, CASES, MISTAKES) is True
    said = capsys.readouterr().out
    assert all(sentence in said for sentence in MISTAKES)


@pytest.mark.parametrize(
    ("solution", "mistakes", "said"),
    [
        (lambda x: 3 * x, MISTAKES, "The solution does not pass"),
        (double, MISTAKES | {"nothing is wrong": lambda x: x + x}, "No case notices if nothing is wrong"),
        (double, MISTAKES | {"it was tripled": lambda x: x + x + x}, "takes it for another"),
    ],
)
def test_a_check_that_proves_less_than_it_says_is_found_out(solution, mistakes, said, capsys):
    assert prove(solution, double, CASES, mistakes) is False
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(("cases", "mistakes"), [([], MISTAKES), (CASES, {})])
def test_a_proof_needs_a_case_and_a_mistake(cases, mistakes):
    with pytest.raises(ValueError, match="at least one of each"):
        prove(double, double, cases, mistakes)
