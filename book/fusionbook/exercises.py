"""Checks of the reader's own code: which case fails, what it returned, what was needed."""

from collections.abc import Callable, Sequence

import numpy as np


def check(yours: Callable, reference: Callable, cases: Sequence[tuple], tolerance: float = 1e-6) -> bool:
    """Call both functions on every case and say in words where they first differ.

    Args:
        yours: what the reader wrote; one that returns None counts as not written yet.
        reference: what it is held against.
        cases: tuples of positional arguments.
        tolerance: of the largest difference.

    Returns:
        True if every case agrees.

    Raises:
        ValueError: if there is no case.
    """
    if not len(cases):
        raise ValueError("cases is empty: without a case nothing is checked")
    for i, case in enumerate(cases, 1):
        want = _array(reference(*case))
        try:
            got = yours(*case)
            if got is None:
                print("Not written yet: replace the body of the function, then run this cell again.")
                return False
            got = _array(got)
        except Exception as error:
            print(f"Case {i} of {len(cases)} stops with {type(error).__name__}: {error}")
            return False
        if got.shape != want.shape:
            print(f"Case {i} of {len(cases)}: the result has shape {got.shape}, it needs {want.shape}.")
            return False
        off = np.abs(got - want).max(initial=0)
        if not off <= tolerance:
            print(f"Case {i} of {len(cases)}: off by {off:.3g}. You returned {got.round(4)}, it needs {want.round(4)}.")
            return False
    print(f"All {len(cases)} cases agree.")
    return True


def _array(answer) -> np.ndarray:
    """Return an answer, which may be a tensor in the middle of a graph, as an array of numbers."""
    return np.asarray(answer.detach() if hasattr(answer, "detach") else answer, dtype=float)
