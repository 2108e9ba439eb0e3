"""Multi-head attention, written out: who asks, who answers, and how much each answer counts."""

import math

import torch
from torch import Tensor, nn


def attention_weights(query: Tensor, key: Tensor, present: Tensor | None = None) -> Tensor:
    """softmax(Q Kᵀ / √d) over the keys that are present; a row with none is all zeros.

    Args:
        query: (…, Q, d).
        key: (…, K, d).
        present: bool (…, K) or anything that broadcasts to (…, Q, K); all if not given.

    Returns:
        (…, Q, K): each row sums to 1, or to 0 where nobody can answer.

    Source: Vaswani et al. (2017), Attention is all you need, equation 1.
    """
    scores = query @ key.mT / math.sqrt(query.shape[-1])  # (…, Q, K)
    if present is None:
        return scores.softmax(-1)
    scores = scores.masked_fill(~present, -torch.inf)
    nobody = ~present.any(-1, keepdim=True)
    return scores.masked_fill(nobody, 0).softmax(-1).masked_fill(~present, 0)


class Attention(nn.Module):
    """Tokens of width `dim` ask others of that width: `heads` maps of weights, their answers joined and mixed.

    The keys have no bias: it would add the same number to every score of a row, which softmax does not see, so its
    gradient would be zero.

    Args:
        dim: width of the tokens, a multiple of `heads`.
        heads: how many; if not given, 4, 2 or 1, the most that divides dim.

    Raises:
        ValueError: if heads does not divide dim.
    """

    def __init__(self, dim: int, heads: int | None = None):
        super().__init__()
        heads = math.gcd(4, dim) if heads is None else heads
        if heads < 1 or dim % heads:
            raise ValueError(f"heads is {heads} for a width of {dim}: the width needs to be a multiple of the heads")
        self.heads = heads
        self.query, self.value, self.mix = (nn.Linear(dim, dim) for _ in range(3))
        self.key = nn.Linear(dim, dim, bias=False)

    def forward(self, asking: Tensor, answering: Tensor, present: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the answers and the maps.

        Args:
            asking: (B, Q, dim).
            answering: (B, K, dim).
            present: bool (B, K), True for those that can answer; all if not given.

        Returns:
            (B, Q, dim), zero where nobody could answer, and (B, heads, Q, K).
        """
        query, key = self.split(self.query(asking)), self.split(self.key(answering))
        maps = attention_weights(query, key, None if present is None else present[:, None, None, :])
        answers = self.mix((maps @ self.split(self.value(answering))).transpose(1, 2).flatten(2))  # (B, Q, dim)
        return answers if present is None else answers * present.any(1)[:, None, None], maps

    def split(self, tokens: Tensor) -> Tensor:
        """Give each head its part of every token: (B, T, dim) -> (B, heads, T, dim / heads)."""
        return tokens.unflatten(-1, (self.heads, -1)).transpose(1, 2)


def masked_mean(tokens: Tensor, present: Tensor) -> Tensor:
    """Mean over the tokens that are present, 0 where there is none: (B, T, d), bool (B, T) -> (B, d)."""
    heard = present.to(tokens.dtype)
    return torch.einsum("btd,bt->bd", tokens, heard) / heard.sum(1, keepdim=True).clamp(min=1)
