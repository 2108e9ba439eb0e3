"""Draw your own votes: one curve for each modality; their sum is the score, and a product can be let in."""

from collections.abc import Mapping, Sequence

import numpy as np
import traitlets

from fusionbook.checks import finite
from fusionbook.explorers.base import Explorer, RefusedError, pack, pack_dots

KNOTS = np.arange(-3.0, 4.0)  # where a curve has its points; straight lines between them, level beyond
SPAN = 3.0  # a point of a curve, and the weight of the product, lie in [-SPAN, SPAN]


class DrawYourOwnVotes(Explorer):
    """s(a, b) = f(a) + g(b), and c · a · b if it is let in, drawn by the reader; a formula explorer.

    Each modality shows its hidden bit through noise, and a world says which bits occur together and with which label.
    Every value of A is met with every value of B, so nothing that is shown depends on the luck of a draw. The page
    computes the AUC of s, and how many bits of the label s brings at best: the entropy of the label less the log loss
    of σ(k s + shift), with the k ≥ 0 and the shift that make it least (Platt scaling).

    Attributes:
        world: which of `worlds` is shown.
        f: the seven points of f, at a = -3, -2, ..., 3.
        g: likewise of g.
        product: c.
        allowed: whether the product counts.
        point: which point the height slider moves, 0 to 6 of f, 7 to 13 of g.
    """

    world = traitlets.Unicode().tag(sync=True)
    f = traitlets.List(traitlets.Float()).tag(sync=True)
    g = traitlets.List(traitlets.Float()).tag(sync=True)
    product = traitlets.Float().tag(sync=True)
    allowed = traitlets.Bool().tag(sync=True)
    point = traitlets.Int().tag(sync=True)
    worlds = traitlets.List().tag(sync=True)
    marks = traitlets.Dict().tag(sync=True)
    best = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        a,
        b,
        worlds: Mapping[str, Sequence[tuple[int, int, int]]],
        dots: Mapping[str, tuple],
        *,
        marks: Mapping[str, Mapping[str, float]] | None = None,
        best: Mapping[str, tuple[Sequence[float], Sequence[float]]] | None = None,
        world: str | None = None,
        f: Sequence[float] = tuple(KNOTS / 2),
        g: Sequence[float] = tuple(KNOTS / 2),
        product: float = -1.0,
        allowed: bool = False,
        label: str = "Draw your own votes: a sum of two curves",
    ):
        """Record the worlds.

        Args:
            a: (2, K) what A shows if its bit is 0, and if it is 1, K equally likely values each, 4 to 40.
            b: (2, K) likewise of B.
            worlds: name -> corners (bit of A, bit of B, label) that are equally likely; both labels occur.
            dots: name -> (a, b, label), three vectors of equal length: examples to draw, up to 400 a world.
            marks: name -> {words: bits} to mark beside the reader's own.
            best: name -> (f, g), the best sum, which a button draws.
            world: to start with; the last one if not given.
            f: to start with.
            g: to start with.
            product: to start with.
            allowed: to start with.
            label: what a screen reader calls this figure; unique on its page.

        Raises:
            ValueError: for shapes that do not fit, a corner that is none, a world with one label, unknown names, or
                numbers out of range.
        """
        a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
        if a.shape != b.shape or a.ndim != 2 or len(a) != 2 or not 4 <= a.shape[1] <= 40:
            raise ValueError(f"a has shape {a.shape}, b {b.shape}: both need (2, K) with K from 4 to 40")
        corners = {name: _corners(name, rows) for name, rows in worlds.items()}
        if not corners:
            raise ValueError("worlds is empty: there is nothing to draw votes in")
        marks, best = marks or {}, best or {}
        for name, given in {"marks": marks, "best": best}.items():
            if unknown := set(given) - set(corners):
                raise ValueError(f"{name} has {sorted(unknown)}: the worlds are {list(corners)}")
        bits = {one: {k: float(v) for k, v in of.items()} for one, of in marks.items()}
        for one, of in bits.items():
            if not all(0 <= value <= 1 for value in of.values()):
                raise ValueError(f"marks[{one!r}] is {of}: bits of a label lie in [0, 1]")
        data = {"a": pack(finite(a, "a"), "float64"), "b": pack(finite(b, "b"), "float64")}
        data["dots"] = pack_dots(dots, list(corners))
        super().__init__(
            label=label,
            data=data,
            worlds=[[name, rows] for name, rows in corners.items()],
            marks={one: [list(pair) for pair in of.items()] for one, of in bits.items()},
            best={name: [_curve(curve, f"best[{name!r}]") for curve in both] for name, both in best.items()},
            world=list(corners)[-1] if world is None else world,
            f=_curve(f, "f"),
            g=_curve(g, "g"),
            product=product,
            allowed=allowed,
        )

    @traitlets.validate("world")
    def _world(self, proposal):
        names = [name for name, _ in self.worlds]
        if names and proposal["value"] not in names:
            raise RefusedError(f"world is {proposal['value']!r}: it needs to be one of {names}")
        return proposal["value"]

    @traitlets.validate("f", "g")
    def _drawn(self, proposal):
        return _curve(proposal["value"], proposal["trait"].name)

    @traitlets.validate("product")
    def _product(self, proposal):
        if not abs(proposal["value"]) <= SPAN:
            raise RefusedError(f"product is {proposal['value']}: it needs to lie in [-3, 3]")
        return proposal["value"]

    @traitlets.validate("point")
    def _point(self, proposal):
        return self.within(proposal, 2 * len(KNOTS))


def _corners(name: str, rows) -> list[list[int]]:
    """Return the corners of a world as lists, or raise ValueError."""
    corners = [[int(v) for v in row] for row in rows]
    sound = all(len(row) == 3 and set(row) <= {0, 1} for row in corners)
    if not sound or len({(a, b) for a, b, _ in corners}) < len(corners) or len({y for *_, y in corners}) < 2:
        raise ValueError(f"worlds[{name!r}] is {corners}: corners (bit, bit, label), each once, and both labels")
    return corners


def _curve(values, name: str) -> list[float]:
    """Return the points of a curve as a list, or raise RefusedError."""
    values = [float(v) for v in values]
    if len(values) != len(KNOTS) or not all(abs(v) <= SPAN for v in values):
        raise RefusedError(f"{name} is {values}: a curve needs {len(KNOTS)} numbers from -3 to 3")
    return values
