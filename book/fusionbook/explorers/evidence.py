"""Evidence: a base rate and three pieces of evidence, added up as log-odds."""

from collections.abc import Sequence

import traitlets

from fusionbook.checks import vector
from fusionbook.explorers.base import Explorer, RefusedError


class Evidence(Explorer):
    """σ(b + e_1 + e_2 + e_3) as steps on a line of log-odds; a formula explorer.

    Attributes:
        prior: the base rate, from 0.01 to 0.99.
        evidence: three log-odds steps, each from -3 to 3.
        repeat: add plain logits, each of which carries the base rate along, instead of evidence.
    """

    prior = traitlets.Float().tag(sync=True)
    evidence = traitlets.List(traitlets.Float()).tag(sync=True)
    repeat = traitlets.Bool().tag(sync=True)

    def __init__(
        self,
        prior: float = 0.2,
        evidence: Sequence[float] = (1.4, 1.0, 0.5),
        *,
        repeat: bool = False,
        label: str = "Evidence: log-odds added up",
    ):
        """Start from these values.

        Raises:
            ValueError: for a prior outside [0.01, 0.99], or other than three steps from -3 to 3.
        """
        super().__init__(label=label, prior=prior, evidence=vector(evidence, "evidence").tolist(), repeat=repeat)

    @traitlets.validate("prior")
    def _prior(self, proposal):
        if not 0.01 <= proposal["value"] <= 0.99:
            raise RefusedError(f"prior is {proposal['value']}: it needs to lie in [0.01, 0.99]")
        return proposal["value"]

    @traitlets.validate("evidence")
    def _evidence(self, proposal):
        value = proposal["value"]
        if len(value) != 3 or any(not -3 <= step <= 3 for step in value):
            raise RefusedError(f"evidence is {value}: it needs three numbers from -3 to 3")
        return value
