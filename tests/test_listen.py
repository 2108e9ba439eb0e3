"""Sounds in a page: the player carries the very samples, and a machine without speech gets a sentence."""

import base64
import io
import re
import wave

import numpy as np
import pytest
from fusionbook import listen
from fusionbook.data import speech


def test_the_player_carries_the_samples():
    sound = np.sin(np.arange(500) / 9) * 0.8
    html = listen.player(sound, 'a "tone" & more', sample_rate=8000).data
    assert 'aria-label="a &quot;tone&quot; &amp; more"' in html
    code = re.search(r'src="data:audio/wav;base64,([^"]+)"', html)[1]
    with wave.open(io.BytesIO(base64.b64decode(code))) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (8000, 2, 1)
        heard = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32_767
    assert np.abs(heard - sound).max() < 1 / 32_767


def test_without_the_library_there_is_a_sentence(monkeypatch, capsys):
    def nothing(*_, **__):
        raise speech.UnavailableError("Speech needs espeak-ng.")

    monkeypatch.setattr(speech, "say", nothing)
    assert listen.speak("cat") is None
    assert "'cat' would be spoken. Speech needs espeak-ng." in capsys.readouterr().out
    assert not listen.available()
    assert "No sounds here. Speech needs espeak-ng." in capsys.readouterr().out
    assert listen.player(None, "the <word> cat").data == "<p>No sound here: the &lt;word&gt; cat.</p>"


def test_with_the_library_it_says_nothing(capsys):
    assert listen.available()
    assert capsys.readouterr().out == ""


def test_what_is_spoken_is_what_speech_says():
    assert np.array_equal(listen.speak("dog", "en-us+f3"), speech.say("dog", "en-us+f3"))


@pytest.mark.parametrize("sound", [[], [np.nan], [1.5], [[0.1]]])
def test_a_sound_that_cannot_be_played_is_refused(sound):
    with pytest.raises(ValueError, match="sound"):
        listen.player(sound, "noise")
