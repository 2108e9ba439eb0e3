"""The front page's late mixer against torch and scikit-learn, on the built page."""

import pytest
from built import page
from mixer_oracle import Oracle
from mixer_page import KIND, check_all, check_first, check_learned, check_silent, settings
from notebook import arguments, made
from sklearn.metrics import roc_auc_score

NOTEBOOK = "index"
chapter = page(f"book/{NOTEBOOK}.html")


@pytest.fixture(scope="module")
def oracle(chapter):
    """What the page's own cell says of the rows: names, labels and base rate, drawn anew."""
    space = made(NOTEBOOK, "LateMixer", "names train test prior")
    given = arguments(NOTEBOOK, "LateMixer", space)
    found = Oracle(given[2], given["prior"], given[1], chapter.arrays(KIND)["logits"])
    found.true = roc_auc_score(given[1], space["test"].p)
    return found


def test_the_mixer_first_says_what_torch_says(chapter, oracle):
    check_first(chapter.figure(KIND), oracle, oracle.true)


def test_the_mixer_says_what_torch_says(chapter, oracle):
    """At drawn settings, every rule among them; with the learned weights; with none."""
    figure = chapter.figure(KIND)
    for setting in settings(len(oracle.names), 4, 100):
        check_all(figure, oracle, setting)
    check_learned(chapter.figure(KIND), oracle, chapter.entry(KIND)["state"]["learned"])
    check_silent(figure, oracle)


def test_no_stray_word_at_any_setting(chapter):
    chapter.sweep()
