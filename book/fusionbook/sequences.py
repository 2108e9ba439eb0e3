"""Fusion layers over token sequences: M tensors (B, T_m, d_m) become one (B, out_dim).

Built as `Layer(dims, out_dim)` and called as `z = layer(sequences, present=None)`, where `present` is a sequence of M
bool (B, T_m), True where that token is there; a modality without any token is absent. Padding is set to zero before
the first linear map and can neither ask nor answer.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from fusionbook.attention import Attention, masked_mean
from fusionbook.checks import check_sequences, check_widths


class SequenceFusion(nn.Module):
    """What both layers share: widths, the mask, and a projection of every modality to tokens of one width."""

    additive = False

    def __init__(self, dims: Sequence[int], out_dim: int):
        super().__init__()
        check_widths(dims, out_dim)
        if len(dims) < 2:
            raise ValueError(f"dims is {list(dims)}: attention between modalities needs at least two")
        self.dims, self.out_dim = tuple(dims), out_dim
        self.project = nn.ModuleList(nn.Linear(d, out_dim) for d in dims)

    def tokens(self, sequences: Sequence[Tensor], present) -> tuple[list[Tensor], list[Tensor]]:
        """Return the projected tokens (B, T_m, out_dim) and which are there (B, T_m)."""
        present = check_sequences(sequences, self.dims, present)
        kept = [torch.where(there[..., None], x, 0) for x, there in zip(sequences, present, strict=True)]
        return [f(x) for f, x in zip(self.project, kept, strict=True)], present


class CrossAttention(SequenceFusion):
    """Intermediate fusion: every modality's tokens ask the tokens of all others; z mixes the pooled answers.

    z = W [h_1; …; h_M] + b, h_m = the mean over modality m's tokens of t + attention(t → the others). With two
    modalities this is cross-attention both ways, as in LXMERT and ViLBERT (Tan & Bansal, 2019; Lu et al., 2019).
    If only one token can answer, its weight is 1 whatever is asked, and the query learns nothing. Where no other
    modality is there, the tokens keep what they are; nothing present gives b.
    """

    def __init__(self, dims: Sequence[int], out_dim: int, *, heads: int | None = None):
        super().__init__(dims, out_dim)
        self.attention = nn.ModuleList(Attention(out_dim, heads) for _ in dims)
        self.mix = nn.Linear(len(dims) * out_dim, out_dim)

    def forward(self, sequences: Sequence[Tensor], present=None, return_attention: bool = False):
        """Return z (B, out_dim); with `return_attention` also M maps (B, heads, T_m, Σ of the others' T)."""
        tokens, present = self.tokens(sequences, present)
        pooled, maps = [], []
        for m, attend in enumerate(self.attention):
            others = torch.cat([t for k, t in enumerate(tokens) if k != m], 1)
            there = torch.cat([p for k, p in enumerate(present) if k != m], 1)
            answers, weights = attend(tokens[m], others, there)
            pooled.append(masked_mean(tokens[m] + answers, present[m]))
            maps.append(weights * present[m][:, None, :, None])
        z = self.mix(torch.cat(pooled, -1))
        return (z, maps) if return_attention else z


class BottleneckRound(nn.Module):
    """One round of a bottleneck: every modality attends to itself and to the bottleneck, which then is averaged."""

    def __init__(self, modalities: int, dim: int, heads: int | None):
        super().__init__()
        self.attention = nn.ModuleList(Attention(dim, heads) for _ in range(modalities))
        self.expand = nn.ModuleList(nn.Linear(dim, 2 * dim) for _ in range(modalities))
        self.shrink = nn.ModuleList(nn.Linear(2 * dim, dim) for _ in range(modalities))

    def forward(self, tokens: list[Tensor], present: list[Tensor], bottleneck: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return the new tokens and the new bottleneck (B, N, dim); a modality that is absent does not move it."""
        size = bottleneck.shape[1]
        passed, heard = [], []
        for m, attend in enumerate(self.attention):
            both = torch.cat([bottleneck, tokens[m]], 1)  # (B, N + T_m, dim)
            there = torch.cat([present[m].new_ones(len(both), size), present[m]], 1)
            both = both + attend(both, both, there)[0]
            both = both + self.shrink[m](gelu(self.expand[m](both)))
            passed.append(both[:, size:])
            heard.append(both[:, :size])
        spoke = torch.stack([there.any(1) for there in present], 1)  # (B, M)
        gathered = masked_mean(torch.stack(heard, 1).flatten(2), spoke).unflatten(-1, bottleneck.shape[1:])
        return passed, torch.where(spoke.any(1)[:, None, None], gathered, bottleneck)


class Bottleneck(SequenceFusion):
    """Bottleneck tokens (MBT): modalities meet only in `bottlenecks` shared tokens, which every round averages.

    Attention costs Σ (T_m + N)² instead of (Σ T_m)². It takes two rounds for one modality to hear of another. z is a
    linear map of the mean bottleneck token; nothing present gives that of the learned start.
    Source: Nagrani et al. (2021), Attention bottlenecks for multimodal fusion.
    """

    def __init__(
        self,
        dims: Sequence[int],
        out_dim: int,
        *,
        bottlenecks: int = 4,
        rounds: int = 2,
        heads: int | None = None,
    ):
        super().__init__(dims, out_dim)
        if bottlenecks < 1 or rounds < 2:
            raise ValueError(f"bottlenecks is {bottlenecks}, rounds is {rounds}: at least 1, and at least 2")
        self.start = nn.Parameter(torch.randn(bottlenecks, out_dim) * 0.5)
        self.rounds = nn.ModuleList(BottleneckRound(len(dims), out_dim, heads) for _ in range(rounds))
        self.mix = nn.Linear(out_dim, out_dim)

    def forward(self, sequences: Sequence[Tensor], present=None) -> Tensor:
        tokens, present = self.tokens(sequences, present)
        bottleneck = self.start.expand(len(tokens[0]), *self.start.shape)
        for one_round in self.rounds:
            tokens, bottleneck = one_round(tokens, present, bottleneck)
        return self.mix(bottleneck.mean(1))
