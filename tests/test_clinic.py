"""Checks of models: each sees its own fault, and is silent where there is none."""

import copy

import pytest
import torch
from fusionbook import clinic
from fusionbook.fusion import LAYERS
from torch import nn

X = torch.randn(12, 3, generator=torch.Generator().manual_seed(5))


class OverBatch(nn.Module):
    """Attention without batch_first: the rows are taken for the sequence."""

    def __init__(self, first=False):
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2, batch_first=first)
        self.embed = nn.Linear(1, 4)

    def forward(self, x):
        tokens = self.embed(x.unsqueeze(-1))
        return self.attention(tokens, tokens, tokens)[0].mean((1, 2))


class Mean(nn.Module):
    def forward(self, x):
        return x - x.mean(0)


def test_a_row_that_does_not_depend_on_the_others_does_not_change():
    torch.manual_seed(0)
    for model in (nn.Linear(3, 2), OverBatch(first=True)):
        assert clinic.change_in_company(model, X) < 1e-6


def test_the_change_is_the_largest_over_the_rows_tried():
    """A model that subtracts the mean of its batch: alone every row is 0, together x - mean."""
    want = (X - X.mean(0))[:5].abs().max().item()
    assert clinic.change_in_company(Mean(), X, rows=5) == pytest.approx(want, rel=1e-6)


def test_attention_over_the_batch_is_seen():
    torch.manual_seed(0)
    assert clinic.change_in_company(OverBatch(), X) > 1e-3


@pytest.mark.parametrize("training", [True, False])
def test_a_model_is_left_in_its_mode(training):
    model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.9)).train(training)
    assert clinic.change_in_company(model, X) < 1e-6  # so it was tried in eval mode
    assert clinic.change_after_reload(lambda: copy.deepcopy(model), model, X) == 0
    assert model.training is training


def test_each_layer_keeps_its_own_mode_also_where_the_model_refuses():
    """A frozen layer in a model that trains stays frozen; an error on the way changes nothing."""
    model = nn.Sequential(nn.Dropout(0.9), nn.BatchNorm1d(3, track_running_stats=False))
    model[0].eval()
    with pytest.raises(ValueError, match="Expected more than 1 value"):
        clinic.change_in_company(model, X)
    assert [layer.training for layer in model.modules()] == [True, False, True]
    frozen = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.9))
    frozen[1].eval()
    assert clinic.change_after_reload(lambda: copy.deepcopy(frozen), frozen, X) == 0
    assert [layer.training for layer in frozen.modules()] == [True, True, False]


@pytest.mark.parametrize("name", LAYERS)
def test_the_books_own_layers_pass(name):
    torch.manual_seed(1)
    layer = LAYERS[name]([3, 3], 2)
    held = nn.Module()
    held.layer = layer
    held.forward = lambda a, b: layer([a, b])
    assert clinic.change_in_company(held, X, X.flip(0)) < 1e-5
    assert clinic.unregistered(layer) == []
    assert clinic.change_after_reload(lambda: _like(name), layer, [X, X]) == 0


def _like(name):
    return LAYERS[name]([3, 3], 2)


@pytest.mark.parametrize(
    ("inputs", "rows"), [((), 50), ((X, X[:4]), 50), ((X[:1],), 50), ((X,), 1)], ids=["none", "unequal", "one", "rows"]
)
def test_company_needs_company(inputs, rows):
    with pytest.raises(ValueError, match="at least 2 rows"):
        clinic.change_in_company(nn.Linear(3, 1), *inputs, rows=rows)


def test_lost_layers_are_found_wherever_they_are_kept():
    model = nn.Module()
    model.fine = nn.ModuleList([nn.Linear(1, 1)])
    model.fine[0].shift = [torch.ones(2, requires_grad=True)]  # deep inside a registered layer
    model.pair = (nn.Linear(1, 1), "text")
    model.named = {"text": [nn.Linear(1, 1)], "width": 3}
    model.alias = [model.fine[0]]  # registered elsewhere: nothing is lost
    model.constant = torch.ones(2)  # asks for no gradient
    assert set(clinic.unregistered(model)) == {"fine.0.shift[0]", "pair[0]", "named['text'][0]"}
    assert clinic.unregistered(nn.Sequential(nn.Linear(1, 1), nn.ReLU())) == []


class Listed(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoders = [nn.Linear(3, 3)]
        self.head = nn.Linear(3, 1)

    def forward(self, x):
        return self.head(self.encoders[0](x))


def test_what_was_not_saved_changes_the_answers():
    model = Listed()
    assert clinic.change_after_reload(Listed, model, X) > 1e-3
    mended = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 1))
    assert clinic.change_after_reload(lambda: nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 1)), mended, X) == 0
    with pytest.raises(RuntimeError, match="Missing key"):
        clinic.change_after_reload(lambda: nn.Linear(3, 3), mended, X)


def test_movement_is_relative_to_the_start():
    before = {"a.weight": torch.tensor([3.0, 4.0]), "a.bias": torch.zeros(1), "b.weight": torch.ones(4)}
    after = {"a.weight": torch.tensor([3.0, 4.5]), "a.bias": torch.ones(1), "b.weight": torch.ones(4)}
    assert clinic.moved(before, after, ["a", "b", "c"]) == pytest.approx([(1.25**0.5) / 5, 0, 0])
    zero = {"bias": torch.zeros(2)}
    assert clinic.moved(zero, {"bias": torch.ones(2)}, ["bias"]) == [1.0]  # there is no start to be relative to
    with pytest.raises(ValueError, match=r"\['b.weight'\]"):
        clinic.moved(before, {k: v for k, v in after.items() if k != "b.weight"}, ["a"])
