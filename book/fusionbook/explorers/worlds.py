"""Worlds: what each fusion has learned in each world, step by step, as a field over the plane of two modalities."""

from collections.abc import Mapping, Sequence

import numpy as np
import traitlets

from fusionbook.checks import probabilities, vector
from fusionbook.explorers.base import Explorer, RefusedError, ascending, pack, pack_dots

EDGE = 3.0  # a field reaches from -EDGE to EDGE in both modalities
BITS = ("A alone", "B alone", "together")


class Worlds(Explorer):
    """Fields and AUC of F fusions in W worlds, recorded from S starts after T numbers of epochs; a replay explorer.

    Every field is looked up: a cell is the probability that the network gave there, in whole percent.

    Attributes:
        world: which world is shown.
        fusion: which fusion is told about in words and drawn as a curve.
        start: from which of the starts it was trained, 0 to S - 1.
        step: which of the recorded moments, 0 to T - 1.
    """

    world = traitlets.Unicode().tag(sync=True)
    fusion = traitlets.Unicode().tag(sync=True)
    start = traitlets.Int().tag(sync=True)
    step = traitlets.Int().tag(sync=True)
    worlds = traitlets.List(traitlets.Unicode()).tag(sync=True)
    fusions = traitlets.List(traitlets.Unicode()).tag(sync=True)
    additive = traitlets.List(traitlets.Bool()).tag(sync=True)
    parameters = traitlets.List(traitlets.Int()).tag(sync=True)
    epochs = traitlets.List(traitlets.Int()).tag(sync=True)
    bits = traitlets.List(traitlets.List(traitlets.Float())).tag(sync=True)
    bayes = traitlets.List(traitlets.Float()).tag(sync=True)

    def __init__(
        self,
        fields,
        auc,
        *,
        worlds: Sequence[str],
        fusions: Mapping[str, tuple[bool, int]],
        epochs: Sequence[int],
        bits,
        bayes: Sequence[float],
        dots: Mapping[str, tuple],
        world: str | None = None,
        fusion: str | None = None,
        start: int = 0,
        step: int | None = None,
        label: str = "Worlds: what each fusion learns",
    ):
        """Record the fields.

        Args:
            fields: (W, F, S, T, G, G) probabilities of label 1 at points of a grid from -3 to 3, first by a, then by
                b; G is odd and from 5 to 41, so that there is a middle.
            auc: (W, F, N, T) on new examples, of N ≥ S starts, of which the first S have fields.
            worlds: W names.
            fusions: F names, each with (additive, how many parameters).
            epochs: T numbers, ascending.
            bits: (W, 3) bits of the label in the noise-free world: A alone, B alone, together.
            bayes: (W,) the AUC of the true probability.
            dots: world -> (a, b, label), examples to draw, up to 400 a world.
            world: to start with; the last one if not given.
            fusion: to start with; the first one if not given.
            start: to start with.
            step: to start with; the last one if not given.
            label: what a screen reader calls this figure; unique on its page.

        Raises:
            ValueError: for shapes that do not fit one another, or values out of range.
        """
        fields, auc = np.asarray(fields, dtype=float), np.asarray(auc, dtype=float)
        size = (len(worlds), len(fusions), fields.shape[2] if fields.ndim == 6 else 0, len(epochs))
        grid = fields.shape[-1] if fields.ndim == 6 else 0
        if fields.shape != (*size, grid, grid) or not 5 <= grid <= 41 or grid % 2 == 0 or 0 in size:
            raise ValueError(
                f"fields has shape {fields.shape}: it needs ({len(worlds)}, {len(fusions)}, S, {len(epochs)}, G, G), "
                f"worlds by fusions by starts by moments, with G odd and from 5 to 41"
            )
        if auc.ndim != 4 or (*auc.shape[:2], auc.shape[3]) != (*size[:2], size[3]) or auc.shape[2] < size[2]:
            raise ValueError(f"auc has shape {auc.shape}: it needs {(*size[:2], 'N', size[3])} with N from {size[2]}")
        ascending(epochs, "epochs")
        bits, bayes = np.asarray(bits, dtype=float), vector(bayes, "bayes")
        if bits.shape != (size[0], len(BITS)) or bayes.shape != (size[0],):
            raise ValueError(
                f"bits has shape {bits.shape}, bayes {bayes.shape}: they need ({size[0]}, 3), ({size[0]},)"
            )
        for name, values in {"fields": fields, "auc": auc, "bits": bits, "bayes": bayes}.items():
            probabilities(values, name)  # bits of a label lie in [0, 1] too
        data = {"fields": pack(np.rint(100 * fields), "uint8"), "auc": pack(auc)}
        data["dots"] = pack_dots(dots, worlds)
        super().__init__(
            label=label,
            data=data,
            worlds=list(worlds),
            fusions=list(fusions),
            additive=[bool(adds) for adds, _ in fusions.values()],
            parameters=[int(count) for _, count in fusions.values()],
            epochs=[int(epoch) for epoch in epochs],
            bits=bits.tolist(),
            bayes=bayes.tolist(),
            world=worlds[-1] if world is None else world,
            fusion=next(iter(fusions)) if fusion is None else fusion,
            start=start,
            step=len(epochs) - 1 if step is None else step,
        )

    @traitlets.validate("world", "fusion")
    def _name(self, proposal):
        name = proposal["trait"].name
        known = getattr(self, f"{name}s")
        if known and proposal["value"] not in known:
            raise RefusedError(f"{name} is {proposal['value']!r}: it needs to be one of {known}")
        return proposal["value"]

    @traitlets.validate("start")
    def _start(self, proposal):
        return self.within(proposal, self.data["fields"]["shape"][2] if self.data else 0)

    @traitlets.validate("step")
    def _step(self, proposal):
        return self.within(proposal, self.data["fields"]["shape"][3] if self.data else 0)
