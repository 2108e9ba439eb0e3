"""Gaps: what is hidden, how much of it, that less is part of more, and that nothing else changes."""

import numpy as np
import pytest
from fusionbook.data import applicants
from fusionbook.data.gaps import BLANK, hide, join
from fusionbook.data.prepare import Vocabulary
from hypothesis import given, settings
from hypothesis import strategies as st

PEOPLE = applicants.make(300, 3)


def gone(people):
    """What is hidden of each modality, as bool arrays."""
    return {
        "numeric": np.isnan(people.numeric),
        "categorical": people.categorical < 0,
        "temporal": np.isnan(people.temporal).all(2),
        "text": np.array([[word == BLANK for word in text.split()[:12]] for text in people.text]),
        "behavioural": (people.events < 0) & (PEOPLE.events >= 0),
    }


def test_nothing_hidden_is_nothing_changed():
    same = hide(PEOPLE, 0.0, 1)
    assert np.array_equal(same.numeric, PEOPLE.numeric)
    assert np.array_equal(same.text, PEOPLE.text)
    assert not any(flags.any() for flags in gone(same).values())


def test_everything_hidden_leaves_nothing_to_an_encoder():
    inputs = applicants.inputs(hide(PEOPLE, 1.0, 1), PEOPLE)
    assert np.isnan(inputs["numeric"]).all()
    assert np.isnan(inputs["temporal"]).all()
    assert (inputs["categorical"] == -1).all()
    assert not inputs["text"].any()
    assert not inputs["behavioural"].any()


@settings(max_examples=15, deadline=None)
@given(shares=st.tuples(st.floats(0, 1), st.floats(0, 1)), seed=st.integers(0, 1000))
def test_what_is_hidden_at_less_is_hidden_at_more(shares, seed):
    less, more = (gone(hide(PEOPLE, share, seed)) for share in sorted(shares))
    for name in less:
        assert not (less[name] & ~more[name]).any(), name


def test_as_much_is_hidden_as_was_asked_of_everybody_and_of_each():
    each = np.linspace(0, 1, 300)
    for share, wanted in ((0.3, 0.3), (each, each.mean())):
        for name, flags in gone(hide(PEOPLE, share, 7)).items():
            there = PEOPLE.events >= 0 if name == "behavioural" else np.ones_like(flags)
            assert abs(flags.sum() / there.sum() - wanted) < 0.06, name
    hidden = gone(hide(PEOPLE, each, 7))["temporal"].mean(1)
    assert np.corrcoef(hidden, each)[0, 1] > 0.9


def test_a_hidden_month_is_hidden_in_all_channels_and_an_event_with_its_time_of_day():
    some = hide(PEOPLE, 0.5, 2)
    unknown = np.isnan(some.temporal)
    assert np.array_equal(unknown.any(2), unknown.all(2))
    assert np.array_equal(some.events < 0, some.dayparts < 0)


def test_causes_labels_and_probabilities_stay():
    some = hide(PEOPLE, 0.8, 2)
    assert np.array_equal(some.p, PEOPLE.p)
    assert np.array_equal(some.label, PEOPLE.label)
    assert some.causes is PEOPLE.causes


def test_a_blank_is_no_word():
    assert Vocabulary.fit([f"one {BLANK} two"]).entries == ("(unknown)", "one", "two")


def test_joined_applicants_stand_one_after_the_other():
    parts = [PEOPLE.take(slice(0, 5)), PEOPLE.take(slice(5, 9))]
    both = join(parts)
    assert both.n == 9
    assert np.array_equal(both.temporal, PEOPLE.temporal[:9])
    assert np.array_equal(both.causes["H"], PEOPLE.causes["H"][:9])


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan"), [0.5, 0.5]])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ValueError, match="share is"):
        hide(PEOPLE, share, 0)
