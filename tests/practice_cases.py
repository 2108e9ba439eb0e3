"""Explorers of part IV to try things on: how each is made, what a page may set, what Python refuses."""

import numpy as np
import torch
from fusionbook import fusion, histories
from fusionbook.data import applicants
from fusionbook.data.prepare import Standardizer, columns
from fusionbook.explorers.credit_desk import FUSIONS, CreditDesk
from fusionbook.explorers.failure_lab import FailureLab
from torch import nn

NAN = float("nan")
SIZES = list(applicants.CATEGORICAL.values())
EARLIER, THERE = applicants.make(300, 21), applicants.make(6, 22)


def side_by_side(people):
    """Each modality as columns, as the networks take them before they are standardised."""
    x = applicants.inputs(people, EARLIER)
    return [columns({name: x[name]}, SIZES) for name in applicants.MODALITIES]


SCALES = [Standardizer.fit(part) for part in side_by_side(EARLIER)]
WIDTHS = [len(scale.mean) for scale in SCALES]


class Desk(nn.Module):
    """Linear maps to three numbers a modality, a fusion layer, and a head unless the layer gives the logit itself."""

    def __init__(self, layer, *, head=True, bend=False):
        super().__init__()
        self.encoders = nn.ModuleList(nn.Linear(n, 3) for n in WIDTHS)
        self.fuse = layer
        shape = (nn.ReLU() if bend else nn.Identity(), nn.Linear(layer.out_dim, 1))
        self.head = nn.Sequential(*shape) if head else nn.Identity()

    def forward(self, present, *x):
        h = [f(part) for f, part in zip(self.encoders, x, strict=True)]
        return self.head(self.fuse(h, present)).squeeze(-1)


torch.manual_seed(3)
THREE = [3] * len(WIDTHS)
TEAM = {
    "early": Desk(fusion.Concat(THREE, 7), bend=True),
    "late": Desk(fusion.LateLogits(THREE, 1, prior=0.2), head=False),
    "attention": Desk(fusion.ModalityAttention(THREE, 8, heads=2)),
    "gated": Desk(fusion.Gated(THREE, 8)),
}
STATES = {name: {key: value.numpy() for key, value in model.state_dict().items()} for name, model in TEAM.items()}


def answers(person):
    """What the four models say of one applicant, in float64: name -> logit."""
    x = [torch.as_tensor(scale(part)).double() for scale, part in zip(SCALES, side_by_side(person), strict=True)]
    with torch.no_grad():
        return {name: TEAM[name].double()(torch.as_tensor(person.present), *x).item() for name in FUSIONS}


TAIL = "print(answers(someone))"


def desk(**changes):
    arguments = {"people": THERE, "reference": EARLIER, "scales": SCALES, "states": STATES, "heads": 2, "tail": TAIL}
    return CreditDesk(**(arguments | changes))


def spoilt(name, key, value):
    return STATES | {name: STATES[name] | {key: value}}


WARD = [
    histories.told(name, **dict.fromkeys(("loss", "auc", "first", "one", "gone", "lot", "day"), 0.5))
    for name in histories.NAMES[:3]
]
DRAWN = np.random.default_rng(17)
LOSSES, RESULTS = DRAWN.random((3, 2, 2, 6)), DRAWN.random((3, 2, len(histories.KEYS), 2))


def lab(**changes):
    arguments = {"losses": LOSSES, "results": RESULTS, "patients": WARD, "tests": histories.TESTS}
    return FailureLab(**(arguments | changes))


def lacking(name):
    return [*WARD[:2], {key: value for key, value in WARD[2].items() if key != name}]


MAKERS = {"credit_desk": desk, "failure_lab": lab}

FIRST_NUMBERS = THERE.numeric[1].round(0).tolist()
CHANGES = {
    "credit_desk": {"applicant": 5, "numeric": FIRST_NUMBERS, "categorical": [3, 5, 0], "temporal": [0.25] * 96,
                    "text": "<b>猫</b> 🙂", "chat": "", "counts": [0] * 19 + [7],
                    "present": [True, False, True, False, False], "fusion": "gated", "cost": 12.0,
                    "edit": "behavioural", "channel": 3, "month": 23, "event": 9, "written": True},
    "failure_lab": {"patient": 2, "ordered": [255, 0, 5], "suspected": [2, -1, 0], "named": [1, -1, 0],
                    "misses": [3, 0, 0], "twin": True},
}  # fmt: skip

BAD = {
    "desk nobody": (lambda: desk(people=THERE.take(slice(0))), "people has 0 rows"),
    "desk crowd": (lambda: desk(people=applicants.make(61, 0)), "people has 61 rows"),
    "desk scales": (lambda: desk(scales=SCALES[:4]), "scales have"),
    "desk no states": (lambda: desk(states={}), r"states\['early'\]\['encoders.0.weight'\] is nothing"),
    "desk no head": (lambda: desk(states=spoilt("gated", "head.1.weight", np.ones((2, 8)))), r"\['head.1.weight'\]"),
    "desk wide": (lambda: desk(states=spoilt("early", "fuse.mix.weight", np.ones((7, 14)))), r"\['fuse.mix.weight'\]"),
    "desk gap": (lambda: desk(states=spoilt("late", "fuse.base", np.array(NAN))), r"\['fuse.base'\]"),
    "desk heads": (lambda: desk(heads=3), "heads is 3 for a width of 8"),
    "desk cost": (lambda: desk(cost=0.0), "cost is 0.0"),
    "desk fusion": (lambda: desk(fusion="hybrid"), "hybrid"),
    "lab nobody": (lambda: lab(patients=[]), "0 diseases"),
    "lab alone": (lambda: lab(patients=WARD[:1]), "1 diseases"),
    "lab twins": (lambda: lab(patients=[WARD[0]] * 3), "1 diseases"),
    "lab silent": (lambda: lab(patients=lacking("complaint")), r"lacks \['complaint'\]"),
    "lab empty words": (lambda: lab(patients=[*WARD[:2], WARD[2] | {"cause": " "}]), r"lacks \['cause'\]"),
    "lab losses": (lambda: lab(losses=LOSSES[:, :1]), r"losses has shape \(3, 1, 2, 6\)"),
    "lab one epoch": (lambda: lab(losses=LOSSES[..., :1]), r"losses has shape \(3, 2, 2, 1\)"),
    "lab results": (lambda: lab(results=RESULTS[:, :, :-1]), "results has shape"),
    "lab gap": (lambda: lab(results=np.where(RESULTS > 0.9, NAN, RESULTS)), "results"),
    "lab scale": (lambda: lab(tests={"one": (("a",), 1, 1, "does", "sound")}), r"tests\['one'\] has 1 rows"),
    "lab no rows": (lambda: lab(tests={"one": ((), 0, 1, "does", "sound")}), r"tests\['one'\] has 0 rows"),
}

REFUSED = [
    ("credit_desk", {"applicant": 6}),
    ("credit_desk", {"numeric": [1.0] * 9}),
    ("credit_desk", {"numeric": [0.0] * 10}),
    ("credit_desk", {"categorical": [4, 0, 0]}),
    ("credit_desk", {"temporal": [0.5] * 95}),
    ("credit_desk", {"temporal": [-0.5] * 96}),
    ("credit_desk", {"counts": [100] * 20}),
    ("credit_desk", {"present": [True] * 4}),
    ("credit_desk", {"text": "x" * 20_001}),
    ("credit_desk", {"fusion": "hybrid"}),
    ("credit_desk", {"cost": 21.0}),
    ("credit_desk", {"edit": "audio"}),
    ("credit_desk", {"channel": 4}),
    ("credit_desk", {"month": -1}),
    ("credit_desk", {"event": 10}),
    ("failure_lab", {"patient": 3}),
    ("failure_lab", {"ordered": [0, 0]}),
    ("failure_lab", {"ordered": [0, 0, 256]}),
    ("failure_lab", {"suspected": [0, 0, 3]}),
    ("failure_lab", {"named": [-2, 0, 0]}),
    ("failure_lab", {"misses": [-1, 0, 0]}),
]
