"""Speech is the same wherever and whenever it is made; its spectrogram is the formula; voices stay on their side."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest
import torch
from fusionbook.data import digits, speech

CODE = """
import hashlib
from fusionbook.data import speech
for text in {texts}:
    wave = speech.say(text, "en-us+f2", rate=160)
print(hashlib.sha256(wave.tobytes()).hexdigest())
"""


@pytest.fixture(scope="module", autouse=True)
def library():
    speech.say("a")  # fails here, once, with what helps, where espeak-ng cannot be loaded


def test_the_same_words_give_the_same_samples_in_any_process_and_order():
    here = hashlib.sha256(speech.say("seven", "en-us+f2", rate=160).tobytes()).hexdigest()
    folder = str(digits.__file__).rpartition("/fusionbook")[0]
    for texts in (["seven"], ["three", "seven"]):
        command = [sys.executable, "-c", CODE.format(texts=texts)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
        assert done.stdout.strip() == here


def test_a_word_is_heard_in_both_languages_and_every_voice_is_its_own():
    cat, mao = speech.say("cat"), speech.say("猫", "cmn")
    assert 0.1 < len(cat) / speech.SAMPLE_RATE < 1.5
    assert np.abs(cat).max() > 0.1
    assert len(mao) != len(cat)
    waves = {speech.say("seven", "en-us" + speaker).tobytes() for speaker in speech.SPEAKERS}
    assert len(waves) == len(speech.SPEAKERS)


def test_rate_and_pitch_do_what_they_say():
    assert len(speech.say("banana", rate=300)) < len(speech.say("banana", rate=120))
    low, high = (speech.say("oooo", pitch=pitch) for pitch in (10, 90))

    def fundamental(wave):
        lags = np.correlate(wave[2000:6000], wave[2000:6000], "full")[4000:]
        return speech.SAMPLE_RATE / (60 + lags[60:400].argmax())

    assert fundamental(high) > 1.3 * fundamental(low)


def test_log_mel_by_hand_on_one_frame():
    wave = speech.say("cat")
    window, hop, k = 1024, 256, 9
    padded = np.pad(wave, window // 2)
    frame = padded[k * hop : k * hop + window] * np.hanning(window + 1)[:-1]
    power = np.abs(np.fft.rfft(frame)) ** 2 / window
    by_hand = np.log(power @ speech.mel_filters(32, window).numpy() + 1e-6)
    assert np.allclose(speech.log_mel(wave)[k], by_hand, atol=2e-3)
    assert len(speech.log_mel(wave)) == 1 + len(wave) // hop


def test_a_tone_is_heard_in_its_own_band():
    time = np.arange(22_050) / speech.SAMPLE_RATE
    centres = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 34) / 2595) - 1)[1:-1]
    for band in (5, 15, 25):
        heard = speech.log_mel(np.sin(2 * np.pi * centres[band] * time))
        assert heard[40].argmax() == band


def test_mel_triangles_add_up_to_one_between_the_outer_peaks():
    filters = speech.mel_filters(32, 4096)
    frequency = torch.linspace(0, speech.SAMPLE_RATE / 2, 2049)
    inside = (frequency > 100) & (frequency < 7000)
    assert torch.allclose(filters.sum(1)[inside], torch.ones(int(inside.sum())), atol=1e-4)


def test_a_clear_message_where_the_library_cannot_load(monkeypatch):
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(speech.UnavailableError, match="Install the package espeakng-loader"):
        speech.say("never said before")
    monkeypatch.undo()
    assert len(speech.say("said now"))


def test_stacked_sounds_end_in_nan():
    told = speech.stack([np.ones((2, 3), np.float32), np.ones((4, 3), np.float32)])
    assert told.shape == (2, 4, 3)
    assert np.isnan(told[0, 2:]).all()
    assert np.isfinite(told[1]).all()


def test_stretches_are_means_of_equal_parts_and_padding_is_left_out():
    mel = np.arange(12.0).reshape(6, 2)
    by_hand = [mel[:2].mean(0), mel[2:4].mean(0), mel[4:].mean(0)]
    assert np.allclose(speech.stretches(mel, 3), np.concatenate(by_hand))
    padded = np.vstack([mel, np.full((5, 2), np.nan)])
    assert np.array_equal(speech.stretches(padded, 3), speech.stretches(mel, 3))
    uneven = speech.stretches(mel[:5], 2)  # three frames, then two
    assert np.allclose(uneven, np.concatenate([mel[:3].mean(0), mel[3:5].mean(0)]))


@pytest.fixture(scope="module")
def made():
    return digits.make(0)


def test_digits_pair_pictures_with_their_own_word(made):
    for side in made:
        assert side.image.shape == (side.n, 1, 8, 8)
        assert side.audio.shape[0] == len(side.label) == len(side.voice) == side.n
        assert 0 <= side.image.min() < side.image.max() <= 1
    assert made[0].n + made[1].n == 1797


def test_no_voice_and_no_picture_is_on_both_sides(made):
    train, test = made
    assert not set(train.voice) & set(test.voice)
    assert len(set(test.voice)) == 4
    seen = {image.tobytes() for image in train.image}
    assert np.mean([image.tobytes() in seen for image in test.image]) < 0.01  # the data set repeats hardly any


def test_statistics_come_from_the_training_voices_alone(made):
    train, test = (side.audio.reshape(-1, 24) for side in made)
    assert np.allclose(np.nanmean(train, 0), 0, atol=1e-4)
    assert np.allclose(np.nanstd(train, 0), 1, atol=1e-3)
    assert np.abs(np.nanmean(test, 0)).max() > 0.01


def test_what_is_said_tells_the_digit(made):
    """The mean spectrum over time already tells spoken digits of unheard voices apart, far above chance."""
    train, test = (np.nanmean(side.audio, 1) for side in made)
    centres = np.stack([train[made[0].label == d].mean(0) for d in range(10)])
    guess = ((test[:, None] - centres) ** 2).sum(-1).argmin(1)
    assert (guess == made[1].label).mean() > 0.4


def test_the_same_seed_gives_the_same_bytes(made):
    again = digits.make(0)
    for one, two in zip(made, again, strict=True):
        assert one.image.tobytes() + one.audio.tobytes() == two.image.tobytes() + two.audio.tobytes()


def test_compressed_samples_come_back_with_small_relative_errors():
    """A byte a sample, silence is 127; after expanding, errors are a few hundredths of the sample, not of 1."""
    at = np.arange(speech.SAMPLE_RATE) / speech.SAMPLE_RATE
    for loud in (1.0, 0.05):
        packed = speech.compress(loud * np.sin(2 * np.pi * 200 * at))
        assert packed.dtype == np.uint8
        assert len(packed) == 8000
        y = (packed.astype(float) - 127) / 127
        back = np.sign(y) * (256 ** np.abs(y) - 1) / 255
        wanted = loud * np.sin(2 * np.pi * 200 * np.arange(8000) / 8000)
        inside = slice(200, -200)  # the filter rings at the edges
        assert np.abs(back - wanted)[inside].max() < 0.04 * loud
    assert (speech.compress(np.zeros(500)) == 127).all()


BAD = [
    (lambda: speech.say("  "), "there is nothing to say"),
    (lambda: speech.say("cat", rate=10), "rate is 10"),
    (lambda: speech.say("cat", pitch=100), "pitch is 100"),
    (lambda: speech.say("cat", "klingon?"), "voice is 'klingon\\?'"),
    (lambda: speech.log_mel([]), r"wave has shape \(0,\)"),
    (lambda: speech.log_mel([0.0] * 9, hop=0), "hop is 0"),
    (lambda: speech.stack([]), "sounds is empty"),
    (lambda: speech.stretches(np.ones((3, 2)), 4), "it needs at least 4"),
    (lambda: speech.stretches(np.ones(9), 2), r"mel has shape \(9,\)"),
    (lambda: speech.stretches(np.full((9, 2), np.nan), 2), "0 frames known"),
    (lambda: speech.compress([]), r"wave has shape \(0,\)"),
    (lambda: speech.compress([0.0] * 9, 44_100), "sample_rate is 44100"),
    (lambda: digits.make(0, test=0.0), "test is 0.0"),
    (lambda: digits.make(0, test_voices=14), "test_voices is 14"),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
