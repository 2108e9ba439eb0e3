"""Digits: real handwriting, 8x8, and the same digit spoken; the spoken part is split by voice, never by clip."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from fusionbook.data import speech
from fusionbook.data.prepare import check_size

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class Digits:
    """n pairs of a written and a spoken digit as NumPy arrays.

    Attributes:
        image: (n, 1, 8, 8) float32 in [0, 1], real handwriting.
        audio: (n, frames, bands) float32 log-mel, standardised with the training voices' statistics; NaN past the end.
        label: (n,) the digit, 0 to 9.
        voice: (n,) which of `speech.SPEAKERS` says it.
    """

    image: np.ndarray
    audio: np.ndarray
    label: np.ndarray
    voice: np.ndarray

    @property
    def n(self) -> int:
        """How many pairs there are."""
        return len(self.label)


def make(seed: int, *, test: float = 0.25, test_voices: int = 4, bands: int = 24) -> tuple[Digits, Digits]:
    """Pair every handwritten digit with the same digit spoken; return train and test.

    Pictures are split at random, with equal shares of every digit. Voices are split too: whoever speaks in test is
    never heard in training. Rate and pitch vary from clip to clip. The same seed gives the same bytes.

    Args:
        seed: of the split, the voices and the pairing.
        test: share of the pictures that go to test, in (0, 1).
        test_voices: how many speakers are kept for test.
        bands: of the log-mel spectrogram.

    Raises:
        ValueError: for a share or a number of voices that leaves one side empty.
        speech.UnavailableError: if the speech library cannot be loaded.
    """
    check_size(test_voices, "test_voices")
    if test_voices >= len(speech.SPEAKERS):
        raise ValueError(f"test_voices is {test_voices}: of {len(speech.SPEAKERS)} none would be left to train on")
    if not 0 < test < 1:
        raise ValueError(f"test is {test}: it needs to lie strictly between 0 and 1")
    rng = np.random.default_rng(seed)
    written = load_digits()
    images = (written.images[:, None] / 16).astype(np.float32)  # (n, 1, 8, 8)
    rows = train_test_split(np.arange(len(images)), test_size=test, random_state=seed, stratify=written.target)
    order = rng.permutation(len(speech.SPEAKERS))
    voices = (order[test_voices:], order[:test_voices])
    spoken = [_speak(written.target[part], group, bands, rng) for part, group in zip(rows, voices, strict=True)]
    known = np.concatenate([sound for sound, _ in spoken[0]])
    mean, spread = known.mean(0), known.std(0)
    sides = []
    for part, clips in zip(rows, spoken, strict=True):
        audio = speech.stack([(sound - mean) / spread for sound, _ in clips])
        voice = np.array([who for _, who in clips])
        sides.append(Digits(image=images[part], audio=audio, label=written.target[part], voice=voice))
    return sides[0], sides[1]


def _speak(labels, voices, bands: int, rng) -> list[tuple[np.ndarray, int]]:
    """Let one of the voices say each digit; return (log-mel, voice) for each."""
    clips = []
    for label in labels:
        who, rate, pitch = rng.choice(voices), rng.choice([160, 190]), rng.choice([40, 60])
        clips.append((_clip(int(label), int(who), int(rate), int(pitch), bands), int(who)))
    return clips


@lru_cache(maxsize=10_000)
def _clip(label: int, who: int, rate: int, pitch: int, bands: int) -> np.ndarray:
    wave = speech.say(WORDS[label], "en-us" + speech.SPEAKERS[who], rate=rate, pitch=pitch)
    return speech.log_mel(wave, bands=bands, hop=512)
