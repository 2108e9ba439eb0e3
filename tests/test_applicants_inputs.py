"""What the encoders take of the applicants: every statistic is learned from training rows, every row prepared alone."""

from dataclasses import fields, replace

import numpy as np
import pytest
from fusionbook.data import applicants
from fusionbook.data.applicants import MODALITIES, inputs, make


@pytest.fixture(scope="module")
def crowd():
    return make(2000, 7)


@pytest.fixture(scope="module")
def others():
    return make(200, 8)


def test_every_statistic_of_the_inputs_comes_from_the_training_rows(crowd, others):
    train, few = crowd.take(slice(0, 2000)), others.take(slice(0, 50))
    own = inputs(train, train)
    for name, axes in (("numeric", 0), ("temporal", (0, 1))):
        assert np.abs(own[name].mean(axes, dtype=float)).max() < 1e-5
        assert np.abs(own[name].std(axes, dtype=float) - 1).max() < 1e-5
    odd = replace(few, numeric=np.where(np.arange(50)[:, None] == 0, 1e6, few.numeric))
    plain, changed = inputs(few, train), inputs(odd, train)
    for name in MODALITIES:  # changing one test row changes no other
        assert np.array_equal(changed[name][1:], plain[name][1:])
    assert not np.allclose(inputs(few, few)["numeric"], plain["numeric"])


def test_a_word_that_training_lacks_lands_in_column_0(crowd):
    train = crowd.take(slice(0, 500))
    few = crowd.take(slice(0, 3))
    new = replace(few, text=np.array(["Zebra zebra, I work!", few.text[1], ""]), chat=np.array(["", few.chat[1], ""]))
    counts = inputs(new, train)["text"]
    assert counts[0, 0] == 2
    assert counts[0].sum() == 4
    assert counts[1, 0] == counts[2].sum() == 0


def test_event_counts_count_every_event_once(crowd):
    few = crowd.take(slice(0, 100))
    counts = applicants.event_counts(few)
    for row in range(few.n):
        expected = np.zeros(20)
        for event, daypart in zip(few.events[row], few.dayparts[row], strict=True):
            if event >= 0:
                expected[2 * event + daypart] += 1
        assert np.array_equal(counts[row], expected)
    assert counts.sum(1).min() >= 25
    assert counts.sum(1).max() <= 59


@pytest.mark.parametrize("rows", [np.array([3, 1, 1]), slice(2, 5), np.arange(20) % 2 == 0], ids=str)
def test_take_returns_those_rows_of_everything(rows):
    people = make(20, 0)
    some = people.take(rows)
    for field in fields(people):
        if field.name != "causes":
            assert np.array_equal(getattr(some, field.name), getattr(people, field.name)[rows])
    assert all(np.array_equal(some.causes[name], people.causes[name][rows]) for name in people.causes)
    assert some.n == len(people.label[rows])
