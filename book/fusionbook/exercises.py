"""Checks of the reader's own code: which case fails, what it returned, what was needed, and what it looks like."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

# What rounding may make of an answer of size 1: sums of a thousand terms, in whatever order a processor takes them. A
# plain Python number may come out of float32 arithmetic, and does not tell.
TOLERANCES = {"float16": 1e-2, "bfloat16": 3e-2, "float32": 1e-5, "float64": 1e-9}


def check(
    yours: Callable,
    reference: Callable,
    cases: Sequence[tuple],
    tolerance: float | None = None,
    mistakes: Mapping[str, Callable] | None = None,
) -> bool:
    """Call both functions on every case and say in words where they first differ, and why if it is a known mistake.

    Args:
        yours: what the reader wrote; one that returns None counts as not written yet.
        reference: what it is held against.
        cases: tuples of positional arguments.
        tolerance: of the largest difference; if not given, what rounding makes of the coarser of the two dtypes (see
            TOLERANCES), times the answer where that is above 1.
        mistakes: sentence -> the wrong version that it describes. Where yours agrees with one of them on every case,
            its sentence is printed too.

    Returns:
        True if every case agrees.

    Raises:
        ValueError: if there is no case.
    """
    if not len(cases):
        raise ValueError("cases is empty: without a case nothing is checked")
    for i, case in enumerate(cases, 1):
        told = _difference(yours, reference, case, tolerance)
        if told is None:
            continue
        if told == UNWRITTEN:
            print(UNWRITTEN)
            return False
        print(f"Case {i} of {len(cases)}{told}")
        known = recognise(yours, cases, mistakes or {}, tolerance)
        if known:
            print(f"It looks as if {known}.")
        return False
    print(f"All {len(cases)} cases agree.")
    return True


def recognise(
    yours: Callable, cases: Sequence[tuple], mistakes: Mapping[str, Callable], tolerance: float | None = None
) -> str | None:
    """Return the sentence of the mistake that does what yours does on every case; None if there is none.

    Two that stop with the same kind of error agree, and so do two NaN in the same place.
    """
    for sentence, wrong in mistakes.items():
        if all(_same(_outcome(yours, case), _outcome(wrong, case), tolerance) for case in cases):
            return sentence
    return None


def prove(
    solution: Callable,
    reference: Callable,
    cases: Sequence[tuple],
    mistakes: Mapping[str, Callable],
    tolerance: float | None = None,
) -> bool:
    """Say whether a check is worth its name: it accepts the solution, and tells every mistake by its own sentence.

    Args:
        solution: has to agree with the reference on every case.
        reference: what the check holds the reader's code against.
        cases: tuples of positional arguments.
        mistakes: sentence -> the wrong version that it describes.
        tolerance: as in `check`.

    Returns:
        True if both hold; what does not is printed.

    Raises:
        ValueError: if there is no case or no mistake.
    """
    if not len(cases) or not mistakes:
        raise ValueError(f"{len(cases)} cases, {len(mistakes)} mistakes: it needs at least one of each")
    if any(_difference(solution, reference, case, tolerance) for case in cases):
        print("The solution does not pass.")
        return False
    for sentence, wrong in mistakes.items():
        if not any(_difference(wrong, reference, case, tolerance) for case in cases):
            print(f"No case notices if {sentence}.")
            return False
        if (known := recognise(wrong, cases, mistakes, tolerance)) != sentence:
            print(f"If {sentence}, the check takes it for another: {known}.")
            return False
    print(f"The solution passes all {len(cases)} cases. The check finds out if", *mistakes, sep="\n  - ")
    return True


UNWRITTEN = "Not written yet: replace the body of the function, then run this cell again."


def _difference(yours: Callable, reference: Callable, case: tuple, tolerance: float | None) -> str | None:
    """Return in words how the two differ on this case; None if they agree."""
    want, fine = _array(reference(*case))
    try:
        with np.errstate(all="ignore"):  # an overflow shows in the result
            got = yours(*case)
        if got is None:
            return UNWRITTEN
        got, coarse = _array(got)
    except Exception as error:
        return f" stops with {type(error).__name__}: {error}"
    if got.shape != want.shape:
        return f": the result has shape {got.shape}, it needs {want.shape}."
    with np.errstate(all="ignore"):
        off = np.abs(got - want)
        if not (off <= _allowed(want, max(fine, coarse), tolerance)).all():
            digits = int(max(4, 1 - np.log10(largest))) if 0 < (largest := off.max()) < np.inf else 4
            return f": off by {largest:.3g}. You returned {got.round(digits)}, it needs {want.round(digits)}."
    return None


def _outcome(function: Callable, case: tuple) -> tuple[np.ndarray, float] | type:
    try:
        with np.errstate(all="ignore"):
            return _array(function(*case))
    except Exception as error:
        return type(error)


def _same(a: tuple[np.ndarray, float] | type, b: tuple[np.ndarray, float] | type, tolerance: float | None) -> bool:
    if isinstance(a, type) or isinstance(b, type):
        return a is b
    (one, fine), (other, coarse) = a, b
    if one.shape != other.shape:
        return False
    with np.errstate(all="ignore"):
        near = np.abs(one - other) <= _allowed(other, max(fine, coarse), tolerance)
    return bool((near | (one == other) | (np.isnan(one) & np.isnan(other))).all())


def _allowed(want: np.ndarray, rounding: float, tolerance: float | None) -> np.ndarray | float:
    """Return how far an answer may be off; infinity has no neighbourhood."""
    return rounding * np.where(np.isfinite(want), np.maximum(1, np.abs(want)), 1) if tolerance is None else tolerance


def _array(answer) -> tuple[np.ndarray, float]:
    """Return an answer, which may be a tensor in the middle of a graph, as numbers, and how far rounding may reach."""
    name = str(getattr(answer, "dtype", "float32")).removeprefix("torch.")
    if hasattr(answer, "detach"):
        answer = answer.detach().cpu().double()
    numbers = np.asarray(answer, dtype=float)
    return numbers, TOLERANCES.get(name, TOLERANCES["float64"])
