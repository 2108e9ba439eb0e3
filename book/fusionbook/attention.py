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
    return scores.softmax(-1) if present is None else _softmax_over(scores, present, -1)


def _softmax_over(scores: Tensor, present: Tensor, dim: int) -> Tensor:
    """Softmax along `dim` over those present; all zeros where nobody is."""
    nobody = ~present.any(dim, keepdim=True)
    unheard = torch.where(nobody, 0.0, -torch.inf).to(scores.dtype)  # a row of -inf alone would become NaN
    return torch.where(present, scores, unheard).softmax(dim) * present


FEW = 2000  # entries Q · K · dim up to which products written out are faster than many tiny matrix products


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
        if asking.shape[1] * answering.shape[1] * asking.shape[2] <= FEW:
            return self.rows_last(asking, answering, present)
        query, key = self.split(self.query(asking)), self.split(self.key(answering))
        maps = attention_weights(query, key, None if present is None else present[:, None, None, :])
        answers = self.mix((maps @ self.split(self.value(answering))).transpose(1, 2).flatten(2))  # (B, Q, dim)
        return answers if present is None else answers * present.any(1)[:, None, None], maps

    def rows_last(self, asking: Tensor, answering: Tensor, present: Tensor | None) -> tuple[Tensor, Tensor]:
        """Compute the same for a few tokens, two to three times as fast: rows stand last, one beside the other.

        A product of 5 x 4 matrices for each row and head is mostly the way there. Written out with the rows last,
        every step runs along thousands of numbers.
        """
        query = self.columns(self.query, asking)[:, :, :, None]  # (heads, d, Q, 1, B)
        key, value = (self.columns(f, answering)[:, :, None] for f in (self.key, self.value))  # (heads, d, 1, K, B)
        scores = (query * key).sum(1) / math.sqrt(key.shape[1])  # (heads, Q, K, B)
        maps = scores.softmax(2) if present is None else _softmax_over(scores, present.T, -2)
        heard = (maps[:, None] * value).sum(3)  # (heads, d, Q, B)
        answers = self.mix.weight @ heard.flatten(0, 1).flatten(1) + self.mix.bias[:, None]  # (dim, Q · B)
        answers = answers.unflatten(1, heard.shape[2:]).permute(2, 1, 0)  # (B, Q, dim)
        return answers if present is None else answers * present.any(1)[:, None, None], maps.permute(3, 0, 1, 2)

    def columns(self, linear: nn.Linear, tokens: Tensor) -> Tensor:
        """Map the tokens, and give each head its part: (B, T, dim) -> (heads, dim / heads, T, B)."""
        mapped = linear.weight @ tokens.permute(2, 1, 0).flatten(1)  # (dim, T · B)
        mapped = mapped if linear.bias is None else mapped + linear.bias[:, None]
        return mapped.unflatten(0, (self.heads, -1)).unflatten(2, (tokens.shape[1], -1))

    def split(self, tokens: Tensor) -> Tensor:
        """Give each head its part of every token: (B, T, dim) -> (B, heads, T, dim / heads)."""
        return tokens.unflatten(-1, (self.heads, -1)).transpose(1, 2)


def masked_mean(tokens: Tensor, present: Tensor) -> Tensor:
    """Mean over the tokens that are present, 0 where there is none: (B, T, d), bool (B, T) -> (B, d)."""
    heard = present.to(tokens.dtype)
    return torch.einsum("btd,bt->bd", tokens, heard) / heard.sum(1, keepdim=True).clamp(min=1)
