"""Every fusion layer and every encoder of media trains the same under many seeds at once as one seed at a time."""

import pytest
import torch
from fusionbook import fusion
from fusionbook.media import PictureCNN, PictureViT, SequenceGRU, SoundCNN, TokenEncoder
from fusionbook.train import Recipe, fit, fit_many
from torch import nn

ROWS, RECIPE = 40, Recipe(epochs=2, batch_size=16)
G = torch.Generator().manual_seed(0)
TARGET = (torch.rand(ROWS, generator=G) < 0.5).double()


def numbers(*shape):
    return torch.randn(ROWS, *shape, generator=G, dtype=torch.float64)


CODES = torch.randint(-1, 7, (ROWS, 6), generator=G)
SOUND = numbers(12, 5)
SOUND[::3, 8:] = torch.nan
MEDIA = {
    "cnn": (lambda: PictureCNN(3, 4, 4), (numbers(3, 8, 8),)),
    "vit": (lambda: PictureViT(3, 8, 8, 4), (numbers(3, 8, 8),)),
    "tokens": (lambda: TokenEncoder(7, 6, 4), (CODES,)),
    "gru": (lambda: SequenceGRU(5, 4), (SOUND,)),
    "sound": (lambda: SoundCNN(5, 4), (SOUND,)),
}
VECTORS, SEQUENCES = (numbers(3), numbers(4)), (numbers(3, 3), numbers(2, 4))
LAYERS = {name: (lambda layer=layer: layer([3, 4], 4), VECTORS) for name, layer in fusion.LAYERS.items()}
LAYERS |= {name: (lambda layer=layer: layer([3, 4], 4), SEQUENCES) for name, layer in fusion.SEQUENCE_LAYERS.items()}
CASES = MEDIA | LAYERS


class Headed(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.body, self.head = CASES[name][0](), nn.Linear(4, 1)

    def forward(self, *inputs):
        return self.head(self.body(*inputs) if len(inputs) == 1 else self.body(list(inputs))).squeeze(-1)


@pytest.mark.filterwarnings("ignore:There is a performance drop")  # the GRU is tried, and then looped over
@pytest.mark.parametrize("name", CASES)
def test_many_seeds_at_once_are_the_loop(name):
    data, seeds = (CASES[name][1], TARGET), (0, 5)
    many = fit_many(lambda: Headed(name).double(), data, seeds=seeds, recipe=RECIPE)
    for seed, result in zip(seeds, many, strict=True):
        torch.manual_seed(seed)
        alone = fit(Headed(name).double(), data, recipe=RECIPE, seed=seed)
        assert result.train_loss == pytest.approx(alone.train_loss, abs=1e-9)
        for key, value in alone.model.state_dict().items():
            assert torch.allclose(result.model.state_dict()[key], value, atol=1e-6), key
