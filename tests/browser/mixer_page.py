"""What a late mixer shows on a page, held against its oracle: table, status line and picture."""

import random
import re

import numpy as np
import pytest
from built import floats, near
from fusionbook.explorers.late_mixer import RULES
from visit import eventually, number

KIND = "late-mixer"
CLOSE = 1e-4
HALF = {2: 5e-3 + 6e-5, 3: 5e-4 + 1e-9, 4: 5e-5 + 1e-9}  # what rounding to so many digits may take away
STATUS = re.compile(r"AUC (\d\.\d+), .*off by (\d\.\d+) on average.* 1: (.*); your mix (\d+\u00a0%); (went bad|paid)\.")


def settings(size, count, seed):
    """Draw weights on the sliders' grid, zeros among them but not all zero, every rule in turn, a threshold."""
    rng = random.Random(seed)
    for turn in range(count):
        weights = [rng.choice([0, rng.randint(0, 40) / 20]) for _ in range(size)]
        if not any(weights):
            weights[rng.randrange(size)] = 1.0
        yield RULES[turn % len(RULES)], weights, rng.randint(5, 60) / 100


def put(figure, names, rule, weights, threshold):
    """Set the mixer's controls."""
    figure.put(dict(zip(names, weights, strict=True)) | {"combined by": rule, "yes above": threshold})


def check_table(oracle, cells, mixed):
    """Every number of the table is the oracle's: AUC of each and of the mix, ECE, each row's votes and mix."""
    head, weights, aucs, eces, *rows = cells
    assert head[1:-2] == oracle.names
    assert len(weights) == len(head)
    assert [number(cell) for cell in aucs[1:-2]] == pytest.approx(oracle.alone(), abs=CLOSE)
    assert number(aucs[-2]) == pytest.approx(oracle.auc(mixed), abs=CLOSE)
    assert number(eces[-2]) == pytest.approx(oracle.ece(mixed), abs=CLOSE)
    said = [number(row[-2]) for row in rows]
    assert said == sorted(said)
    for row in rows:
        known = matches(oracle, row)
        assert known.size, f"no recorded row says {row}"
        assert np.abs(mixed[known] - number(row[-2])).min() <= CLOSE, row


def matches(oracle, row):
    """Return which recorded rows have these votes and this outcome."""
    fits = oracle.label == (row[-1] == "bad")
    for m, cell in enumerate(row[1:-2]):
        if cell == "absent":
            fits &= ~oracle.present[:, m]
        else:
            fits &= oracle.present[:, m] & (np.abs(oracle.p[:, m] - number(cell)) <= HALF[4])
    return np.flatnonzero(fits)


def check_status(oracle, text, cells, mixed):
    """The status line says AUC and ECE, and of the first row shown what the table says of it."""
    told = STATUS.search(text)
    assert told, text
    assert float(told[1]) == pytest.approx(oracle.auc(mixed), abs=HALF[3])
    assert float(told[2]) == pytest.approx(oracle.ece(mixed), abs=HALF[3])
    first = cells[4]
    votes = [part.removeprefix(f"{name} ") for part, name in zip(told[3].split(", "), oracle.names, strict=True)]
    for said, cell in zip([*votes, told[4]], [*first[1:-2], first[-2]], strict=True):
        assert said == cell or abs(float(said.removesuffix("\u00a0%")) / 100 - number(cell)) <= HALF[2], (said, cell)
    assert told[5] == {"bad": "went bad", "paid": "paid"}[first[-1]]


def check_picture(figure, oracle, mixed):
    """Each modality's AUC and the mix's on the line, bars and lines of ten groups, a column a row of the table."""
    x = figure.axis("x", "AUC of each")
    near(floats(figure.marks(".fy-dot", "AUC of each"), "cx"), x(oracle.alone()))
    tints = [re.search(r"--fy-\w+", one["style"])[0] for one in figure.marks(".fy-dot", "AUC of each")]
    assert tints == [f"--fy-{name}" for name in oracle.names]
    near(floats(figure.marks(".fy-yours", "AUC of each"), "cx"), x([max(0.5, oracle.auc(mixed))]))
    _, said, came = oracle.groups(mixed).T
    high, y, across = floats(figure.marks(".fy-bar", "Calibration"), "height", "y", "x")
    near(high, 90 / 0.85 * came.clip(max=0.85))
    near(y + high, np.full(len(y), 112))
    near(floats(figure.marks(".fy-said", "Calibration"), "y1"), 112 - 90 / 0.85 * said.clip(max=0.85))
    assert (np.diff(across) > 0).all()
    check_columns(figure, oracle)


def check_columns(figure, oracle):
    up = figure.axis("y", "Every modality", read=lambda p: np.log(p / (1 - p)))
    groups = figure.marks("g", "Every modality")
    places = np.argsort([one["moved"] for one in groups])
    dots, feet, dashes = (figure.marks(f"g {kind}", "Every modality") for kind in (".fy-dot", ".fy-foot", ".fy-dash"))
    dots = floats(dots, "cy").reshape(len(groups), -1)
    rows = figure.cells[4:]
    for place, row in zip(places, rows, strict=True):
        votes = np.array([number(cell) for cell in row[1:-2]]).clip(0.02, 0.85)
        near(dots[place], up(np.log(votes / (1 - votes))), within=0.6)  # four digits where the line is steep
        mix = np.clip(number(row[-2]), 0.02, 0.85)
        near(dashes[place]["moved"], up(np.log(mix / (1 - mix))), within=0.6)
        assert ("fy-bad" in feet[place]["class"]) == (row[-1] == "bad")


def check_silent(figure, oracle):
    """Nobody has a weight: the base rate for everyone under every rule, AUC 0.5, and a sentence that says so."""
    for rule in RULES:
        put(figure, oracle.names, rule, [0] * len(oracle.names), 0.3)
        _, _, aucs, eces, *rows = figure.table()
        assert {row[-2] for row in rows} == {f"{oracle.prior:.4f}"}
        assert aucs[-2] == "0.5000"
        assert number(eces[-2]) == pytest.approx(oracle.ece(np.full(len(oracle.label), oracle.prior)), abs=CLOSE)
        eventually(lambda: _silent(figure.status, oracle.prior), seconds=2)


def _silent(text, prior):
    assert "base rate" in text
    assert f"{100 * prior:.0f}\u00a0%" in text
    assert "0.500" in text


def check_all(figure, oracle, setting):
    """Everything that it shows at this setting."""
    put(figure, oracle.names, *setting)
    mixed = oracle.mixed(*setting)
    check_table(oracle, figure.cells, mixed)
    check_status(oracle, figure.told, figure.cells, mixed)
    check_picture(figure, oracle, mixed)


def check_first(figure, oracle, true=None):
    """Everything that it shows at first; `true` is where the notebook puts its mark on the line."""
    mixed = oracle.mixed("mean", [1.0] * len(oracle.names), 0.5)
    check_table(oracle, figure.cells, mixed)
    check_picture(figure, oracle, mixed)
    if true is not None:
        marks = figure.marks(".fy-mark", "AUC of each")
        near(min(abs(floats(marks, "x1") - figure.axis("x", "AUC of each")(true))), 0)


def check_learned(figure, oracle, learned):
    """The button takes the weights that training found."""
    assert list(learned) == ["mean"]
    figure.press("Learned weights")
    check_table(oracle, figure.cells, oracle.mixed("mean", learned["mean"], 0.5))
