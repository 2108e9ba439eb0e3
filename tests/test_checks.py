"""Bad calls of every public function of checks, metrics and fusion: a ValueError that says which argument, and why."""

import numpy as np
import pytest
import torch
from fusionbook import checks, fusion, metrics

NAN, INF = float("nan"), float("inf")
Y, S = [0, 1, 1], [0.1, 0.7, 0.4]
P = [[0.1, 0.5], [0.2, 0.6], [0.7, 0.9]]
ALL = np.ones((3, 2), bool)

CHECKS = {
    "matrix axes": (lambda: checks.check_matrix(torch.zeros(2), "x", (None, 3)), r"x has shape \(2,\): .*\(B, 3\)"),
    "matrix width": (lambda: checks.check_matrix(torch.zeros(2, 4), "x", (None, 3)), r"x has shape \(2, 4\)"),
    "vector axes": (lambda: checks.vector(np.zeros((2, 2)), "v"), r"v has shape \(2, 2\)"),
    "vector empty": (lambda: checks.vector([], "v"), r"v has shape \(0,\)"),
    "vector scalar": (lambda: checks.vector(3.0, "v"), r"v has shape \(\)"),
    "vector gap": (lambda: checks.vector([1, NAN], "v"), r"v\[1\] is nan"),
    "finite": (lambda: checks.finite(np.array([[0, 1], [INF, 0]]), "m"), r"m\[1, 0\] is inf"),
    "above one": (lambda: checks.probabilities(np.array([0.5, 1.5]), "p"), r"p\[1\] is 1.5: .*sigmoid"),
    "below zero": (lambda: checks.probabilities(np.array([[-0.1]]), "p"), r"p\[0, 0\] is -0.1"),
    "no probability": (lambda: checks.probabilities(np.array([NAN]), "p"), r"p\[0\] is nan"),
    "labels": (lambda: checks.labels([0, 1, 2]), "label holds 2.0: it needs 0 and 1"),
    "signs": (lambda: checks.labels([-1, 1], "y"), "y holds -1.0"),
    "lengths": (lambda: checks.same_length(a=np.zeros(2), b=np.zeros(3)), r"\(a 2, b 3\)"),
}

METRICS = {
    "auc one class": (lambda: metrics.auc([1, 1], [0, 1]), "label holds only 1"),
    "auc lengths": (lambda: metrics.auc(Y, [0, 1]), "label 3, score 2"),
    "auc empty": (lambda: metrics.auc([], []), "label has shape"),
    "auc gap": (lambda: metrics.auc(Y, [0, NAN, 1]), r"score\[1\] is nan"),
    "auc labels": (lambda: metrics.auc([0, 1, 3], S), "label holds 3"),
    "gini one class": (lambda: metrics.gini([0, 0], [0, 1]), "label holds only 0"),
    "expected range": (lambda: metrics.expected_auc([0.2, 1.2], [0, 1]), r"p\[1\] is 1.2"),
    "expected lengths": (lambda: metrics.expected_auc([0.2, 0.3], [0, 1, 2]), "p 2, score 3"),
    "expected certain": (lambda: metrics.expected_auc([1, 1], [0, 1]), "p makes one class certain"),
    "expected alone": (lambda: metrics.expected_auc([0.3], [0]), "p makes one class certain"),
    "ece logits": (lambda: metrics.ece(Y, [-1, 0, 2], 2), r"p\[0\] is -1.0: .*sigmoid"),
    "ece bins": (lambda: metrics.ece(Y, S), "bins is 10: .* 3 examples"),
    "ece no bins": (lambda: metrics.ece(Y, S, 0), "bins is 0"),
    "ece lengths": (lambda: metrics.ece([0, 1], S, 2), "label 2, p 3"),
    "curve range": (lambda: metrics.calibration_curve(Y, [0, 1, NAN], 2), r"p\[2\] is nan"),
    "floor range": (lambda: metrics.ece_floor([2.0, 0.1], 1), r"p\[0\] is 2.0"),
    "floor bins": (lambda: metrics.ece_floor(S), "bins is 10"),
    "floor no draws": (lambda: metrics.ece_floor(S, 2, draws=0), "draws is 0"),
    "vote axes": (lambda: metrics.vote(S, 0.5, prior=0.2), r"p has shape \(3,\): it needs \(n, M\)"),
    "vote empty": (lambda: metrics.vote(np.zeros((0, 2)), 0.5, prior=0.2), r"p has shape \(0, 2\)"),
    "vote logits": (lambda: metrics.vote([[3.0, 0]], 0.5, prior=0.2), r"p\[0, 0\] is 3.0"),
    "vote gap": (lambda: metrics.vote([[NAN, 0.1]], 0.5, prior=0.2), r"p\[0, 0\] is nan"),
    "vote threshold": (lambda: metrics.vote(P, 1.5, prior=0.2), r"threshold.*1.5"),
    "vote prior": (lambda: metrics.vote(P, 0.5, prior=-0.1), r"prior.*-0.1"),
    "vote mask": (lambda: metrics.vote(P, 0.5, prior=0.2, present=ALL[:2]), r"present has shape \(2, 2\)"),
    "vote weights": (lambda: metrics.vote(P, 0.5, prior=0.2, weights=[1]), "weights has 1 entries: .* 2 modalities"),
    "weights below zero": (lambda: metrics.check_weights([1, -0.5], 2), "weights holds -0.5"),
    "weights of nothing": (lambda: metrics.check_weights([0, 0], 2), "weights sum to 0"),
    "weights gap": (lambda: metrics.check_weights([1, NAN], 2), r"weights\[1\] is nan"),
}

POOLS = {
    "mean logits": (lambda: fusion.pool_mean([[2.0, 0.1]], 0.2), r"p\[0, 0\] is 2.0: .*sigmoid"),
    "mean axes": (lambda: fusion.pool_mean(S, 0.2), r"p has shape \(3,\): it needs \(n, M\)"),
    "mean empty": (lambda: fusion.pool_mean(np.zeros((0, 2)), 0.2), r"p has shape \(0, 2\)"),
    "mean gap": (lambda: fusion.pool_mean([[0.1, NAN]], 0.2), r"p\[0, 1\] is nan"),
    "mean prior": (lambda: fusion.pool_mean(P, 0.0), "prior is 0.0"),
    "mean certain prior": (lambda: fusion.pool_mean(P, 1), "prior is 1"),
    "mean weights": (lambda: fusion.pool_mean(P, 0.2, [1, 1, 1]), "weights has 3 entries"),
    "mean no weight": (lambda: fusion.pool_mean(P, 0.2, [0, 0]), "weights sum to 0"),
    "mean weight below zero": (lambda: fusion.pool_mean(P, 0.2, [2, -1]), "weights holds -1"),
    "mean mask": (lambda: fusion.pool_mean(P, 0.2, present=ALL[:, :1]), r"present has shape \(3, 1\): .*\(3, 2\)"),
    "logits axes": (lambda: fusion.pool_logits(np.zeros((2, 2, 2)), 0.2), r"logits has shape \(2, 2, 2\)"),
    "logits infinite": (lambda: fusion.pool_logits([[0, INF]], 0.2), r"logits\[0, 1\] is inf"),
    "logits prior": (lambda: fusion.pool_logits(P, 1.0), "prior is 1.0"),
    "logits no prior": (lambda: fusion.pool_logits(P, NAN), "prior is nan"),
    "logits weights": (lambda: fusion.pool_logits(P, 0.2, [1]), "weights has 1 entries"),
    "logits weight below zero": (lambda: fusion.pool_logits(P, 0.2, [1, -1]), "weights holds -1"),
    "logits mask": (lambda: fusion.pool_logits(P, 0.2, present=[True]), r"present has shape \(1,\)"),
    "logits bias": (lambda: fusion.pool_logits(P, 0.2, bias=NAN), "bias is nan"),
    "simplex range": (lambda: fusion.fit_simplex([[1.2, 0.1]], [1]), r"p\[0, 0\] is 1.2"),
    "simplex lengths": (lambda: fusion.fit_simplex(P, [0, 1]), "label has 2 entries: .* 3 rows"),
    "simplex labels": (lambda: fusion.fit_simplex(P, [0, 1, 0.5]), "label holds 0.5"),
    "simplex gap": (lambda: fusion.fit_simplex([[NAN, 0.2]] * 3, Y), r"p\[0, 0\] is nan"),
    "stacking one class": (lambda: fusion.fit_stacking(P, [1, 1, 1], 0.2), "label holds only 1"),
    "stacking lengths": (lambda: fusion.fit_stacking(P, [0, 1], 0.2), "label has 2 entries"),
    "stacking infinite": (lambda: fusion.fit_stacking([[INF, 0]] * 3, Y, 0.2), r"logits\[0, 0\] is inf"),
    "stacking prior": (lambda: fusion.fit_stacking(P, Y, 0), "prior is 0"),
}

CALLS = {f"{part}: {name}": call for part, table in
         (("checks", CHECKS), ("metrics", METRICS), ("fusion", POOLS)) for name, call in table.items()}  # fmt: skip


@pytest.mark.parametrize("case", CALLS)
def test_a_bad_call_names_the_argument(case):
    call, named = CALLS[case]
    with pytest.raises(ValueError, match=named):
        call()


def test_what_is_in_order_comes_back_unchanged():
    assert checks.vector([1, 2], "v").dtype == float
    assert checks.labels([True, False]).tolist() == [1, 0]
    edges = np.array([0.0, 1.0])
    assert checks.probabilities(edges, "p") is edges
    assert checks.finite(edges, "p") is edges
    assert metrics.check_weights([2, 0], 2).tolist() == [2, 0]
    checks.check_matrix(torch.zeros(0, 3), "x", (None, 3))
    checks.same_length(a=edges, b=edges)
