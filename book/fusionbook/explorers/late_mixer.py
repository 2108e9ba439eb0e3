"""Late mixer: give each modality's vote a weight, and watch ranking, calibration and every decision move."""

from collections.abc import Mapping, Sequence

import numpy as np
import traitlets

from fusionbook.checks import finite, labels
from fusionbook.explorers.base import Explorer, RefusedError, pack
from fusionbook.metrics import check_weights

RULES = ("mean", "logits", "plain", "vote")
SHOWN = 32  # applicants drawn one by one


class LateMixer(Explorer):
    """Five sliders (or as many as there are modalities) over recorded held-out logits; a formula explorer.

    The page recomputes `fusion.pool_mean`, `fusion.pool_logits` and `metrics.vote`, then AUC and ECE, for every
    applicant at every step.

    Attributes:
        weights: one for each modality, from 0 to 2; all zero means that nobody votes.
        rule: "mean" (of probabilities), "logits" (their sum, the prior counted once), "plain" (their sum as it is)
            or "vote".
        threshold: above which a modality votes yes, for the rule "vote".
        applicant: which of the shown applicants is described, 0 for the lowest mix.
    """

    modalities = traitlets.List(traitlets.Unicode()).tag(sync=True)
    weights = traitlets.List(traitlets.Float()).tag(sync=True)
    rule = traitlets.Enum(RULES).tag(sync=True)
    threshold = traitlets.Float().tag(sync=True)
    applicant = traitlets.Int().tag(sync=True)
    prior = traitlets.Float().tag(sync=True)
    learned = traitlets.Dict().tag(sync=True)
    marks = traitlets.List().tag(sync=True)
    noun = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        logits,
        label,
        modalities: Sequence[str],
        *,
        prior: float,
        present=None,
        learned: Mapping[str, Sequence[float]] | None = None,
        marks: Mapping[str, float] | None = None,
        weights: Sequence[float] | None = None,
        rule: str = "mean",
        threshold: float = 0.5,
        noun: str = "applicants",
        label_text: str = "Late mixer",
    ):
        """Record what is to be mixed.

        Args:
            logits: (n, M) held-out logits; an absent one may be NaN.
            label: (n,) zeros and ones, both of them present.
            modalities: M names.
            prior: the base rate in (0, 1).
            present: bool (n, M); all if not given.
            learned: rule -> the M weights that training found.
            marks: name -> AUC to mark beside the reader's own.
            weights: M starting weights; all 1 if not given.
            rule: the starting rule.
            threshold: the starting threshold, in [0, 1].
            noun: what a row is.
            label_text: what a screen reader calls this figure; unique on its page.

        Raises:
            ValueError: for shapes that do not fit, one class only, a bad prior, rule, threshold or weights.
        """
        logits, label = np.asarray(logits, dtype=float), labels(label)
        size = len(modalities)
        if logits.shape != (len(label), size):
            raise ValueError(f"logits has shape {logits.shape}: it needs ({len(label)}, {size}), labels by modalities")
        if label.min() == label.max():
            raise ValueError(f"label holds only {int(label[0])}: AUC compares pairs, so it needs both classes")
        if not 0 < prior < 1:
            raise ValueError(f"prior is {prior}: a base rate lies strictly between 0 and 1")
        present = np.ones(logits.shape, bool) if present is None else np.asarray(present, bool)
        if present.shape != logits.shape:
            raise ValueError(f"present has shape {present.shape}: it needs that of logits, {logits.shape}")
        finite(np.where(present, logits, 0), "logits")
        if len(set(modalities)) < size:
            raise ValueError(f"modalities is {list(modalities)}: every modality needs a name of its own")
        learned, marks = learned or {}, marks or {}
        for name, w in learned.items():
            if name not in RULES or max(check_weights(w, size)) > 2:
                raise ValueError(f"learned[{name!r}] is {w}: it needs a rule of {list(RULES)} and weights from 0 to 2")
        for name, value in marks.items():
            if not 0 <= value <= 1:
                raise ValueError(f"marks[{name!r}] is {value}: an AUC lies in [0, 1]")
        if rule not in RULES:
            raise ValueError(f"rule is {rule!r}: it needs to be one of {list(RULES)}")
        data = {
            "logits": pack(np.where(present, logits, 0)),
            "label": pack(label, "uint8"),
            "present": pack(present, "uint8"),
        }
        super().__init__(
            label=label_text,
            data=data,
            modalities=list(modalities),
            weights=[1.0] * size if weights is None else check_weights(weights, size).tolist(),
            rule=rule,
            threshold=threshold,
            prior=float(prior),
            learned={name: check_weights(w, size).tolist() for name, w in learned.items()},
            marks=[[name, float(value)] for name, value in marks.items()],
            noun=noun,
        )

    @traitlets.validate("weights")
    def _weights(self, proposal):
        value = proposal["value"]
        if len(value) != len(self.modalities or value) or not all(0 <= w <= 2 for w in value):
            raise RefusedError(f"weights is {value}: it needs {len(self.modalities)} numbers from 0 to 2")
        return value

    @traitlets.validate("applicant")
    def _applicant(self, proposal):
        shown = min(SHOWN, self.data["label"]["shape"][0]) if self.data else SHOWN
        if not 0 <= proposal["value"] < shown:
            raise RefusedError(f"applicant is {proposal['value']}: it needs to be from 0 to {shown - 1}")
        return proposal["value"]

    @traitlets.validate("threshold")
    def _threshold(self, proposal):
        if not 0 <= proposal["value"] <= 1:
            raise RefusedError(f"threshold is {proposal['value']}: it needs to lie in [0, 1]")
        return proposal["value"]
