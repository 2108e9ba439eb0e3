"""Explorers of part III to try things on: how each is made, what a page may set, what Python refuses."""

import numpy as np
from fusionbook.explorers.alignment_film import AlignmentFilm
from fusionbook.explorers.embedding_space import EmbeddingSpace
from fusionbook.explorers.joint_loss import JointLoss
from fusionbook.explorers.pull_and_push import PullAndPush

RNG = np.random.default_rng(9)
NAN = float("nan")
PLACES = {
    name: {modality: RNG.normal(size=(6, 4)) for modality in ("image", "text", "fused")} for name in ("before", "after")
}
SMALL = RNG.integers(0, 256, (6, 4, 4, 3), dtype=np.uint8)
ENGLISH, CHINESE = ["cat", "dog", "pizza", "car", "bus", "hat"], ["猫", "狗", "披萨", "汽车", "公交车", "帽子"]
GROUPS = ["animals", "animals", "food", "travel", "travel", "objects"]
SPOKEN = [0.4 * np.sin(np.arange(2000 + 500 * k) / 7) for k in range(6)]


def space(**changes):
    arguments = {
        "spaces": PLACES,
        "tiles": SMALL,
        "english": ENGLISH,
        "chinese": CHINESE,
        "groups": GROUPS,
        "sounds": SPOKEN,
    }
    return EmbeddingSpace(**(arguments | changes))


def without_direction():
    places = {name: {m: v.copy() for m, v in one.items()} for name, one in PLACES.items()}
    places["after"]["text"][2] = 0
    return places


AT = ([10.0, 100.0, 200.0], [300.0, 45.0, 190.0])


def pull(**changes):
    arguments = {
        "tiles": SMALL[:3],
        "names": ENGLISH[:3],
        "captions": ["这是猫", "这是狗", "这是披萨"],
        "pictures": AT[0],
        "words": AT[1],
    }
    return PullAndPush(**(arguments | changes))


SPHERE = RNG.normal(size=(2, 3, 2, 6, 3))
SPHERE = SPHERE / np.linalg.norm(SPHERE, axis=-1, keepdims=True)
PLACE = RNG.integers(1, 41, (2, 3, 2, 6))
MEASURED = {"recall at 10": RNG.random((2, 3)), "gap": RNG.random((2, 3))}


def film(**changes):
    arguments = {
        "positions": SPHERE,
        "places": PLACE,
        "measures": MEASURED,
        "tiles": SMALL,
        "names": ENGLISH,
        "chinese": CHINESE,
        "kinds": ["seen", "held out"] * 3,
        "temperatures": (0.05, 0.5),
        "epochs": (0, 1, 5),
        "candidates": 40,
    }
    return AlignmentFilm(**(arguments | changes))


SAID, NEAR = RNG.random((2, 2, 3, 2, 5)), RNG.uniform(-1, 1, (2, 2, 3, 2, 5))
CAME = RNG.integers(0, 2, (2, 5))
LOST, SHARES = RNG.random((2, 2, 3, 2, 3)), RNG.random((2, 2, 3, 2, 2))
RIGHT = RNG.random((2, 2, 3, 2))


def joint(**changes):
    arguments = {
        "p": SAID,
        "cosine": NEAR,
        "label": CAME,
        "losses": LOST,
        "shares": SHARES,
        "accuracy": RIGHT,
        "worlds": ["shared", "alone"],
        "amounts": (60, 1000),
        "weights": (0, 0.3, 10),
        "epochs": (0, 8),
        "kept": ("shared", "first alone"),
    }
    return JointLoss(**(arguments | changes))


MAKERS = {"joint_loss": joint, "embedding_space": space, "pull_and_push": pull, "alignment_film": film}

# What a page may set.
CHANGES = {
    "embedding_space": {"space": 1, "thing": 5, "modality": 2, "measure": "distance", "neighbours": 5, "turn": 180.0,
                        "group": "food", "heard": 5},
    "pull_and_push": {"pairs": 3, "angles": [0.0, 360.0, 20.0, 30.0, 40.0, 50.0], "temperature": 0.02, "point": 5,
                      "alike": True, "shown": "caption asks"},
    "joint_loss": {"world": 1, "amount": 1, "weight": 2, "step": 0, "thing": 4},
    "alignment_film": {"setting": 1, "step": 2, "thing": 5, "curve": "gap", "turn": 360.0, "kind": "seen"},
}  # fmt: skip

# What Python refuses: a call, and the words of its message.
BAD = {
    "space tiles": (lambda: space(tiles=SMALL / 255), "of float64"),
    "space two": (lambda: space(tiles=SMALL[:2]), "tiles has 2 things"),
    "space names": (lambda: space(english=ENGLISH[:5]), "tiles 6, english 5"),
    "space sounds": (lambda: space(sounds=SPOKEN[:2]), "sounds 2"),
    "no space": (lambda: space(spaces={}), "at least one space"),
    "space no modality": (lambda: space(spaces={"before": {}}), "at least one space"),
    "space modalities": (lambda: space(spaces=PLACES | {"after": {"image": RNG.normal(size=(6, 4))}}), "the same"),
    "space rows": (lambda: space(spaces={"one": {"image": np.ones((5, 4))}}), r"each modality needs \(6, d\)"),
    "space widths": (
        lambda: space(spaces={"one": {"image": np.ones((6, 4))}, "two": {"image": np.ones((6, 3))}}),
        r"width \[4, 3\]",
    ),
    "space gap": (lambda: space(spaces={"one": {"image": np.full((6, 4), NAN)}}), "is nan"),
    "space no direction": (lambda: space(spaces=without_direction()), r"\['after'\]\['text'\]\[2\] is all zeros"),
    "space thing": (lambda: space(thing=6), "thing is 6"),
    "space number": (lambda: space(space=2), "space is 2"),
    "pull tiles": (lambda: pull(tiles=SMALL[:3] / 255), "of float64"),
    "pull many": (lambda: pull(tiles=np.zeros((7, 4, 4, 3), np.uint8)), "tiles has 7 pictures"),
    "pull names": (lambda: pull(names=ENGLISH), "names 6"),
    "pull words": (lambda: pull(words=[0.0]), "words 1"),
    "pull angle": (lambda: pull(pictures=[0.0, NAN, 1.0]), r"angles\[1\] is nan"),
    "pull pairs": (lambda: pull(pairs=4), "pairs is 4"),
    "pull temperature": (lambda: pull(temperature=0.0), "temperature is 0.0"),
    "film positions": (lambda: film(positions=SPHERE[:1]), r"positions has shape \(1, 3, 2, 6, 3\)"),
    "film length": (lambda: film(positions=2 * SPHERE), "normalise them"),
    "film places": (lambda: film(places=PLACE - PLACE.min()), "from 1 to 40"),
    "film kinds": (lambda: film(kinds=["seen"]), "kinds 1"),
    "film temperatures": (lambda: film(temperatures=(0.5, 0.05)), "temperatures is"),
    "film epochs": (lambda: film(epochs=(0, 0, 1)), "epochs is"),
    "film measures": (lambda: film(measures={"gap": [0.1]}), "measures has"),
    "film no measure": (lambda: film(measures={}), "measures has"),
    "film modalities": (lambda: film(modalities=("image",)), "two modalities"),
    "film tiles": (lambda: film(tiles=SMALL / 255), "of float64"),
    "film setting": (lambda: film(setting=2), "setting is 2"),
    "joint weights": (lambda: joint(weights=(0.3, 0, 10)), "weights is"),
    "joint epochs": (lambda: joint(epochs=()), "epochs is"),
    "joint p": (lambda: joint(p=2 + SAID), "p"),
    "joint p shape": (lambda: joint(p=SAID[:1]), r"p has shape \(1, 2, 3, 2, 5\)"),
    "joint cosine": (lambda: joint(cosine=3 * np.ones_like(NEAR)), "from -1 to 1"),
    "joint label": (lambda: joint(label=CAME + 1), "zeros and ones"),
    "joint label shape": (lambda: joint(label=CAME[:, :2]), "label has shape"),
    "joint losses": (lambda: joint(losses=LOST * NAN), "is nan"),
    "joint shares": (lambda: joint(kept=("shared",)), "shares has shape"),
    "joint accuracy": (lambda: joint(accuracy=RIGHT[:1]), "accuracy has shape"),
    "joint world": (lambda: joint(world=2), "world is 2"),
    "film step": (lambda: film(step=3), "step is 3"),
}

# What a page cannot set.
REFUSED = [
    ("embedding_space", {"space": 2}),
    ("embedding_space", {"thing": -1}),
    ("embedding_space", {"modality": 3}),
    ("embedding_space", {"measure": "dot"}),
    ("embedding_space", {"neighbours": 6}),
    ("embedding_space", {"turn": 181.0}),
    ("embedding_space", {"turn": NAN}),
    ("embedding_space", {"group": "tools"}),
    ("embedding_space", {"heard": -2}),
    ("embedding_space", {"heard": 6}),
    ("pull_and_push", {"pairs": 0}),
    ("pull_and_push", {"angles": [0.0] * 5}),
    ("pull_and_push", {"angles": [0.0] * 5 + [361.0]}),
    ("pull_and_push", {"temperature": 6.0}),
    ("pull_and_push", {"point": 6}),
    ("pull_and_push", {"shown": "nothing"}),
    ("joint_loss", {"world": 2}),
    ("joint_loss", {"amount": -1}),
    ("joint_loss", {"weight": 3}),
    ("joint_loss", {"step": 2}),
    ("joint_loss", {"thing": 5}),
    ("alignment_film", {"setting": -1}),
    ("alignment_film", {"step": 3}),
    ("alignment_film", {"thing": 6}),
    ("alignment_film", {"curve": "loss"}),
    ("alignment_film", {"kind": "lost"}),
    ("alignment_film", {"turn": 361.0}),
]
