"""Pairs: AUC as the share of (bad, good) pairs that a score puts in the right order."""

import numpy as np
import traitlets

from fusionbook.checks import vector
from fusionbook.explorers.base import Explorer, RefusedError, pack


class Pairs(Explorer):
    """Two groups of scores; the bad ones are shifted, all are rounded; every pair is a cell. A formula explorer.

    Attributes:
        shift: added to every bad score, from -1 to 4.
        rounding: scores are rounded to multiples of this, 0 for not at all, up to 2; rounding makes ties.
    """

    shift = traitlets.Float().tag(sync=True)
    rounding = traitlets.Float().tag(sync=True)

    def __init__(self, bad, good, *, shift: float = 1.0, rounding: float = 0.0, label: str = "Pairs: what AUC counts"):
        """Record the scores.

        Args:
            bad: (n,) finite scores of those who defaulted, at most 20.
            good: (m,) finite scores of those who paid, at most 30.
            shift: to start with.
            rounding: to start with.
            label: what a screen reader calls this figure; unique on its page.

        Raises:
            ValueError: for empty, too many or infinite scores, or a shift or rounding out of range.
        """
        bad, good = vector(bad, "bad"), vector(good, "good")
        if len(bad) > 20 or len(good) > 30:
            raise ValueError(f"bad has {len(bad)} and good {len(good)} entries: at most 20 and 30 can be seen as pairs")
        data = {"bad": pack(np.sort(bad), "float64"), "good": pack(np.sort(good), "float64")}
        super().__init__(label=label, data=data, shift=shift, rounding=rounding)

    @traitlets.validate("shift")
    def _shift(self, proposal):
        if not -1 <= proposal["value"] <= 4:
            raise RefusedError(f"shift is {proposal['value']}: it needs to lie in [-1, 4]")
        return proposal["value"]

    @traitlets.validate("rounding")
    def _rounding(self, proposal):
        if not 0 <= proposal["value"] <= 2:
            raise RefusedError(f"rounding is {proposal['value']}: it needs to lie in [0, 2]")
        return proposal["value"]
