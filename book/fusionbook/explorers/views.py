"""Five views of an applicant, packed for views.js: what each modality looks like to a person."""

import numpy as np

from fusionbook.data import applicants
from fusionbook.data.applicants import Applicants
from fusionbook.explorers.base import pack

_SHOWN = ("{:,.0f} €", "{:.0f} years", "{:,.0f} €", "{:.0f} months", "{:.0%}", "{:,.0f} €", "{:.0f}",
          "{:.1f} years", "{:.0f}", "{:.1f} years")  # fmt: skip
NOTHING = 255  # in a byte: an event past the last one, and whatever else is not known
STEPS = 250  # places and curves are drawn, not read: a byte is enough


def pack_views(people: Applicants, reference: Applicants) -> tuple[dict, dict]:
    """Return (arrays, words) for `viewsOf` in views.js.

    Args:
        people: whom to show; NaN, -1 and blanks where something is not known.
        reference: among whom each number gets its place, and who sets the span of each month's curve.

    Raises:
        ValueError: if there is nobody to show, or nobody to compare with.
    """
    if not people.n or not reference.n:
        raise ValueError(f"people has {people.n} rows, reference {reference.n}: both need at least one")
    below = np.stack(
        [_place(column, known) for column, known in zip(people.numeric.T, reference.numeric.T, strict=True)], 1
    )
    low, high = np.percentile(reference.temporal, [2, 98], axis=(0, 1))
    span = np.where(high > low, high - low, 1)
    arrays = {
        "place": _bytes(below),
        "months": _bytes((people.temporal - low) / span),
        "levels": pack(np.where(people.categorical < 0, NOTHING, people.categorical), "uint8"),
        "events": pack(np.where(people.events < 0, NOTHING, people.events), "uint8"),
        "dayparts": pack(np.where(people.dayparts < 0, NOTHING, people.dayparts), "uint8"),
        "received": pack(people.present, "uint8"),
    }
    words = {
        "numeric": list(applicants.NUMERIC),
        "values": [
            [form.format(v) if np.isfinite(v) else "not given" for form, v in zip(_SHOWN, row, strict=True)]
            for row in people.numeric
        ],
        "categorical": [[name, list(levels)] for name, levels in applicants.LEVELS.items()],
        "temporal": list(applicants.TEMPORAL),
        "text": people.text.tolist(),
        "chat": people.chat.tolist(),
        "events": list(applicants.EVENTS),
        "dayparts": list(applicants.DAYPARTS),
    }
    return arrays, words


def _place(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the share of `known` that lies below each value, equal ones counted half; NaN stays NaN."""
    order = np.sort(known)
    place = (np.searchsorted(order, values, "left") + np.searchsorted(order, values, "right")) / (2 * len(order))
    return np.where(np.isnan(values), np.nan, place)


def _bytes(shares: np.ndarray) -> dict:
    """Pack numbers of [0, 1] (what lies beyond is drawn at the edge) into bytes; NaN becomes NOTHING."""
    return pack(np.where(np.isnan(shares), NOTHING, np.round(np.clip(shares, 0, 1) * STEPS)), "uint8")
