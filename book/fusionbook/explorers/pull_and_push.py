"""Pull and push: pictures and captions on a circle, their InfoNCE loss, and the way it would move them."""

from collections.abc import Sequence

import numpy as np
import traitlets

from fusionbook.checks import finite, same_length
from fusionbook.explorers.base import Explorer, RefusedError, pack, square_pictures

TEMPERATURES = (0.02, 5.0)
MOST = 6
SHOWN = ("cosine", "picture asks", "caption asks")


class PullAndPush(Explorer):
    """N pictures and N captions as unit vectors in the plane; a formula explorer.

    The page computes similarities, both softmaxes, the symmetric InfoNCE loss and its gradient by every angle, and
    takes steps of gradient descent. Points are dragged, or moved by a slider.

    Attributes:
        pairs: how many of the pairs take part, the first ones.
        angles: degrees, first of all pictures, then of all captions, also of those that do not take part.
        temperature: τ.
        point: which point is looked at; captions count on after the pictures.
        alike: whether the first two pairs mean the same, so that each has two positives.
        shown: what the table of squares shows, one of `SHOWN`.
    """

    pairs = traitlets.Int().tag(sync=True)
    angles = traitlets.List(traitlets.Float()).tag(sync=True)
    temperature = traitlets.Float(0.5).tag(sync=True)
    point = traitlets.Int(0).tag(sync=True)
    alike = traitlets.Bool(False).tag(sync=True)
    shown = traitlets.Unicode("picture asks").tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    captions = traitlets.List(traitlets.Unicode()).tag(sync=True)
    limits = traitlets.List(traitlets.Float(), list(TEMPERATURES)).tag(sync=True)

    def __init__(
        self,
        tiles,
        *,
        names: Sequence[str],
        captions: Sequence[str],
        pictures: Sequence[float],
        words: Sequence[float],
        pairs: int = 2,
        temperature: float = 0.5,
        label: str = "Pull and push",
    ):
        """Pack pictures, and where everything lies at first.

        Args:
            tiles: (K, side, side, 3) uint8 pictures, K from 1 to 6.
            names: K short names.
            captions: K captions.
            pictures: K angles in degrees, of the pictures.
            words: K angles in degrees, of the captions.
            pairs: how many take part at first.
            temperature: τ at first.
            label: what a screen reader calls this figure; unique on its page.

        Raises:
            ValueError: for unequal lengths, too many pairs, an angle that is not finite, or values out of range.
        """
        tiles = square_pictures(tiles)
        if not 1 <= len(tiles) <= MOST:
            raise ValueError(f"tiles has {len(tiles)} pictures: from 1 to {MOST} can be told apart on a circle")
        same_length(tiles=tiles, names=names, captions=captions, pictures=pictures, words=words)
        angles = finite(np.asarray([*pictures, *words], dtype=float), "angles")
        super().__init__(
            label=label,
            data={"tiles": pack(tiles, "uint8")},
            names=list(names),
            captions=list(captions),
            angles=(angles % 360).tolist(),
            pairs=pairs,
            temperature=temperature,
        )

    @traitlets.validate("pairs")
    def _pairs(self, proposal):
        if self.names and not 1 <= proposal["value"] <= len(self.names):
            raise RefusedError(f"pairs is {proposal['value']}: it needs to be from 1 to {len(self.names)}")
        return proposal["value"]

    @traitlets.validate("angles")
    def _angles(self, proposal):
        size = 2 * len(self.names)
        if size and (len(proposal["value"]) != size or not all(0 <= angle <= 360 for angle in proposal["value"])):
            raise RefusedError(f"angles is {proposal['value']}: it needs {size} numbers from 0 to 360")
        return proposal["value"]

    @traitlets.validate("temperature")
    def _temperature(self, proposal):
        low, high = TEMPERATURES
        if not low <= proposal["value"] <= high:  # NaN fails too
            raise RefusedError(f"temperature is {proposal['value']}: it needs to be from {low} to {high}")
        return proposal["value"]

    @traitlets.validate("point")
    def _point(self, proposal):
        return self.within(proposal, 2 * len(self.names))

    @traitlets.validate("shown")
    def _shown(self, proposal):
        if proposal["value"] not in SHOWN:
            raise RefusedError(f"shown is {proposal['value']!r}: it needs to be one of {list(SHOWN)}")
        return proposal["value"]
