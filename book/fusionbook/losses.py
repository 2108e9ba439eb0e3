"""Losses: of the task, of the alignment, and of the fusion itself. Each takes embeddings or logits, returns a scalar.

Nothing here normalises: where a loss compares directions, `normalize` its inputs first, and say so.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, logsigmoid

from fusionbook.checks import check_aligned, check_mask


def normalize(x: Tensor) -> Tensor:
    """Scale every row to length 1: x / ‖x‖. A row of zeros has no direction.

    Under `torch.func.vmap`, where no value can be looked at, such a row becomes NaN.

    >>> normalize(torch.tensor([[3.0, 4.0]]))
    tensor([[0.6000, 0.8000]])

    Raises:
        ValueError: for a row of zeros, naming it.
    """
    length = x.norm(dim=-1, keepdim=True)
    try:
        flat = (length == 0).flatten().nonzero()
    except RuntimeError:  # vmap's
        flat = ()
    if len(flat):
        raise ValueError(f"x[{int(flat[0])}] is all zeros: it has no direction to keep")
    return x / length


class LogitScale(nn.Module):
    """A learnable 1/τ: exp of a free parameter, at most `highest`; called, it returns the scale.

    The start 1/0.07 and the bound 100 are CLIP's (Radford et al., 2021). Beyond the bound the gradient is zero.

    >>> round(LogitScale()().item(), 2)
    14.29
    """

    def __init__(self, start: float = 1 / 0.07, highest: float = 100.0):
        super().__init__()
        if not 0 < start <= highest:
            raise ValueError(f"start is {start}: it needs to lie above 0 and not above highest, {highest}")
        self.log = nn.Parameter(torch.tensor(math.log(start)))
        self.highest = highest

    def forward(self) -> Tensor:
        return self.log.clamp(max=math.log(self.highest)).exp()


def similarities(a: Tensor, b: Tensor, temperature: float | Tensor) -> Tensor:
    """Return a bᵀ / τ, (N, N): row i is what a_i thinks of every b. Raises as `info_nce` does."""
    check_aligned(a=a, b=b)
    if not (torch.as_tensor(temperature) > 0).all():  # NaN fails too
        raise ValueError(f"temperature is {float(temperature)}: it needs to be above 0")
    return a @ b.T / temperature


def info_nce(a: Tensor, b: Tensor, temperature: float | Tensor, groups: Tensor | None = None) -> Tensor:
    """Symmetric InfoNCE as in CLIP: the mean of a asking for its b, and of b asking for its a.

    L = ½ (L_ab + L_ba), L_ab = −(1/N) Σ_i log [exp(a_i·b_i/τ) / Σ_j exp(a_i·b_j/τ)]; log N when all similarities are
    equal. If every row stands m times in the batch, copies cannot be told apart and L is at least log m. With
    `groups`, all rows of i's group are positives of i and share its target equally; log m is then the entropy of the
    targets, and no copy is pushed away.

    Args:
        a: (N, d); `normalize` it first if directions are meant.
        b: (N, d); row i belongs to row i of `a`.
        temperature: τ above 0, a number or a tensor to learn (`1 / LogitScale()()`).
        groups: (N,) whole numbers; rows with the same number are positives of one another.

    Returns:
        A scalar, in nats.

    Raises:
        ValueError: for shapes that differ, no rows, or a temperature that is not above 0.

    Source: van den Oord et al. (2018); the symmetric form Zhang et al. (2020), Radford et al. (2021).
    """
    logits = similarities(a, b, temperature)
    if groups is None:  # the positives stand on the diagonal
        return ((logits.logsumexp(1) + logits.logsumexp(0)) / 2 - logits.diagonal()).mean()
    target = positives(len(a), groups, logits)
    return (cross_entropy(logits, target) + cross_entropy(logits.T, target)) / 2


def positives(n: int, groups: Tensor | None, like: Tensor) -> Tensor:
    """Return the targets (n, n): each row shares 1 among its positives."""
    if groups is None:
        return torch.eye(n, dtype=like.dtype, device=like.device)
    groups = torch.as_tensor(groups, device=like.device)
    if groups.shape != (n,):
        raise ValueError(f"groups has shape {tuple(groups.shape)}: it needs ({n},), one for each row")
    same = (groups[:, None] == groups).to(like.dtype)
    return same / same.sum(1, keepdim=True)


def siglip(a: Tensor, b: Tensor, scale: float | Tensor = 10.0, bias: float | Tensor = -10.0) -> Tensor:
    """Sigmoid loss: every pair is its own yes-no question. L = −(1/N) Σ_ij log σ(z_ij (s a_i·b_j + c)).

    z_ij is 1 for i = j and −1 otherwise. The bias starts low because most pairs are negatives.

    Args:
        a: (N, d), normalised.
        b: (N, d), normalised.
        scale: s.
        bias: c.

    Raises:
        ValueError: for shapes that differ, or no rows.

    Source: Zhai et al. (2023), Sigmoid loss for language image pre-training; scale 10, bias −10 are theirs.
    """
    logits = scale * similarities(a, b, 1.0) + bias
    sign = 2 * torch.eye(len(a), dtype=logits.dtype, device=logits.device) - 1
    return -logsigmoid(sign * logits).sum() / len(a)


def uniformity(x: Tensor, t: float = 2.0) -> Tensor:
    """Log of the mean of exp(−t ‖x_i − x_j‖²) over pairs i ≠ j of one modality: the lower, the more spread out.

    Args:
        x: (N, d) with N at least 2, normalised.
        t: how quickly a neighbour is forgotten.

    Raises:
        ValueError: for fewer than two rows.

    Source: Wang & Isola (2020), Understanding contrastive representation learning.
    """
    if x.ndim != 2 or len(x) < 2:
        raise ValueError(f"x has shape {tuple(x.shape)}: it needs (N, d) with at least two rows")
    pairs = torch.pdist(x) ** 2  # (N (N - 1) / 2,): each pair once, none with itself
    return torch.logsumexp(-t * pairs, 0) - math.log(len(pairs))


def pair_distance(a: Tensor, b: Tensor, power: float = 2.0) -> Tensor:
    """Mean distance of matching rows, (1/N) Σ ‖a_i − b_i‖^power: the lower, the better aligned. Wang & Isola (2020).

    >>> pair_distance(torch.zeros(3, 2), torch.ones(3, 2))
    tensor(2.)
    """
    check_aligned(a=a, b=b)
    if power == 2:
        return (a - b).pow(2).sum(1).mean()
    return (a - b).norm(dim=1).pow(power).mean()


def random_subsets(rows: int, modalities: int, generator: torch.Generator | None = None) -> Tensor:
    """Draw for each row a non-empty subset of the modalities, each of the 2^M − 1 equally likely: bool (rows, M).

    Raises:
        ValueError: for fewer than one row or modality, or more than 30 modalities.
    """
    if rows < 1 or not 1 <= modalities <= 30:
        raise ValueError(f"rows is {rows}, modalities is {modalities}: at least 1, and from 1 to 30")
    number = torch.randint(1, 2**modalities, (rows, 1), generator=generator)
    return (number >> torch.arange(modalities)) % 2 == 1


def subset_loss(
    predict: Callable[[Sequence[Tensor], Tensor], Tensor],
    features: Sequence[Tensor],
    target: Tensor,
    task: Callable[[Tensor, Tensor], Tensor],
    *,
    present: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """L_fusion by prediction: the task's loss when the fused vector is made of a random subset of the modalities.

    Args:
        predict: of (features, present) -> output; a fusion layer and its head.
        features: M tensors (B, d_m).
        target: (B, …), what `task` compares with.
        task: of (output, target) -> scalar.
        present: bool (B, M), who is there at all; a row of whom the subset leaves nobody keeps all that it has.
        generator: of the subsets.

    Raises:
        ValueError: if `present` does not fit.
    """
    chosen = random_subsets(len(target), len(features), generator)
    if present is not None:
        if present.shape != chosen.shape:
            raise ValueError(f"present has shape {tuple(present.shape)}: it needs {tuple(chosen.shape)}")
        kept = chosen & present
        chosen = torch.where(kept.any(1, keepdim=True), kept, present)
    return task(predict(features, chosen), target)


def reconstruction_loss(rebuilt: Sequence[Tensor], features: Sequence[Tensor], hidden: Tensor) -> Tensor:
    """L_fusion by reconstruction: mean squared error of the modalities that were hidden from the fusion.

    (Σ over hidden (i, m) of ‖x̂_im − x_im‖² / d_m) / (number of hidden (i, m)); 0 where nothing was hidden.

    Args:
        rebuilt: M tensors (B, d_m), made from the fused vector.
        features: M tensors (B, d_m), the truth; where a modality was absent from the start it is not hidden.
        hidden: bool (B, M).

    Raises:
        ValueError: for shapes that do not fit.
    """
    shapes = [tuple(x.shape) for x in features]
    if [tuple(x.shape) for x in rebuilt] != shapes:
        raise ValueError(f"rebuilt has shapes {[tuple(x.shape) for x in rebuilt]}: it needs {shapes}")
    check_mask(hidden, "hidden", (shapes[0][0], len(shapes)))
    total = rebuilt[0].new_zeros(())
    for m, (guess, truth) in enumerate(zip(rebuilt, features, strict=True)):
        missed = hidden[:, [m]]
        error = torch.where(missed, guess - torch.where(missed, truth, 0), 0)  # what was never there stays out
        total = total + error.pow(2).sum() / guess.shape[1]
    return total / hidden.sum().clamp(min=1)


def auxiliary_loss(
    outputs: Sequence[Tensor], target: Tensor, task: Callable[[Tensor, Tensor], Tensor], present: Tensor | None = None
) -> Tensor:
    """L_uni: the mean over modalities of the task's loss of each modality's own head, on the rows that have it.

    A modality that no row has is left out of the mean; if that is all of them the loss is 0.

    Raises:
        ValueError: for no outputs, or a `present` that does not fit.
    """
    if not outputs:
        raise ValueError("outputs is empty: it needs one for each modality")
    if present is None:
        return torch.stack([task(output, target) for output in outputs]).mean()
    check_mask(present, "present", (len(target), len(outputs)))
    rows = [present[:, m] for m in range(len(outputs))]
    told = [task(o[there], target[there]) for o, there in zip(outputs, rows, strict=True) if there.any()]
    return torch.stack(told).mean() if told else outputs[0].sum() * 0


def joint_loss(
    task: Tensor,
    align: Tensor | float = 0.0,
    fusion: Tensor | float = 0.0,
    unimodal: Tensor | float = 0.0,
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    gamma: float = 0.0,
) -> Tensor:
    """L = L_task + α L_align + β L_fusion + γ L_uni.

    Raises:
        ValueError: for a weight that is negative or not finite.
    """
    for name, weight in (("alpha", alpha), ("beta", beta), ("gamma", gamma)):
        if not 0 <= weight < math.inf:
            raise ValueError(f"{name} is {weight}: a loss has a finite weight that is not negative")
    return task + alpha * align + beta * fusion + gamma * unimodal
