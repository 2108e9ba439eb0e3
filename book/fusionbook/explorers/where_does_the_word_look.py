"""Where does the word look? Words and patches of a scene ask one another, through training, head by head."""

from collections.abc import Mapping, Sequence

import numpy as np
import traitlets

from fusionbook.checks import finite, probabilities
from fusionbook.data.scenes import GRID
from fusionbook.explorers.base import Explorer, RefusedError, ascending, pack, square_pictures

PATCHES = GRID**2
NOTHING = -1


class WhereDoesTheWordLook(Explorer):
    """A two-way cross-attention on a scene that the reader composes, at moments of its training; a formula explorer.

    The page computes tokens, the maps of every head both ways, and the verdicts: whether each word's thing is in the
    scene, and whether each patch is named by a word. Words are typed; one that the model does not know is absent.

    Attributes:
        scene: which of the recorded scenes.
        cells: what lies in each of the nine patches, row by row, -1 for nothing; empty: as recorded.
        caption: the words; empty: as recorded.
        asks: "word" or "patch".
        word: which word asks, or is changed.
        patch: which patch asks, or is changed.
        moment: which of the recorded moments of training.
        head: from 1; 0 is the mean of all heads.
        pixels: whether the scene is drawn in the pixels that the model receives.
    """

    scene = traitlets.Int().tag(sync=True)
    cells = traitlets.List(traitlets.Int()).tag(sync=True)
    caption = traitlets.List(traitlets.Unicode()).tag(sync=True)
    asks = traitlets.Unicode("word").tag(sync=True)
    word = traitlets.Int().tag(sync=True)
    patch = traitlets.Int().tag(sync=True)
    moment = traitlets.Int().tag(sync=True)
    head = traitlets.Int().tag(sync=True)
    pixels = traitlets.Bool(False).tag(sync=True)
    english = traitlets.List(traitlets.Unicode()).tag(sync=True)
    chinese = traitlets.List(traitlets.Unicode()).tag(sync=True)
    epochs = traitlets.List(traitlets.Int()).tag(sync=True)
    heads = traitlets.Int().tag(sync=True)
    side = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        states: Sequence[Mapping[str, np.ndarray]],
        tiles,
        patches,
        *,
        names: tuple[Sequence[str], Sequence[str]],
        scenes,
        captions,
        epochs: Sequence[int],
        reached: tuple[Sequence[float], Sequence[float]],
        heads: int,
        scene: int = 0,
        word: int = 0,
        patch: int = 0,
        moment: int | None = None,
        label: str = "Where does the word look?",
    ):
        """Pack the model's states and the scenes.

        Args:
            states: S of the model's `state_dict`: of chapter 8's `LooksBothWays`.
            tiles: (K, side, side, 3) uint8, the things as pictures.
            patches: (K + 1, 3 · cell²) the things as the model receives them, and last an empty patch.
            names: K English names and K Chinese ones, all different; word k is English, word K + k Chinese.
            scenes: (n, 9) what each patch holds, from 0, or -1.
            captions: (n, W) words from 0 to 2 K - 1, with W from 1 to 8.
            epochs: S, ascending: when the states were recorded.
            reached: S shares of words judged rightly, and S of words that look at their thing most.
            heads: how many the attentions have.
            scene: to start with.
            word: to start with.
            patch: to start with.
            moment: to start with; the last one if not given.
            label: what a screen reader calls this figure; unique on its page.

        Raises:
            ValueError: for shapes that do not fit, a weight that is missing, or values out of range.
        """
        tiles, patches = square_pictures(tiles), np.asarray(patches, dtype=float)
        size, sizes = len(tiles), [len(part) for part in names]
        if patches.ndim != 2 or len(patches) != size + 1:
            raise ValueError(
                f"patches has shape {patches.shape}: it needs {size + 1} rows, one a thing and an empty one"
            )
        cell = round((patches.shape[1] / 3) ** 0.5)
        if 3 * cell**2 != patches.shape[1] or tiles.shape[1] % cell:
            raise ValueError(f"patches has rows of {patches.shape[1]}: it needs 3 · cell², cell a divisor of the side")
        if sizes != [size, size] or len({*names[0], *names[1]}) != 2 * size:
            raise ValueError(f"names has {sizes} names: it needs {size} English and {size} Chinese ones, each once")
        scenes, captions = np.asarray(scenes), np.asarray(captions)
        _codes(scenes, "scenes", (len(scenes), PATCHES), NOTHING, size)
        if captions.ndim != 2 or not 1 <= captions.shape[1] <= 8:
            raise ValueError(f"captions has shape {captions.shape}: it needs (n, W), W from 1 to 8")
        _codes(captions, "captions", (len(scenes), captions.shape[1]), 0, 2 * size)
        ascending(epochs, "epochs")
        reached = probabilities(np.asarray(reached, dtype=float), "reached")
        if len(states) != len(epochs) or reached.shape != (2, len(epochs)):
            got = f"{len(states)} states, reached {reached.shape}"
            raise ValueError(f"{got}: both need an entry for each of the {len(epochs)} epochs")
        packed = [_read(state, patches, size, heads) for state in states]
        data = {name: pack(np.stack([one[name] for one in packed])) for name in packed[0]}
        data |= {"tiles": pack(tiles, "uint8"), "scenes": pack(scenes, "int32")}
        super().__init__(
            label=label,
            data=data | {"captions": pack(captions, "int32"), "reached": pack(reached)},
            english=list(names[0]),
            chinese=list(names[1]),
            epochs=[int(epoch) for epoch in epochs],
            heads=int(heads),
            side=cell,
            scene=scene,
            word=word,
            patch=patch,
            moment=len(epochs) - 1 if moment is None else moment,
        )

    @traitlets.validate("scene", "word", "patch", "moment", "head")
    def _place(self, proposal):
        sizes = {"scene": ("scenes", 0), "word": ("captions", 1), "moment": ("reached", 1)}
        name = proposal["trait"].name
        if name == "patch":
            return self.within(proposal, PATCHES)
        if name == "head":
            return self.within(proposal, self.heads + 1)
        array, axis = sizes[name]
        return self.within(proposal, self.data[array]["shape"][axis] if self.data else 0)

    @traitlets.validate("cells")
    def _cells(self, proposal):
        cells, most = proposal["value"], len(self.english) - 1
        if cells and (len(cells) != PATCHES or not all(NOTHING <= one <= most for one in cells)):
            raise RefusedError(f"cells is {cells}: it needs {PATCHES} things from {NOTHING} to {most}, or none")
        return cells

    @traitlets.validate("caption")
    def _caption(self, proposal):
        words, size = proposal["value"], self.data["captions"]["shape"][1] if self.data else 0
        if words and (len(words) != size or not all(len(word) <= 40 for word in words)):
            raise RefusedError(f"caption is {words}: it needs {size} words of at most 40 letters, or none")
        return words

    @traitlets.validate("asks")
    def _asks(self, proposal):
        if proposal["value"] not in ("word", "patch"):
            raise RefusedError(f"asks is {proposal['value']!r}: it needs to be 'word' or 'patch'")
        return proposal["value"]


def _codes(values: np.ndarray, name: str, shape: tuple, least: int, size: int) -> None:
    if values.shape != shape or not values.size or values.min() < least or values.max() >= size:
        raise ValueError(f"{name} has shape {values.shape}: it needs {shape} with entries from {least} to {size - 1}")


def _read(state: Mapping[str, np.ndarray], patches: np.ndarray, size: int, heads: int) -> dict[str, np.ndarray]:
    """Return one state by the names that where_does_the_word_look.js reads; a linear map comes with its bias."""
    state = {name: np.asarray(value, dtype=float) for name, value in state.items()}
    width = state["tokens.place"].shape[-1] if "tokens.place" in state else 0
    shapes = {
        "tokens.table.weight": (2 * size, width),
        "tokens.see.weight": (width, patches.shape[1]),
        "tokens.see.bias": (width,),
    }
    shapes |= {"tokens.place": (PATCHES, width)}
    for side in ("words", "patches"):
        shapes |= {f"tokens.norm_{side}.{part}": (width,) for part in ("weight", "bias")}
        shapes |= {f"judge_{side}.weight": (1, width), f"judge_{side}.bias": (1,)}
        for part in ("query", "key", "value", "mix"):
            shapes[f"ask_{side}.{part}.weight"] = (width, width)
            if part != "key":
                shapes[f"ask_{side}.{part}.bias"] = (width,)
    for name, shape in shapes.items():
        if name not in state or state[name].shape != shape:
            got = state[name].shape if name in state else "nothing"
            raise ValueError(f"states has {got} as {name!r}: a model of these sizes has {shape} there")
        finite(state[name], name)
    if not width or heads < 1 or width % heads:
        raise ValueError(f"heads is {heads} for a width of {width}: the width needs to be a multiple of the heads")
    words = state["tokens.table.weight"]
    words = (words - words.mean(1, keepdims=True)) / np.sqrt(words.var(1, keepdims=True) + 1e-5)
    read = {
        "words": words * state["tokens.norm_words.weight"] + state["tokens.norm_words.bias"],
        "looks": patches @ state["tokens.see.weight"].T + state["tokens.see.bias"],
        "place": state["tokens.place"],
        "norm": np.stack([state["tokens.norm_patches.weight"], state["tokens.norm_patches.bias"]]),
    }
    for side in ("words", "patches"):
        for part in ("query", "key", "value", "mix"):
            name = f"ask_{side}.{part}"
            bias = state.get(f"{name}.bias", np.zeros(width))
            read[name] = np.concatenate([state[f"{name}.weight"], bias[:, None]], 1)
        judge = [state[f"judge_{side}.{part}"].reshape(-1) for part in ("weight", "bias")]
        read[f"judge_{side}"] = np.concatenate(judge)
    return read
