"""Failure lab: networks that failed; the reader orders tests, names the cause, and sees it beside the repair."""

from collections.abc import Mapping, Sequence

import numpy as np
import traitlets

from fusionbook.checks import finite
from fusionbook.explorers.base import Explorer, RefusedError, pack

TEXTS = ("complaint", "disease", "cause", "broken", "mended")


class FailureLab(Explorer):
    """Networks that failed, one at a time, and what torch measured of them and of their repaired twins: a replay.

    Test 0 is the course of the losses; the others are those given.

    Attributes:
        patient: which network is looked at, from 0.
        ordered: for each patient a number whose bit t is 1 where test t was ordered.
        suspected: for each patient the disease chosen, a place in `diseases`, or -1.
        named: for each patient the disease said last, or -1.
        misses: for each patient how often a wrong one was said.
        twin: whether the repaired network is shown beside the patient.
    """

    patient = traitlets.Int().tag(sync=True)
    ordered = traitlets.List(traitlets.Int()).tag(sync=True)
    suspected = traitlets.List(traitlets.Int()).tag(sync=True)
    named = traitlets.List(traitlets.Int()).tag(sync=True)
    misses = traitlets.List(traitlets.Int()).tag(sync=True)
    twin = traitlets.Bool().tag(sync=True)
    patients = traitlets.List(traitlets.Dict()).tag(sync=True)
    tests = traitlets.List(traitlets.Dict()).tag(sync=True)
    diseases = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self,
        losses,
        results,
        *,
        patients: Sequence[Mapping[str, str]],
        tests: Mapping[str, tuple[Sequence[str], float, float, str, str]],
        label: str = "Failure lab: which fault is it?",
    ):
        """Admit P patients with what T tests of R numbers in all have found.

        Args:
            losses: (P, 2, 2, E) mean losses after each of E epochs: patient and repaired twin, training and new rows.
            results: (P, 2, R, 2) what the tests found, of patient and twin: mean and standard deviation over seeds.
            patients: for each its complaint, its disease, the cause in a sentence, and a line of code as it is and
                as it should be; each disease is one patient's.
            tests: name -> (names of its numbers, lowest and highest value of the scale, what it does, what a sound
                network shows).
            label: what a screen reader calls this figure; unique on its page.

        Raises:
            ValueError: for shapes that do not fit, values that are not finite, a text that is missing, or a disease
                that two patients have.
        """
        for patient in patients:
            lacks = [name for name in TEXTS if not isinstance(patient.get(name), str) or not patient[name].strip()]
            if lacks:
                raise ValueError(f"patients: one lacks {lacks}: each needs {list(TEXTS)} in words")
        diseases = sorted({patient["disease"] for patient in patients})
        if len(diseases) != len(patients) or len(patients) < 2:
            raise ValueError(f"patients have {len(diseases)} diseases: it needs two patients or more, each its own")
        for name, (rows, low, high, *_) in tests.items():
            if not len(rows) or not low < high < np.inf:
                raise ValueError(f"tests[{name!r}] has {len(rows)} rows from {low} to {high}: at least 1, low < high")
        losses = finite(np.asarray(losses, dtype=float), "losses")
        results = finite(np.asarray(results, dtype=float), "results")
        shape = (len(patients), 2, sum(len(rows) for rows, *_ in tests.values()), 2)
        if results.shape != shape or not results.size:
            raise ValueError(f"results has shape {results.shape}: it needs {shape}")
        if losses.ndim != 4 or losses.shape[:3] != (len(patients), 2, 2) or losses.shape[3] < 2:
            raise ValueError(f"losses has shape {losses.shape}: it needs ({len(patients)}, 2, 2, at least 2 epochs)")
        super().__init__(
            label=label,
            data={"losses": pack(losses), "results": pack(results)},
            patients=[{name: patient[name] for name in TEXTS} for patient in patients],
            tests=[
                {"name": name, "rows": list(rows), "low": float(low), "high": float(high), "does": does, "sound": sound}
                for name, (rows, low, high, does, sound) in tests.items()
            ],
            diseases=diseases,
            ordered=[0] * len(patients),
            suspected=[-1] * len(patients),
            named=[-1] * len(patients),
            misses=[0] * len(patients),
        )

    @traitlets.validate("patient")
    def _patient(self, proposal):
        return self.within(proposal, len(self.patients))

    @traitlets.validate("ordered", "suspected", "named", "misses")
    def _each(self, proposal):
        name, value, size = proposal["trait"].name, proposal["value"], len(self.patients)
        low = -1 if name in ("suspected", "named") else 0
        most = {"ordered": 2 ** (len(self.tests) + 1) - 1, "misses": 10**6}.get(name, len(self.diseases) - 1)
        if size and (len(value) != size or not all(low <= one <= most for one in value)):
            raise RefusedError(f"{name} is {value}: it needs {size} numbers from {low} to {most}")
        return value
