"""Scale conflict: two modalities side by side, one of them in other units; gradient descent on the two weights."""

from collections.abc import Sequence

import numpy as np
import traitlets

from fusionbook.checks import labels, same_length, vector
from fusionbook.explorers.base import Explorer, RefusedError, pack

MOST = 100  # steps of gradient descent
LIMITS = {"scale": (0.01, 100.0), "rate": (0.03, 30.0)}


class ScaleConflict(Explorer):
    """Logistic regression on [scale · a; b] by plain gradient descent from zero; a formula explorer.

    The bias stays at the base rate's logit, so that there are two weights, which can be drawn. The page computes the
    descent, the loss over the plane of weights, its lowest point (by Newton's method), the eigenvalues of the loss's
    second derivative at the start, their ratio (the condition number), and the largest stable step, 2 / the larger.

    Attributes:
        scale: what modality a is multiplied by, from 0.01 to 100.
        rate: step size of the descent, from 0.03 to 30.
        steps: how many steps have been taken, from 0 to 100.
        standardised: whether both are divided by their standard deviation before they are put together.
    """

    scale = traitlets.Float().tag(sync=True)
    rate = traitlets.Float().tag(sync=True)
    steps = traitlets.Int().tag(sync=True)
    standardised = traitlets.Bool().tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self,
        a,
        b,
        label,
        names: Sequence[str],
        *,
        scale: float = 1.0,
        rate: float = 3.0,
        steps: int = 20,
        standardised: bool = False,
        label_text: str = "Scale conflict: two modalities in different units",
    ):
        """Record the two modalities.

        Args:
            a: (n,) one number of the first modality; its mean is taken off, and it is put in standard deviations.
            b: (n,) likewise of the second.
            label: (n,) zeros and ones, both present.
            names: the two modalities.
            scale: to start with.
            rate: to start with.
            steps: to start with.
            standardised: to start with.
            label_text: what a screen reader calls this figure; unique on its page.

        Raises:
            ValueError: for unequal lengths, one class only, a modality that is constant, more than 400 rows, or
                numbers out of range.
        """
        a, b, label = vector(a, "a"), vector(b, "b"), labels(label)
        same_length(a=a, b=b, label=label)
        if len(a) > 400:
            raise ValueError(f"a has {len(a)} entries: at most 400 can be drawn and descended on at once")
        if label.min() == label.max():
            raise ValueError(f"label holds only {int(label[0])}: there is nothing to tell apart")
        if len(names) != 2 or not a.std() or not b.std():
            raise ValueError(f"names is {list(names)}, sd {a.std():.3g} and {b.std():.3g}: two that are not constant")
        if abs(np.corrcoef(a, b)[0, 1]) > 1 - 1e-9:
            raise ValueError("a and b are the same up to a factor: there would be no lowest point, but a line of them")
        data = {"a": pack((a - a.mean()) / a.std(), "float64"), "b": pack((b - b.mean()) / b.std(), "float64")}
        super().__init__(
            label=label_text,
            data=data | {"label": pack(label, "uint8")},
            names=list(names),
            scale=scale,
            rate=rate,
            steps=steps,
            standardised=standardised,
        )

    @traitlets.validate("scale", "rate")
    def _positive(self, proposal):
        name = proposal["trait"].name
        low, high = LIMITS[name]
        if not low <= proposal["value"] <= high:
            raise RefusedError(f"{name} is {proposal['value']}: it needs to lie in [{low}, {high}]")
        return proposal["value"]

    @traitlets.validate("steps")
    def _steps(self, proposal):
        if not 0 <= proposal["value"] <= MOST:
            raise RefusedError(f"steps is {proposal['value']}: it needs to be from 0 to {MOST}")
        return proposal["value"]
