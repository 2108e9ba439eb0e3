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


def parts_of(people, row):
    return {
        "numeric": people.numeric[row], "categorical": people.categorical[row].tolist(),
        "temporal": people.temporal[row], "text": people.text[row], "chat": people.chat[row],
        "counts": applicants.event_counts(people)[row].astype(int),
    }  # fmt: skip


def test_what_is_typed_is_prepared_like_what_was_drawn(crowd, others):
    for row in range(20):
        one, drawn = applicants.typed(**parts_of(others, row)), inputs(others.take(slice(row, row + 1)), crowd)
        prepared = inputs(one, crowd)
        for name in MODALITIES:
            assert np.array_equal(prepared[name], drawn[name]), name
        assert one.present.all()


def test_one_who_did_and_wrote_nothing_is_an_applicant(crowd):
    empty = parts_of(crowd, 0) | {"text": "", "chat": "", "counts": [0] * 20, "present": [False] * 5}
    prepared = inputs(applicants.typed(**empty), crowd)
    assert not prepared["text"].any()
    assert not prepared["behavioural"].any()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"numeric": [1.0] * 11}, r"numeric has shape \(11,\)"),
        ({"numeric": [np.nan] * 10}, r"numeric\[0\] is nan"),
        ({"numeric": [0.0] * 10}, "savings above 0"),
        ({"categorical": [0, 0]}, "categorical has shape"),
        ({"categorical": [0, 6, 0]}, r"categorical\[1\] is 6: occupation has the codes 0 to 5"),
        ({"temporal": [0.0] * 95}, "temporal has shape"),
        ({"temporal": [-1.0] * 96}, "temporal reaches from -1"),
        ({"counts": [0.5] * 20}, "counts is"),
        ({"counts": [100] * 20}, "counts is"),
        ({"present": [True]}, "present has shape"),
    ],
)
def test_what_nobody_can_have_typed_is_refused(crowd, change, named):
    with pytest.raises(ValueError, match=named):
        applicants.typed(**(parts_of(crowd, 0) | change))
