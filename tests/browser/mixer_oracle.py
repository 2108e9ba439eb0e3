"""What the late mixer ought to show: torch's sigmoid, scikit-learn's AUC, and the rest by loops over fractions."""

from fractions import Fraction

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

BINS = 10


class Oracle:
    """Held-out logits of one late mixer, and every number that follows from a setting."""

    def __init__(self, names, prior, label, logits, present=None):
        self.names, self.prior, self.label = list(names), float(prior), np.asarray(label).astype(int)
        self.logits = torch.tensor(np.asarray(logits, dtype=float))
        self.p = torch.sigmoid(self.logits).numpy()
        self.present = np.ones(self.p.shape, bool) if present is None else np.asarray(present).astype(bool)

    def mixed(self, rule, weights, threshold):
        """Return one number for each row; equal logits stay equal, wherever torch's vectors begin and end."""
        rules = {"mean": self._mean, "logits": self._sum, "plain": self._plain, "vote": self._vote}
        return rules[rule](weights, threshold).round(12)

    def _mean(self, weights, _):
        heard = torch.tensor(weights, dtype=torch.float64) * torch.tensor(self.present)
        total = heard.sum(1)
        pooled = (heard * torch.tensor(self.p)).sum(1) / total
        return torch.where(total > 0, pooled, self.prior).numpy()

    def _sum(self, weights, _):
        prior = torch.tensor(self.prior, dtype=torch.float64).logit()
        heard = torch.tensor(weights, dtype=torch.float64) * torch.tensor(self.present)
        return torch.sigmoid(prior + (heard * (self.logits - prior)).sum(1)).numpy()

    def _plain(self, weights, _):
        heard = torch.tensor(weights, dtype=torch.float64) * torch.tensor(self.present)
        total = torch.sigmoid((heard * self.logits).sum(1))
        return torch.where(heard.sum(1) > 0, total, self.prior).numpy()

    def _vote(self, weights, threshold):
        weights, known = [Fraction(str(weight)) for weight in weights], {}  # exact, so that a tied vote is a tie
        ballots = [tuple(row) for row in np.where(self.present, self.p > threshold, 2).tolist()]
        for ballot in set(ballots):
            total = sum(w for w, said in zip(weights, ballot, strict=True) if said != 2)
            yes = sum(w for w, said in zip(weights, ballot, strict=True) if said == 1)
            known[ballot] = float(yes / total) if total else self.prior
        return np.array([known[ballot] for ballot in ballots])

    def auc(self, score):
        """AUC by scikit-learn."""
        return roc_auc_score(self.label, score)

    def alone(self):
        """AUC of every modality by itself; where it is absent it says the base rate."""
        return [self.auc(np.where(self.present[:, m], self.p[:, m], self.prior)) for m in range(len(self.names))]

    def groups(self, mixed):
        """Sort, cut into bins of equal count (the first ones take what is left over); ties share labels.

        Return how many each bin holds, what was said in it on average, and what came.
        """
        came = {}
        for value, label in zip(mixed, self.label, strict=True):
            came.setdefault(value, []).append(label)
        rows = sorted((value, sum(came[value]) / len(came[value])) for value in mixed)
        bins, start, found = min(BINS, len(rows)), 0, []
        for k in range(bins):
            size = len(rows) // bins + (1 if k < len(rows) % bins else 0)
            found.append((size, *np.mean(rows[start : start + size], 0)))
            start += size
        return np.array(found)

    def ece(self, mixed):
        size, said, came = self.groups(mixed).T
        return (size * np.abs(said - came)).sum() / size.sum()
