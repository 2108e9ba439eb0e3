"""Modality lens: one applicant seen through noise and gaps, and what each modality's expert then says."""

from collections.abc import Sequence

import numpy as np
import traitlets

from fusionbook.checks import probabilities, vector
from fusionbook.data.applicants import MODALITIES, Applicants
from fusionbook.data.gaps import join
from fusionbook.explorers.base import Explorer, pack
from fusionbook.explorers.views import pack_views

EVERYTHING = "all five"


class ModalityLens(Explorer):
    """Five views of an applicant and five verdicts, recorded on a grid of noise and gaps; a replay explorer.

    Attributes:
        applicant: which one, from 0.
        noise: position in `noises`.
        gaps: position in `shares`.
        disturbed: the modality that noise and gaps fall on, or "all five"; the others are seen undisturbed.
    """

    applicant = traitlets.Int().tag(sync=True)
    noise = traitlets.Int().tag(sync=True)
    gaps = traitlets.Int().tag(sync=True)
    disturbed = traitlets.Enum((EVERYTHING, *MODALITIES)).tag(sync=True)
    noises = traitlets.List(traitlets.Float()).tag(sync=True)
    shares = traitlets.List(traitlets.Float()).tag(sync=True)
    prior = traitlets.Float().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        grid: Sequence[Sequence[Applicants]],
        reference: Applicants,
        verdicts,
        *,
        noises: Sequence[float],
        shares: Sequence[float],
        prior: float,
        label: str = "Modality lens: five views and five verdicts",
    ):
        """Record what is seen and what is said.

        Args:
            grid: for each noise, for each share of gaps, the same A applicants so disturbed.
            reference: among whom numbers get a place.
            verdicts: (noises, shares, A, 5) what each expert says of them.
            noises: factors on the noise; 1, the noise they were drawn with, must be among them.
            shares: of what is hidden; 0 must be among them.
            prior: the base rate.
            label: what a screen reader calls this figure; unique on its page.

        Raises:
            ValueError: for shapes that do not fit, verdicts that are no probabilities, or a grid without the
                undisturbed view.
        """
        noises, shares = vector(noises, "noises"), vector(shares, "shares")
        if 1 not in noises or 0 not in shares:
            raise ValueError(f"noises {noises.tolist()}, shares {shares.tolist()}: 1 and 0 are the undisturbed view")
        sizes = [[people.n for people in row] for row in grid]
        if [len(row) for row in sizes] != [len(shares)] * len(noises) or len({n for row in sizes for n in row}) != 1:
            raise ValueError(
                f"grid has applicants {sizes}: it needs the same number in {len(noises)} x {len(shares)} places"
            )
        shape = (len(noises), len(shares), sizes[0][0], len(MODALITIES))
        verdicts = np.asarray(verdicts, dtype=float)
        if verdicts.shape != shape:
            raise ValueError(f"verdicts has shape {verdicts.shape}: it needs {shape}")
        probabilities(np.array([prior]), "prior")
        views, words = pack_views(join([people for row in grid for people in row]), reference)
        super().__init__(
            label=label,
            data=views | {"verdicts": pack(probabilities(verdicts, "verdicts")), "p": pack(grid[0][0].p)},
            words=words,
            noises=noises.tolist(),
            shares=shares.tolist(),
            prior=float(prior),
            noise=noises.tolist().index(1),
            gaps=shares.tolist().index(0),
            disturbed=EVERYTHING,
        )

    @traitlets.validate("applicant")
    def _applicant(self, proposal):
        return self.within(proposal, self.data["p"]["shape"][0] if self.data else 0)

    @traitlets.validate("noise")
    def _noise(self, proposal):
        return self.within(proposal, len(self.noises))

    @traitlets.validate("gaps")
    def _gaps(self, proposal):
        return self.within(proposal, len(self.shares))
