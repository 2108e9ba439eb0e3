"""Snapshots are the states that training went through, of parameters and buffers alike."""

import pytest
import torch
from fusionbook.train import Recipe, bce, fit, fit_many
from test_train import SEEDS, SHORT, built, maker, rows


@pytest.mark.parametrize("name", ["network", "GRU", "batch norm"])
def test_snapshots_are_the_states_on_the_way(name):
    """Epoch by epoch the snapshot has the validation loss of the history; the first is the start, the last the end."""
    train, (x, y) = rows(name, 24, 2), rows(name, 30, 95)
    recipe = Recipe(epochs=4, batch_size=8, lr=0.05, patience=None)
    every = range(5)
    many = fit_many(maker(name), train, (x, y), seeds=SEEDS, recipe=recipe, snapshots=every)
    for seed, result in zip(SEEDS, many, strict=True):
        alone = fit(built(name, seed), train, (x, y), recipe=recipe, seed=seed, snapshots=every)
        assert list(result.snapshots) == list(alone.snapshots) == list(every)
        model = built(name, seed)
        for key, value in model.state_dict().items():
            assert torch.equal(alone.snapshots[0][key], value)
        for epoch in every:
            for key, value in alone.snapshots[epoch].items():
                assert torch.allclose(result.snapshots[epoch][key], value, atol=1e-8), key
            model.load_state_dict(result.snapshots[epoch])
            if epoch:
                assert bce(model.eval()(x), y).item() == pytest.approx(result.val_loss[epoch - 1], abs=1e-5)
    last = fit(built(name, 3), train, recipe=recipe, seed=3, snapshots=[4])
    assert all(torch.equal(last.model.state_dict()[key], value) for key, value in last.snapshots[4].items())


def test_snapshots_end_where_training_stopped():
    train, val = rows("network", 24, 2), rows("network", 30, 92)
    recipe = Recipe(epochs=60, batch_size=8, lr=0.1, patience=1)
    result = fit(built("network", 0), train, val, recipe=recipe, snapshots=range(61))
    assert list(result.snapshots) == list(range(len(result.val_loss) + 1))
    assert fit(built("network", 0), train, recipe=SHORT).snapshots == {}


@pytest.mark.parametrize("epoch", [-1, 5, 1.5])
def test_a_snapshot_beyond_the_recipe_is_refused_before_any_work(epoch):
    def never():
        raise AssertionError("work was done")

    with pytest.raises(ValueError, match=f"snapshots holds {epoch}: it needs whole numbers from 0 to the recipe's 4"):
        fit_many(never, rows("network", 24, 2), seeds=SEEDS, recipe=SHORT, snapshots=[0, epoch])
    with pytest.raises(ValueError, match="snapshots holds"):
        fit(built("network", 0), rows("network", 24, 2), recipe=SHORT, snapshots=[epoch])
