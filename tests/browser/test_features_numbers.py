"""Chapter 2's lens: at any noise and gaps it shows the applicants that Python draws, and what was recorded of them."""

import random

import numpy as np
import pytest
from applicant_views import check_views
from built import floats, near, page, says
from fusionbook.data.applicants import MODALITIES
from fusionbook.data.gaps import BLANK, join
from notebook import made
from visit import number

NOTEBOOK, ALL, KIND = "02_features", "all five", "modality-lens"
chapter = page(f"book/{NOTEBOOK}.html")


class Lens:
    """The chapter's grid of applicants, drawn, disturbed and hidden anew; verdicts as recorded in the page."""

    def __init__(self, verdicts):
        space = made(NOTEBOOK, "ModalityLens", "NAMES train noises shares count drawn grid", SEEDS=range(1))
        self.grid, self.reference, self.verdicts = space["grid"], space["train"][0], verdicts
        self.noises, self.shares, self.count = space["noises"], space["shares"], space["count"]
        self.clean, self.prior = (self.noises.index(1), self.shares.index(0)), self.reference.label.mean()

    def check(self, figure, a, noise, gap, disturbed):
        """Hold table, picture and all five views against what is there at this setting."""
        places = [(noise, gap) if disturbed in (ALL, name) else self.clean for name in MODALITIES]
        said = np.array([self.verdicts[k, g, a, m] for m, (k, g) in enumerate(places)])
        before, p = self.verdicts[self.clean][a], self.grid[0][0].p[a]
        _, *rows = figure.cells
        for m, (name, *numbers) in enumerate(rows[:5]):
            k, g = places[m]
            assert name == MODALITIES[m]
            assert [number(one) for one in numbers] == pytest.approx(
                [self.noises[k], self.shares[g], said[m], before[m]], abs=1e-4
            )
        assert number(rows[5][3]) == pytest.approx(p, abs=1e-4)
        assert number(rows[6][3]) == pytest.approx(self.prior, abs=1e-4)
        self.check_board(figure, said, before)
        check_views(figure, [self.grid[k][g] for k, g in places], a, self.reference)

    def check_board(self, figure, said, before):
        """A dot where each expert stands now, a ring where it stood undisturbed, and a line at the base rate."""
        picture = "What each expert says"
        x, rows = figure.axis("x", picture), figure.marks(".fy-row", picture)
        assert [row["text"] for row in rows] == list(MODALITIES)
        for kind, values in ((".fy-dot", said), (".fy-ring", before)):
            across, down = floats(figure.marks(kind, picture), "cx", "cy")
            near(across, x(np.clip(values, 0, 0.8)))
            near(down, floats(rows, "y") - 4.5)
        near(floats(figure.marks(".fy-mark", picture), "x1"), x([self.prior]))


@pytest.fixture(scope="module")
def lens(chapter):
    return Lens(chapter.arrays(KIND)["verdicts"])


def test_the_lens_first_shows_the_first_applicant_undisturbed(chapter, lens):
    figure = chapter.figure(KIND)
    lens.check(figure, 0, *lens.clean, ALL)
    says(figure, "undisturbed")
    assert figure.options("disturb") == [ALL, *MODALITIES]


@pytest.mark.parametrize("seed", range(8))
def test_the_lens_shows_what_was_drawn_and_recorded(chapter, lens, seed):
    rng, figure = random.Random(seed), chapter.figure(KIND)
    a, noise, gap = (rng.randrange(size) for size in (lens.count, len(lens.noises), len(lens.shares)))
    disturbed = [ALL, *MODALITIES, ALL, ALL][seed]
    figure.put({"applicant": a + 1, "noise": noise, "hidden": gap, "disturb": disturbed})
    lens.check(figure, a, noise, gap, disturbed)


def test_the_status_tells_the_disturbance(chapter, lens):
    figure = chapter.figure(KIND)
    figure.put({"noise": 5, "hidden": 2, "disturb": "text"})
    says(figure, f"noise ×\u2009{lens.noises[5]} and {100 * lens.shares[2]:.0f}\u00a0% hidden in text")


def test_there_are_gaps_to_show(lens):
    """What the tests above hold of hidden numbers, levels, months, words and events is held of some that are hidden."""
    hidden = join([one for row in lens.grid for one in row[1:]])
    assert np.isnan(hidden.numeric).any()
    assert np.isnan(hidden.temporal).any()
    assert (hidden.categorical < 0).any()
    assert any(BLANK in text for text in hidden.text)


def test_no_stray_word_at_any_setting(chapter):
    chapter.sweep()
