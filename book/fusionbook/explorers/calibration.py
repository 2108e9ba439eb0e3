"""Calibration: stretch and shift recorded logits, and watch honesty change while the ranking stays."""

import numpy as np
import traitlets

from fusionbook.checks import finite, labels, same_length, vector
from fusionbook.explorers.base import Explorer, RefusedError, pack
from fusionbook.metrics import ece_floor


class Calibration(Explorer):
    """σ(logit / T + shift) against what came, in ten groups; a formula explorer.

    Attributes:
        temperature: T, from 0.25 to 4: below 1 bolder, above 1 more timid.
        shift: added to every logit, from -3 to 3.
    """

    temperature = traitlets.Float().tag(sync=True)
    shift = traitlets.Float().tag(sync=True)
    floor = traitlets.Float().tag(sync=True)

    def __init__(
        self,
        logits,
        label,
        *,
        temperature: float = 1.0,
        shift: float = 0.0,
        label_text: str = "Calibration: said and came",
    ):
        """Record logits and outcomes.

        Args:
            logits: (n,) finite, at least 10.
            label: (n,) zeros and ones, both of them present.
            temperature: to start with.
            shift: to start with.
            label_text: what a screen reader calls this figure; unique on its page.

        Raises:
            ValueError: for unequal lengths, one class only, fewer than 10 rows, or a setting out of range.
        """
        logits, label = finite(vector(logits, "logits"), "logits"), labels(label)
        same_length(logits=logits, label=label)
        if len(label) < 10 or label.min() == label.max():
            raise ValueError(
                f"label has {len(label)} entries of {len(set(label))} class(es): at least 10 of both classes"
            )
        data = {"logits": pack(logits), "label": pack(label, "uint8")}
        floor = ece_floor(1 / (1 + np.exp(-logits)))
        super().__init__(label=label_text, data=data, temperature=temperature, shift=shift, floor=floor)

    @traitlets.validate("temperature")
    def _temperature(self, proposal):
        if not 0.25 <= proposal["value"] <= 4:
            raise RefusedError(f"temperature is {proposal['value']}: it needs to lie in [0.25, 4]")
        return proposal["value"]

    @traitlets.validate("shift")
    def _shift(self, proposal):
        if not -3 <= proposal["value"] <= 3:
            raise RefusedError(f"shift is {proposal['value']}: it needs to lie in [-3, 3]")
        return proposal["value"]
