"""Chapter 3's lens against its arrays: what it says of filters, guesses and frames, what it draws, what it plays."""

import random

import numpy as np
import pytest
from explorer_makers import MAPS, PICTURES, WAVES, sight
from fusionbook.data import speech
from own_pages import arrays_of, entries_of, entry_of, write_page
from visit import eventually, number

PAGE = "book/03_pictures_words_sounds.html"
PIXELS = """(canvas) => Array.from(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data)"""


def lens_of(visit, page):
    return next(one for one in visit(page).draw() if one.kind == "sight-and-sound-lens")


def told(figure):
    return dict(figure.table()[1:])


def check(figure, entry, setting):
    """Set the lens; hold every number of its table against the arrays in the page."""
    state, arrays = entry["state"], arrays_of(entry)
    k, v, layer, f, moment = setting
    figure.put({"thing": k, "layer": layer, "filter": f + 1})
    if state["voices"]:
        figure.put({"voice": v, "moment": moment})
    said = told(figure)
    answers = arrays[f"maps{layer}"][k, f]
    row, column = np.unravel_index(answers.argmax(), answers.shape)
    assert number(said["strongest answer, share of the layer's"]) == pytest.approx(answers.max() / 255, abs=1e-4)
    assert (int(said["its row"]), int(said["its column"])) == (row + 1, column + 1)
    for g, name in enumerate(state["groups"]):
        assert number(said[f"guess: {name}"]) == pytest.approx(arrays["guesses"][k, g], abs=1e-4)
    if not state["voices"]:
        return
    i = k * len(state["voices"]) + v
    start, end = arrays["samples from"][i : i + 2]
    mel = arrays["mels"][slice(*arrays["mels from"][i : i + 2])]
    assert number(said["length, ms"]) == pytest.approx(1000 * (end - start) / state["sound"]["rate"], abs=0.06)
    frame = min(len(mel) - 1, int(moment * len(mel) + 1e-9))
    assert said["frame of the moment"].startswith(f"{frame + 1} of {len(mel)},")
    assert int(said["loudest band"]) == mel[frame].argmax() + 1
    assert number(said["its level"]) == pytest.approx(mel[frame].max() / 255, abs=1e-4)


@pytest.mark.parametrize("own", [True, False])
def test_every_number_is_in_the_arrays(visit, built_book, tmp_path, own):
    rng = random.Random(3)
    if own:
        entry = entry_of(sight())
        page = write_page(tmp_path, {"one": entry})
    else:
        entry, page = next(one for one in entries_of(built_book / PAGE) if "voices" in one["state"]), PAGE
    state, figure = entry["state"], lens_of(visit, page)
    filters = state["data"]["maps0"]["shape"][1]
    for _ in range(10):
        setting = (
            rng.randrange(len(state["things"])),
            rng.randrange(len(state["voices"])),
            rng.randrange(len(state["layers"])),
        )
        check(figure, entry, (*setting, rng.randrange(filters), rng.randrange(101) / 100))


def test_maps_and_pictures_are_drawn_as_they_are(visit, tmp_path):
    """Tiles show each filter's answers as opacity; the picture's pixels are its bytes."""
    widget = sight()
    figure = lens_of(visit, write_page(tmp_path, {"one": entry_of(widget)}))
    figure.put({"thing": 1, "layer": 1})
    tiles = figure.section.locator(".fs-tile")
    assert tiles.count() == 4
    for f in range(4):
        alpha = np.array(tiles.nth(f).evaluate(PIXELS)).reshape(-1, 4)[:, 3]
        shares = np.round(255 * MAPS["block"][1, f] / MAPS["block"].max()).ravel() / 255
        assert np.abs(alpha - 255 * shares**0.6).max() <= 1  # weak answers are made visible
    picture = np.array(figure.section.locator("canvas.fs-picture").first.evaluate(PIXELS)).reshape(6, 6, 4)
    assert np.array_equal(picture[..., :3], PICTURES[1])


def test_the_spectrogram_is_log_mel(visit, tmp_path):
    """Low bands at the bottom, time to the right, darker for louder: what speech.log_mel says."""
    figure = lens_of(visit, write_page(tmp_path, {"one": entry_of(sight())}))
    figure.put({"thing": 0, "voice": 1})
    canvas = figure.section.locator(".fs-mel")
    mel = speech.log_mel(WAVES[0][1], bands=32, hop=256)
    height, width = 32, len(mel)
    alpha = np.array(canvas.evaluate(PIXELS)).reshape(height, width, 4)[..., 3]
    quiet, loud = np.log(1e-6), max(speech.log_mel(w, bands=32, hop=256).max() for row in WAVES for w in row)
    wanted = np.round(255 * (mel - quiet) / (loud - quiet)).T[::-1]
    assert np.abs(alpha - wanted).max() <= 1


def test_play_runs_through_the_sound_and_stops_with_another_thing(visit, tmp_path):
    opened = visit(write_page(tmp_path, {"one": entry_of(sight())}))
    figure = next(iter(opened.draw()))
    figure.control("Play").press("Enter")
    eventually(lambda: _at(figure, 1.0))
    figure.put({"moment": 0.5})
    assert float(figure.control("moment").value) == 0.5
    assert opened.problems == []


def test_play_jumps_to_the_end_for_those_who_asked_for_stillness(visit, tmp_path):
    figure = lens_of(
        lambda page: visit(page, reduced_motion="reduce"), write_page(tmp_path, {"one": entry_of(sight())})
    )
    figure.control("Play").press("Enter")
    assert float(figure.control("moment").value) == 1


def test_without_speech_there_are_pictures_and_a_sentence(visit, tmp_path):
    entry = entry_of(sight(voices=[], sounds=None))
    figure = lens_of(visit, write_page(tmp_path, {"one": entry}))
    names = [control.name for control in figure.controls()]
    assert names == ["thing", "layer", "filter", "Reset"]
    assert "No sounds here" in figure.section.text_content()
    check(figure, entry, (1, 0, 1, 2, 0))


def _at(figure, moment):
    assert float(figure.control("moment").value) == moment
