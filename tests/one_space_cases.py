"""Explorers of part III to try things on: how each is made, what a page may set, what Python refuses."""

import numpy as np
from fusionbook.explorers.embedding_space import EmbeddingSpace

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


MAKERS = {"embedding_space": space}

# What a page may set.
CHANGES = {
    "embedding_space": {"space": 1, "thing": 5, "modality": 2, "measure": "distance", "neighbours": 5, "turn": 180.0,
                        "group": "food"},
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
]
