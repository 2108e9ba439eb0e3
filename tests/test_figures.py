"""Figures show the numbers they are given: means, spreads, every seed, and the book's colours."""

import io

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from fusionbook import figures
from matplotlib.colors import to_hex, to_rgb

RESULTS = {
    "early": np.array([[0.80, 0.02], [0.90, 0.04], [0.85, 0.06]]),
    "late": np.array([[0.70, 0.10], [0.74, 0.20]]),
}
COLUMNS, TITLES = ("AUC", "ECE"), ("Early ranks better", "and is more honest")


@pytest.fixture(autouse=True)
def book_style():
    with mpl.rc_context(), mpl.rc_context({"backend": "agg"}):
        figures.use_book_style()
        yield
        plt.close("all")


def test_spread_is_the_mean_and_the_sample_standard_deviation():
    table = figures.spread(RESULTS, COLUMNS)
    assert list(table.columns) == ["AUC", "AUC sd", "ECE", "ECE sd"]
    assert np.allclose(table.loc["early"], [0.85, 0.05, 0.04, 0.02])
    assert np.allclose(table.loc["late"], [0.72, np.sqrt(0.0008), 0.15, np.sqrt(0.005)])


@pytest.mark.parametrize("wrong", [[[1, 2]], [[1], [2]], [1, 2], np.zeros((3, 3)), np.zeros((0, 2))])
def test_spread_needs_seeds_by_columns(wrong):
    with pytest.raises(ValueError, match=r"results\['x'\] has shape .*at least 2 seeds, 2"):
        figures.spread({"x": wrong}, COLUMNS)


def test_a_leaderboard_shows_every_seed_the_mean_and_one_standard_deviation():
    _, axes = figures.leaderboard(RESULTS, COLUMNS, TITLES, {"early": "#0072B2"})
    for j, ax in enumerate(axes):
        assert ax.get_xlabel() == COLUMNS[j]
        assert ax.get_title(loc="left") == TITLES[j]
        for row, (name, values) in enumerate(RESULTS.items()):
            dots, mean = ax.lines[2 * row], ax.containers[row].lines[0]
            assert np.array_equal(dots.get_xdata(), values[:, j])
            assert set(dots.get_ydata()) == {row} == set(mean.get_ydata())
            assert np.allclose(mean.get_xdata(), values[:, j].mean())
            bar = ax.containers[row].lines[2][0].get_segments()[0]
            sd = values[:, j].std(ddof=1)
            assert np.allclose(bar[:, 0], [values[:, j].mean() - sd, values[:, j].mean() + sd])
            assert to_hex(mean.get_color()).upper() == ("#0072B2" if name == "early" else figures.INK.upper())
    assert [label.get_text() for label in axes[0].get_yticklabels()] == list(RESULTS)
    assert axes[0].yaxis_inverted()  # the first name on top


def test_a_leaderboard_needs_one_title_for_each_column():
    with pytest.raises(ValueError, match="titles"):
        figures.leaderboard(RESULTS, COLUMNS, TITLES[:1])


def test_a_reliability_curve_is_labelled_and_lies_over_the_diagonal():
    _, ax = plt.subplots()
    figures.reliability(ax, [0.1, 0.6], [0.2, 0.5], "mean", "#D55E00")
    diagonal, curve = ax.lines
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [0, 1]
    assert (list(curve.get_xdata()), list(curve.get_ydata())) == ([0.1, 0.6], [0.2, 0.5])
    assert ax.texts[0].get_text() == "mean"
    assert ax.texts[0].xy == (0.6, 0.5)
    assert ax.get_xlabel()
    assert ax.get_ylabel()


def test_a_curve_shows_mean_and_standard_deviation_over_the_seeds():
    _, ax = plt.subplots()
    x, values = [0, 1, 4], np.random.default_rng(0).random((8, 3))
    figures.curve(ax, x, values, "late", "#009E73")
    line, _, (bars,) = ax.containers[0].lines
    assert list(line.get_xdata()) == x
    assert np.allclose(line.get_ydata(), values.mean(0))
    ends = np.array([segment[:, 1] for segment in bars.get_segments()])
    assert np.allclose(ends.T, values.mean(0) + np.outer([-1, 1], values.std(0, ddof=1)))
    assert ax.texts[0].get_text() == "late"


def svg():
    fig, _ = figures.leaderboard(RESULTS, COLUMNS, TITLES)
    file = io.BytesIO()
    fig.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def test_the_same_data_give_the_same_bytes():
    assert svg() == svg()
    assert b"<dc:date>" not in svg()


def test_a_figure_brings_no_ground_of_its_own():
    fig, axes = figures.leaderboard(RESULTS, COLUMNS, TITLES)
    assert fig.get_facecolor()[3] == axes[0].get_facecolor()[3] == 0


def luminance(colour):
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in to_rgb(colour)]
    return np.dot([0.2126, 0.7152, 0.0722], linear)


def test_each_modality_has_one_colour_of_its_own():
    modalities = ["numeric", "categorical", "temporal", "text", "behavioural", "image", "audio", "terms"]
    assert list(figures.COLOURS) == modalities
    assert len(set(figures.COLOURS.values())) == len(modalities)
    assert figures.COLOURS["numeric"] == "#0072B2"
    assert figures.COLOURS["behavioural"] == "#D55E00"


def test_words_stand_out_from_the_page():
    for colour in (figures.INK, figures.SOFT):
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5
