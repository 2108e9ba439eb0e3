"""What is measured, against what bar, and how it is said."""

import math
from dataclasses import asdict, dataclass, field

import numpy as np

BARS = {
    "slider step": 16.7,  # ms of work, p95
    "first explorer": 500,  # ms after navigation
    "page": 900,  # kB, gzipped, everything it loads
    "explorer data": 300,  # kB of it, gzipped
    "foreign requests": 0,
    "console errors": 0,
    "notebook": 43,  # s of the processor: what chapter 5 took when the bar was set
    "long notebook": 86,  # chapter 12
    "fit_many": 4,  # times faster than a loop; the only bar that is a lower one
    "warm build": 15,  # s
}
AT_LEAST = {"fit_many"}
QUIET = 2.0  # seconds that the unit takes where the bars were set: two quiet cores
SECONDS = {"s": 1, "ms": 1e-3}


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        what: of what it is.
        value: the number; NaN where measuring failed, which misses every bar.
        unit: of the value.
        bar: a name in BARS, or None where nothing was promised.
        detail: what else was measured beside it, for the record.
        unit_seconds: how long `unit.py`'s fixed piece of work took in the same run; None if nobody measured it.
    """

    what: str
    value: float
    unit: str
    bar: str | None = None
    detail: dict = field(default_factory=dict)
    unit_seconds: float | None = None

    @property
    def in_units(self) -> str:
        """A time in units of a fixed piece of work of this run, and its bar: what compares between machines."""
        if self.unit not in SECONDS or not self.unit_seconds:
            return ""
        bar = f" ≤ {BARS[self.bar] * SECONDS[self.unit] / QUIET:.3g}" if self.bar else ""
        return f"{self.value * SECONDS[self.unit] / self.unit_seconds:.3g} units{bar}"

    @property
    def holds(self) -> bool | None:
        """Whether the bar is kept; None without one."""
        if self.bar is None:
            return None
        limit = BARS[self.bar]
        return bool(self.value >= limit if self.bar in AT_LEAST else self.value <= limit)

    @property
    def limit(self) -> str:
        """The bar in words, empty without one."""
        return f"{'≥' if self.bar in AT_LEAST else '≤'} {BARS[self.bar]:g}" if self.bar else ""

    def record(self) -> dict:
        """Return it as JSON has it: NaN, which JSON lacks, becomes null."""
        value = None if math.isnan(self.value) else round(self.value, 3)
        own = {"value": value, "bar": self.limit or None, "holds": self.holds, "in units": self.in_units or None}
        return asdict(self) | own


def spread(values) -> dict:
    """Return the median, 95th percentile, extremes and number of measurements, three decimals each."""
    values = np.asarray(values, dtype=float)
    named = {"median": np.median(values), "p95": np.percentile(values, 95), "min": values.min(), "max": values.max()}
    return {name: round(float(value), 3) for name, value in named.items()} | {"n": len(values)}


def lines(title: str, figures: list[Figure]) -> list[str]:
    """Return a section of the table; what misses its bar says so."""
    said = {True: "holds", False: "MISSED", None: ""}
    rows = [
        f"  {f.what:<80.80} {f.value:>9.3g} {f.unit:<5} {f.limit:>8}  {said[f.holds]:<6}  {f.in_units}".rstrip()
        for f in figures
    ]
    return ["", title, *rows]
