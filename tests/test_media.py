"""Encoders of pictures, words and sounds: rows apart, padding unheard, each block equal to its textbook form."""

import pytest
import torch
from fusionbook.attention import masked_mean
from fusionbook.blocks import PatchEmbedding, ResidualBlock, TransformerBlock
from fusionbook.media import PictureCNN, PictureViT, SequenceGRU, SoundCNN, TokenEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

SEED = st.integers(0, 10_000)
BOUNDED = settings(max_examples=12, deadline=None)
NAN = torch.nan


def generator(seed):
    return torch.Generator().manual_seed(seed)


def ends(x, seed):
    """Cut every row but the first at a random length, with NaN past its end."""
    rows, steps = x.shape[:2]
    length = torch.randint(0, steps + 1, (rows,), generator=generator(seed))
    length[0] = steps
    return x.masked_fill((torch.arange(steps) >= length[:, None])[..., None], NAN)


def picture(rows, seed):
    return torch.rand(rows, 3, 8, 8, generator=generator(seed), dtype=torch.float64)


def words(rows, seed):
    codes = torch.randint(0, 7, (rows, 6), generator=generator(seed))
    length = torch.randint(1, 7, (rows,), generator=generator(seed + 1))
    return codes.masked_fill(torch.arange(6) >= length[:, None], -1)


def sound(rows, seed):
    return ends(torch.randn(rows, 12, 5, generator=generator(seed), dtype=torch.float64), seed)


CASES = {
    "cnn": (lambda d: PictureCNN(3, d, width=4), picture),
    "vit": (lambda d: PictureViT(3, 8, 8, d), picture),
    "tokens": (lambda d: TokenEncoder(7, 6, d), words),
    "gru": (lambda d: SequenceGRU(5, d, hidden=4), sound),
    "sound": (lambda d: SoundCNN(5, d, filters=6), sound),
}
ENCODER = pytest.mark.parametrize("name", CASES)


def made(name, dim, rows, seed):
    build, draw = CASES[name]
    torch.manual_seed(seed)
    encoder = build(dim).double()
    for parameter in encoder.parameters():
        nn.init.normal_(parameter, std=0.3)
    return encoder, draw(rows, seed)


@ENCODER
@BOUNDED
@given(dim=st.integers(1, 6), rows=st.integers(1, 6), seed=SEED)
def test_a_row_becomes_a_vector_that_depends_on_no_other_row(name, dim, rows, seed):
    encoder, x = made(name, dim, rows, seed)
    z = encoder(x)
    assert z.shape == (rows, dim)
    assert z.isfinite().all()
    for i in range(rows):
        assert torch.allclose(encoder(x[[i]])[0], z[i], atol=1e-10)


@ENCODER
def test_every_parameter_gets_a_finite_gradient_also_with_padding(name):
    encoder, x = made(name, 4, 30, 3)
    encoder(x).pow(2).sum().backward()
    for block, parameter in encoder.named_parameters():
        assert parameter.grad.isfinite().all(), block
        assert parameter.grad.abs().max() > 1e-9, block


@ENCODER
def test_it_learns(name):
    """A handful of rows with labels of their own can be told apart after a few steps."""
    build, draw = CASES[name]
    torch.manual_seed(0)
    x, y = draw(12, 5), torch.arange(12) % 2
    x = x if name == "tokens" else x.float()
    model = nn.Sequential(build(8), nn.Linear(8, 2))
    optimizer = torch.optim.Adam(model.parameters(), 0.02)
    first = nn.functional.cross_entropy(model(x), y).item()
    for _ in range(120):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.4 * first


@pytest.mark.parametrize("name", ["gru", "sound"])
def test_longer_padding_changes_nothing(name):
    encoder, x = made(name, 4, 6, 1)
    padded = torch.cat([x, torch.full((6, 8, 5), NAN, dtype=x.dtype)], 1)
    assert torch.allclose(encoder(padded), encoder(x))


def test_codes_past_the_end_are_not_heard_whatever_was_there():
    encoder, x = made("tokens", 4, 6, 1)
    short = TokenEncoder(7, 4, 4).double()
    short.load_state_dict({k: v[:4] if k == "position" else v for k, v in encoder.state_dict().items()})
    x[:, 4:] = -1
    assert torch.allclose(encoder(x), short(x[:, :4]))
    assert not encoder(torch.full((2, 6), -1)).any()


def test_a_gru_skips_unknown_steps_as_if_they_had_not_been():
    encoder, x = made("gru", 4, 1, 0)
    x = x.nan_to_num(1.0)
    gap = torch.cat([x[:, :3], torch.full((1, 1, 5), NAN, dtype=x.dtype), x[:, 3:]], 1)
    assert torch.allclose(encoder(gap), encoder(x))
    state = encoder.gru(x)[1][0]
    assert torch.allclose(encoder(x), encoder.head(state))
    assert torch.allclose(encoder(torch.full_like(x, NAN)), encoder.head.bias.expand(1, -1))


def test_sound_by_hand():
    encoder, x = made("sound", 3, 2, 0)
    x = x.nan_to_num(0.5)
    x[1, 7:] = NAN  # windows of 5 at 0, 2, 4, 6: only the first two lie within 7 frames
    heard = encoder.filters(x[:, :7].mT).relu()
    assert torch.allclose(encoder(x)[1], encoder.head(heard[1, :, :2].mean(-1)))


def test_patches_are_the_strided_convolution():
    embed = PatchEmbedding(3, 8, 12, 4, 5).double()
    x = torch.rand(2, 3, 8, 12, dtype=torch.float64)
    kernel = embed.embed.weight.view(5, 3, 4, 4)
    tokens = nn.functional.conv2d(x, kernel, embed.embed.bias, stride=4).flatten(2).mT
    assert torch.allclose(embed(x), tokens + embed.position)
    assert embed(x).shape == (2, 6, 5)


def test_a_residual_block_starts_as_the_identity_and_follows_its_formula():
    block, x = ResidualBlock(3).double(), torch.rand(2, 3, 6, 6, dtype=torch.float64)
    assert torch.equal(block(x), x)
    with torch.no_grad():
        block.scale.fill_(0.7)
    assert torch.allclose(block(x), (x + 0.7 * block.second(block.first(x).relu())).relu())
    assert ResidualBlock(3, 5, stride=2)(x.float()).shape == (2, 5, 3, 3)


def test_a_transformer_block_is_pytorchs_own():
    ours = TransformerBlock(8, 2, 16).double()
    theirs = nn.TransformerEncoderLayer(8, 2, 16, 0.0, "gelu", batch_first=True, norm_first=True).double()
    with torch.no_grad():
        a, b = ours.attention, theirs.self_attn
        b.in_proj_weight.copy_(torch.cat([a.query.weight, a.key.weight, a.value.weight]))
        b.in_proj_bias.copy_(torch.cat([a.query.bias, torch.zeros(8).double(), a.value.bias]))
        pairs = ((b.out_proj, a.mix), (theirs.linear1, ours.expand), (theirs.linear2, ours.shrink))
        for mine, own in (*pairs, (theirs.norm1, ours.before), (theirs.norm2, ours.between)):
            mine.load_state_dict(own.state_dict())
    x, present = torch.randn(3, 5, 8, dtype=torch.float64), torch.rand(3, 5) < 0.7
    present[:, 0] = True
    wanted = theirs(x, src_key_padding_mask=~present)
    assert torch.allclose(ours(x, present)[present], wanted[present])


def test_the_mean_over_time_leaves_out_padding():
    x, present = torch.randn(2, 4, 3), torch.tensor([[True, True, False, False], [False] * 4])
    assert torch.allclose(masked_mean(x, present), torch.stack([x[0, :2].mean(0), torch.zeros(3)]))


BAD = [
    (lambda: PictureCNN(3, 4)(torch.zeros(2, 1, 8, 8)), r"x has shape \(2, 1, 8, 8\)"),
    (lambda: PictureViT(3, 8, 8, 4)(torch.zeros(2, 3, 8, 12)), r"\(2, 3, 8, 12\): it needs \(B, 3, 8, 8\)"),
    (lambda: PictureViT(3, 8, 10, 4), "patches of that side need to tile"),
    (lambda: TokenEncoder(7, 6, 4)(torch.zeros(2, 5, dtype=torch.long)), r"codes has shape \(2, 5\)"),
    (lambda: TokenEncoder(7, 2, 4)(torch.tensor([[7, 0]])), "codes go from 0 to 7: they need to be from 0 to 6"),
    (lambda: TokenEncoder(7, 2, 4)(torch.tensor([[-2, 0]])), "codes go from -2"),
    (lambda: SequenceGRU(5, 4)(torch.zeros(2, 3, 4)), r"x has shape \(2, 3, 4\)"),
    (lambda: SoundCNN(5, 4)(torch.zeros(2, 4, 5)), "at least the kernel's 5 frames"),
    (lambda: TransformerBlock(6, 4), "heads is 4 for a width of 6"),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
