"""Cross-fitting: for each row the word of a model that never saw it, and bad calls of all training functions."""

import numpy as np
import pytest
import torch
from fusionbook.metrics import auc
from fusionbook.train import Recipe, bce, cross_fit, fit, fit_many
from torch import nn

ROWS, FOLDS, SEEDS = 40, 4, (0, 5)
FOLD = torch.arange(ROWS) % FOLDS


class Memory(nn.Module):
    """One number a row: it can learn every label by heart, and says 0 of a row that it never saw."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(ROWS, 1)
        nn.init.zeros_(self.table.weight)

    def forward(self, index):
        return self.table(index).squeeze(-1)


def network():
    return nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1), nn.Flatten(0))


def data(seed=0, rows=ROWS):
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, 2, generator=g)
    return x, (x[:, 0] + torch.randn(rows, generator=g) > 0).float()


def test_a_model_that_memorises_knows_nothing_out_of_fold():
    label = torch.randint(0, 2, (ROWS,), generator=torch.Generator().manual_seed(0))
    index = torch.arange(ROWS)
    for result in cross_fit(Memory, (index, label), folds=FOLDS, seeds=SEEDS, recipe=Recipe(batch_size=8, lr=0.1)):
        assert torch.equal(result.out_of_fold, torch.zeros(ROWS))
        for k, one in enumerate(result.fits):
            said, seen = one.predict(index), k != FOLD
            assert not said[~seen].any()
            assert auc(label[seen], said[seen]) == 1


def test_a_label_reaches_no_out_of_fold_answer_of_its_own_fold():
    x, y = data()
    flipped = torch.where(FOLD == 2, 1 - y, y)
    before, after = (cross_fit(network, (x, t), folds=FOLDS, seeds=[1])[0].out_of_fold for t in (y, flipped))
    assert torch.allclose(before[FOLD == 2], after[FOLD == 2], atol=1e-7)
    assert not torch.isclose(before[FOLD != 2], after[FOLD != 2], atol=1e-4).any()


@pytest.mark.parametrize("shared", [True, False])
def test_cross_fitting_is_fitting_without_each_fold(shared):
    """Against the loop: model k trains on the other folds, answers for fold k; new rows get the models' mean."""
    sets = [data(0)] * 2 if shared else [data(0), data(1)]
    new = data(7)[0]
    results = cross_fit(network, sets[0] if shared else sets, folds=FOLDS, seeds=SEEDS)
    for result, (x, y), seed in zip(results, sets, SEEDS, strict=True):
        answers = []
        for k in range(FOLDS):
            torch.manual_seed(1000 * seed + k)
            one = fit(network(), (x[k != FOLD], y[k != FOLD]), seed=1000 * seed + k)
            assert torch.allclose(result.out_of_fold[k == FOLD], one.predict(x[k == FOLD]), atol=1e-5)
            answers.append(one.predict(new))
        assert torch.allclose(result.predict(new), torch.stack(answers).mean(0), atol=1e-5)


def test_folds_and_seeds_start_from_different_weights():
    results = cross_fit(network, data(), folds=2, seeds=SEEDS, recipe=Recipe(epochs=1, lr=1e-9))
    starts = [one.model[0].weight for result in results for one in result.fits]
    assert all(not torch.allclose(a, b) for i, a in enumerate(starts) for b in starts[:i])


def test_an_answer_may_have_any_shape():
    x = data()[0]
    result = cross_fit(
        lambda: nn.Linear(2, 3), (x, x.new_zeros(ROWS, 3)), folds=2, seeds=[0], loss=nn.functional.mse_loss
    )
    assert result[0].out_of_fold.shape == (ROWS, 3)
    assert result[0].predict(x[:5]).shape == (5, 3)


X, Y = data()
BAD_CALLS = {
    "no rows": (lambda: fit(network(), (X[:0], Y[:0])), r"train has \[0\] rows of input and 0 of target"),
    "fewer labels": (lambda: fit(network(), (X, Y[:-1])), r"train has \[40\] rows of input and 39 of target"),
    "inputs differ": (lambda: fit(network(), ((X, X[:3]), Y)), r"train has \[40, 3\] rows"),
    "bad validation": (lambda: fit(network(), (X, Y), (X, Y[:3])), r"val has \[40\] rows of input and 3"),
    "empty validation": (lambda: fit(network(), (X, Y), (X[:0], Y[:0])), r"val has \[0\] rows"),
    "no seeds": (lambda: fit_many(network, (X, Y), seeds=[]), "seeds is empty"),
    "too few sets": (lambda: fit_many(network, [(X, Y)], seeds=[0, 1]), "train holds 1 data sets: .* 2 seeds"),
    "too many sets": (lambda: fit_many(network, (X, Y), [(X, Y)] * 3, seeds=[0, 1]), "val holds 3 data sets"),
    "no validation sets": (lambda: fit_many(network, (X, Y), [], seeds=[0]), "val holds 0 data sets"),
    "unequal sets": (
        lambda: fit_many(network, [(X, Y), (X[:30], Y[:30])], seeds=[0, 1]),
        r"train has data sets of shapes .*\(30, 2\).*\(40, 2\)",
    ),
    "one fold": (lambda: cross_fit(network, (X, Y), folds=1, seeds=[0]), "folds is 1 for 40 rows"),
    "no folds": (lambda: cross_fit(network, (X, Y), folds=0, seeds=[0]), "folds is 0 for 40 rows"),
    "uneven folds": (lambda: cross_fit(network, (X, Y), folds=7, seeds=[0]), "folds is 7 for 40 rows"),
    "no seeds to cross": (lambda: cross_fit(network, (X, Y), folds=2, seeds=[]), "seeds is empty"),
    "no data to cross": (lambda: cross_fit(network, (X[:0], Y[:0]), folds=2, seeds=[0]), r"data has \[0\] rows"),
    "epochs": (lambda: Recipe(epochs=0), "epochs is 0"),
    "batch size": (lambda: Recipe(batch_size=-1), "batch_size is -1"),
    "step": (lambda: Recipe(lr=0), "lr=0"),
    "no step": (lambda: Recipe(lr=float("nan")), "lr=nan"),
    "decay": (lambda: Recipe(weight_decay=-0.1), "weight_decay=-0.1"),
    "patience": (lambda: Recipe(patience=0), "patience is 0"),
}


@pytest.mark.parametrize("case", BAD_CALLS)
def test_a_bad_call_names_the_argument(case):
    call, named = BAD_CALLS[case]
    with pytest.raises(ValueError, match=named):
        call()


def test_an_error_of_the_model_itself_is_not_hidden():
    with pytest.raises(RuntimeError, match="shape"):
        fit_many(lambda: nn.Linear(3, 1), (X, Y), seeds=[0, 1])


def test_bce_is_its_formula():
    logits, target = torch.tensor([-2.0, 0.0, 3.0]), np.array([0, 1, 1])
    p = 1 / (1 + np.exp(-logits.numpy()))
    expected = -np.mean(np.where(target == 1, np.log(p), np.log(1 - p)))
    assert bce(logits, torch.from_numpy(target)).item() == pytest.approx(expected, abs=1e-6)
