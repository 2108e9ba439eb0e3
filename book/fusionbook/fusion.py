"""Many modalities -> one decision. Late fusion: every modality decides alone, then the decisions are combined.

`LAYERS` holds every fusion layer by name. A layer is built as `Layer(dims, out_dim)` and called as
`z = layer(features, present=None)`: features is a sequence of M tensors (B, d_m), present a bool (B, M) that is
True where a modality is there, z is (B, out_dim). A modality marked absent has no influence, whatever its
values are; a row with nothing present gives a finite answer that the class documents (late layers: the base rate).
`SEQUENCE_LAYERS` holds those that take token sequences, `z = layer(sequences, present=None)`; see `sequences`.
"""

from collections.abc import Sequence

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from fusionbook.checks import finite, labels, probabilities
from fusionbook.layers import (
    Concat,
    Fusion,
    Gated,
    GatedAlone,
    JointEmbedding,
    LowRank,
    ModalityAttention,
    MultiplicativeInteraction,
    ProductOfExperts,
    TensorFusion,
    WeightedConcat,
)
from fusionbook.metrics import check_weights
from fusionbook.sequences import Bottleneck, CrossAttention


def pool_mean(p, prior: float, weights=None, present=None) -> Tensor:
    """Linear opinion pool: the weighted mean of the probabilities of those present, (n,).

    Args:
        p: (n, M) probabilities; an absent one may be NaN.
        prior: the base rate, in (0, 1): the answer where nothing with a weight is present.
        weights: (M,) not negative, not all zero; equal if not given.
        present: bool (n, M); all if not given.

    Raises:
        ValueError: for probabilities or weights out of range, or shapes that do not fit.
    """
    p, present = _decisions(p, present, "p")
    probabilities(p.numpy(force=True), "p")
    heard = present * _weights(weights, p)
    total = heard.sum(1)
    pooled = (heard * p).sum(1) / torch.where(total > 0, total, 1)
    return torch.where(total > 0, pooled, _logit(prior).sigmoid())


def pool_logits(logits, prior: float, weights=None, present=None, bias: float | None = None) -> Tensor:
    """Add up the evidence, with the prior counted once: b + Σ_m w_m (l_m - b), where b is the prior's logit.

    With all weights 1 this is Σ l_m - (M - 1) b, exact for modalities that are independent given the label. A
    modality that is absent, or has weight 0, drops out with its copy of the prior; nothing present leaves b.

    Args:
        logits: (n, M); an absent one may be NaN.
        prior: the base rate that every modality was trained under, in (0, 1).
        weights: (M,) not negative, not all zero; all 1 if not given.
        present: bool (n, M); all if not given.
        bias: what to start from in place of b (stacking learns it).

    Returns:
        (n,) logits.

    Raises:
        ValueError: for a prior outside (0, 1), bad weights, a logit that is not finite, or shapes that do not fit.
    """
    logits, present = _decisions(logits, present, "logits")
    base = _logit(prior)
    if bias is not None and not np.isfinite(bias):
        raise ValueError(f"bias is {bias}: it needs to be a finite number, or None for the prior's logit")
    evidence = torch.where(present, logits - base, 0)
    return (base if bias is None else bias) + (evidence * _weights(weights, logits)).sum(1)


def fit_simplex(p, label, steps: int = 100) -> np.ndarray:
    """Learn the weights of `pool_mean` on the simplex (positive, sum 1) that minimise the log loss, (M,).

    The weights are a softmax, so they stay on the simplex by construction; L-BFGS finds the minimum.

    Raises:
        ValueError: for probabilities outside [0, 1], labels other than 0 and 1, or unequal lengths.
    """
    p, _ = _decisions(p, None, "p")
    probabilities(p.numpy(force=True), "p")
    label = torch.as_tensor(_labels_for(label, len(p)))
    scores = torch.zeros(p.shape[1], dtype=p.dtype, requires_grad=True)
    optimizer = torch.optim.LBFGS([scores], max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy((p * scores.softmax(0)).sum(1).clamp(1e-9, 1 - 1e-9), label)
        loss.backward()
        return loss

    optimizer.step(closure)
    return scores.detach().softmax(0).numpy()


def fit_stacking(logits, label, prior: float) -> tuple[np.ndarray, float]:
    """Learn weights and bias of `pool_logits` by logistic regression on logits of held-out rows.

    The logits must come from models that never saw these rows (out-of-fold), else the model that memorised most
    is trusted most. Source: Wolpert (1992), stacked generalization.

    Returns:
        (weights, bias): (M,) and a number. Weights may come out negative; `pool_logits` would refuse those.

    Raises:
        ValueError: for labels of one class, unequal lengths, or a logit that is not finite.
    """
    logits, _ = _decisions(logits, None, "logits")
    label = _labels_for(label, len(logits))
    if label.min() == label.max():
        raise ValueError(f"label holds only {int(label[0])}: stacking needs both classes")
    model = LogisticRegression(C=1e6, max_iter=1000).fit((logits - _logit(prior)).numpy(), label)
    return model.coef_[0], float(model.intercept_[0])


class _Late(Fusion):
    """One linear head a modality, and the base rate: what the late layers share."""

    additive = True

    def __init__(self, dims: Sequence[int], out_dim: int, *, prior: float = 0.5):
        super().__init__(dims, out_dim)
        self.heads = nn.ModuleList(nn.Linear(d, out_dim) for d in dims)
        self.register_buffer("base", _logit(prior).to(torch.get_default_dtype()))

    def decide(self, features: Sequence[Tensor], present: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return every modality's logits (B, M, out_dim) and who is present (B, M, 1)."""
        x, present = self.masked(features, present)
        return torch.stack([head(part) for head, part in zip(self.heads, x, strict=True)], 1), present.unsqueeze(-1)


class LateMean(_Late):
    """Mean of the modalities' probabilities: z = (Σ_present σ(l_m)) / (number present), each entry in [0, 1]."""

    def forward(self, features: Sequence[Tensor], present: Tensor | None = None) -> Tensor:
        logits, present = self.decide(features, present)
        return self.pool(logits.sigmoid(), present.to(logits.dtype))

    def pool(self, p: Tensor, heard: Tensor) -> Tensor:
        """Weigh p (B, M, out_dim) by heard (B, M, 1), normalised over the modalities; nobody heard: the base rate."""
        total = heard.sum(1)  # (B, 1)
        pooled = (heard * p).sum(1) / torch.where(total > 0, total, 1)
        return torch.where(total > 0, pooled, self.base.sigmoid())


class LateSimplex(LateMean):
    """Y = Σ w_m Y_m with learned weights on the simplex (a softmax), renormalised over those present."""

    def __init__(self, dims: Sequence[int], out_dim: int, *, prior: float = 0.5):
        super().__init__(dims, out_dim, prior=prior)
        self.scores = nn.Parameter(torch.zeros(len(dims)))

    def forward(self, features: Sequence[Tensor], present: Tensor | None = None) -> Tensor:
        logits, present = self.decide(features, present)
        return self.pool(logits.sigmoid(), present * self.scores.softmax(0)[:, None])


class LateLogits(_Late):
    """Sum of logits with the prior counted once: z = b + Σ_present (l_m - b)."""

    def forward(self, features: Sequence[Tensor], present: Tensor | None = None) -> Tensor:
        logits, present = self.decide(features, present)
        return self.base + torch.where(present, logits - self.base, 0).sum(1)


LAYERS: dict[str, type[nn.Module]] = {
    "concat": Concat,
    "weighted concat": WeightedConcat,
    "late mean": LateMean,
    "late simplex": LateSimplex,
    "late logits": LateLogits,
    "multiplicative": MultiplicativeInteraction,
    "tensor": TensorFusion,
    "low-rank tensor": LowRank,
    "gated": Gated,
    "gated alone": GatedAlone,
    "attention": ModalityAttention,
    "product of experts": ProductOfExperts,
    "joint embedding": JointEmbedding,
}
SEQUENCE_LAYERS: dict[str, type[nn.Module]] = {"cross-attention": CrossAttention, "bottleneck": Bottleneck}


def _decisions(values, present, name: str) -> tuple[Tensor, Tensor]:
    """Return values (n, M) in float64, zero where absent, and present as bool (n, M)."""
    values = torch.as_tensor(values, dtype=torch.float64)
    if values.ndim != 2 or not values.numel():
        raise ValueError(f"{name} has shape {tuple(values.shape)}: it needs (n, M) with at least one entry")
    if present is None:
        present = torch.ones(values.shape, dtype=torch.bool)
    present = torch.as_tensor(present, dtype=torch.bool)
    if present.shape != values.shape:
        raise ValueError(f"present has shape {tuple(present.shape)}: it needs that of {name}, {tuple(values.shape)}")
    values = torch.where(present, values, 0)
    finite(values.numpy(force=True), name)
    return values, present


def _weights(weights, values: Tensor) -> Tensor:
    size = values.shape[1]
    return torch.as_tensor(check_weights(np.ones(size) if weights is None else weights, size))


def _labels_for(label, n: int) -> np.ndarray:
    label = labels(label)
    if len(label) != n:
        raise ValueError(f"label has {len(label)} entries: it needs one for each of the {n} rows")
    return label


def _logit(prior: float) -> Tensor:
    if not 0 < prior < 1:
        raise ValueError(f"prior is {prior}: a base rate lies strictly between 0 and 1")
    return torch.tensor(prior, dtype=torch.float64).logit()
