"""Speech: any text spoken by espeak-ng, as a waveform and as a log-mel spectrogram.

The voices are synthetic and come with the package espeakng-loader: no recording, no network, the same samples for
the same text, voice, rate and pitch.
"""

import _ctypes
import ctypes
import math
import sys
from contextlib import contextmanager
from functools import lru_cache

import numpy as np
import torch
from scipy.signal import resample_poly

SAMPLE_RATE = 22_050  # Hz
SPEAKERS = ("", "+f1", "+f2", "+f3", "+f4", "+f5", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+m8")
LANGUAGES = {"en": "en-us", "zh": "cmn"}
_RETRIEVAL, _UTF8, _POSITION_CHARACTER = 2, 1, 1
_RATE, _PITCH = 1, 3  # espeak_PARAMETER
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class UnavailableError(RuntimeError):
    """The speech library cannot be loaded here; the message says what helps."""


@contextmanager
def _fresh_library():
    """Load espeak-ng, start it, and unload it in the end; yield it with the list that its callback fills.

    Its voices waver by a counter that goes on from word to word and is reset by nothing else: only a library loaded
    anew says the same word in the same way, whatever was said before. It takes some 7 ms.
    """
    try:
        import espeakng_loader

        library = ctypes.CDLL(espeakng_loader.get_library_path())
    except (ImportError, OSError) as error:
        raise UnavailableError(
            f"Speech needs espeak-ng, which cannot be loaded here ({error}). Install the package espeakng-loader for "
            "this system and Python: pip install -r requirements.txt."
        ) from error
    heard: list[np.ndarray] = []

    @_CALLBACK
    def keep(samples, count, _):
        if samples and count:
            heard.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    try:
        rate = library.espeak_Initialize(_RETRIEVAL, 0, espeakng_loader.get_data_path().encode(), 0)
        if rate != SAMPLE_RATE:
            raise UnavailableError(f"espeak-ng has {rate} samples a second: the book's sounds have {SAMPLE_RATE}.")
        library.espeak_ng_SetRandSeed(ctypes.c_long(1))  # it was the time of day
        library.espeak_SetSynthCallback(keep)
        yield library, heard
        library.espeak_Terminate()
    finally:
        unload = _ctypes.FreeLibrary if sys.platform == "win32" else _ctypes.dlclose
        unload(library._handle)


@lru_cache(maxsize=20_000)
def say(text: str, voice: str = "en-us", *, rate: int = 175, pitch: int = 50) -> np.ndarray:
    """Speak `text`; return the waveform (samples,) float32 in [-1, 1], at 22,050 samples a second. Cached.

    The array cannot be written to, since all callers share it.

    Args:
        text: at least one letter or sign.
        voice: espeak-ng's name: a language ("en-us", "cmn"), then a speaker ("+f3"), see `SPEAKERS`.
        rate: words a minute, from 80 to 450.
        pitch: from 0 to 99.

    Raises:
        ValueError: for an empty text, an unknown voice, or a rate or pitch out of range.
        UnavailableError: if espeak-ng cannot be loaded, with what helps.
    """
    if not text.strip():
        raise ValueError(f"text is {text!r}: there is nothing to say")
    if not 80 <= rate <= 450 or not 0 <= pitch <= 99:
        raise ValueError(f"rate is {rate}, pitch is {pitch}: rate from 80 to 450, pitch from 0 to 99")
    with _fresh_library() as (library, heard):
        if library.espeak_SetVoiceByName(voice.encode()):
            raise ValueError(f"voice is {voice!r}: espeak-ng knows a language as 'en-us' or 'cmn', then '+f3' or so")
        library.espeak_SetParameter(_RATE, rate, 0)
        library.espeak_SetParameter(_PITCH, pitch, 0)
        spoken = text.encode()
        library.espeak_Synth(spoken, len(spoken) + 1, 0, _POSITION_CHARACTER, 0, _UTF8, None, None)
        library.espeak_Synchronize()
    if not heard:
        raise ValueError(f"text is {text!r}: in the voice {voice!r} it has no sound")
    wave = np.concatenate(heard).astype(np.float32) / 32_768
    wave.flags.writeable = False
    return wave


@lru_cache(maxsize=8)
def mel_filters(bands: int, window: int) -> torch.Tensor:
    """Return triangles on the mel scale, (window // 2 + 1, bands): how much each frequency counts in each band.

    Mel = 2595 log10(1 + f / 700), from 0 to 8,000 Hz; neighbouring triangles add up to 1 between their peaks.
    """
    top = 2595 * np.log10(1 + 8000 / 700)
    peaks = 700 * (10 ** (np.linspace(0, top, bands + 2) / 2595) - 1)  # Hz
    frequency = np.linspace(0, SAMPLE_RATE / 2, window // 2 + 1)[:, None]
    rising = (frequency - peaks[:-2]) / (peaks[1:-1] - peaks[:-2])
    falling = (peaks[2:] - frequency) / (peaks[2:] - peaks[1:-1])
    return torch.tensor(np.clip(np.minimum(rising, falling), 0, None), dtype=torch.float32)


def log_mel(wave, *, bands: int = 32, window: int = 1024, hop: int = 256) -> np.ndarray:
    """Return the log-mel spectrogram (frames, bands) float32 of a waveform: the loudness of each band over time.

    log(1e-6 + the mel-weighted power of a Hann window), about 12 ms a frame. (Stevens et al., 1937, for the scale.)

    Args:
        wave: (samples,) as `say` gives it.
        bands: how many.
        window: samples a window.
        hop: samples from one window to the next.

    Raises:
        ValueError: for a wave that is empty or not 1-D, or a size below 1.
    """
    wave = torch.tensor(np.asarray(wave, dtype=np.float32))
    if wave.ndim != 1 or not len(wave):
        raise ValueError(f"wave has shape {tuple(wave.shape)}: it needs one axis with at least one sample")
    if min(bands, window, hop) < 1:
        raise ValueError(f"bands is {bands}, window is {window}, hop is {hop}: each needs to be at least 1")
    wave = torch.nn.functional.pad(wave, (window // 2, window // 2))  # a frame is centred on its time
    seen = torch.stft(wave, window, hop, window=torch.hann_window(window), center=False, return_complex=True)
    power = seen.abs().pow(2).T / window  # (frames, window // 2 + 1)
    return (power @ mel_filters(bands, window) + 1e-6).log().numpy()


def stretches(mel, parts: int = 6) -> np.ndarray:
    """Return the means of a spectrogram over stretches of time of equal length, end to end: (parts · bands,).

    Args:
        mel: (frames, bands) as `log_mel` gives it; frames with NaN, as `stack` puts them past the end, are left out.
        parts: how many stretches.

    Raises:
        ValueError: for an array that is not 2-D, or fewer known frames than parts.
    """
    mel = np.asarray(mel)
    known = mel[~np.isnan(mel).any(1)] if mel.ndim == 2 else mel
    if mel.ndim != 2 or parts < 1 or len(known) < parts:
        raise ValueError(f"mel has shape {mel.shape}, {len(known)} frames known: it needs at least {parts} of them")
    return np.concatenate([part.mean(0) for part in np.array_split(known, parts)])


def compress(wave, sample_rate: int = 8000) -> np.ndarray:
    """Return a waveform at another sampling rate, a byte a sample, as telephones send it: (samples',) uint8.

    μ-law with μ = 255: y = sign(x) ln(1 + μ|x|) / ln(1 + μ), in 255 steps with 127 for silence, so that quiet
    samples keep their shape. Source: ITU-T G.711, without its piecewise approximation.

    Args:
        wave: (samples,) in [-1, 1], at `SAMPLE_RATE`.
        sample_rate: samples a second of what is returned.

    Raises:
        ValueError: for a wave that is empty or not 1-D, or a rate out of 1,000 to `SAMPLE_RATE`.
    """
    wave = np.asarray(wave, dtype=float)
    if wave.ndim != 1 or not len(wave):
        raise ValueError(f"wave has shape {wave.shape}: it needs one axis with at least one sample")
    if not 1000 <= sample_rate <= SAMPLE_RATE:
        raise ValueError(f"sample_rate is {sample_rate}: it needs to be from 1000 to {SAMPLE_RATE}")
    step = math.gcd(sample_rate, SAMPLE_RATE)
    x = resample_poly(wave, sample_rate // step, SAMPLE_RATE // step).clip(-1, 1)
    y = np.sign(x) * np.log1p(255 * np.abs(x)) / np.log(256)
    return np.round(127 + 127 * y).astype(np.uint8)


def stack(sounds: list[np.ndarray]) -> np.ndarray:
    """Put spectrograms of unequal length into one array (n, frames, bands), NaN past each one's end."""
    if not sounds:
        raise ValueError("sounds is empty: it needs at least one spectrogram")
    out = np.full((len(sounds), max(map(len, sounds)), sounds[0].shape[1]), np.nan, np.float32)
    for row, sound in zip(out, sounds, strict=True):
        row[: len(sound)] = sound
    return out
