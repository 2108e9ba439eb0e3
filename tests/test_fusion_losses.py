"""The losses of the fusion itself, of single modalities, and all together: loops by hand, forward and gradient."""

import torch
from fusionbook import losses
from fusionbook.train import bce
from hypothesis import given
from test_losses import BOUNDED, SEED, N, rand, same_value_and_gradient


def test_subsets_are_never_empty_and_all_equally_likely():
    drawn = losses.random_subsets(70_000, 3, torch.Generator().manual_seed(0))
    codes = (drawn * torch.tensor([1, 2, 4])).sum(1)
    share = torch.bincount(codes, minlength=8) / 70_000
    assert share[0] == 0
    assert (share[1:] - 1 / 7).abs().max() < 0.005  # 4 standard deviations


def linear_fusion(dims, seed=0):
    weights = [rand(d, seed=seed + m) for m, d in enumerate(dims)]
    return lambda features, present: sum(
        (torch.where(present[:, [m]], x, 0) @ w) for m, (x, w) in enumerate(zip(features, weights, strict=True))
    )


def test_subset_loss_is_the_task_on_the_subsets_drawn():
    features, target = [rand(9, 2), rand(9, 3, seed=1)], (rand(9, seed=2) > 0).double()
    predict = linear_fusion([2, 3])
    got = losses.subset_loss(predict, features, target, bce, generator=torch.Generator().manual_seed(4))
    chosen = losses.random_subsets(9, 2, torch.Generator().manual_seed(4))
    assert torch.equal(got, bce(predict(features, chosen), target))


def test_subsets_keep_to_those_present_and_leave_nobody_with_nothing():
    present = torch.tensor([[True, False, False], [True, True, False], [False, False, False]]).repeat(50, 1)
    seen = []

    def spy(features, chosen):
        seen.append(chosen)
        return features[0][:, 0]

    target = torch.zeros(150, dtype=torch.float64)
    losses.subset_loss(spy, [rand(150, 1)] * 3, target, bce, present=present)
    (chosen,) = seen
    assert not (chosen & ~present).any()
    assert (chosen.any(1) == present.any(1)).all()
    assert len(chosen[1::3].unique(dim=0)) == 3


@BOUNDED
@given(n=N, seed=SEED)
def test_reconstruction_is_the_loop_over_what_was_hidden(n, seed):
    truth = [rand(n, 2, seed=seed), rand(n, 3, seed=seed + 1)]
    hidden = torch.rand(n, 2, generator=torch.Generator().manual_seed(seed)) < 0.5

    def by_hand(a, b):
        errors = [
            (guess[i] - truth[m][i]).pow(2).mean() for m, guess in enumerate((a, b)) for i in range(n) if hidden[i, m]
        ]
        return (torch.stack(errors).mean() if errors else 0) + (a.sum() + b.sum()) * 0

    same_value_and_gradient(
        lambda a, b: losses.reconstruction_loss([a, b], truth, hidden),
        by_hand,
        rand(n, 2, seed=seed + 2),
        rand(n, 3, seed=seed + 3),
    )


def test_what_was_not_hidden_may_be_nan():
    guess, hidden = rand(3, 2).requires_grad_(), torch.tensor([[True], [False], [False]])
    truth = rand(3, 2, seed=1)
    truth[1] = torch.nan
    losses.reconstruction_loss([guess], [truth], hidden).backward()
    assert guess.grad.isfinite().all()
    assert not guess.grad[1:].any()


def test_auxiliary_loss_is_the_mean_over_heads_on_their_own_rows():
    outputs, target = [rand(6, seed=m) for m in range(3)], (rand(6, seed=9) > 0).double()
    plain = sum(bce(o, target) for o in outputs) / 3
    assert torch.allclose(losses.auxiliary_loss(outputs, target, bce), plain)
    present = torch.tensor([[True, False, False]] * 4 + [[True, True, False]] * 2)
    wanted = (bce(outputs[0], target) + bce(outputs[1][4:], target[4:])) / 2
    assert torch.allclose(losses.auxiliary_loss(outputs, target, bce, present), wanted)
    nobody = torch.zeros(6, 3, dtype=torch.bool)
    assert losses.auxiliary_loss(outputs, target, bce, nobody) == 0


@BOUNDED
@given(n=N, seed=SEED)
def test_auxiliary_loss_is_the_loop_forward_and_gradient(n, seed):
    target = (rand(n, seed=seed) > 0).double()
    present = torch.rand(n, 2, generator=torch.Generator().manual_seed(seed)) < 0.6
    present[0, 0] = True

    def by_hand(*outputs):
        heads = []
        for m, output in enumerate(outputs):
            own = [i for i in range(n) if present[i, m]]
            told = [-(target[i] * output[i] - (1 + output[i].exp()).log()) for i in own]
            heads += [torch.stack(told).mean()] if told else []
        return torch.stack(heads).mean() + 0 * sum(output.sum() for output in outputs)

    def fast(*outputs):
        return losses.auxiliary_loss(outputs, target, bce, present) + 0 * sum(output.sum() for output in outputs)

    same_value_and_gradient(fast, by_hand, rand(n, seed=seed + 1), rand(n, seed=seed + 2))


@BOUNDED
@given(n=N, seed=SEED)
def test_subset_loss_is_the_loop_forward_and_gradient(n, seed):
    target, chosen = (rand(n, seed=seed) > 0).double(), losses.random_subsets(n, 2, torch.Generator().manual_seed(seed))

    def by_hand(a, b):
        score = [a[i].sum() * bool(chosen[i, 0]) + 2 * b[i].sum() * bool(chosen[i, 1]) for i in range(n)]
        return torch.stack([-(y * s - (1 + s.exp()).log()) for y, s in zip(target, score, strict=True)]).mean()

    def fast(a, b):
        def predict(features, present):
            x = [torch.where(present[:, [m]], v, 0).sum(1) for m, v in enumerate(features)]
            return x[0] + 2 * x[1]

        return losses.subset_loss(predict, [a, b], target, bce, generator=torch.Generator().manual_seed(seed))

    same_value_and_gradient(fast, by_hand, rand(n, 2, seed=seed + 1), rand(n, 3, seed=seed + 2))


def test_the_joint_loss_is_the_weighted_sum():
    task, align, fused, single = (torch.tensor(x, requires_grad=True) for x in (1.0, 2.0, 3.0, 4.0))
    loss = losses.joint_loss(task, align, fused, single, alpha=0.5, beta=2, gamma=0.25)
    assert loss.item() == 1 + 1 + 6 + 1
    loss.backward()
    assert [x.grad.item() for x in (task, align, fused, single)] == [1, 0.5, 2, 0.25]
