"""Encoders of pictures, token sequences and sounds: a raw batch in, one vector (B, dim) out; padding is masked."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from fusionbook.attention import masked_mean
from fusionbook.blocks import PatchEmbedding, ResidualBlock, TransformerBlock
from fusionbook.checks import check_matrix


class PictureCNN(nn.Module):
    """Picture -> vector by convolutions. Takes (B, channels, H, W) in [0, 1]: a stem, residual blocks, the mean.

    Source: a small He et al. (2016).
    """

    def __init__(self, channels: int, dim: int, width: int = 16):
        super().__init__()
        self.channels = channels
        self.stem = nn.Conv2d(channels, width, 3, padding=1)
        self.blocks = nn.Sequential(ResidualBlock(width), ResidualBlock(width, 2 * width, stride=2))
        self.head = nn.Linear(2 * width, dim)

    def forward(self, x: Tensor) -> Tensor:
        check_matrix(x, "x", (None, self.channels, None, None))
        return self.head(self.maps(x).mean((2, 3)))  # (B, 2w, H/2, W/2) -> (B, dim)

    def maps(self, x: Tensor) -> Tensor:
        """Return the feature maps (B, 2 · width, H/2, W/2)."""
        return self.blocks(self.stem(x).relu())


class PictureViT(nn.Module):
    """Picture -> vector by patches. Takes (B, channels, H, W) in [0, 1]: patch tokens, Transformer blocks, the mean.

    Source: Dosovitskiy et al. (2021), with the mean in place of a class token.
    """

    def __init__(self, channels: int, height: int, width: int, dim: int, *, size: int = 4, depth: int = 2):
        super().__init__()
        self.shape = (channels, height, width)
        self.embed = PatchEmbedding(channels, height, width, size, dim)
        self.blocks = nn.ModuleList(TransformerBlock(dim) for _ in range(depth))
        self.norm = nn.LayerNorm(dim)

    def forward(self, x: Tensor) -> Tensor:
        return self.tokens(x).mean(1)

    def tokens(self, x: Tensor) -> Tensor:
        """Return the patch tokens (B, patches, dim)."""
        check_matrix(x, "x", (None, *self.shape))
        tokens = self.embed(x)
        present = torch.ones(tokens.shape[:2], dtype=torch.bool, device=x.device)
        for block in self.blocks:
            tokens = block(tokens, present)
        return self.norm(tokens)


class TokenEncoder(nn.Module):
    """Words in order -> vector. Takes (B, T) codes from 0, -1 past the end: embeddings, Transformer blocks, the mean.

    Args:
        vocabulary: how many different codes there are.
        length: T, the most tokens a row can have.
        dim: width of tokens and vector.
        depth: how many blocks.

    A row without any token gives the zero vector.
    """

    def __init__(self, vocabulary: int, length: int, dim: int, *, depth: int = 1):
        super().__init__()
        self.length, self.vocabulary = length, vocabulary
        self.table = nn.Embedding(vocabulary, dim)
        self.position = nn.Parameter(torch.randn(length, dim) * 0.1)
        self.blocks = nn.ModuleList(TransformerBlock(dim) for _ in range(depth))
        self.norm = nn.LayerNorm(dim)

    def forward(self, codes: Tensor) -> Tensor:
        return masked_mean(self.tokens(codes), codes >= 0)

    def tokens(self, codes: Tensor) -> Tensor:
        """Return the tokens (B, T, dim); those past the end mean nothing."""
        check_matrix(codes, "codes", (None, self.length))
        if codes.max() >= self.vocabulary or codes.min() < -1:
            span = f"{int(codes.min())} to {int(codes.max())}"
            raise ValueError(f"codes go from {span}: they need to be from 0 to {self.vocabulary - 1}, or -1")
        present = codes >= 0
        tokens = self.table(codes.clamp(min=0)) + self.position
        for block in self.blocks:
            tokens = block(tokens, present)
        return self.norm(tokens)


class SequenceGRU(nn.Module):
    """Steps in time -> vector by a recurrent network. Takes (B, T, features), NaN rows past the end or unknown.

    The state after the last known step, mapped to dim; steps that are unknown in the middle are skipped. A row with
    no known step gives the map of the zero state. Serves months, events and log-mel frames alike.
    Source: Cho et al. (2014).
    """

    def __init__(self, features: int, dim: int, hidden: int = 32):
        super().__init__()
        self.features = features
        self.gru = nn.GRU(features, hidden, batch_first=True)
        self.head = nn.Linear(hidden, dim)

    def forward(self, x: Tensor) -> Tensor:
        check_matrix(x, "x", (None, None, self.features))
        known = ~x.isnan().any(-1)  # (B, T)
        order = (~known).int().argsort(dim=1, stable=True)  # the known steps first, in their order
        x = torch.where(known[..., None], x, 0).take_along_dim(order[..., None], 1)
        length = known.sum(1)
        packed = pack_padded_sequence(x, length.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False)
        state = self.gru(packed)[1][0] * (length > 0)[:, None]  # (B, hidden)
        return self.head(state)


class SoundCNN(nn.Module):
    """Sound -> vector by convolutions along time. Takes (B, frames, bands) log-mel, NaN frames past the end.

    A window that reaches past the end counts as past the end, so padding cannot be heard; the mean of the others.
    A sound shorter than one window gives the map of the zero vector.
    """

    def __init__(self, bands: int, dim: int, *, filters: int = 32, kernel: int = 5, stride: int = 2):
        super().__init__()
        self.bands, self.kernel, self.stride = bands, kernel, stride
        self.filters = nn.Conv1d(bands, filters, kernel, stride)
        self.head = nn.Linear(filters, dim)

    def forward(self, x: Tensor) -> Tensor:
        check_matrix(x, "x", (None, None, self.bands))
        if x.shape[1] < self.kernel:
            raise ValueError(f"x has shape {tuple(x.shape)}: it needs at least the kernel's {self.kernel} frames")
        known = ~x.isnan().any(-1)
        whole = known.unfold(1, self.kernel, self.stride).all(-1)  # (B, W)
        heard = self.filters(torch.where(known[..., None], x, 0).mT).relu().mT  # (B, W, filters)
        return self.head(masked_mean(heard, whole))
