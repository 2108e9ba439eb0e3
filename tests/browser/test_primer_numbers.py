"""The primer's three explorers against NumPy and scikit-learn: log-odds, pairs and calibration, drawn anew."""

import random

import numpy as np
import pytest
from built import floats, near, page, says, spots
from mixer_oracle import Oracle
from notebook import arguments, made
from sklearn.metrics import roc_auc_score
from visit import number

NOTEBOOK = "appendix/primer"
WITNESSES, CHANCES = ("first", "second", "third"), (0.01, 0.1, 0.5, 0.9, 0.99)
chapter = page(f"book/{NOTEBOOK}.html")


def sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x, dtype=float)))


# ---- evidence ----


def check_evidence(figure, prior, steps, repeat):
    """A walk on the line of log-odds: the table, every tip and line, and the probabilities below."""
    base = np.log(prior / (1 - prior))
    points = np.cumsum([0 if repeat else base, *(np.array(steps) + (base if repeat else 0))])
    rows = figure.cells[1:]
    assert [row[0] for row in rows] == ["start" if repeat else "base rate", *WITNESSES]
    assert [number(row[2]) for row in rows] == pytest.approx(points.tolist(), abs=1e-4)
    assert [number(row[3]) for row in rows] == pytest.approx(sigmoid(points).tolist(), abs=1e-4)
    picture = "Steps of evidence"
    ticks = [one for one in figure.marks("text.fy-tick", picture) if float(one["y"]) == 30]
    assert len(ticks) == 7
    x = _line(ticks)
    tips = floats(figure.marks(".fy-yours", picture), "cx")
    near(tips, x(np.r_[points[1:], points[-1]]))
    near(floats(figure.marks(".fy-hollow", picture), "cx"), x(points[:1]))
    start, end = floats(figure.marks(".fy-step", picture), "x1", "x2")
    near(start, x(points[:-1]))
    near(end, x(points[1:]))
    for one in figure.marks("text.fy-tick", picture):
        if float(one["y"]) == 232 and one["visibility"] == "visible":
            p = float(one["text"].split("\u00a0")[0]) / 100
            near(float(one["x"]), x(np.log(p / (1 - p))))


def _line(ticks):
    values, places = [number(one["text"]) for one in ticks], floats(ticks, "x")
    slope, start = np.polyfit(values, places, 1)
    assert slope > 0
    near(slope * np.array(values) + start, places)
    return lambda value: slope * np.asarray(value) + start


@pytest.mark.parametrize("seed", range(5))
def test_evidence_adds_up_in_log_odds(chapter, seed):
    figure = chapter.figure("evidence")
    given = arguments(NOTEBOOK, "Evidence", made(NOTEBOOK, "Evidence", ""))
    prior, steps, repeat = given["prior"], list(given["evidence"]), False
    if seed:
        rng = random.Random(seed)
        prior, steps, repeat = rng.randint(1, 99) / 100, [rng.randint(-30, 30) / 10 for _ in WITNESSES], seed > 2
        figure.put({"base rate": prior, "add whole logits instead": repeat} | dict(zip(WITNESSES, steps, strict=True)))
    check_evidence(figure, prior, steps, repeat)


# ---- pairs ----


@pytest.fixture(scope="module")
def scores():
    space = made(NOTEBOOK, "Pairs", "rng bad good")
    return np.sort(space["bad"]), np.sort(space["good"]), arguments(NOTEBOOK, "Pairs", space)["shift"]


@pytest.mark.parametrize("seed", range(5))
def test_every_pair_is_a_contest(chapter, scores, seed):
    """Won, tied and lost are counted; every dot, ring and cell is in its place."""
    rng, figure, (bad, good, shift), step = random.Random(seed), chapter.figure("pairs"), scores, 0.0
    if seed:
        shift, step = rng.randint(-10, 40) / 10, [0, 0.25, 0.5, 1.0, 2.0][seed]
        figure.put({"shift defaults": shift, "round to": step})
    b, g = bad + shift, good
    if step:
        b, g = (np.floor(one / step + 0.5) * step for one in (b, g))
    won, lost = (b[:, None] > g).sum(), (b[:, None] < g).sum()
    told = figure.rows()
    assert [int(told[name][0]) for name in ("won", "tied", "lost")] == [won, b.size * g.size - won - lost, lost]
    auc = roc_auc_score(np.r_[np.ones(len(b)), np.zeros(len(g))], np.r_[b, g])
    assert number(told["AUC"][1]) == pytest.approx(auc, abs=1e-4)
    dots = floats(figure.marks(".fy-yours", "Scores on a line"), "cx")
    rings = floats(figure.marks(".fy-hollow", "Scores on a line"), "cx")
    rail = figure.marks(".fy-rail", "Scores on a line")[0]
    unit = (float(rail["x2"]) - float(rail["x1"])) / 10.5  # from -4 to 6.5
    near(dots, float(rail["x1"]) + unit * (np.clip(b, -4, 6.5) + 4))
    near(rings, float(rail["x1"]) + unit * (np.clip(g, -4, 6.5) + 4))
    cells = [one for one in figure.marks("rect", "One cell for each pair") if float(one["width"]) != 12]
    kinds = np.array([one["class"].removeprefix("fy-") for one in cells]).reshape(len(b), len(g))
    wanted = np.where(b[:, None] > g, "won", np.where(b[:, None] < g, "lost", "tied"))
    assert (kinds == wanted).all()
    x, y = (one.reshape(kinds.shape) for one in floats(cells, "x", "y"))
    assert (np.diff(x) > 0).all()
    assert (np.diff(y, axis=0) > 0).all()


# ---- calibration ----


@pytest.fixture(scope="module")
def forecasts():
    space = made(NOTEBOOK, "Calibration", "rng bad good true_logit came", sigmoid=sigmoid)
    return space["true_logit"], space["came"]


@pytest.mark.parametrize("seed", range(5))
def test_the_reliability_diagram_is_counted(chapter, forecasts, seed):
    """Ten groups of equal size: what was said on average to the right, what came upwards."""
    rng, figure, (logits, came) = random.Random(seed), chapter.figure("calibration"), forecasts
    temperature, shift = 1.0, 0.0
    assert (chapter.arrays("calibration")["label"] == came).all()
    if seed:
        temperature, shift = rng.randint(5, 80) / 20, rng.randint(-30, 30) / 10
        figure.put({"temperature": temperature, "shift": shift})
    p = sigmoid(np.float32(logits) / temperature + shift)
    oracle = Oracle(["said"], 0.5, came, np.zeros((len(came), 1)))
    groups, rows = oracle.groups(p), figure.cells[1:]
    for row, (size, said, share) in zip(rows[:10], groups, strict=True):
        assert [number(cell) for cell in row[1:]] == pytest.approx([said, share, size], abs=1e-4)
    assert number(rows[10][2]) == pytest.approx(oracle.ece(p), abs=1e-4)
    assert number(rows[11][2]) == pytest.approx(roc_auc_score(came, p), abs=1e-4)
    picture = "Reliability diagram"
    x, y = figure.axis("x", picture), figure.axis("y", picture)
    wanted = np.stack([x(groups[:, 1]), y(groups[:, 2])], 1)
    near(np.stack(floats(figure.marks(".fy-yours", picture), "cx", "cy"), 1), wanted)
    near(spots(figure.marks(".fy-curve", picture)[0]["d"]), wanted)
    near(floats(figure.marks(".fy-gap", picture), "y1"), y(groups[:, 1]))
    says(figure, "The order has not changed")


def test_no_stray_word_at_any_setting(chapter):
    chapter.sweep()
