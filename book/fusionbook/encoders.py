"""Encoders: one modality's raw batch in, one vector (B, dim) out. A gap is masked, never taken for a zero."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fusionbook.checks import check_matrix


class NumericEncoder(nn.Module):
    """Numbers -> vector. Takes (B, features) standardised, NaN where unknown; each feature brings a missing flag."""

    def __init__(self, features: int, dim: int, hidden: int = 32):
        super().__init__()
        self.features = features
        self.net = nn.Sequential(nn.Linear(2 * features, hidden), nn.ReLU(), nn.Linear(hidden, dim))

    def forward(self, x: Tensor) -> Tensor:
        check_matrix(x, "x", (None, self.features))
        unknown = x.isnan()
        return self.net(torch.cat([x.masked_fill(unknown, 0), unknown.to(x.dtype)], -1))  # (B, 2F) -> (B, dim)


class CategoricalEncoder(nn.Module):
    """Categories -> vector. Takes (B, columns) integer codes, -1 where unknown, which is a level of its own."""

    def __init__(self, sizes: Sequence[int], dim: int, width: int = 4):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(size + 1, width) for size in sizes)
        self.net = nn.Linear(width * len(sizes), dim)

    def forward(self, x: Tensor) -> Tensor:
        check_matrix(x, "x", (None, len(self.tables)))
        return self.net(torch.cat([table(x[:, j] + 1) for j, table in enumerate(self.tables)], -1))


class TemporalEncoder(nn.Module):
    """Months -> vector by a 1-D convolution. Takes (B, months, channels) standardised, NaN where unknown.

    The convolution is written as what it is, one linear map applied to every window of `kernel` months: equal to
    `nn.Conv1d`, and much faster when many seeds train at once.
    """

    def __init__(self, channels: int, dim: int, months: int = 24, filters: int = 16, kernel: int = 6, stride: int = 3):
        super().__init__()
        if months < kernel:
            raise ValueError(f"months is {months}: it needs to be at least the kernel's {kernel}")
        self.shape, self.kernel, self.stride = (months, channels), kernel, stride
        self.filters = nn.Linear((channels + 1) * kernel, filters)
        windows = (months - kernel) // stride + 1
        self.net = nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(windows * filters, dim))

    def forward(self, x: Tensor) -> Tensor:
        check_matrix(x, "x", (None, *self.shape))
        unknown = x.isnan()
        gap = unknown.any(-1, keepdim=True).to(x.dtype)
        x = torch.cat([x.masked_fill(unknown, 0), gap], -1)  # (B, T, C + 1)
        windows = x.unfold(1, self.kernel, self.stride).flatten(2)  # (B, W, (C + 1) * kernel)
        return self.net(self.filters(windows))  # (B, W, filters) -> (B, dim)


class BagEncoder(nn.Module):
    """Words or events -> vector: the mean embedding of what occurs. Takes (B, entries) counts.

    Equal to looking every token up in an `nn.Embedding` and averaging over those that are there, without
    padding; a bag with nothing in it has the zero vector for its mean.
    """

    def __init__(self, entries: int, dim: int, hidden: int = 32):
        super().__init__()
        self.embedding = nn.Linear(entries, hidden, bias=False)  # column k is the embedding of entry k
        nn.init.normal_(self.embedding.weight)
        self.net = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, dim))

    def forward(self, counts: Tensor) -> Tensor:
        check_matrix(counts, "counts", (None, self.embedding.in_features))
        share = counts / counts.sum(-1, keepdim=True).clamp(min=1)
        return self.net(self.embedding(share))  # (B, entries) -> (B, hidden) -> (B, dim)


class Expert(nn.Module):
    """One modality's own model: its encoder, then one logit. Takes what the encoder takes, returns (B,)."""

    def __init__(self, encoder: nn.Module, dim: int):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(dim, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.encoder(x)).squeeze(-1)


KNOWN = ("numeric", "terms", "categorical", "temporal", "text", "behavioural")


def encoder_for(name: str, x, dim: int, *, levels: Sequence[int] | None = None) -> nn.Module:
    """Build the encoder of a modality of *applicants* or *loans* to fit its prepared array `x`.

    Args:
        name: the modality ("terms" are numbers too).
        x: its array from `inputs`; only the shape counts.
        dim: width of the vector.
        levels: for "categorical", how many levels each column has.

    Raises:
        ValueError: for an unknown name, or categorical without `levels`.
    """
    axes = 3 if name == "temporal" else 2
    if name in KNOWN and len(x.shape) != axes:
        raise ValueError(f"x has shape {tuple(x.shape)}: a {name} modality has {axes} axes, rows first")
    if name in ("numeric", "terms"):
        return NumericEncoder(x.shape[1], dim)
    if name == "categorical":
        if levels is None or len(levels) != x.shape[1]:
            raise ValueError(
                f"levels is {levels}: a categorical modality needs one size for each of its {x.shape[1]} columns"
            )
        return CategoricalEncoder(levels, dim)
    if name == "temporal":
        return TemporalEncoder(x.shape[2], dim, months=x.shape[1])
    if name in ("text", "behavioural"):
        return BagEncoder(x.shape[1], dim)
    raise ValueError(f"name is {name!r}: known are {', '.join(KNOWN)}")
