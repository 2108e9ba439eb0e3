"""Scenes: four emoji on a 3x3 grid, and words of which some name what is there and some do not."""

from dataclasses import dataclass

import numpy as np

from fusionbook.data import emoji
from fusionbook.data.prepare import check_size

GRID, SHOWN = 3, 4
# Things that look unlike one another at a small size.
THINGS = ("cat", "dog", "cow", "frog", "penguin", "fish", "butterfly", "rose", "cactus", "red apple", "banana",
          "grapes", "carrot", "pizza", "birthday cake", "automobile", "bicycle", "airplane", "rocket", "umbrella",
          "guitar", "alarm clock", "light bulb", "books", "key", "hammer", "soccer ball", "gem stone")  # fmt: skip


@dataclass(frozen=True)
class Scenes:
    """n scenes as NumPy arrays.

    Attributes:
        picture: (n, 3, side, side) float32 in [0, 1], side = 3 · cell.
        words: (n, 8) codes into `english` and `chinese`, in random order: the four that are there, and four others.
        there: (n, 8) 1 where the word's thing is in the scene.
        place: (n, 8) which of the nine cells it is in, row by row from 0, and -1 where it is not there.
        english: names of the things.
        chinese: their Chinese names.
    """

    picture: np.ndarray
    words: np.ndarray
    there: np.ndarray
    place: np.ndarray
    english: tuple[str, ...]
    chinese: tuple[str, ...]

    @property
    def n(self) -> int:
        """How many scenes there are."""
        return len(self.picture)


def make(n: int, seed: int, *, things: int = len(THINGS), cell: int = 10) -> Scenes:
    """Draw n scenes. The same arguments give the same bytes.

    Args:
        n: how many.
        seed: of NumPy's generator.
        things: how many of `THINGS` can occur, from 8 (four that are there, four others).
        cell: pixels a cell is wide, a divisor of 40.

    Raises:
        ValueError: for a size below 1, fewer than 8 or more than all things, or a cell that does not divide 40.
    """
    n, cell = check_size(n), check_size(cell, "cell")
    if not 2 * SHOWN <= things <= len(THINGS):
        raise ValueError(f"things is {things}: it needs to be from {2 * SHOWN} to {len(THINGS)}")
    known = emoji.load()
    rows = [known.find(name) for name in THINGS[:things]]
    tiles = shrunk(known.picture[rows], cell)  # (things, 3, cell, cell)
    rng = np.random.default_rng(seed)
    codes = rng.permuted(np.tile(np.arange(things), (n, 1)), axis=1)[:, : 2 * SHOWN]
    cells = rng.permuted(np.tile(np.arange(GRID**2), (n, 1)), axis=1)[:, :SHOWN]
    canvas = np.ones((n, GRID**2, 3, cell, cell), np.float32)
    np.put_along_axis(canvas, cells[:, :, None, None, None], tiles[codes[:, :SHOWN]], 1)
    place = np.concatenate([cells, np.full_like(cells, -1)], 1)
    order = rng.permuted(np.tile(np.arange(2 * SHOWN), (n, 1)), axis=1)
    words, place = np.take_along_axis(codes, order, 1), np.take_along_axis(place, order, 1)
    return Scenes(
        picture=_joined(canvas),
        words=words,
        there=(place >= 0).astype(np.int64),
        place=place,
        english=tuple(THINGS[:things]),
        chinese=tuple(known.chinese[rows].tolist()),
    )


def shrunk(picture: np.ndarray, cell: int) -> np.ndarray:
    """Average squares of pixels, as `make` does: (n, 40, 40, 3) uint8 -> (n, 3, cell, cell) in [0, 1].

    Raises:
        ValueError: for a cell below 1, or one that does not divide 40.
    """
    if check_size(cell, "cell") and emoji.SIDE % cell:
        raise ValueError(f"cell is {cell}: it needs to divide the {emoji.SIDE} pixels of an emoji")
    step = emoji.SIDE // cell
    squares = picture.reshape(-1, cell, step, cell, step, 3).mean((2, 4)) / 255
    return squares.transpose(0, 3, 1, 2).astype(np.float32)


def _joined(canvas: np.ndarray) -> np.ndarray:
    """Put nine cells together: (n, 9, 3, cell, cell) -> (n, 3, 3 · cell, 3 · cell)."""
    n, _, _, cell, _ = canvas.shape
    grid = canvas.reshape(n, GRID, GRID, 3, cell, cell).transpose(0, 3, 1, 4, 2, 5)
    return np.ascontiguousarray(grid.reshape(n, 3, GRID * cell, GRID * cell))
