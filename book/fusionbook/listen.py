"""Sounds that travel in a page: a waveform as a player, or a sentence where nothing can be spoken."""

import base64
import html
import io
import wave as wav

import numpy as np
from IPython.display import HTML

from fusionbook.checks import vector
from fusionbook.data import speech


def available() -> bool:
    """Return whether words can be spoken here; if not, print one sentence on what helps."""
    try:
        speech.say("a")
    except speech.UnavailableError as error:
        print(f"No sounds here. {error}")
        return False
    return True


def speak(text: str, voice: str = "en-us", *, rate: int = 175, pitch: int = 50) -> np.ndarray | None:
    """Return `speech.say(...)`, or print a sentence and return None where the speech library cannot be loaded.

    Raises:
        ValueError: as `speech.say` does.
    """
    try:
        return speech.say(text, voice, rate=rate, pitch=pitch)
    except speech.UnavailableError as error:
        print(f"Here {text!r} would be spoken. {error}")
        return None


def player(sound, label: str, *, sample_rate: int = speech.SAMPLE_RATE) -> HTML:
    """Return an audio element that carries its sound with it, 16 bits a sample, and needs no network.

    Args:
        sound: (samples,) in [-1, 1]; None gives a sentence in its place.
        label: what is heard, for the screen reader.
        sample_rate: samples a second.

    Raises:
        ValueError: for a sound that is empty, not 1-D, not finite, or louder than 1.
    """
    if sound is None:
        return HTML(f"<p>No sound here: {html.escape(label)}.</p>")
    sound = vector(sound, "sound")
    if np.abs(sound).max() > 1:
        raise ValueError(f"sound reaches {np.abs(sound).max():.3g}: samples lie in [-1, 1]")
    file = io.BytesIO()
    with wav.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(sample_rate)
        out.writeframes((sound * 32_767).astype("<i2").tobytes())
    code = base64.b64encode(file.getvalue()).decode()
    return HTML(f'<audio controls aria-label="{html.escape(label)}" src="data:audio/wav;base64,{code}"></audio>')
