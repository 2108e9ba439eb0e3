"""Explorers to try things on: how each is made."""

import numpy as np
import torch
from fusionbook import fusion
from fusionbook.attention import Attention
from fusionbook.data import applicants
from fusionbook.data.gaps import hide
from fusionbook.explorers.attention_map import AttentionMap
from fusionbook.explorers.calibration import Calibration
from fusionbook.explorers.draw_your_own_votes import DrawYourOwnVotes
from fusionbook.explorers.evidence import Evidence
from fusionbook.explorers.late_mixer import LateMixer
from fusionbook.explorers.modality_lens import ModalityLens
from fusionbook.explorers.pairs import Pairs
from fusionbook.explorers.scale_conflict import ScaleConflict
from fusionbook.explorers.sight_and_sound_lens import SightAndSoundLens
from fusionbook.explorers.softmax_dial import SoftmaxDial
from fusionbook.explorers.underwriter import Underwriter
from fusionbook.explorers.where_does_the_word_look import WhereDoesTheWordLook
from fusionbook.explorers.worlds import Worlds
from torch import nn

RNG = np.random.default_rng(0)
LOGITS, LABEL = RNG.normal(size=(12, 2)), np.arange(12) % 2
NAN = float("nan")
PEOPLE, KNOWN = applicants.make(6, 0, missing=0.2), applicants.make(40, 1)
VERDICTS = np.where(PEOPLE.present, RNG.random((6, 5)), NAN)


def mixer(**changes):
    arguments = {"logits": LOGITS, "label": LABEL, "modalities": ["numeric", "text"], "prior": 0.2}
    return LateMixer(**(arguments | changes))


def calibration(**changes):
    return Calibration(**({"logits": LOGITS[:, 0], "label": LABEL} | changes))


def pairs(**changes):
    return Pairs(**({"bad": [1.0, -0.5], "good": [0.0, 0.2, 2.0]} | changes))


def underwriter(**changes):
    policies = {"two": (np.linspace(0, 1, 6), ("text", "behavioural"))}
    arguments = {"people": PEOPLE, "reference": KNOWN, "verdicts": VERDICTS, "policies": policies, "prior": 0.2}
    return Underwriter(**(arguments | changes))


NOISES, SHARES = (0.0, 1.0), (0.0, 0.5, 1.0)
SEEN = [[hide(applicants.make(3, 4, noise=f, missing=0.1), share, 5) for share in SHARES] for f in NOISES]
TOLD = RNG.random((2, 3, 3, 5))


def lens(**changes):
    arguments = {"grid": SEEN, "reference": KNOWN, "verdicts": TOLD, "noises": NOISES, "shares": SHARES, "prior": 0.2}
    return ModalityLens(**(arguments | changes))


PICTURES = RNG.integers(0, 256, (2, 6, 6, 3), dtype=np.uint8)
MAPS = {"stem": RNG.random((2, 4, 6, 6)), "block": 3 * RNG.random((2, 4, 3, 3))}
WAVES = [[0.5 * np.sin(np.arange(n) / k) for n, k in ((3000, 9), (5000, 5), (4000, 30))] for _ in range(2)]


def sight(**changes):
    arguments = {
        "things": ["cat", "dog"],
        "pictures": PICTURES,
        "maps": MAPS,
        "guesses": [[0.7, 0.3], [0.2, 0.8]],
        "groups": ["animals", "food"],
        "voices": ["low", "high", "far"],
        "sounds": WAVES,
    }
    return SightAndSoundLens(**(arguments | changes))


A, B = RNG.normal(3, 2, 40), RNG.normal(size=40)
BAD_ONES = (A / 2 + B + RNG.normal(size=40) > 1.5).astype(int)


def conflict(**changes):
    return ScaleConflict(**({"a": A, "b": B, "label": BAD_ONES, "names": ("income", "share paid")} | changes))


def dial(**changes):
    arguments = {
        "scores": [[0.0, 1.0, NAN], [2.0, -1.0, 0.5]],
        "modalities": ["numeric", "text", "audio"],
        "people": ["Ada", "Ben"],
        "target": [[0.5, 0.5, 0.0], [0.2, 0.3, 0.5]],
        "present": [[True, True, False], [True, True, True]],
    }
    return SoftmaxDial(**(arguments | changes))


SHOWN = [np.sort(RNG.normal(side, 0.5, 6)) for side in (-1, 1)]
CORNERS = {"first": [(0, 0, 0), (1, 1, 1)], "differ": [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)]}
DOTS = (RNG.normal(size=9), RNG.normal(size=9), np.arange(9) % 2)


def votes(**changes):
    marks, best = {"first": {"A": 0.4, "all known": 0.9}}, {"first": ([-3, -2, -1, 0, 1, 2, 3], [0] * 7)}
    arguments = {"a": SHOWN, "b": SHOWN, "worlds": CORNERS, "dots": {"differ": DOTS}, "marks": marks, "best": best}
    return DrawYourOwnVotes(**(arguments | changes))


FIELDS, AUCS = RNG.random((2, 3, 2, 4, 5, 5)), RNG.random((2, 3, 4, 4))


def gallery(**changes):
    arguments = {
        "fields": FIELDS,
        "auc": AUCS,
        "worlds": ["copy", "xor"],
        "fusions": {"sum": (True, 9), "product": (False, 12), "gated": (False, 20)},
        "epochs": (0, 1, 2, 9),
        "bits": [[1.0, 1.0, 1.0], [0.0, 0.0, 1.0]],
        "bayes": [0.99, 0.97],
        "dots": {"xor": DOTS},
    }
    return Worlds(**(arguments | changes))


torch.manual_seed(0)
LISTENER, HEAD = fusion.ModalityAttention([3] * 3, 4, heads=2), (RNG.normal(size=4), -0.5)
STATE = {name: value.numpy() for name, value in LISTENER.state_dict().items()}
HEARD, PUSH = RNG.normal(size=(6, 3, 3)), RNG.normal(size=(6, 3, 3))
LISTENED, CHANGED = RNG.dirichlet([1.0] * 3, 6), RNG.normal(size=(6, 3))


def attention(**changes):
    arguments = {
        "features": HEARD,
        "direction": PUSH,
        "weights": STATE,
        "head": HEAD,
        "modalities": ["numeric", "text", "noise"],
        "heads": 2,
        "label_of": [0, 1, 0, 0, 1, 0],
        "attention": LISTENED,
        "change": CHANGED,
    }
    return AttentionMap(**(arguments | changes))


class Tokens(nn.Module):
    """As chapter 8's: three things by two names each, patches of 2 x 2 pixels."""

    def __init__(self):
        super().__init__()
        self.table, self.see, self.place = nn.Embedding(6, 4), nn.Linear(12, 4), nn.Parameter(torch.randn(9, 4))
        self.norm_words, self.norm_patches = nn.LayerNorm(4), nn.LayerNorm(4)

    def forward(self, patches, words):
        return self.norm_words(self.table(words)), self.norm_patches(self.see(patches) + self.place)


class Looker(nn.Module):
    """As chapter 8's model that looks both ways, with a mask of the words that it knows."""

    def __init__(self):
        super().__init__()
        self.tokens, self.ask_patches, self.ask_words = Tokens(), Attention(4, 2), Attention(4, 2)
        self.judge_words, self.judge_patches = nn.Linear(4, 1), nn.Linear(4, 1)
        for weight in self.parameters():
            nn.init.normal_(weight)

    def forward(self, patches, words, known):
        w, p = self.tokens(patches, words)
        (told_w, from_words), (told_p, from_patches) = self.ask_patches(w, p), self.ask_words(p, w, known)
        said = self.judge_words(w * told_w), self.judge_patches(p * told_p)
        return *(z.squeeze(-1).sigmoid() for z in said), from_words, from_patches


LOOKERS = [Looker() for _ in range(3)]
LOOKED = [{name: value.numpy() for name, value in one.state_dict().items()} for one in LOOKERS]
TILES = RNG.integers(0, 256, (3, 4, 4, 3), dtype=np.uint8)
AS_PATCHES = np.vstack([RNG.normal(size=(3, 12)), np.zeros((1, 12))])
NAMED = (["cat", "dog", "red apple"], ["猫", "狗", "红苹果"])
HELD = RNG.integers(-1, 3, (5, 9))
ASKED = RNG.integers(0, 6, (5, 3))


def looking(**changes):
    arguments = {
        "states": LOOKED,
        "tiles": TILES,
        "patches": AS_PATCHES,
        "names": NAMED,
        "scenes": HELD,
        "captions": ASKED,
        "epochs": (0, 1, 5),
        "reached": [[0.5, 0.6, 0.9], [0.1, 0.3, 0.8]],
        "heads": 2,
    }
    return WhereDoesTheWordLook(**(arguments | changes))


MAKERS = {"late_mixer": mixer, "calibration": calibration, "evidence": Evidence, "pairs": pairs}
MAKERS |= {"underwriter": underwriter, "softmax_dial": dial, "modality_lens": lens}
MAKERS |= {"sight_and_sound_lens": sight, "scale_conflict": conflict}
MAKERS |= {"draw_your_own_votes": votes, "worlds": gallery, "attention_map": attention}
MAKERS |= {"where_does_the_word_look": looking}
