"""What every explorer shares: packing of arrays, the joined JavaScript, a stable name."""

import inspect
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import anywidget
import numpy as np
import traitlets

from fusionbook.checks import finite, labels, same_length, vector

DTYPES = ("float32", "float64", "int32", "uint16", "uint8")  # the ARRAYS of plot.js
_HERE = Path(__file__).parent
# What explorers share, each built on those before it.
SHARED = ("plot", "controls", "views", "layers", "decisions", "film", "scene", "parts", "sound", "desk")
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)


class RefusedError(traitlets.TraitError, ValueError):
    """A value that a trait cannot take: traitlets then keeps the old one, also where the page has sent it."""


def pack(values, dtype: str = "float32") -> dict:
    """Return an array as a little-endian buffer with its dtype and shape, as `decode` in plot.js reads it.

    Raises:
        ValueError: for an empty array, one with NaN or infinity (mark what is absent with a mask instead), a dtype
            that plot.js does not read, or values beyond its range.
    """
    array = np.asarray(values)
    if dtype not in DTYPES:
        raise ValueError(f"dtype is {dtype!r}: plot.js reads {list(DTYPES)}")
    if not array.size:
        raise ValueError(f"values has shape {array.shape}: there is nothing to show")
    finite(array.astype(float), "values")
    limits = np.finfo(dtype) if dtype.startswith("float") else np.iinfo(dtype)
    if array.min() < limits.min or array.max() > limits.max:
        raise ValueError(
            f"values reach from {array.min()} to {array.max()}: {dtype} ends at {limits.min} and {limits.max}"
        )
    array = np.ascontiguousarray(array, dtype=np.dtype(dtype).newbyteorder("<"))
    return {"dtype": dtype, "shape": list(array.shape), "buffer": array.tobytes()}


def pack_dots(dots: Mapping[str, tuple], worlds: Sequence[str], most: int = 400) -> dict:
    """Pack examples to draw in the plane of two modalities as (n, 4) rows (a, b, label, number of the world).

    Args:
        dots: world -> (a, b, label), three vectors of equal length; at least one world has some.
        worlds: their order.
        most: rows a world at most.

    Raises:
        ValueError: for an unknown world, unequal lengths, labels other than 0 and 1, too many rows, or no dots at all.
    """
    if not dots or not set(dots) <= set(worlds):
        raise ValueError(f"dots has {list(dots)}: it needs examples of some of the worlds {list(worlds)}")
    rows = []
    for name, (a, b, label) in dots.items():
        a, b, label = vector(a, "a"), vector(b, "b"), labels(label)
        same_length(a=a, b=b, label=label)
        if len(a) > most:
            raise ValueError(f"dots[{name!r}] has {len(a)} rows: at most {most} can be told apart")
        rows.append(np.stack([a, b, label, np.full(len(a), list(worlds).index(name))], 1))
    return pack(np.concatenate(rows))


def square_pictures(tiles) -> np.ndarray:
    """Return pictures as an array; raise ValueError unless they are (n, side, side, 3) uint8."""
    tiles = np.asarray(tiles)
    if tiles.ndim != 4 or tiles.shape[1] != tiles.shape[2] or tiles.shape[3] != 3 or tiles.dtype != np.uint8:
        raise ValueError(f"tiles is {tiles.shape} of {tiles.dtype}: it needs (n, side, side, 3) of uint8")
    return tiles


def ascending(values: Sequence[float], name: str) -> None:
    """Raise ValueError unless there is at least one value, none is below 0, and each is above the one before it."""
    if not len(values) or values[0] < 0 or any(b <= a for a, b in zip(values, values[1:], strict=False)):
        raise ValueError(f"{name} is {list(values)}: it needs at least one, ascending from 0 or above")


def in_cache_order(value):
    """Return plain data with the keys of every mapping sorted, as the execution cache writes them down.

    So an explorer is given the same state in JupyterLab as in a built page, and what depends on an order of keys
    fails where it is written, and not only where it is read. Where order means something, send lists.
    """
    if isinstance(value, Mapping):
        return {key: in_cache_order(value[key]) for key in sorted(value)}
    return [in_cache_order(one) for one in value] if isinstance(value, list | tuple) else value


def module(name: str) -> str:
    """Join `name`.js and the shared files that it needs into the one ES module that a widget carries."""
    texts, needed = {}, ["plot", "controls", name]
    while needed:
        one = needed.pop()
        if one not in texts:
            texts[one] = (_HERE / f"{one}.js").read_text(encoding="utf-8")
            needed += _IMPORT.findall(texts[one])
    shared = [re.sub(r"^export ", "", texts[one], flags=re.MULTILINE) for one in SHARED if one in texts]
    return "\n".join(_IMPORT.sub("", text) for text in (*shared, texts[name]))


class Explorer(anywidget.AnyWidget):
    """Base of all explorers. A subclass in `name.py` is drawn by `name.js` beside it.

    Attributes:
        label: what the figure is called by a screen reader; unique on its page.
        data: the arrays it shows, packed.
    """

    label = traitlets.Unicode().tag(sync=True)
    data = traitlets.Dict().tag(sync=True)

    def __init_subclass__(cls, **kwargs):
        if Explorer in cls.__bases__:  # ipywidgets derives further classes of its own as it adds traits
            name = Path(inspect.getfile(cls)).stem
            cls._esm = module(name)
            cls._css = (_HERE / "explorer.css").read_text(encoding="utf-8")
        super().__init_subclass__(**kwargs)

    def __init__(self, *, label: str, **state):
        if not isinstance(label, str) or not label.strip():
            raise ValueError(f"label is {label!r}: it needs a few words that tell this explorer from others")
        super().__init__(label=label, **in_cache_order(state))

    def within(self, proposal, size: int) -> int:
        """Return a proposed position from 0 to size - 1, else raise RefusedError; before there is data, any will do."""
        if self.data and not 0 <= proposal["value"] < max(size, 1):
            name = proposal["trait"].name
            raise RefusedError(f"{name} is {proposal['value']}: it needs to be from 0 to {size - 1}")
        return proposal["value"]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.label!r})"
