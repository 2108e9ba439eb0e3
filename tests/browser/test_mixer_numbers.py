"""The late mixer's numbers, in the built book and on pages of our own, against torch and scikit-learn."""

import random
import re

import numpy as np
import pytest
from fusionbook.explorers.late_mixer import RULES, LateMixer
from mixer_oracle import Oracle
from own_pages import arrays_of, entries_of, entry_of, write_page
from visit import eventually, number, toc_pages

PAGES = toc_pages()
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


def check(figure, oracle, rule, weights, threshold):
    """Set the mixer and hold all it says against the oracle."""
    put(figure, oracle.names, rule, weights, threshold)
    mixed = oracle.mixed(rule, weights, threshold)
    cells = figure.table()
    check_table(oracle, cells, mixed)
    eventually(lambda: check_status(oracle, figure.status, cells, mixed), seconds=2)


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


@pytest.mark.parametrize("page", PAGES)
def test_numbers_in_the_book(visit, built_book, subtests, page):
    """Every late mixer in the book agrees with torch and scikit-learn at 16 drawn settings, and with no weight."""
    mixers = [entry for entry in entries_of(built_book / page) if is_mixer(entry)]
    opened = visit(page) if mixers else None
    for seed, entry in enumerate(mixers):
        oracle, figure = Oracle(entry, arrays_of(entry)), opened.mixer(entry["state"]["label"])
        for setting in settings(len(oracle.names), 16, seed):
            with subtests.test(f"{figure.label}: {setting}"):
                check(figure, oracle, *setting)
        with subtests.test(f"{figure.label}: silent"):
            check_silent(figure, oracle)


def is_mixer(entry):
    """Whether a widget's state is a late mixer's."""
    return entry["state"].get("_anywidget_id", "").endswith(".LateMixer")


def test_book_has_mixers(built_book):
    """The test above has something to loop over."""
    assert sum(is_mixer(entry) for page in PAGES for entry in entries_of(built_book / page)) >= 2


def own(visit, folder, *args, **settings_):
    """Open a page with one mixer made in Python; return it and its oracle."""
    entry = entry_of(LateMixer(*args, **settings_))
    opened = visit(write_page(folder, {"one": entry}))
    (figure,) = opened.draw()
    return figure, Oracle(entry, arrays_of(entry))


@pytest.mark.parametrize("n", [4, 13, 30, 400])
def test_numbers_with_missing_modalities(visit, tmp_path, subtests, n):
    """With a mask, NaN logits, fewer rows than bins: the numbers still agree; nothing present: the base rate."""
    rng = np.random.default_rng(n)
    present = rng.random((n, 3)) < 0.6
    present[:2] = [[False] * 3, [True] * 3]
    logits = np.where(present, rng.normal(-1, 1.2, (n, 3)), np.nan)
    label = np.r_[0, 1, rng.random(n - 2) < 0.4].astype(int)
    figure, oracle = own(visit, tmp_path, logits, label, ["text", "image", "audio"], prior=0.3, present=present)
    for setting in settings(3, 8, n):
        with subtests.test(f"{n} rows: {setting}"):
            check(figure, oracle, *setting)
            lonely = [row for row in figure.table()[4:] if row[1:-2] == ["absent"] * 3]
            assert {row[-2] for row in lonely} <= {"0.3000"}
            assert lonely or n > 32
    with subtests.test("silent"):
        check_silent(figure, oracle)
    assert figure.visit.problems == []


def test_tied_votes_are_ties(visit, tmp_path):
    """0.1 + 0.2 and 0.3 are the same share of yes: who got one and who got the other must tie in AUC and ECE."""
    votes = np.array([[1, 1, 0], [0, 0, 1]] * 20)
    label = np.array([1, 0] * 12 + [0, 1] * 8)
    figure, oracle = own(visit, tmp_path, 4.0 * votes - 2, label, ["text", "image", "audio"], prior=0.3)
    check(figure, oracle, "vote", [0.1, 0.2, 0.3], 0.5)


def test_a_probability_at_the_threshold_is_no_vote(visit, tmp_path):
    """Above means above: whoever says exactly one half does not vote yes at one half."""
    label = np.array([1, 0] * 12 + [0, 1] * 8)
    logits = np.column_stack([np.zeros(40), 2.0 * label - 1])
    figure, oracle = own(visit, tmp_path, logits, label, ["text", "image"], prior=0.3)
    check(figure, oracle, "vote", [1, 1], 0.5)
    assert {row[-2] for row in figure.table()[4:]} == {"0.0000", "0.5000"}


def test_learned_weights_and_the_applicant(visit, tmp_path):
    """The button takes the weights that training found, to full precision; the last control moves who is told of."""
    rng = np.random.default_rng(3)
    label, learned = rng.integers(0, 2, 60), {"mean": [1.23456, 0.0], "logits": [0.4, 1.7]}
    figure, oracle = own(
        visit, tmp_path, rng.normal(size=(60, 2)) + label[:, None], label, ["text", "image"], prior=0.5, learned=learned
    )
    for rule, weights in learned.items():
        put(figure, oracle.names, rule, [1, 1], 0.5)
        figure.control("Learned weights").press("Enter")
        check_table(oracle, figure.table(), oracle.mixed(rule, weights, 0.5))
    figure.control("applicant").press("End")
    last = figure.table()[-1]
    eventually(lambda: _told(figure.status, f"Applicant 32: text {number(last[1]):.0%}".replace("%", "\u00a0%")))


def _told(text, part):
    assert part in text
