"""Gaps: the same applicants with a share of what is known of them hidden, part by part."""

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from fusionbook.data.applicants import Applicants

BLANK = "___"  # stands for a hidden word; to a vocabulary it is no word


def hide(applicants: Applicants, share, seed: int) -> Applicants:
    """Hide a share of every modality's parts, at random: numbers, categories, months, words and events.

    A hidden number is NaN, a hidden category or event -1, a hidden month NaN in all its channels, a hidden word
    `BLANK`. Causes, labels and true probabilities stay. With the same seed, what is hidden at a smaller share is
    hidden at a larger one too.

    Args:
        applicants: whose data to hide.
        share: probability that a part is hidden, in [0, 1]: one number, or (n,) one for each applicant.
        seed: of NumPy's generator.

    Raises:
        ValueError: for a share outside [0, 1] or of the wrong length.
    """
    n = applicants.n
    shares = np.asarray(share, dtype=float)
    if shares.shape not in ((), (n,)) or not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError(f"share is {share!r}: it needs to lie in [0, 1], one number or one for each of {n} applicants")
    rng = np.random.default_rng(seed)
    limit = np.broadcast_to(shares, n)[:, None]
    gone = {name: rng.random(getattr(applicants, name).shape[:2]) < limit for name in ("numeric", "categorical")}
    months = rng.random(applicants.temporal.shape[:2]) < limit
    events = rng.random(applicants.events.shape) < limit
    return replace(
        applicants,
        numeric=np.where(gone["numeric"], np.nan, applicants.numeric),
        categorical=np.where(gone["categorical"], -1, applicants.categorical),
        temporal=np.where(months[:, :, None], np.nan, applicants.temporal),
        text=_blanked(applicants.text, limit, rng),
        chat=_blanked(applicants.chat, limit, rng),
        events=np.where(events, -1, applicants.events),
        dayparts=np.where(events, -1, applicants.dayparts),
    )


def join(parts: Sequence[Applicants]) -> Applicants:
    """Put several sets of applicants one after the other.

    Raises:
        ValueError: if there is none.
    """
    if not parts:
        raise ValueError("parts is empty: it needs at least one set of applicants")
    joined = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(Applicants)
        if field.name != "causes"
    }
    return Applicants(**joined, causes={k: np.concatenate([part.causes[k] for part in parts]) for k in parts[0].causes})


def _blanked(texts: np.ndarray, limit: np.ndarray, rng) -> np.ndarray:
    """Replace words by blanks; the draw has a place for every word, so that it is the same for every share."""
    split = [text.split() for text in texts]
    draw = rng.random((len(split), max(map(len, split), default=0)))
    kept = [
        " ".join(BLANK if u < most else word for word, u in zip(words, row, strict=False))
        for words, row, most in zip(split, draw, limit[:, 0], strict=True)
    ]
    return np.array(kept)
