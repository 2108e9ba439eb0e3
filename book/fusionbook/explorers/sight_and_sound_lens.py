"""Sight and sound lens: a picture and what a network's filters find in it; a word, heard, and its log-mel picture."""

from collections.abc import Mapping, Sequence

import numpy as np
import traitlets

from fusionbook.checks import probabilities
from fusionbook.data import speech
from fusionbook.explorers.base import Explorer, RefusedError, pack

RATE = 8000  # samples a second that travel in the page
BANDS, HOP = 32, 256  # of the log-mel spectrograms shown
QUIET = float(np.log(1e-6))  # what log-mel says of silence


class SightAndSoundLens(Explorer):
    """Things to look at and to hear; a replay explorer.

    Attributes:
        thing: which one, from 0.
        voice: who speaks, from 0.
        layer: which of the network's layers is shown.
        filter: which of its maps lies over the picture, from 0.
        moment: where in the sound, from 0 (its start) to 1.
    """

    thing = traitlets.Int().tag(sync=True)
    voice = traitlets.Int().tag(sync=True)
    layer = traitlets.Unicode().tag(sync=True)
    filter = traitlets.Int().tag(sync=True)
    moment = traitlets.Float().tag(sync=True)
    things = traitlets.List(traitlets.Unicode()).tag(sync=True)
    voices = traitlets.List(traitlets.Unicode()).tag(sync=True)
    layers = traitlets.List(traitlets.Unicode()).tag(sync=True)
    groups = traitlets.List(traitlets.Unicode()).tag(sync=True)
    sound = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        things: Sequence[str],
        pictures,
        maps: Mapping[str, np.ndarray],
        guesses,
        groups: Sequence[str],
        *,
        voices: Sequence[str] = (),
        sounds: Sequence[Sequence[np.ndarray]] | None = None,
        moment: float = 0.3,
        label: str = "Sight and sound lens",
    ):
        """Record what is seen and heard.

        Args:
            things: K names.
            pictures: (K, H, W, 3) uint8.
            maps: layer -> (K, F, h, w), what its F filters answer, 0 or more; the same F in every layer.
            guesses: (K, G) the network's probability of each group.
            groups: G names.
            voices: V names; none where nothing can be spoken.
            sounds: K times V waveforms at `speech.SAMPLE_RATE`; None where nothing can be spoken, then the figure
                says so.
            moment: where in the sound the marker starts, in [0, 1].
            label: what a screen reader calls this figure; unique on its page.

        Raises:
            ValueError: for shapes that do not fit, pictures that are not bytes, negative maps, or guesses that are
                no probabilities.
        """
        pictures, size = np.asarray(pictures), len(things)
        if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[::3] != (size, 3):
            raise ValueError(f"pictures is {pictures.shape} of {pictures.dtype}: it needs ({size}, H, W, 3) of uint8")
        maps = {name: np.asarray(values, dtype=float) for name, values in maps.items()}
        filters = {values.shape[1] if values.ndim == 4 else 0 for values in maps.values()}
        if not maps or filters == {0} or len(filters) > 1 or any(v.shape[0] != size for v in maps.values()):
            shapes = {name: values.shape for name, values in maps.items()}
            raise ValueError(f"maps has shapes {shapes}: each layer needs ({size}, F, h, w), with one F for all")
        if any(values.min() < 0 for values in maps.values()):
            raise ValueError("maps holds a negative number: the answers of a filter are shown after their ReLU")
        guesses = probabilities(np.asarray(guesses, dtype=float), "guesses")
        if guesses.shape != (size, len(groups)):
            raise ValueError(f"guesses has shape {guesses.shape}: it needs ({size}, {len(groups)})")
        heard = [len(row) for row in sounds] if sounds is not None else []
        if heard != ([len(voices)] * size if voices else []):
            raise ValueError(f"sounds has rows of {heard}: it needs {size} rows of {len(voices)} voices")
        data = {"pictures": pack(pictures, "uint8"), "guesses": pack(guesses)}
        for k, values in enumerate(maps.values()):
            data[f"maps{k}"] = pack(np.round(255 * values / max(values.max(), 1e-9)), "uint8")
        super().__init__(
            label=label,
            data=data | (_packed([wave for row in sounds for wave in row]) if voices else {}),
            things=list(things),
            voices=list(voices),
            layers=list(maps),
            groups=list(groups),
            layer=next(iter(maps)),
            moment=moment,
            sound={"rate": RATE, "hop": 1000 * HOP / speech.SAMPLE_RATE},
        )

    @traitlets.validate("thing")
    def _thing(self, proposal):
        return self.within(proposal, len(self.things))

    @traitlets.validate("voice")
    def _voice(self, proposal):
        return self.within(proposal, len(self.voices))

    @traitlets.validate("filter")
    def _filter(self, proposal):
        return self.within(proposal, self.data["maps0"]["shape"][1] if self.data else 1)

    @traitlets.validate("layer")
    def _layer(self, proposal):
        if self.layers and proposal["value"] not in self.layers:
            raise RefusedError(f"layer is {proposal['value']!r}: it needs to be one of {list(self.layers)}")
        return proposal["value"]

    @traitlets.validate("moment")
    def _moment(self, proposal):
        if not 0 <= proposal["value"] <= 1:
            raise RefusedError(f"moment is {proposal['value']}: it needs to lie in [0, 1]")
        return proposal["value"]


def _packed(waves: list[np.ndarray]) -> dict:
    """Pack sounds and their spectrograms end to end, with where each starts; loudness in bytes from QUIET up."""
    bytes_ = [speech.compress(wave, RATE) for wave in waves]
    mels = [speech.log_mel(wave, bands=BANDS, hop=HOP) for wave in waves]
    loudest = max(mel.max() for mel in mels)
    levels = np.concatenate([np.round(255 * (mel - QUIET) / (loudest - QUIET)) for mel in mels])
    return {
        "samples": pack(np.concatenate(bytes_), "uint8"),
        "samples from": pack(np.cumsum([0, *map(len, bytes_)]), "int32"),
        "mels": pack(levels.clip(0, 255), "uint8"),
        "mels from": pack(np.cumsum([0, *map(len, mels)]), "int32"),
    }
