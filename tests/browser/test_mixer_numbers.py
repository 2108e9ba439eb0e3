"""Chapter 5's late mixers against torch and scikit-learn, on the built page; hard cases on a page of our own."""

import numpy as np
import pytest
from built import opened, page
from fusionbook.explorers.late_mixer import LateMixer
from mixer_oracle import Oracle
from mixer_page import (
    KIND,
    check_all,
    check_first,
    check_learned,
    check_silent,
    check_status,
    check_table,
    put,
    settings,
)
from notebook import arguments, made
from own_pages import entry_of, write_page
from sklearn.metrics import roc_auc_score
from visit import number

NOTEBOOK = "05_late_fusion"
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


def test_the_mixer_first_says_what_torch_says(mixer):
    """At its first setting; and the marks on the line are those that the notebook computes."""
    chapter, which, oracle = mixer
    check_first(chapter.figure(KIND, which), oracle, None if which else oracle.true)


@pytest.mark.parametrize("seed", range(3))
def test_the_mixer_says_what_torch_says(mixer, seed):
    """At drawn settings, every rule among them: table, status line and picture."""
    chapter, which, oracle = mixer
    figure = chapter.figure(KIND, which)
    for setting in settings(len(oracle.names), 4, 10 * which + seed):
        check_all(figure, oracle, setting)


def test_with_no_weight_the_base_rate_is_left(mixer):
    chapter, which, oracle = mixer
    check_silent(chapter.figure(KIND, which), oracle)


def test_learned_weights_and_the_applicant(mixer):
    """The button takes the weights that training found; the last control moves who is told of."""
    chapter, which, oracle = mixer
    figure = chapter.figure(KIND, which)
    check_learned(figure, oracle, chapter.entry(KIND, which)["state"]["learned"])
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
