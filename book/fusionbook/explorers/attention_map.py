"""Attention map: who listens to whom, head by head, and whether those that are listened to are missed when removed."""

from collections.abc import Mapping, Sequence

import numpy as np
import traitlets

from fusionbook.checks import finite, probabilities
from fusionbook.explorers.base import Explorer, RefusedError, pack

MOST_NOISE = 3.0


class AttentionMap(Explorer):
    """A trained `ModalityAttention` with a linear head on one applicant at a time; a formula explorer.

    The page computes the tokens, the map of every head, z and the logit, with modalities taken away and noise added
    to one of them; and for the applicant shown, by how much the logit moves when one more modality is taken away.
    The cloud beside it was recorded.

    Attributes:
        applicant: which one is shown.
        present: M times True or False: which modalities the model receives.
        modality: the one under study: it gets the noise, and the cloud shows it.
        noise: how much of its noise direction is added, from 0 to 3.
        least: the cloud's marked corner begins at this much attention, in [0, 1],
        most: and ends at this much change of the logit, at least 0.
    """

    applicant = traitlets.Int().tag(sync=True)
    present = traitlets.List(traitlets.Bool()).tag(sync=True)
    modality = traitlets.Unicode().tag(sync=True)
    noise = traitlets.Float().tag(sync=True)
    least = traitlets.Float().tag(sync=True)
    most = traitlets.Float().tag(sync=True)
    modalities = traitlets.List(traitlets.Unicode()).tag(sync=True)
    heads = traitlets.Int().tag(sync=True)
    bias = traitlets.Float().tag(sync=True)
    came = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self,
        features,
        direction,
        weights: Mapping[str, np.ndarray],
        head: tuple[np.ndarray, float],
        *,
        modalities: Sequence[str],
        heads: int,
        label_of: Sequence[int],
        attention,
        change,
        applicant: int = 0,
        modality: str | None = None,
        noise: float = 0.0,
        least: float = 0.2,
        most: float = 0.25,
        label: str = "Attention map: who listens to whom",
    ):
        """Pack a model and its applicants.

        Args:
            features: (n, M, e) what the layer takes, of one width e for every modality.
            direction: (n, M, e) what noise of size 1 adds to it.
            weights: the `state_dict` of a `ModalityAttention([e] * M, d)`.
            head: (d,) weights and the bias of the linear head behind it.
            modalities: M names, from 2 to 8.
            heads: how many the layer has.
            label_of: (n,) 1 where a default came, else 0.
            attention: (n, M) what each modality received, a mean over heads and over those that ask, all present.
            change: (n, M) of the logit when that modality alone is taken away.
            applicant: to start with.
            modality: to study first; the last one if not given.
            noise: to start with.
            least: attention from which an applicant of the cloud is marked.
            most: change up to which one is.
            label: what a screen reader calls this figure; unique on its page.

        Raises:
            ValueError: for shapes that do not fit, a weight that is missing, or values out of range.
        """
        features, direction = np.asarray(features, dtype=float), np.asarray(direction, dtype=float)
        size, shape = len(modalities), features.shape
        if features.ndim != 3 or shape[1] != size or direction.shape != shape or not 2 <= size <= 8 or not shape[0]:
            raise ValueError(
                f"features has shape {shape}, direction {direction.shape}: both need (n, {size}, e) for the {size} "
                f"modalities, which are from 2 to 8"
            )
        width = np.shape(head[0])[-1]
        if heads < 1 or width % heads:
            raise ValueError(f"heads is {heads} for a width of {width}: the width needs to be a multiple of the heads")
        seen = {"attention": np.asarray(attention, dtype=float), "change": np.asarray(change, dtype=float)}
        for name, values in seen.items():
            if values.shape != shape[:2]:
                raise ValueError(f"{name} has shape {values.shape}: it needs {shape[:2]}, an entry for each modality")
        probabilities(seen["attention"], "attention")
        if len(label_of) != shape[0] or not set(np.unique(label_of)) <= {0, 1}:
            raise ValueError(f"label_of has {len(label_of)} entries: it needs 0 or 1 for each of {shape[0]} applicants")
        data = {"features": pack(features), "direction": pack(direction), **_weights(weights, size, shape[2], width)}
        data["head"] = pack(finite(np.asarray(head[0], dtype=float).reshape(-1), "head"))
        data |= {name: pack(values) for name, values in seen.items()}
        super().__init__(
            label=label,
            data=data,
            modalities=list(modalities),
            heads=int(heads),
            bias=float(head[1]),
            came=["defaulted" if value else "paid" for value in label_of],
            applicant=applicant,
            present=[True] * size,
            modality=modalities[-1] if modality is None else modality,
            noise=noise,
            least=least,
            most=most,
        )

    @traitlets.validate("applicant")
    def _applicant(self, proposal):
        return self.within(proposal, self.data["features"]["shape"][0] if self.data else 0)

    @traitlets.validate("present")
    def _present(self, proposal):
        if self.modalities and len(proposal["value"]) != len(self.modalities):
            raise RefusedError(f"present is {proposal['value']}: it needs True or False for {self.modalities}")
        return proposal["value"]

    @traitlets.validate("modality")
    def _modality(self, proposal):
        if self.modalities and proposal["value"] not in self.modalities:
            raise RefusedError(f"modality is {proposal['value']!r}: it needs to be one of {self.modalities}")
        return proposal["value"]

    @traitlets.validate("noise", "least", "most")
    def _number(self, proposal):
        name, most = proposal["trait"].name, {"noise": MOST_NOISE, "least": 1.0, "most": 1e6}
        if not 0 <= proposal["value"] <= most[name]:
            raise RefusedError(f"{name} is {proposal['value']}: it needs to lie in [0, {most[name]:g}]")
        return proposal["value"]


def _weights(state: Mapping[str, np.ndarray], size: int, narrow: int, width: int) -> dict:
    """Pack the weights of the layer by the names that attention_map.js reads; a linear map comes with its bias."""
    shapes = {f"project.{m}.weight": (width, narrow) for m in range(size)} | {"embedding": (size, width)}
    for part in ("query", "key", "value", "mix"):
        shapes[f"attention.{part}.weight"] = (width, width)
        if part != "key":
            shapes[f"attention.{part}.bias"] = (width,)
    state = {name: np.asarray(value, dtype=float) for name, value in state.items()}
    for name, shape in shapes.items():
        if name not in state or state[name].shape != shape:
            got = state[name].shape if name in state else "nothing"
            raise ValueError(f"weights[{name!r}] is {got}: a ModalityAttention of these sizes has {shape} there")
    packed = {"project": pack(np.stack([state[f"project.{m}.weight"] for m in range(size)]))}
    packed["embedding"] = pack(state["embedding"])
    for part in ("query", "key", "value", "mix"):
        bias = state.get(f"attention.{part}.bias", np.zeros(width))
        packed[part] = pack(np.concatenate([state[f"attention.{part}.weight"], bias[:, None]], 1))
    return packed
