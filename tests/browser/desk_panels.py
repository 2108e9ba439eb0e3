"""What chapter 12's desk shows of an applicant, modality by modality, held against the applicant."""

import re

import numpy as np
import pytest
from built import floats, near, says, spots
from fusionbook.data import applicants
from visit import number


def check_panels(figure, desk, state):
    """Hold all that is shown of the person on the desk, but for what they wrote, against their traits."""
    check_numbers(figure, desk, state["numeric"])
    check_levels(figure, state["categorical"])
    check_months(figure, np.array(state["temporal"]).reshape(24, 4))
    check_events(figure, np.array(state["counts"]).reshape(10, 2))


def check_numbers(figure, desk, numbers):
    """Each with its name, and a tick where it lies among earlier applicants."""
    figure.put({"change": "numeric"})
    shown, rails = figure.marks(".fd-numbers li"), figure.marks(".fd-numbers .fv-rail")
    for one, name, value in zip(shown, applicants.NUMERIC, numbers, strict=True):
        assert one["text"].startswith(name)
        words = re.search(r"[−\d.,]+", one["text"].removeprefix(name))[0].replace(",", "")
        assert number(words) == pytest.approx(value * (100 if one["text"].endswith("%") else 1), abs=0.51)
    places = [100 * (column < v).mean() for column, v in zip(desk.reference.numeric.T, numbers, strict=True)]
    near([float(one["at"].rstrip("%")) for one in rails], places, within=6)


def check_levels(figure, codes):
    figure.put({"change": "categorical"})
    levels = {name: all_[code] for (name, all_), code in zip(applicants.LEVELS.items(), codes, strict=True)}
    assert [one["text"] for one in figure.marks(".fd-levels dt")] == list(levels)
    assert [one["text"] for one in figure.marks(".fd-is")] == list(levels.values())
    says(figure, ", ".join(f"{name} {level}" for name, level in levels.items()))
    for name, level in levels.items():
        assert figure.control(name).node.locator("option:checked").text_content() == level


def check_months(figure, months):
    """A curve a channel beside its name, the last month on the right, upwards by its own scale."""
    figure.put({"change": "temporal"})
    rows, curves = figure.marks(".fd-months .fy-row"), figure.marks(".fd-months .fd-curve")
    assert [row["text"] for row in rows] == list(applicants.TEMPORAL)
    for c, (row, path) in enumerate(zip(rows, curves, strict=True)):
        points, values = spots(path["d"]), months[:, c].astype(float)
        assert len(points) == len(values)
        assert (np.diff(points[:, 0]) > 0).all()
        assert abs(float(row["y"]) - points[:, 1].mean()) < 46
        if c < 2:  # shares, from 0 to 1
            near(points[:, 1], (c + 1) * 46 - 6 - 32 * values.clip(0, 1), within=0.2)
        elif np.ptp(values) > 0:
            assert np.polyfit(values, points[:, 1], 1)[0] < 0


def check_events(figure, counts):
    """Office hours to the left, evenings to the right, a bar as long as its count is high."""
    figure.put({"change": "behavioural"})
    picture = "How often each event"
    labels = [one["text"] for one in figure.marks("text:not(.fy-left):not(.fy-right)", picture)]
    assert labels == list(applicants.EVENTS)
    bars = [figure.marks(f".{kind}", picture) for kind in ("fv-day", "fv-late")]
    words = [figure.marks(f"text.{side}", picture) for side in ("fy-right", "fy-left")]
    for d, name in enumerate(applicants.DAYPARTS):
        assert [one["text"] for one in words[d]] == [name, *map(str, counts[:, d])]
    wide = np.stack([floats(side, "width") for side in bars], 1)
    near(wide, wide.max() / max(1, counts.max()) * counts, within=0.1)
    ends = floats(bars[0], "x") + wide[:, 0]
    near(ends, np.full(len(ends), ends[0]))
    assert (floats(bars[1], "x") > ends).all()
