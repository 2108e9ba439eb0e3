"""Figures in the book's own look: matplotlib and seaborn, one colour a modality, transparent ground."""

from collections.abc import Mapping

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib_inline.backend_inline import set_matplotlib_formats

COLOURS = {
    "numeric": "#0072B2",
    "categorical": "#E69F00",
    "temporal": "#009E73",
    "text": "#CC79A7",
    "behavioural": "#D55E00",
    "image": "#56B4E9",
    "audio": "#B5A800",
    "terms": "#6F63B6",
}
INK, SOFT, LINE = "#1b1c1e", "#5b5d63", "#d9d5ca"


def use_book_style() -> None:
    """Draw every later figure in the book's look: SVG, the same bytes for the same data."""
    sns.set_theme(style="ticks", rc={"font.family": "sans-serif"})
    set_matplotlib_formats("svg", metadata={"Date": None})
    mpl.rcParams.update(
        {
            "svg.hashsalt": "fusion", "figure.figsize": (7.2, 3.4), "figure.facecolor": "none",
            "axes.facecolor": "none", "savefig.facecolor": "none", "savefig.bbox": "tight",
            "font.size": 10.5, "axes.titlesize": 12, "axes.titleweight": "bold", "axes.titlelocation": "left",
            "axes.titlepad": 10, "axes.labelsize": 10.5, "axes.labelcolor": SOFT, "text.color": INK,
            "axes.edgecolor": SOFT, "xtick.color": SOFT, "ytick.color": SOFT, "axes.spines.top": False,
            "axes.spines.right": False, "axes.linewidth": 0.8, "xtick.major.width": 0.8, "ytick.major.width": 0.8,
            "grid.color": LINE, "lines.linewidth": 2, "legend.frameon": False,
            "axes.prop_cycle": mpl.cycler(color=[INK, *COLOURS.values()]),
        }
    )  # fmt: skip


def spread(results: Mapping[str, np.ndarray], columns: tuple[str, ...]) -> pd.DataFrame:
    """Tabulate name -> (seeds, len(columns)) as mean and standard deviation over the seeds.

    Raises:
        ValueError: if an entry does not have one column for each name, or fewer than two seeds.
    """
    rows = {}
    if not results:
        raise ValueError("results is empty: it needs at least one name with its values")
    for name, values in results.items():
        values = np.asarray(values, dtype=float)
        if values.ndim != 2 or values.shape[1] != len(columns) or len(values) < 2:
            raise ValueError(f"results[{name!r}] has shape {values.shape}: it needs (at least 2 seeds, {len(columns)})")
        cells = {}
        for j, column in enumerate(columns):
            cells[column], cells[f"{column} sd"] = values[:, j].mean(), values[:, j].std(ddof=1)
        rows[name] = cells
    return pd.DataFrame.from_dict(rows, orient="index")


def leaderboard(results: Mapping[str, np.ndarray], columns: tuple[str, ...], titles: tuple[str, ...], colour=None):
    """Draw one panel a column: every seed as a faint dot, the mean as a strong one, ± 1 sd as a bar.

    Args:
        results: name -> (seeds, len(columns)), best name first.
        columns: what is measured, with units.
        titles: the finding of each panel.
        colour: name -> colour; ink where not named.

    Returns:
        The figure and its axes.
    """
    if len(titles) != len(columns):
        raise ValueError(f"titles holds {len(titles)} entries: it needs one for each of the {len(columns)} columns")
    table, names = spread(results, columns), list(results)
    fig, axes = plt.subplots(1, len(columns), figsize=(8.4, 0.36 * len(names) + 1.1), sharey=True, squeeze=False)
    for j, ax in enumerate(axes[0]):
        for row, name in enumerate(names):
            tint = (colour or {}).get(name, INK)
            ax.plot(np.asarray(results[name])[:, j], np.full(len(results[name]), row), ".", color=tint, alpha=0.25)
            mean, sd = table.loc[name, columns[j]], table.loc[name, f"{columns[j]} sd"]
            ax.errorbar(mean, row, xerr=sd, fmt="o", ms=6, color=tint, elinewidth=1.6, capsize=0)
        ax.set(xlabel=columns[j], title=titles[j], yticks=range(len(names)), yticklabels=names)
        ax.grid(axis="x", lw=0.6)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
    axes[0][0].invert_yaxis()
    fig.tight_layout(w_pad=2)
    return fig, axes[0]


def curve(ax, x, values: np.ndarray, name: str = "", colour: str = INK) -> None:
    """Draw the mean of `values`, (seeds, len(x)), against x with ± 1 standard deviation, its name at the end."""
    mean = values.mean(0)
    ax.errorbar(x, mean, yerr=values.std(0, ddof=1), fmt="o-", ms=4, color=colour, elinewidth=1.4)
    ax.annotate(name, (x[-1], mean[-1]), (7, 0), textcoords="offset points", color=colour, va="center")


def reliability(ax, said, came, label: str, colour: str = INK) -> None:
    """Draw a reliability curve on `ax` with its name above its upper end: on the diagonal, what was said came true."""
    ax.plot([0, 1], [0, 1], color=LINE, lw=1.5, zorder=0)
    ax.plot(said, came, "o-", color=colour, ms=4)
    side, dx = ("left", 7) if said[-1] < 0.25 else ("center", 0)  # not across the axis
    ax.annotate(label, (said[-1], came[-1]), (dx, 6), textcoords="offset points", color=colour, ha=side)
    ax.set(xlabel="mean probability said", ylabel="share that came true", xlim=(0, 1), ylim=(0, 1))
