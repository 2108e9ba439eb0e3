"""Underwriter: pay to look at a modality, then lend or refuse; your cost beside every policy's and the oracle's."""

from collections.abc import Mapping, Sequence

import numpy as np
import traitlets

from fusionbook.checks import probabilities
from fusionbook.data.applicants import MODALITIES, Applicants
from fusionbook.explorers.base import Explorer, RefusedError, pack
from fusionbook.explorers.views import pack_views

DECISIONS = ("", "lend", "refuse")


class Underwriter(Explorer):
    """One applicant at a time, five sealed modalities; a formula explorer.

    The page computes what every decision costs: on average over luck, from the true probability p (p · default_cost
    for lending, (1 − p) · refusal_cost for refusing), and as it came, from the label; plus `price` for every modality
    looked at. A policy lends where its own probability lies below refusal_cost / (refusal_cost + default_cost).

    Attributes:
        applicant: which one is on the desk, from 0.
        opened: for each applicant a number whose bit m is 1 where modality m was looked at.
        decisions: for each applicant "lend", "refuse", or "" while undecided.
        price: coins for one look, from 0 to 3.
        experts: whether a look also brings the verdict of that modality's expert.
    """

    applicant = traitlets.Int().tag(sync=True)
    opened = traitlets.List(traitlets.Int()).tag(sync=True)
    decisions = traitlets.List(traitlets.Enum(DECISIONS)).tag(sync=True)
    price = traitlets.Float().tag(sync=True)
    experts = traitlets.Bool().tag(sync=True)
    costs = traitlets.List(traitlets.Float()).tag(sync=True)
    policies = traitlets.List(traitlets.Unicode()).tag(sync=True)
    words = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        people: Applicants,
        reference: Applicants,
        verdicts,
        policies: Mapping[str, tuple[Sequence[float], Sequence[str]]],
        *,
        prior: float,
        default_cost: float = 100.0,
        refusal_cost: float = 20.0,
        price: float = 1.0,
        experts: bool = True,
        label: str = "The underwriter: what is a look worth?",
    ):
        """Lay the applicants on the desk.

        Args:
            people: whom to judge, at most 60, with their true p and label.
            reference: among whom their numbers get a place.
            verdicts: (n, 5) each expert's probability of default; where a modality is not received it may be NaN.
            policies: name -> (probability of default (n,), the modalities it pays for).
            prior: what an expert says who has received nothing.
            default_cost: coins lost when one who was lent to defaults.
            refusal_cost: coins lost when one who would have paid is refused.
            price: coins for one look.
            experts: whether verdicts are shown.
            label: what a screen reader calls this figure; unique on its page.

        Raises:
            ValueError: for shapes that do not fit, values that are no probabilities, unknown modalities, too many
                applicants, or costs that are not above 0.
        """
        if people.n > 60:
            raise ValueError(f"people has {people.n} rows: at most 60 can be judged one at a time")
        if not (0 < default_cost < np.inf and 0 < refusal_cost < np.inf):
            raise ValueError(f"default_cost is {default_cost}, refusal_cost is {refusal_cost}: both need to be above 0")
        probabilities(np.array([prior]), "prior")
        verdicts = np.asarray(verdicts, dtype=float)
        if verdicts.shape != people.present.shape:
            raise ValueError(f"verdicts has shape {verdicts.shape}: it needs {people.present.shape}")
        verdicts = probabilities(np.where(people.present, verdicts, prior), "verdicts")
        said, paid = [], []
        for name, (p, looks) in policies.items():
            unknown = sorted(set(looks) - set(MODALITIES))
            if unknown:
                raise ValueError(f"policies[{name!r}] looks at {unknown}: the modalities are {list(MODALITIES)}")
            if np.shape(p) != (people.n,):
                raise ValueError(f"policies[{name!r}] has shape {np.shape(p)}: it needs ({people.n},)")
            said.append(probabilities(np.asarray(p, dtype=float), f"policies[{name!r}]"))
            paid.append([looked in looks for looked in MODALITIES])
        views, words = pack_views(people, reference)
        data = views | {
            "verdicts": pack(verdicts),
            "p": pack(people.p),
            "label": pack(people.label, "uint8"),
        }
        if policies:
            data |= {"said": pack(said), "paid": pack(paid, "uint8")}
        super().__init__(
            label=label,
            data=data,
            words=words,
            policies=list(policies),
            costs=[float(default_cost), float(refusal_cost)],
            opened=[0] * people.n,
            decisions=[""] * people.n,
            price=price,
            experts=experts,
        )

    @property
    def looks(self) -> np.ndarray:
        """What was looked at, bool (n, 5) in the order of MODALITIES."""
        return np.array(self.opened)[:, None] >> np.arange(len(MODALITIES)) & 1 > 0

    def _size(self) -> int:
        return self.data["label"]["shape"][0] if self.data else 0

    @traitlets.validate("applicant")
    def _applicant(self, proposal):
        if self.data and not 0 <= proposal["value"] < self._size():
            raise RefusedError(f"applicant is {proposal['value']}: it needs to be from 0 to {self._size() - 1}")
        return proposal["value"]

    @traitlets.validate("opened")
    def _opened(self, proposal):
        value, most = proposal["value"], 2 ** len(MODALITIES) - 1
        if len(value) != (self._size() or len(value)) or not all(0 <= one <= most for one in value):
            raise RefusedError(f"opened is {value}: it needs {self._size()} numbers from 0 to {most}")
        return value

    @traitlets.validate("decisions")
    def _decisions(self, proposal):
        if len(proposal["value"]) != (self._size() or len(proposal["value"])):
            raise RefusedError(f"decisions has {len(proposal['value'])} entries: it needs {self._size()}")
        return proposal["value"]

    @traitlets.validate("price")
    def _price(self, proposal):
        if not 0 <= proposal["value"] <= 3:
            raise RefusedError(f"price is {proposal['value']}: it needs to lie in [0, 3]")
        return proposal["value"]
