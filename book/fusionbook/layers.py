"""Fusion layers over vectors: M tensors (B, d_m) become one (B, out_dim).

Every layer is built as `Layer(dims, out_dim)` and called as `z = layer(features, present=None)`. An absent modality
is set to zero before the first linear map and left out after it, so that nothing that stands in its place, NaN
included, reaches the output or a gradient. `additive` says whether z is a sum of one function of each modality: what
a linear head on top can then never tell is chapter 6's subject.
"""

import math
from collections.abc import Sequence
from itertools import combinations

import torch
from torch import Tensor, nn

from fusionbook.attention import Attention, masked_mean
from fusionbook.checks import check_features, check_widths


class Fusion(nn.Module):
    """What all layers share: the widths, and the mask in front of everything."""

    additive: bool

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__()
        check_widths(dims, out_dim)
        self.dims, self.out_dim = tuple(dims), out_dim

    def masked(self, features: Sequence[Tensor], present: Tensor | None) -> tuple[list[Tensor], Tensor]:
        """Return the features, zero where absent, and present (B, M); raise ValueError if they do not fit."""
        present = check_features(features, self.dims, present)
        return [torch.where(present[:, [m]], x, 0) for m, x in enumerate(features)], present


class Concat(Fusion):
    """Early fusion: z = W [x_1; …; x_M] + b; an absent block is zero, and nothing present gives b."""

    additive = True

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.mix = nn.Linear(sum(dims), out_dim)

    def forward(self, features: Sequence[Tensor], present: Tensor | None = None) -> Tensor:
        x, _ = self.masked(features, present)
        return self.mix(torch.cat(x, -1))  # (B, Σ d_m) -> (B, out_dim)


class WeightedConcat(Fusion):
    """Early fusion with one learned weight a modality, 1/M at the start: z = W [v_1 x_1; …; v_M x_M] + b.

    After the curriculum's `SimpleFusion`. The weights are not identifiable: double v_m and halve the columns of W
    that meet x_m, and z is the same.
    """

    additive = True

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.weights = nn.Parameter(torch.full((len(dims),), 1 / len(dims)))
        self.mix = nn.Linear(sum(dims), out_dim)

    def forward(self, features: Sequence[Tensor], present: Tensor | None = None) -> Tensor:
        x, _ = self.masked(features, present)
        return self.mix(torch.cat([v * part for v, part in zip(self.weights, x, strict=True)], -1))


class JointEmbedding(Fusion):
    """z = W [h_1; …; h_M] + b with h_m = tanh(W_m x_m + b_m) of width out_dim; an absent h_m is zero.

    After the curriculum's `SimpleEmbedding`.
    """

    additive = True

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.embed = nn.ModuleList(nn.Linear(d, out_dim) for d in dims)
        self.mix = nn.Linear(len(dims) * out_dim, out_dim)

    def forward(self, features: Sequence[Tensor], present: Tensor | None = None) -> Tensor:
        x, present = self.masked(features, present)
        h = [torch.tanh(f(part)) * present[:, [m]] for m, (f, part) in enumerate(zip(self.embed, x, strict=True))]
        return self.mix(torch.cat(h, -1))


class MultiplicativeInteraction(Fusion):
    """z = Σ_m<k x_mᵀ B_mk x_k + W [x_1; …; x_M] + b: concat, and a bilinear term for every pair.

    Source: Jayakumar et al. (2020), Multiplicative interactions and where to find them. A pair speaks only where
    both are present.
    """

    additive = False

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.mix = nn.Linear(sum(dims), out_dim)
        self.pairs = nn.ModuleList(nn.Bilinear(a, b, out_dim, bias=False) for a, b in combinations(dims, 2))

    def forward(self, features: Sequence[Tensor], present: Tensor | None = None) -> Tensor:
        x, _ = self.masked(features, present)
        z = self.mix(torch.cat(x, -1))
        for pair, (a, b) in zip(self.pairs, combinations(x, 2), strict=True):
            z = z + torch.einsum("bi,oij,bj->bo", a, pair.weight, b)  # nn.Bilinear itself has no batching rule
        return z


class TensorFusion(Fusion):
    """z = W vec([1; x_1] ⊗ … ⊗ [1; x_M]) + b: every product of entries of different modalities.

    Source: Zadeh et al. (2017), Tensor fusion network. An absent modality leaves the products without it. The outer
    product has Π (d_m + 1) entries, so widths are for thumbs: more than 2^20 entries raise ValueError.
    """

    additive = False

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        entries = math.prod(d + 1 for d in dims)
        if entries > 2**20:
            raise ValueError(f"dims is {list(dims)}: their tensor has {entries} entries, more than 2^20; use LowRank")
        self.mix = nn.Linear(entries, out_dim)

    def forward(self, features: Sequence[Tensor], present: Tensor | None = None) -> Tensor:
        x, _ = self.masked(features, present)
        product = x[0].new_ones(len(x[0]), 1)
        for part in x:
            product = (product[:, :, None] * with_one(part)[:, None, :]).flatten(1)  # (B, Π so far)
        return self.mix(product)


class LowRank(Fusion):
    """Tensor fusion whose W is a sum of `rank` products: z = Σ_r Π_m [1; x_m] F_m[r] + b.

    Source: Liu et al. (2018), Efficient low-rank multimodal fusion. `factors[m]` is (rank, d_m + 1, out_dim). With
    rank = the product of the two smaller (d_m + 1) of three modalities it can be any tensor fusion.

    Every factor starts as 1 plus a little of each entry, so that at first z is close to a sum; the usual random
    start, where the 1 is one entry among d_m + 1, is close to a bare product of M numbers, and hard to train.
    """

    additive = False

    def __init__(self, dims: Sequence[int], out_dim: int, *, rank: int = 4):
        super().__init__(dims, out_dim)
        if rank < 1:
            raise ValueError(f"rank is {rank}: it needs to be at least 1")
        self.factors = nn.ParameterList(nn.Parameter(0.3 * torch.randn(rank, d + 1, out_dim) / d**0.5) for d in dims)
        with torch.no_grad():
            for factor in self.factors:
                factor[:, 0] = 1
            self.factors[0].div_(rank**0.5)  # a sum of `rank` terms then starts at about the size of one
        self.bias = nn.Parameter(torch.zeros(out_dim))

    def forward(self, features: Sequence[Tensor], present: Tensor | None = None) -> Tensor:
        x, _ = self.masked(features, present)
        product = 1
        for part, factor in zip(x, self.factors, strict=True):
            product = product * torch.einsum("bd,rdo->bro", with_one(part), factor)
        return product.sum(1) + self.bias  # (B, rank, out_dim) -> (B, out_dim)


class Gated(Fusion):
    """Gated multimodal units: z = Σ_m g_m ⊙ tanh(W_m x_m + b_m), g_m = σ(V_m [x_1; …; x_M] + c_m).

    Source: Arevalo et al. (2017). An absent modality brings neither its own part nor a word in the others' gates;
    nothing present gives 0.
    """

    additive = False

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.embed = nn.ModuleList(nn.Linear(d, out_dim) for d in dims)
        self.gates = nn.ModuleList(nn.Linear(width, out_dim) for width in self.seen_by_gates())

    def seen_by_gates(self) -> list[int]:
        """Return how wide the input of each gate is."""
        return [sum(self.dims)] * len(self.dims)

    def gate_inputs(self, x: list[Tensor]) -> list[Tensor]:
        """Return what each gate sees."""
        return [torch.cat(x, -1)] * len(x)

    def forward(self, features: Sequence[Tensor], present: Tensor | None = None) -> Tensor:
        x, present = self.masked(features, present)
        z = 0
        for m, seen in enumerate(self.gate_inputs(x)):
            z = z + self.gates[m](seen).sigmoid() * torch.tanh(self.embed[m](x[m])) * present[:, [m]]
        return z


class GatedAlone(Gated):
    """Gated units whose gate sees its own modality only: g_m = σ(V_m x_m + c_m). Hence additive."""

    additive = True

    def seen_by_gates(self) -> list[int]:
        return list(self.dims)

    def gate_inputs(self, x: list[Tensor]) -> list[Tensor]:
        return x


class ProductOfExperts(Fusion):
    """Each modality states a Gaussian, a standard normal prior too; z is the mean of their normalised product.

    z = Σ_m T_m μ_m / (1 + Σ_m T_m) with μ_m and log T_m linear in x_m. The surer expert (the larger precision T_m)
    counts more. Source: Wu & Goodman (2018), MVAE. An absent expert leaves the product; nothing present gives 0.
    """

    additive = False

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__(dims, out_dim)
        self.experts = nn.ModuleList(nn.Linear(d, 2 * out_dim) for d in dims)

    def forward(self, features: Sequence[Tensor], present: Tensor | None = None) -> Tensor:
        x, present = self.masked(features, present)
        told = torch.stack([expert(part) for expert, part in zip(self.experts, x, strict=True)], 1)  # (B, M, 2·out)
        mean, log_precision = told.chunk(2, -1)
        precision = log_precision.clamp(-10, 10).exp() * present[..., None]  # (B, M, out_dim)
        return (precision * mean).sum(1) / (1 + precision.sum(1))


class ModalityAttention(Fusion):
    """Hybrid fusion: modalities as tokens that attend to one another; z is the mean over those present.

    t_m = P_m x_m + e_m (a projection and a modality embedding), then multi-head self-attention over the tokens that
    are present (Vaswani et al., 2017). After the curriculum's `MultiModalAttention`. Nothing present gives 0.

    Args:
        dims: the M widths.
        out_dim: width of tokens and output; a multiple of `heads`.
        heads: how many; if not given, 4, 2 or 1, the most that divides out_dim.
    """

    additive = False

    def __init__(self, dims: Sequence[int], out_dim: int, *, heads: int | None = None):
        super().__init__(dims, out_dim)
        self.project = nn.ModuleList(nn.Linear(d, out_dim, bias=False) for d in dims)
        self.embedding = nn.Parameter(torch.randn(len(dims), out_dim) * 0.5)
        self.attention = Attention(out_dim, heads)

    def forward(self, features: Sequence[Tensor], present: Tensor | None = None, return_attention: bool = False):
        """Return z (B, out_dim); with `return_attention` also the maps (B, heads, M, M), rows ask, columns answer."""
        x, present = self.masked(features, present)
        tokens = torch.stack([f(part) for f, part in zip(self.project, x, strict=True)], 1) + self.embedding
        answers, maps = self.attention(tokens, tokens, present)  # (B, M, out_dim), (B, heads, M, M)
        z = masked_mean(answers, present)
        return (z, maps * present[:, None, :, None]) if return_attention else z


def with_one(x: Tensor) -> Tensor:
    """Put a 1 in front: (B, d) -> (B, d + 1)."""
    return torch.cat([x.new_ones(len(x), 1), x], -1)
