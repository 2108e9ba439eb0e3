"""What a page is given to draw an applicant: places among others, values in words, and what is not known."""

import numpy as np
from fusionbook.data import applicants
from fusionbook.data.gaps import hide
from fusionbook.explorers.views import NOTHING, STEPS, pack_views

KNOWN = applicants.make(200, 0)
PEOPLE = applicants.make(20, 1)


def read(packed):
    flat = np.frombuffer(packed["buffer"], np.dtype(packed["dtype"]).newbyteorder("<"))
    return flat.reshape(packed["shape"])


def test_a_place_is_the_share_of_others_below():
    arrays, _ = pack_views(PEOPLE, KNOWN)
    place = read(arrays["place"]).astype(int)
    for row in range(20):
        for k in range(10):
            value, others = PEOPLE.numeric[row, k], KNOWN.numeric[:, k]
            below = (others < value).mean() + (others == value).mean() / 2
            assert abs(place[row, k] - below * STEPS) <= 0.5 + 1e-9


def test_values_are_said_with_their_units():
    _, words = pack_views(PEOPLE, KNOWN)
    income, age, *_ = words["values"][0]
    assert income == f"{PEOPLE.numeric[0, 0]:,.0f} €"
    assert age == f"{PEOPLE.numeric[0, 1]:.0f} years"
    assert words["values"][0][4].endswith("%")
    assert len(words["values"]) == len(words["text"]) == len(words["chat"]) == 20


def test_curves_keep_their_shape_within_the_usual_span():
    arrays, _ = pack_views(PEOPLE, KNOWN)
    months = read(arrays["months"]).astype(float)
    for channel in (0, 3):
        a, b = months[:, :, channel].ravel(), PEOPLE.temporal[:, :, channel].ravel()
        inside = (a > 0) & (a < STEPS)
        assert np.corrcoef(a[inside], b[inside])[0, 1] > 0.999


def test_what_is_hidden_is_marked_and_the_rest_stays():
    some = hide(PEOPLE, 0.5, 3)
    (whole, _), (part, words) = pack_views(PEOPLE, KNOWN), pack_views(some, KNOWN)
    marks = {
        "place": np.isnan(some.numeric),
        "months": np.isnan(some.temporal),
        "levels": some.categorical < 0,
        "events": some.events < 0,
        "dayparts": some.dayparts < 0,
    }
    for name, hidden in marks.items():
        before, after = read(whole[name]), read(part[name])
        assert np.array_equal(after == NOTHING, hidden), name
        assert np.array_equal(after[~hidden], before[~hidden]), name
    said = np.array([[value == "not given" for value in row] for row in words["values"]])
    assert np.array_equal(said, marks["place"])


def test_the_reference_alone_sets_places_and_spans():
    alone, _ = pack_views(PEOPLE.take(slice(0, 1)), KNOWN)
    among, _ = pack_views(PEOPLE, KNOWN)
    for name in ("place", "months"):
        assert np.array_equal(read(alone[name])[0], read(among[name])[0])
