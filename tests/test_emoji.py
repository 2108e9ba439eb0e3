"""The emoji: pictures and names belong together, families stay together, and scenes show what their words say."""

import numpy as np
import pytest
from fusionbook.data import emoji, scenes, speech
from hypothesis import given, settings
from hypothesis import strategies as st

ALL = emoji.load()


def test_there_are_1359_with_names_of_their_own():
    assert ALL.n == 1359
    assert ALL.picture.shape == (1359, 40, 40, 3)
    assert len(set(ALL.english)) == len(set(ALL.chinese)) == len(set(ALL.symbol)) == 1359
    assert len(np.unique(ALL.group)) == 7
    assert len(np.unique(ALL.picture.reshape(1359, -1), axis=0)) > 1340  # hardly two look the same


def test_row_by_row_the_sheet_is_in_the_order_of_the_names():
    yellow, red, green = (ALL.picture[ALL.find(name)].reshape(-1, 3).astype(float) for name in ("banana", "🍎", "绿心"))
    inked = [pixels[(pixels < 200).any(1)].mean(0) for pixels in (yellow, red, green)]
    assert inked[0][0] > inked[0][2] + 60  # a banana has little blue
    assert inked[1][0] > inked[1][1] + 40  # an apple is red
    assert inked[2][1] > inked[2][0] + 20  # a green heart is green


def test_a_name_that_nobody_has_is_refused():
    with pytest.raises(ValueError, match="name is 'unicornfish': none of the 1359"):
        ALL.find("unicornfish")


def test_variants_are_one_family():
    for names in (
        ("astronaut", "man astronaut", "woman astronaut"),
        ("two-thirty", "twelve o’clock"),
        ("man", "woman"),
    ):
        assert len({ALL.family[ALL.find(name)] for name in names}) == 1, names
    assert ALL.family[ALL.find("cat")] != ALL.family[ALL.find("dog")]
    clocks = np.char.endswith(ALL.english, "thirty") | np.char.endswith(ALL.english, "o’clock")
    assert clocks.sum() == 24
    assert len(np.unique(ALL.family[clocks])) == 1


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 999), test=st.floats(0.05, 0.9))
def test_no_family_is_on_both_sides(seed, test):
    train, held = emoji.split(ALL, seed, test=test)
    assert not set(train.family) & set(held.family)
    assert sorted([*train.symbol, *held.symbol]) == sorted(ALL.symbol)
    assert np.array_equal(emoji.split(ALL, seed, test=test)[0].symbol, train.symbol)
    rows = emoji.split_rows(ALL, seed, test=test)
    assert all(np.array_equal(ALL.symbol[k], part.symbol) for k, part in zip(rows, (train, held), strict=True))


def test_a_name_is_spoken_in_both_languages():
    cat = ALL.find("cat")
    english, chinese = (emoji.spoken(ALL, cat, language) for language in ("en", "zh"))
    assert np.array_equal(english, speech.say("cat"))
    assert np.array_equal(chinese, speech.say("猫", "cmn"))
    with pytest.raises(ValueError, match="language is 'fr'"):
        emoji.spoken(ALL, cat, "fr")


def test_the_shared_arrays_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        ALL.picture[0] = 0


@pytest.mark.parametrize(("test", "words"), [(0.0, "one side empty"), (1.0, "one side empty"), (1.5, r"in \[0, 1\]")])
def test_a_split_needs_two_sides(test, words):
    with pytest.raises(ValueError, match=words):
        emoji.split(ALL, 0, test=test)
    with pytest.raises(ValueError, match=words):
        emoji.split_rows(ALL, 0, test=test)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 999), n=st.integers(1, 20), things=st.integers(8, 28), cell=st.sampled_from([5, 10, 20]))
def test_a_scene_shows_what_its_words_say(seed, n, things, cell):
    made = scenes.make(n, seed, things=things, cell=cell)
    assert made.picture.shape == (n, 3, 3 * cell, 3 * cell)
    assert (made.there.sum(1) == 4).all()
    assert ((made.place >= 0) == (made.there == 1)).all()
    for k in range(n):
        assert len(set(made.words[k])) == 8
        filled = set(made.place[k]) - {-1}
        for spot in range(9):
            row, column = divmod(spot, 3)
            seen = made.picture[k, :, row * cell : (row + 1) * cell, column * cell : (column + 1) * cell]
            assert (seen.min() < 1) == (spot in filled)
            if spot in filled:
                word = made.words[k, list(made.place[k]).index(spot)]
                whole = ALL.picture[ALL.find(made.chinese[word])] / 255
                step = 40 // cell
                small = whole.reshape(cell, step, cell, step, 3).mean((1, 3)).transpose(2, 0, 1)
                assert np.allclose(seen, small, atol=1e-6)


def test_words_say_nothing_without_the_picture():
    made = scenes.make(4000, 0)
    share = [made.there[made.words == code].mean() for code in range(28)]
    assert np.abs(np.array(share) - 0.5).max() < 0.07
    assert np.abs(made.there.mean(0) - 0.5).max() < 0.04  # nor does their order


def test_the_same_seed_gives_the_same_scenes():
    one, two, other = scenes.make(5, 1), scenes.make(5, 1), scenes.make(5, 2)
    assert one.picture.tobytes() + one.words.tobytes() == two.picture.tobytes() + two.words.tobytes()
    assert one.picture.tobytes() != other.picture.tobytes()


@pytest.mark.parametrize(
    ("settings_", "words"),
    [({"n": 0}, "n is 0"), ({"things": 7}, "things is 7"), ({"things": 29}, "to 28"), ({"cell": 7}, "divide the 40")],
)
def test_bad_scenes_are_named(settings_, words):
    with pytest.raises(ValueError, match=words):
        scenes.make(**{"n": 2, "seed": 0} | settings_)
