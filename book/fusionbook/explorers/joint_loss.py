"""Joint loss: a task and an alignment train the same encoders; what they do to each thing, and what is kept."""

from collections.abc import Sequence

import numpy as np
import traitlets

from fusionbook.checks import finite, probabilities
from fusionbook.explorers.base import Explorer, ascending, pack


class JointLoss(Explorer):
    """What torch recorded while L = L_task + α L_align was trained, in several worlds; a replay explorer.

    Attributes:
        world: which of the recorded worlds.
        amount: which of the recorded numbers of labels.
        weight: which of the recorded weights α.
        step: which of the recorded epochs.
        thing: the held-out thing looked at.
    """

    world = traitlets.Int().tag(sync=True)
    amount = traitlets.Int().tag(sync=True)
    weight = traitlets.Int().tag(sync=True)
    step = traitlets.Int().tag(sync=True)
    thing = traitlets.Int().tag(sync=True)
    worlds = traitlets.List(traitlets.Unicode()).tag(sync=True)
    amounts = traitlets.List(traitlets.Int()).tag(sync=True)
    weights = traitlets.List(traitlets.Float()).tag(sync=True)
    epochs = traitlets.List(traitlets.Int()).tag(sync=True)
    kept = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self,
        p,
        cosine,
        label,
        losses,
        shares,
        accuracy,
        *,
        worlds: Sequence[str],
        amounts: Sequence[int],
        weights: Sequence[float],
        epochs: Sequence[int],
        kept: Sequence[str],
        world: int = 0,
        amount: int = 0,
        weight: int = 0,
        step: int | None = None,
        label_text: str = "Joint loss",
    ):
        """Pack a film for W worlds, L numbers of labels, A weights, S epochs and n held-out things.

        Args:
            p: (W, L, A, S, n) probabilities that the model gives to label 1.
            cosine: (W, L, A, S, n) cosines of each thing's two embeddings.
            label: (W, n) zeros and ones.
            losses: (W, L, A, S, 3): L_task, L_align, and the cosine of their gradients.
            shares: (W, L, A, S, K) how much of each of K causes the embeddings keep, at most 1.
            accuracy: (W, L, A, 2) mean and standard deviation over samples, after the last epoch.
            worlds: W names.
            amounts: L numbers of labels.
            weights: A values of α, ascending.
            epochs: S, ascending.
            kept: K names.
            world: to start with.
            amount: to start with.
            weight: to start with.
            step: to start with; the last one if not given.
            label_text: what a screen reader calls this figure; unique on its page.

        Raises:
            ValueError: for shapes that do not fit, or values out of range.
        """
        for name, values in (("weights", weights), ("epochs", epochs)):
            ascending(values, name)
        p = probabilities(np.asarray(p, dtype=float), "p")
        size = (len(worlds), len(amounts), len(weights), len(epochs))
        label, n = np.asarray(label), p.shape[-1] if p.ndim == 5 else 0
        parts = {
            "p": (p, (*size, n)),
            "cosine": (finite(np.asarray(cosine, dtype=float), "cosine"), (*size, n)),
            "label": (label, (size[0], n)),
            "losses": (finite(np.asarray(losses, dtype=float), "losses"), (*size, 3)),
            "shares": (finite(np.asarray(shares, dtype=float), "shares"), (*size, len(kept))),
            "accuracy": (probabilities(np.asarray(accuracy, dtype=float), "accuracy"), (*size[:3], 2)),
        }
        for name, (values, shape) in parts.items():
            if values.shape != shape or not values.size:
                raise ValueError(f"{name} has shape {values.shape}: it needs {shape}")
        if not np.isin(label, (0, 1)).all() or np.abs(parts["cosine"][0]).max() > 1 + 1e-4:
            raise ValueError("label needs zeros and ones, cosine numbers from -1 to 1")
        whole = {"p": np.round(255 * p), "cosine": np.round(127.5 * (parts["cosine"][0].clip(-1, 1) + 1))}
        data = {name: pack(values, "uint8") for name, values in (whole | {"label": label}).items()}
        data |= {name: pack(parts[name][0]) for name in ("losses", "shares", "accuracy")}
        super().__init__(
            label=label_text,
            data=data,
            worlds=list(worlds),
            amounts=[int(one) for one in amounts],
            weights=[float(one) for one in weights],
            epochs=[int(one) for one in epochs],
            kept=list(kept),
            world=world,
            amount=amount,
            weight=weight,
            step=len(epochs) - 1 if step is None else step,
        )

    @traitlets.validate("world", "amount", "weight", "step", "thing")
    def _place(self, proposal):
        axis = ("world", "amount", "weight", "step", "thing").index(proposal["trait"].name)
        return self.within(proposal, self.data["p"]["shape"][axis] if self.data else 0)
