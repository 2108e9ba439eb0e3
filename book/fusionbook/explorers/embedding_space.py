"""Embedding space: things as pictures, words and sounds in one space; who is truly near whom, and who only looks it."""

from collections.abc import Mapping, Sequence

import numpy as np
import traitlets
from sklearn.decomposition import PCA

from fusionbook.checks import finite, same_length
from fusionbook.data import speech
from fusionbook.explorers.base import Explorer, RefusedError, pack, square_pictures

RATE = 8000  # samples a second of the sounds that travel in the page
MEASURES = ("angle", "distance")


class EmbeddingSpace(Explorer):
    """Points of several modalities in one space, turned before the reader; a formula explorer.

    The page projects the points on their first three principal components, turns them, and finds the nearest
    neighbours of the picked point twice: in the whole space, and on the screen.

    Attributes:
        space: which of the spaces.
        thing: the thing picked.
        modality: which of its points asks.
        measure: "angle" (all vectors scaled to length 1) or "distance" (as they are).
        neighbours: how many nearest ones of each modality are shown.
        turn: degrees around the upright axis, from 0 to 180.
        group: the group lit up; "" lights all.
        heard: the thing whose sound was asked for last; -1 for none.
    """

    space = traitlets.Int().tag(sync=True)
    thing = traitlets.Int().tag(sync=True)
    modality = traitlets.Int().tag(sync=True)
    measure = traitlets.Unicode("angle").tag(sync=True)
    neighbours = traitlets.Int(3).tag(sync=True)
    turn = traitlets.Float(0.0).tag(sync=True)
    group = traitlets.Unicode("").tag(sync=True)
    heard = traitlets.Int(-1).tag(sync=True)
    spaces = traitlets.List(traitlets.Unicode()).tag(sync=True)
    modalities = traitlets.List(traitlets.Unicode()).tag(sync=True)
    english = traitlets.List(traitlets.Unicode()).tag(sync=True)
    chinese = traitlets.List(traitlets.Unicode()).tag(sync=True)
    groups = traitlets.List(traitlets.Unicode()).tag(sync=True)
    most = traitlets.Int().tag(sync=True)
    sounded = traitlets.Bool(False).tag(sync=True)
    rate = traitlets.Int(RATE).tag(sync=True)

    def __init__(
        self,
        spaces: Mapping[str, Mapping[str, np.ndarray]],
        tiles,
        *,
        english: Sequence[str],
        chinese: Sequence[str],
        groups: Sequence[str],
        sounds: Sequence[np.ndarray] | None = None,
        thing: int = 0,
        space: int = 0,
        label: str = "Embedding space",
    ):
        """Pack vectors, the axes to project them on, pictures and sounds.

        Args:
            spaces: name -> modality -> (n, d) vectors of n things, row i belonging to thing i; every space holds the
                same modalities, in the same order.
            tiles: (n, side, side, 3) uint8, the things as pictures.
            english: n names.
            chinese: n names.
            groups: n names of groups.
            sounds: n waveforms at `speech.SAMPLE_RATE`, the names spoken; None where none can be spoken.
            thing: to start with.
            space: to start with.
            label: what a screen reader calls this figure; unique on its page.

        Raises:
            ValueError: for shapes that do not fit one another, fewer than three things, numbers that are not finite,
                or a vector of zeros.
        """
        tiles = square_pictures(tiles)
        n = len(tiles)
        if n < 3:
            raise ValueError(f"tiles has {n} things: with fewer than 3 nobody is nearest")
        same_length(tiles=tiles, english=english, chinese=chinese, groups=groups)
        if not spaces or len({tuple(space) for space in spaces.values()}) != 1 or not next(iter(spaces.values())):
            given = {name: list(space) for name, space in spaces.items()}
            raise ValueError(f"spaces holds {given}: it needs at least one space, and the same modalities in each")
        read = [_read(space, name, n) for name, space in spaces.items()]
        if len({one.shape for one in read}) > 1:
            raise ValueError(f"spaces have vectors of width {[one.shape[-1] for one in read]}: they need one for all")
        vectors = np.stack(read)  # (S, M, n, d)
        views = [_view(space, measure) for space in vectors for measure in MEASURES]
        data = {
            "vectors": pack(vectors),
            "axes": pack([axes for axes, _ in views]),
            "centres": pack([centre for _, centre in views]),
            "tiles": pack(tiles, "uint8"),
        }
        if sounds is not None:
            same_length(tiles=tiles, sounds=sounds)
            waves = [speech.compress(wave, RATE) for wave in sounds]
            data["samples"] = pack(np.concatenate(waves), "uint8")
            data["samples from"] = pack(np.cumsum([0, *map(len, waves)]), "int32")
        super().__init__(
            label=label,
            data=data,
            spaces=list(spaces),
            modalities=list(next(iter(spaces.values()))),
            english=list(map(str, english)),
            chinese=list(map(str, chinese)),
            groups=list(map(str, groups)),
            most=min(8, n - 1),
            sounded=sounds is not None,
            space=space,
            thing=thing,
            neighbours=min(3, n - 1),
        )

    @traitlets.validate("space", "thing", "modality")
    def _place(self, proposal):
        axis = {"space": 0, "modality": 1, "thing": 2}[proposal["trait"].name]
        return self.within(proposal, self.data["vectors"]["shape"][axis] if self.data else 0)

    @traitlets.validate("heard")
    def _heard(self, proposal):
        return proposal["value"] if proposal["value"] == -1 else self.within(proposal, len(self.english))

    @traitlets.validate("neighbours")
    def _neighbours(self, proposal):
        if self.data and not 1 <= proposal["value"] <= self.most:
            raise RefusedError(f"neighbours is {proposal['value']}: it needs to be from 1 to {self.most}")
        return proposal["value"]

    @traitlets.validate("measure")
    def _measure(self, proposal):
        if proposal["value"] not in MEASURES:
            raise RefusedError(f"measure is {proposal['value']!r}: it needs to be one of {list(MEASURES)}")
        return proposal["value"]

    @traitlets.validate("turn")
    def _turn(self, proposal):
        if not 0 <= proposal["value"] <= 180:  # NaN fails too
            raise RefusedError(f"turn is {proposal['value']}: it needs to be from 0 to 180 degrees")
        return proposal["value"]

    @traitlets.validate("group")
    def _group(self, proposal):
        if self.groups and proposal["value"] not in ("", *self.groups):
            raise RefusedError(f"group is {proposal['value']!r}: it needs to be one of {sorted(set(self.groups))}")
        return proposal["value"]


def _read(space: Mapping[str, np.ndarray], name: str, n: int) -> np.ndarray:
    """Return one space as (M, n, d)."""
    arrays = [np.asarray(values, dtype=float) for values in space.values()]
    shapes = {modality: array.shape for modality, array in zip(space, arrays, strict=True)}
    if any(array.ndim != 2 or array.shape != (n, arrays[0].shape[1]) or not array.size for array in arrays):
        raise ValueError(f"spaces[{name!r}] has shapes {shapes}: each modality needs ({n}, d), with one d for all")
    read = finite(np.stack(arrays), f"spaces[{name!r}]")
    flat = np.argwhere(~read.any(-1))
    if len(flat):
        m, row = flat[0]
        raise ValueError(f"spaces[{name!r}][{list(space)[m]!r}][{row}] is all zeros: it has no direction to compare")
    return read


def _view(vectors: np.ndarray, measure: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the first three principal components (3, d), zeros where there are fewer, and the mean (d,)."""
    points = vectors.reshape(-1, vectors.shape[-1])
    if measure == "angle":
        points = points / np.linalg.norm(points, axis=1, keepdims=True)
    axes = np.zeros((3, points.shape[1]))
    if np.ptp(points, axis=0).any():  # else all points fall on one another, and no direction is better than another
        found = PCA(min(3, *points.shape)).fit(points).components_
        axes[: len(found)] = found
    return axes, points.mean(0)
