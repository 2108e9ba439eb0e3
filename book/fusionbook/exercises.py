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
    """
    for i, case in enumerate(cases, 1):
        want = np.asarray(reference(*case), dtype=float)
        try:
            got = yours(*case)
        except Exception as error:
            print(f"Case {i} of {len(cases)} stops with {type(error).__name__}: {error}")
            return False
        if got is None:
            print("Not written yet: replace the body of the function, then run this cell again.")
            return False
        got = np.asarray(got, dtype=float)
        if got.shape != want.shape:
            print(f"Case {i} of {len(cases)}: the result has shape {got.shape}, it needs {want.shape}.")
            return False
        off = np.abs(got - want).max(initial=0)
        if not off <= tolerance:
            print(f"Case {i} of {len(cases)}: off by {off:.3g}. You returned {got.round(4)}, it needs {want.round(4)}.")
            return False
    print(f"All {len(cases)} cases agree.")
    return True
