"""Chapter 5's late mixers against torch and scikit-learn, on the built page; hard cases on a page of our own."""

import random
import re

import numpy as np
import pytest
from built import floats, near, opened, page
from fusionbook.explorers.late_mixer import RULES, LateMixer
from mixer_oracle import Oracle
from notebook import arguments, made
from own_pages import entry_of, write_page
from sklearn.metrics import roc_auc_score
from visit import eventually, number

NOTEBOOK, KIND = "05_late_fusion", "late-mixer"
CLOSE = 1e-4
HALF = {2: 5e-3 + 6e-5, 3: 5e-4 + 1e-9, 4: 5e-5 + 1e-9}  # what rounding to so many digits may take away
STATUS = re.compile(r"AUC (\d\.\d+), .*off by (\d\.\d+) on average.* 1: (.*); your mix (\d+\u00a0%); (went bad|paid)\.")
chapter = page(f"book/{NOTEBOOK}.html")


@pytest.fixture(scope="module", params=["five experts on applicants", "three experts on loans"])
def mixer(request, chapter):
    """A mixer of the chapter, and what its notebook says of the rows: names, labels and base rate, drawn anew."""
    which = ["five experts on applicants", "three experts on loans"].index(request.param)
    names = ("NAMES train test prior shown", "everything parts loan_train loan_test")[which]
    space = made(NOTEBOOK, "LateMixer", names, which, SEEDS=range(1))
    given, logits = arguments(NOTEBOOK, "LateMixer", space, which), chapter.arrays(KIND, which)["logits"]
    oracle = Oracle(given[2], given["prior"], given[1], logits)
    if not which:
        oracle.true = roc_auc_score(given[1], space["test"][0].p[space["shown"]])
    return chapter, which, oracle


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


def test_the_mixer_first_says_what_torch_says(mixer):
    """At its first setting; and the marks on the line are those that the notebook computes."""
    chapter, which, oracle = mixer
    figure = chapter.figure(KIND, which)
    mixed = oracle.mixed("mean", [1.0] * len(oracle.names), 0.5)
    check_table(oracle, figure.cells, mixed)
    check_picture(figure, oracle, mixed)
    if which == 0:
        marks = figure.marks(".fy-mark", "AUC of each")
        near(min(abs(floats(marks, "x1") - figure.axis("x", "AUC of each")(oracle.true))), 0)


@pytest.mark.parametrize("seed", range(3))
def test_the_mixer_says_what_torch_says(mixer, seed):
    """At drawn settings, every rule among them: table, status line and picture."""
    chapter, which, oracle = mixer
    figure = chapter.figure(KIND, which)
    for setting in settings(len(oracle.names), 4, 10 * which + seed):
        put(figure, oracle.names, *setting)
        mixed = oracle.mixed(*setting)
        check_table(oracle, figure.cells, mixed)
        check_status(oracle, figure.told, figure.cells, mixed)
        check_picture(figure, oracle, mixed)


def test_with_no_weight_the_base_rate_is_left(mixer):
    chapter, which, oracle = mixer
    check_silent(chapter.figure(KIND, which), oracle)


def test_learned_weights_and_the_applicant(mixer):
    """The button takes the weights that training found; the last control moves who is told of."""
    chapter, which, oracle = mixer
    figure, learned = chapter.figure(KIND, which), chapter.entry(KIND, which)["state"]["learned"]
    assert list(learned) == ["mean"]
    figure.press("Learned weights")
    check_table(oracle, figure.cells, oracle.mixed("mean", learned["mean"], 0.5))
    noun = ("applicant", "loan")[which]
    last = figure.put({noun: 32})[-1]
    assert f"{noun.capitalize()} 32: {oracle.names[0]} {number(last[1]):.0%}".replace("%", "\u00a0%") in figure.told


def test_no_stray_word_at_any_setting(chapter):
    chapter.sweep()


# ---- what no page of the book has ----


def cases():
    """Name -> (mixer, its oracle): rows with gaps, fewer rows than bins, ties, a vote at the threshold."""
    found, names = {}, ["text", "image", "audio"]
    for n in (4, 13, 400):
        rng = np.random.default_rng(n)
        present = rng.random((n, 3)) < 0.6
        present[:2] = [[False] * 3, [True] * 3]
        logits = np.where(present, rng.normal(-1, 1.2, (n, 3)), np.nan)
        label = np.r_[0, 1, rng.random(n - 2) < 0.4].astype(int)
        found[f"{n} rows with gaps"] = logits, label, names, present
    votes, label = np.array([[1, 1, 0], [0, 0, 1]] * 20), np.array([1, 0] * 12 + [0, 1] * 8)
    found["ties"] = 4.0 * votes - 2, label, names, None
    found["threshold"] = np.column_stack([np.zeros(40), 2.0 * label - 1]), label, names[:2], None
    return found


@pytest.fixture(scope="module")
def hard(browser, tmp_path_factory):
    """All cases on one page: name -> (figure, oracle)."""
    entries, oracles = {}, {}
    for name, (logits, label, names, present) in cases().items():
        widget = LateMixer(logits, label, names, prior=0.3, present=present, label_text=name)
        entries[name] = entry_of(widget)
        known = np.nan_to_num(np.float32(logits))
        oracles[name] = Oracle(names, 0.3, label, known, present)
    path = write_page(tmp_path_factory.mktemp("hard"), entries)
    with opened(browser, path, path.parent) as built:
        yield {one.label: (one, oracles[one.label]) for one in built.figures}


@pytest.mark.parametrize("name", [name for name in cases() if name.endswith("gaps")])
def test_numbers_with_missing_modalities(hard, name):
    """With a mask, NaN logits, fewer rows than bins: the numbers still agree; nothing present: the base rate."""
    figure, oracle = hard[name]
    for setting in settings(3, 8, len(oracle.label)):
        put(figure, oracle.names, *setting)
        check_table(oracle, figure.cells, oracle.mixed(*setting))
        check_status(oracle, figure.told, figure.cells, oracle.mixed(*setting))
        lonely = [row for row in figure.cells[4:] if row[1:-2] == ["absent"] * 3]
        assert {row[-2] for row in lonely} <= {"0.3000"}
        assert lonely or len(oracle.label) > 32
    check_silent(figure, oracle)


def test_tied_votes_are_ties(hard):
    """0.1 + 0.2 and 0.3 are the same share of yes: who got one and who got the other must tie in AUC and ECE."""
    figure, oracle = hard["ties"]
    put(figure, oracle.names, "vote", [0.1, 0.2, 0.3], 0.5)
    check_table(oracle, figure.cells, oracle.mixed("vote", [0.1, 0.2, 0.3], 0.5))


def test_a_probability_at_the_threshold_is_no_vote(hard):
    """Above means above: whoever says exactly one half does not vote yes at one half."""
    figure, oracle = hard["threshold"]
    put(figure, oracle.names, "vote", [1, 1], 0.5)
    check_table(oracle, figure.cells, oracle.mixed("vote", [1, 1], 0.5))
    assert {row[-2] for row in figure.cells[4:]} == {"0.0000", "0.5000"}
