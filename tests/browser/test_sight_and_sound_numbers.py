"""Chapter 3's lens: its pictures, words and sounds made anew; what it says and draws of filters, guesses and frames."""

import random
import re

import numpy as np
import pytest
from built import floats, near, page
from explorer_makers import sight
from fusionbook import listen
from fusionbook.data import speech
from fusionbook.explorers.sight_and_sound_lens import BANDS, HOP, RATE
from notebook import made
from own_pages import entry_of, write_page
from visit import eventually, number

NOTEBOOK, KIND = "03_pictures_words_sounds", "sight-and-sound-lens"
LAYERS = {"stem": 20, "block 1": 20, "block 2": 10}  # and how many pixels wide their maps are
chapter = page(f"book/{NOTEBOOK}.html")


class Lens:
    """What the notebook shows and says of it; maps, guesses and sounds as recorded in the page."""

    def __init__(self, arrays):
        names = "SEEDS things groups group shown_names written rows numerals ink pictures english chinese speakers"
        space = made(NOTEBOOK, "SightAndSoundLens", names)
        self.arrays, self.pictures, self.groups = arrays, space["pictures"], space["groups"].tolist()
        self.english, self.chinese, self.speakers = space["english"], space["chinese"], space["speakers"]
        self.voices = list(self.speakers) if listen.available() else []
        self.filters = arrays["maps0"].shape[1]

    def draw(self, rng):
        sizes = (len(self.english), max(1, len(self.voices)), len(LAYERS), self.filters, 101)
        return [rng.randrange(size) for size in sizes]

    def put(self, figure, k, v, layer, f, moment):
        figure.put({"thing": k, "layer": layer, "filter": f + 1} | ({"voice": v} if self.voices else {}))
        if self.voices:
            figure.put({"moment": moment / 100})

    def check(self, figure, k, v, layer, f, moment):
        """Every number of the table, the guess in words, maps and picture pixel by pixel, and the sound."""
        said, answers = dict(figure.cells[1:]), self.arrays[f"maps{layer}"][k]
        peak = answers[f].max()
        row, column = np.unravel_index(answers[f].argmax(), answers[f].shape)
        assert number(said["strongest answer, share of the layer's"]) == pytest.approx(peak / 255, abs=1e-4)
        assert (int(said["its row"]), int(said["its column"])) == (row + 1, column + 1)
        guesses = self.arrays["guesses"][k]
        for name, guess in zip(self.groups, guesses, strict=True):
            assert number(said[f"guess: {name}"]) == pytest.approx(guess, abs=1e-4)
        best = self.groups[int(guesses.argmax())]
        assert f"The network's guess: {best} {100 * guesses.max():.0f}\u00a0%" in figure.section.text_content()
        self.check_pixels(figure, k, f, answers)
        if self.voices:
            self.check_sound(figure, said, k * len(self.voices) + v, moment / 100)

    def check_pixels(self, figure, k, f, answers):
        """The picture is the thing's own, the map of the chosen filter lies over it, one tile a filter beside it."""
        assert np.array_equal(figure.pixels("canvas.fs-picture")[..., :3], self.pictures[k])
        near(figure.pixels("canvas.fs-over")[..., 3], np.round(0.8 * answers[f].astype(float)), within=1)
        tiles = figure.marks(".fs-tile")
        assert [n for n, tile in enumerate(tiles) if "fs-chosen" in tile["class"]] == [f]
        for n in (0, f, self.filters - 1):
            near(figure.pixels(".fs-tile", n)[..., 3], 255 * (answers[n] / 255) ** 0.6, within=1)

    def check_sound(self, figure, said, i, moment):
        start, end = self.arrays["samples from"][i : i + 2]
        mel = self.arrays["mels"][slice(*self.arrays["mels from"][i : i + 2])].astype(float)
        frame = min(len(mel) - 1, int(moment * len(mel) + 1e-9))
        assert number(said["length, ms"]) == pytest.approx(1000 * (end - start) / RATE, abs=0.06)
        assert said["frame of the moment"].startswith(f"{frame + 1} of {len(mel)},")
        assert int(said["loudest band"]) == mel[frame].argmax() + 1
        assert number(said["its level"]) == pytest.approx(mel[frame].max() / 255, abs=1e-4)
        near(figure.pixels(".fs-mel")[..., 3], mel.T[::-1], within=1)  # low bands at the bottom, time to the right
        bars = figure.marks(".fs-band")
        near(floats(bars, "width"), 60 * mel[frame] / 255)
        assert (np.diff(floats(bars, "y")) < 0).all()
        main = float(bars[0]["x"]) - 10
        near(floats(figure.marks(".fs-now"), "x1"), [moment * main] * 2, within=0.5)
        self.check_wave(figure, self.arrays["samples"][start:end].astype(float) - 127)

    def check_wave(self, figure, levels):
        """One stroke a pixel, from the highest to the lowest pressure in it; a level is logarithmic, by μ-law."""
        wave = np.sign(levels) * (256 ** (np.abs(levels) / 127) - 1) / 255
        across, tops, feet = np.array(
            re.findall(r"M(\d+) ([\d.]+)V([\d.]+)", figure.marks(".fs-wave")[0]["d"]), float
        ).T
        step, tall = len(wave) / (float(figure.marks(".fs-band")[0]["x"]) - 10), max(0.01, np.abs(wave).max())
        parts = [wave[int(px * step) : int((px + 1) * step + 1)] for px in range(len(across))]
        near(tops, 57 - 33 * np.array([part.max() for part in parts]) / tall, within=0.2)
        near(feet, 57.5 - 33 * np.array([part.min() for part in parts]) / tall, within=0.2)
        assert (np.diff(across) == 1).all()


@pytest.fixture(scope="module")
def lens(chapter):
    return Lens(chapter.arrays(KIND))


def test_the_lens_first_shows_the_first_thing(chapter, lens):
    figure = chapter.figure(KIND)
    things = [f"{e} · {z}" for e, z in zip(lens.english, lens.chinese, strict=True)]
    assert figure.options("thing") == things
    assert figure.options("layer") == list(LAYERS)
    assert not lens.voices or figure.options("voice") == lens.voices
    for k, side in enumerate(LAYERS.values()):
        assert lens.arrays[f"maps{k}"].shape[2:] == (side, side)
    lens.check(figure, 0, 0, 0, 0, int(100 * float(figure.control("moment").value)) if lens.voices else 0)


@pytest.mark.parametrize("seed", range(8))
def test_every_number_and_pixel_is_in_the_arrays(chapter, lens, seed):
    figure, setting = chapter.figure(KIND), lens.draw(random.Random(seed))
    lens.put(figure, *setting)
    lens.check(figure, *setting)
    assert figure.told.startswith(f"{lens.english[setting[0]]} · {lens.chinese[setting[0]]}: filter {setting[3] + 1}")


@pytest.mark.parametrize("seed", range(3))
def test_what_is_seen_and_heard_is_the_word_spoken_anew(chapter, lens, seed):
    """The spectrogram is log-mel up to one scale for all."""
    if not lens.voices:
        pytest.skip("the speech library cannot be loaded here, and the page says so")
    figure, (k, v, *rest) = chapter.figure(KIND), lens.draw(random.Random(100 + seed))
    lens.put(figure, k, v, *rest)
    voice = list(lens.speakers.values())[v]
    wave = speech.say(str(lens.chinese[k] if voice == "cmn" else lens.english[k]), voice)
    mel = speech.log_mel(wave, bands=BANDS, hop=HOP).T[::-1]
    shown = figure.pixels(".fs-mel")[..., 3]
    assert shown.shape == mel.shape
    slope, start = np.polyfit(mel.ravel(), shown.ravel(), 1)
    assert slope > 0
    near(shown, slope * mel + start, within=2)


def test_play_runs_through_the_sound_and_stops_with_another_moment(chapter, lens):
    if not lens.voices:
        pytest.skip("the speech library cannot be loaded here, and the page says so")
    figure = chapter.figure(KIND)
    figure.press("Play")
    eventually(lambda: _at(figure, 1.0))
    figure.put({"moment": 0.5})
    _at(figure, 0.5)


def test_no_stray_word_at_any_setting(chapter):
    chapter.sweep()


def test_play_jumps_to_the_end_for_those_who_asked_for_stillness(visit, tmp_path):
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(sight())}), reduced_motion="reduce").draw()
    figure.control("Play").press("Enter")
    _at(figure, 1)


def test_without_speech_there_are_pictures_and_a_sentence(visit, tmp_path):
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(sight(voices=[], sounds=None))})).draw()
    assert [control.name for control in figure.controls()] == ["thing", "layer", "filter", "Reset"]
    assert "No sounds here" in figure.section.text_content()


def _at(figure, moment):
    assert float(figure.control("moment").value) == moment
