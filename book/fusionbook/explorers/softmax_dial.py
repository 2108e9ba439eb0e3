"""Softmax dial: two applicants, one temperature; scores become weights, and a gradient tries to reach a target."""

from collections.abc import Sequence

import numpy as np
import traitlets

from fusionbook.checks import finite
from fusionbook.explorers.base import Explorer, RefusedError, pack
from fusionbook.metrics import check_weights

LOSSES = ("squared", "cross-entropy")
SPAN = 4.0  # a score lies in [-SPAN, SPAN]
RATE = 4.0  # step size of the descent
STEPS = 10  # a press of the button


class SoftmaxDial(Explorer):
    """w = softmax(scores / temperature) for two rows of scores; a formula explorer.

    The page computes the weights, their entropy in bits, ∂w_m/∂s_m = w_m (1 − w_m) / temperature, and the gradient
    of the loss between the weights and a target. A press of the button takes `STEPS` steps of gradient descent on the
    chosen row's scores / temperature, of size `RATE`, each score kept within ± `SPAN`; another raises them by ½.

    Attributes:
        scores: two rows of M numbers from -4 to 4; that of an absent modality counts for nothing.
        temperature: τ, from 0.1 to 10.
        row: whose scores the sliders move, 0 or 1.
        loss: "squared", ½ Σ (w − target)², or "cross-entropy", −Σ target · log w.
    """

    scores = traitlets.List(traitlets.List(traitlets.Float())).tag(sync=True)
    temperature = traitlets.Float().tag(sync=True)
    row = traitlets.Enum((0, 1)).tag(sync=True)
    loss = traitlets.Enum(LOSSES).tag(sync=True)
    modalities = traitlets.List(traitlets.Unicode()).tag(sync=True)
    people = traitlets.List(traitlets.Unicode()).tag(sync=True)
    target = traitlets.List(traitlets.List(traitlets.Float())).tag(sync=True)

    def __init__(
        self,
        scores,
        modalities: Sequence[str],
        people: Sequence[str],
        target,
        *,
        present=None,
        temperature: float = 1.0,
        row: int = 0,
        loss: str = "squared",
        label: str = "Softmax dial: two applicants, one temperature",
    ):
        """Set the dial.

        Args:
            scores: (2, M) from -4 to 4; where a modality is absent it may be NaN.
            modalities: M names, from 2.
            people: what the two rows are called.
            target: (2, M) weights to reach, each row with sum 1, above 0 only where present.
            present: bool (2, M), a modality at least in each row; all if not given.
            temperature: to start with.
            row: whose scores the sliders move.
            loss: to start with.
            label: what a screen reader calls this figure; unique on its page.

        Raises:
            ValueError: for shapes that do not fit, numbers out of range, or a target that is no set of weights.
        """
        scores, target = np.asarray(scores, dtype=float), np.asarray(target, dtype=float)
        shape = (2, len(modalities))
        present = np.ones(shape, bool) if present is None else np.asarray(present, bool)
        if len(modalities) < 2 or len(people) != 2 or {scores.shape, target.shape, present.shape} != {shape}:
            raise ValueError(
                f"scores {scores.shape}, target {target.shape}, present {present.shape}, {len(people)} people: they "
                f"need {shape} each and 2 people, for at least 2 modalities"
            )
        if not present.any(1).all():
            raise ValueError("present leaves a row without any modality: there is nothing to weigh")
        scores = finite(np.where(present, scores, 0), "scores")
        for k in (0, 1):
            check_weights(target[k], shape[1])
            if abs(target[k].sum() - 1) > 1e-6 or target[k][~present[k]].any():
                raise ValueError(f"target[{k}] is {target[k]}: it needs sum 1, and 0 where a modality is absent")
        super().__init__(
            label=label,
            data={"present": pack(present, "uint8")},
            scores=scores.tolist(),
            temperature=temperature,
            row=row,
            loss=loss,
            modalities=list(modalities),
            people=list(people),
            target=target.tolist(),
        )

    @traitlets.validate("scores")
    def _scores(self, proposal):
        value, size = proposal["value"], self.data["present"]["shape"][1] if self.data else None
        wrong = len(value) != 2 or any(len(row) != (size or len(row)) for row in value)
        if wrong or not all(abs(score) <= SPAN for row in value for score in row):
            raise RefusedError(f"scores is {value}: it needs two rows of {size} numbers from {-SPAN} to {SPAN}")
        return value

    @traitlets.validate("temperature")
    def _temperature(self, proposal):
        if not 0.1 <= proposal["value"] <= 10:
            raise RefusedError(f"temperature is {proposal['value']}: it needs to lie in [0.1, 10]")
        return proposal["value"]
