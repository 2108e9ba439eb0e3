"""Alignment film: pairs of two modalities on a sphere, through training, at several temperatures."""

from collections.abc import Mapping, Sequence

import numpy as np
import traitlets

from fusionbook.checks import finite, same_length
from fusionbook.explorers.base import Explorer, RefusedError, ascending, pack, square_pictures


class AlignmentFilm(Explorer):
    """What torch recorded while pairs were aligned in three dimensions; a replay explorer.

    Attributes:
        setting: which of the recorded temperatures.
        step: which of the recorded epochs.
        thing: the pair looked at.
        curve: which of the measures is drawn against the epochs.
        kind: the kind of pairs that is shown; "" shows all.
        turn: degrees around the upright axis, from 0 to 360.
    """

    setting = traitlets.Int().tag(sync=True)
    step = traitlets.Int().tag(sync=True)
    thing = traitlets.Int().tag(sync=True)
    curve = traitlets.Unicode().tag(sync=True)
    turn = traitlets.Float(0.0).tag(sync=True)
    kind = traitlets.Unicode("").tag(sync=True)
    kinds = traitlets.List(traitlets.Unicode()).tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    chinese = traitlets.List(traitlets.Unicode()).tag(sync=True)
    modalities = traitlets.List(traitlets.Unicode()).tag(sync=True)
    temperatures = traitlets.List(traitlets.Float()).tag(sync=True)
    epochs = traitlets.List(traitlets.Int()).tag(sync=True)
    measures = traitlets.List(traitlets.Unicode()).tag(sync=True)
    candidates = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        positions,
        places,
        measures: Mapping[str, np.ndarray],
        tiles,
        *,
        names: Sequence[str],
        chinese: Sequence[str],
        kinds: Sequence[str],
        temperatures: Sequence[float],
        epochs: Sequence[int],
        candidates: int,
        modalities: Sequence[str] = ("image", "text"),
        setting: int = 0,
        step: int = 0,
        thing: int = 0,
        label: str = "Alignment film",
    ):
        """Pack positions, places and measures.

        Args:
            positions: (T, S, 2, n, 3) unit vectors of n pairs at T temperatures after S epochs, first modality first.
            places: (T, S, 2, n) from 1: as how many-th a pair's first finds its second, and its second its first.
            measures: name -> (T, S).
            tiles: (n, side, side, 3) uint8 pictures.
            names: n names.
            chinese: n names.
            kinds: n words that sort the pairs, as "seen in training" and "held out".
            temperatures: T, ascending.
            epochs: S, ascending.
            candidates: among how many a partner is looked for.
            modalities: the two, by name.
            setting: to start with.
            step: to start with.
            thing: to start with.
            label: what a screen reader calls this figure; unique on its page.

        Raises:
            ValueError: for shapes that do not fit, vectors not of length 1, or values out of range.
        """
        positions, places = np.asarray(positions, dtype=float), np.asarray(places)
        tiles = square_pictures(tiles)
        n, size = len(tiles), (len(temperatures), len(epochs))
        if positions.shape != (*size, 2, n, 3) or not positions.size:
            raise ValueError(f"positions has shape {positions.shape}: it needs {(*size, 2, n, 3)}")
        length = np.linalg.norm(finite(positions, "positions"), axis=-1)
        if np.abs(length - 1).max() > 1e-3:
            raise ValueError(f"positions have lengths from {length.min():.3f} to {length.max():.3f}: normalise them")
        if places.shape != (*size, 2, n) or places.min() < 1 or places.max() > candidates:
            raise ValueError(f"places has shape {places.shape}: it needs {(*size, 2, n)}, from 1 to {candidates}")
        same_length(tiles=tiles, names=names, chinese=chinese, kinds=kinds)
        for name, values in (("temperatures", temperatures), ("epochs", epochs)):
            ascending(values, name)
        if not measures or any(np.shape(values) != size for values in measures.values()) or len(modalities) != 2:
            shapes = {name: np.shape(values) for name, values in measures.items()}
            raise ValueError(f"measures has {shapes}, modalities {list(modalities)}: {size} each, and two modalities")
        super().__init__(
            label=label,
            data={
                "positions": pack(np.round((positions.clip(-1, 1) + 1) * 32_767.5), "uint16"),
                "places": pack(places, "uint16"),
                "measures": pack([np.asarray(values, dtype=float) for values in measures.values()]),
                "tiles": pack(tiles, "uint8"),
            },
            names=list(map(str, names)),
            chinese=list(map(str, chinese)),
            kinds=list(map(str, kinds)),
            modalities=list(modalities),
            temperatures=[float(one) for one in temperatures],
            epochs=[int(one) for one in epochs],
            measures=list(measures),
            candidates=candidates,
            curve=next(iter(measures)),
            setting=setting,
            step=step,
            thing=thing,
        )

    @traitlets.validate("setting", "step", "thing")
    def _place(self, proposal):
        axis = {"setting": 0, "step": 1, "thing": 3}[proposal["trait"].name]
        return self.within(proposal, self.data["places"]["shape"][axis] if self.data else 0)

    @traitlets.validate("curve")
    def _curve(self, proposal):
        if self.measures and proposal["value"] not in self.measures:
            raise RefusedError(f"curve is {proposal['value']!r}: it needs to be one of {self.measures}")
        return proposal["value"]

    @traitlets.validate("kind")
    def _kind(self, proposal):
        if self.kinds and proposal["value"] not in ("", *self.kinds):
            raise RefusedError(f"kind is {proposal['value']!r}: it needs to be one of {sorted(set(self.kinds))}")
        return proposal["value"]

    @traitlets.validate("turn")
    def _turn(self, proposal):
        if not 0 <= proposal["value"] <= 360:  # NaN fails too
            raise RefusedError(f"turn is {proposal['value']}: it needs to be from 0 to 360 degrees")
        return proposal["value"]
