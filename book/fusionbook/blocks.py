"""Blocks that encoders are made of: a residual block, patches, a Transformer block."""

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from fusionbook.attention import Attention


class ResidualBlock(nn.Module):
    """y = relu(x + conv(relu(conv(x)))), (B, C, H, W) -> (B, C', H', W').

    Where width or size changes, x goes through a 1x1 convolution of the same stride. Without batch normalisation, so
    that no row depends on another; a scale that starts at 0 makes the block the identity at first, for inputs
    that are not negative (Bachlechner et al., 2021, ReZero). Source: He et al. (2016), Deep residual learning.
    """

    def __init__(self, channels: int, out_channels: int | None = None, stride: int = 1):
        super().__init__()
        out_channels = out_channels or channels
        self.first = nn.Conv2d(channels, out_channels, 3, stride, 1)
        self.second = nn.Conv2d(out_channels, out_channels, 3, 1, 1)
        self.scale = nn.Parameter(torch.zeros(1))
        same = out_channels == channels and stride == 1
        self.skip = nn.Identity() if same else nn.Conv2d(channels, out_channels, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        return (self.skip(x) + self.scale * self.second(self.first(x).relu())).relu()


class PatchEmbedding(nn.Module):
    """Cut a picture into square patches, and map each to a token: (B, C, H, W) -> (B, H/size · W/size, dim).

    Row by row from the top left, with a learned position added to each. Source: Dosovitskiy et al. (2021), ViT.

    Raises:
        ValueError: if the patches do not tile the picture.
    """

    def __init__(self, channels: int, height: int, width: int, size: int, dim: int):
        super().__init__()
        if size < 1 or height % size or width % size:
            raise ValueError(f"size is {size}: patches of that side need to tile a picture of {height} x {width}")
        self.size = size
        self.embed = nn.Linear(channels * size * size, dim)
        self.position = nn.Parameter(torch.randn((height // size) * (width // size), dim) * 0.1)

    def forward(self, x: Tensor) -> Tensor:
        patches = x.unfold(2, self.size, self.size).unfold(3, self.size, self.size)  # (B, C, rows, columns, s, s)
        patches = patches.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)  # (B, patches, C · s · s)
        return self.embed(patches) + self.position


class TransformerBlock(nn.Module):
    """Tokens attend to one another, then each is changed by itself: (B, T, dim) -> (B, T, dim).

    x + attention(norm(x)), then x + mlp(norm(x)), as BERT's encoder but normalised first, which trains more calmly
    (Xiong et al., 2020). Source: Vaswani et al. (2017); Devlin et al. (2019).
    """

    def __init__(self, dim: int, heads: int | None = None, hidden: int | None = None):
        super().__init__()
        self.attention = Attention(dim, heads)
        self.before, self.between = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.expand, self.shrink = nn.Linear(dim, hidden or 2 * dim), nn.Linear(hidden or 2 * dim, dim)

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """Let tokens that are present (B, T) be heard; the others ask, but nobody hears them."""
        tokens = self.before(x)
        x = x + self.attention(tokens, tokens, present)[0]
        return x + self.shrink(gelu(self.expand(self.between(x))))
