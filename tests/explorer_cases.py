"""Explorers to try things on: how each is made, what a page may set, what Python refuses."""

import numpy as np
import torch
from fusionbook import fusion
from fusionbook.attention import Attention
from fusionbook.data import applicants
from fusionbook.data.gaps import hide
from fusionbook.explorers.attention_map import AttentionMap
from fusionbook.explorers.base import Explorer
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

# What a page may set.
CHANGES = {
    "late_mixer": {"weights": [0.0, 2.0], "rule": "vote", "threshold": 0.25, "applicant": 3},
    "calibration": {"temperature": 0.25, "shift": -3.0},
    "evidence": {"prior": 0.01, "evidence": [3.0, -3.0, 0.0], "repeat": True},
    "pairs": {"shift": 4.0, "rounding": 0.0},
    "underwriter": {"applicant": 5, "opened": [0, 31, 0, 0, 4, 0], "decisions": ["", "lend", "", "", "refuse", ""],
                    "price": 3.0, "experts": False},
    "scale_conflict": {"scale": 100.0, "rate": 0.03, "steps": 100, "standardised": True},
    "draw_your_own_votes": {"world": "first", "f": [0.0] * 7, "g": [3.0] * 7, "product": 2.5, "allowed": True,
                            "point": 13},
    "worlds": {"world": "copy", "fusion": "gated", "start": 1, "step": 0},
    "attention_map": {"applicant": 5, "present": [False, True, True], "modality": "text", "noise": 2.5, "least": 0.4,
                      "most": 0.0},
    "where_does_the_word_look": {"scene": 4, "cells": [0, 1, 2, -1, -1, -1, 2, 1, 0], "caption": ["cat", "owl", ""],
                                 "asks": "patch", "word": 2, "patch": 8, "moment": 0, "head": 2, "pixels": True},
    "sight_and_sound_lens": {"thing": 1, "voice": 2, "layer": "block", "filter": 3, "moment": 1.0},
    "modality_lens": {"applicant": 2, "noise": 0, "gaps": 2, "disturbed": "text"},
    "softmax_dial": {"scores": [[4.0, -4.0, 0.0], [0.0, 0.0, 0.0]], "temperature": 0.1, "row": 1,
                     "loss": "cross-entropy"},
}  # fmt: skip

# What Python refuses: a call, and the words of its message.
BAD = {
    "logits shape": (lambda: mixer(logits=LOGITS[:, :1]), r"logits has shape \(12, 1\): .*\(12, 2\)"),
    "logits rows": (lambda: mixer(label=LABEL[:5]), r"logits has shape \(12, 2\): .*\(5, 2\)"),
    "logits gap": (lambda: mixer(logits=np.full((12, 2), NAN)), r"logits\[0, 0\] is nan"),
    "one class": (lambda: mixer(label=np.ones(12)), "label holds only 1"),
    "labels": (lambda: mixer(label=np.arange(12)), "label holds 2"),
    "prior": (lambda: mixer(prior=1.0), "prior is 1.0"),
    "mask": (lambda: mixer(present=np.ones((12, 3), bool)), r"present has shape \(12, 3\)"),
    "rule": (lambda: mixer(rule="median"), "rule is 'median'"),
    "threshold": (lambda: mixer(threshold=1.5), "threshold is 1.5"),
    "no threshold": (lambda: mixer(threshold=NAN), "threshold is nan"),
    "weights": (lambda: mixer(weights=[1.0]), "weights has 1 entries"),
    "weight too high": (lambda: mixer(weights=[1.0, 3.0]), "weights is .* from 0 to 2"),
    "weight below zero": (lambda: mixer(weights=[-1.0, 1.0]), "weights holds -1"),
    "learned weights": (lambda: mixer(learned={"mean": [1.0]}), "weights has 1 entries"),
    "learned too high": (lambda: mixer(learned={"mean": [1.0, 2.5]}), "learned"),
    "learned rule": (lambda: mixer(learned={"median": [1.0, 1.0]}), "learned.*median"),
    "mark": (lambda: mixer(marks={"oracle": NAN}), "marks"),
    "mark no AUC": (lambda: mixer(marks={"oracle": 85}), "marks"),
    "names twice": (lambda: mixer(modalities=["text", "text"]), "modalities"),
    "no label": (lambda: mixer(label_text="  "), "label is '  '"),
    "few rows": (lambda: calibration(logits=LOGITS[:5, 0], label=LABEL[:5]), "label has 5 entries"),
    "lengths": (lambda: calibration(label=LABEL[:11]), "logits 12, label 11"),
    "temperature": (lambda: calibration(temperature=0.0), "temperature is 0.0"),
    "shift": (lambda: calibration(shift=NAN), "shift is nan"),
    "evidence prior": (lambda: Evidence(1.0), "prior is 1.0"),
    "evidence steps": (lambda: Evidence(evidence=[1.0, 2.0]), "evidence is .*three"),
    "evidence size": (lambda: Evidence(evidence=[1.0, 2.0, 4.0]), "evidence is .*-3 to 3"),
    "evidence gap": (lambda: Evidence(evidence=[1.0, NAN, 0.0]), r"evidence\[1\] is nan"),
    "no pairs": (lambda: pairs(bad=[]), "bad has shape"),
    "many pairs": (lambda: pairs(good=np.zeros(31)), "good 31 entries"),
    "pairs shift": (lambda: pairs(shift=9.0), "shift is 9.0"),
    "rounding": (lambda: pairs(rounding=-0.1), "rounding is -0.1"),
    "base label": (lambda: Explorer(label=3), "label is 3"),
    "nobody on the desk": (lambda: underwriter(people=PEOPLE.take(slice(0))), "verdicts has shape"),
    "nobody to compare with": (lambda: underwriter(reference=KNOWN.take(slice(0))), "reference 0"),
    "too many": (lambda: underwriter(people=applicants.make(61, 0)), "61 rows"),
    "verdicts shape": (lambda: underwriter(verdicts=VERDICTS[:, :4]), r"verdicts has shape \(6, 4\)"),
    "no verdict": (lambda: underwriter(verdicts=np.full((6, 5), NAN)), "verdicts"),
    "policy shape": (lambda: underwriter(policies={"two": ([0.5], ("text",))}), r"policies\['two'\] has shape"),
    "policy p": (lambda: underwriter(policies={"two": ([1.5] * 6, ("text",))}), r"policies\['two'\]\[0\] is 1.5"),
    "policy looks": (lambda: underwriter(policies={"two": ([0.5] * 6, ("smell",))}), "smell"),
    "desk prior": (lambda: underwriter(prior=2.0), "prior"),
    "cost": (lambda: underwriter(default_cost=0.0), "default_cost is 0.0"),
    "price": (lambda: underwriter(price=4.0), "price is 4.0"),
    "conflict lengths": (lambda: conflict(b=B[:9]), "lengths differ"),
    "conflict classes": (lambda: conflict(label=np.zeros(40)), "label holds only 0"),
    "conflict constant": (lambda: conflict(a=np.ones(40)), "sd 0"),
    "conflict copies": (lambda: conflict(a=2 * B + 1), "the same up to a factor"),
    "conflict names": (lambda: conflict(names=["one"]), "names is"),
    "conflict many": (lambda: ScaleConflict(np.arange(401), np.arange(401), [0, 1] * 200 + [0], ["a", "b"]), "401"),
    "conflict scale": (lambda: conflict(scale=0.0), "scale is 0.0"),
    "conflict rate": (lambda: conflict(rate=100.0), "rate is 100.0"),
    "conflict steps": (lambda: conflict(steps=101), "steps is 101"),
    "pictures": (lambda: sight(pictures=PICTURES / 255), "of float64"),
    "pictures shape": (lambda: sight(pictures=PICTURES[:1]), r"pictures is \(1, 6, 6, 3\)"),
    "no maps": (lambda: sight(maps={}), "maps has shapes {}"),
    "maps shape": (lambda: sight(maps={"stem": MAPS["stem"][:, :, 0]}), "maps has shapes"),
    "maps filters": (lambda: sight(maps=MAPS | {"block": MAPS["block"][:, :2]}), "one F for all"),
    "negative maps": (lambda: sight(maps={"stem": -MAPS["stem"]}), "negative"),
    "guesses": (lambda: sight(guesses=[[0.5, 0.5]]), r"guesses has shape \(1, 2\)"),
    "guess": (lambda: sight(guesses=[[2.0, 0.5], [0, 0]]), r"guesses\[0, 0\] is 2.0"),
    "sounds without voices": (lambda: sight(voices=[]), r"sounds has rows of \[3, 3\]"),
    "voices without sounds": (lambda: sight(sounds=None), r"2 rows of 3 voices"),
    "sounds rows": (lambda: sight(sounds=WAVES[:1]), r"rows of \[3\]"),
    "moment": (lambda: sight(moment=1.5), "moment is 1.5"),
    "lens grid": (lambda: lens(grid=SEEN[:1]), "2 x 3 places"),
    "lens nobody": (lambda: lens(grid=[[one.take(slice(0)) for one in row] for row in SEEN]), "verdicts has shape"),
    "lens verdicts": (lambda: lens(verdicts=TOLD[:, :2]), r"verdicts has shape \(2, 2, 3, 5\)"),
    "lens no verdict": (lambda: lens(verdicts=TOLD * NAN), "verdicts"),
    "lens noises": (lambda: lens(noises=(0.0, 2.0)), "the undisturbed view"),
    "lens shares": (lambda: lens(shares=(0.1, 0.5, 1.0)), "the undisturbed view"),
    "lens prior": (lambda: lens(prior=-0.1), "prior"),
    "dial shape": (lambda: dial(scores=[[0.0, 1.0, 2.0]]), r"scores \(1, 3\)"),
    "dial people": (lambda: dial(people=["Ada"]), "1 people"),
    "dial nobody": (lambda: dial(present=np.zeros((2, 3), bool)), "without any modality"),
    "dial score": (lambda: dial(scores=[[0.0, NAN, 0.0], [0.0, 0.0, 0.0]]), r"scores\[0, 1\] is nan"),
    "dial far score": (lambda: dial(scores=[[5.0, 0.0, 0.0], [0.0, 0.0, 0.0]]), "scores is"),
    "dial target": (lambda: dial(target=[[0.5, 0.4, 0.0], [0.2, 0.3, 0.5]]), r"target\[0\]"),
    "dial target absent": (lambda: dial(target=[[0.5, 0.0, 0.5], [0.2, 0.3, 0.5]]), r"target\[0\]"),
    "votes shapes": (lambda: votes(b=SHOWN[:1]), r"a has shape \(2, 6\), b \(1, 6\)"),
    "votes few": (lambda: votes(a=np.zeros((2, 3)), b=np.zeros((2, 3))), "K from 4 to 40"),
    "votes gap": (lambda: votes(a=np.full((2, 6), NAN)), r"a\[0, 0\] is nan"),
    "votes no world": (lambda: votes(worlds={}, marks=None, best=None), "worlds is empty"),
    "votes no dots": (lambda: votes(dots={}), "it needs examples"),
    "worlds strange dots": (lambda: gallery(dots={"third": DOTS}), "it needs examples"),
    "votes corner": (lambda: votes(worlds={"first": [(0, 2, 0), (1, 1, 1)]}), "corners"),
    "votes one label": (lambda: votes(worlds={"first": [(0, 0, 1), (1, 1, 1)]}), "both labels"),
    "votes corner twice": (lambda: votes(worlds={"first": [(0, 0, 1), (0, 0, 0)]}), "each once"),
    "votes marks": (lambda: votes(marks={"second": {}}), r"marks has \['second'\]"),
    "votes bits": (lambda: votes(marks={"first": {"A": 2.0}}), "bits of a label"),
    "votes best": (lambda: votes(best={"first": ([0] * 6, [0] * 7)}), "a curve needs 7 numbers"),
    "votes curve": (lambda: votes(f=[4.0] * 7), "f is"),
    "votes world": (lambda: votes(world="third"), "world is 'third'"),
    "votes product": (lambda: votes(product=4.0), "product is 4.0"),
    "votes dots": (lambda: votes(dots={"first": (np.zeros(401), np.zeros(401), np.zeros(401))}), "401"),
    "votes dots lengths": (lambda: votes(dots={"first": (np.zeros(4), np.zeros(3), np.zeros(4))}), "lengths differ"),
    "worlds fields": (lambda: gallery(fields=FIELDS[:1]), r"fields has shape \(1, 3, 2, 4, 5, 5\)"),
    "worlds even grid": (lambda: gallery(fields=RNG.random((2, 3, 2, 4, 6, 6))), "with G odd"),
    "worlds p": (lambda: gallery(fields=2 + FIELDS), "fields"),
    "worlds auc": (lambda: gallery(auc=AUCS[:, :, :1]), "auc has shape"),
    "worlds epochs": (lambda: gallery(epochs=(0, 2, 1, 9)), "epochs is"),
    "worlds bits": (lambda: gallery(bits=[[1.0, 1.0]] * 2), "bits has shape"),
    "worlds bayes": (lambda: gallery(bayes=[0.9]), r"bayes \(1,\)"),
    "worlds fusion": (lambda: gallery(fusion="sums"), "fusion is 'sums'"),
    "worlds start": (lambda: gallery(start=2), "start is 2"),
    "worlds step": (lambda: gallery(step=-1), "step is -1"),
    "attention features": (lambda: attention(features=HEARD[:, :2]), r"features has shape \(6, 2, 3\)"),
    "attention direction": (lambda: attention(direction=PUSH[:5]), r"direction \(5, 3, 3\)"),
    "attention gap": (lambda: attention(features=HEARD * NAN), "values\\[0, 0, 0\\] is nan"),
    "attention weights": (lambda: attention(weights={}), r"weights\['project.0.weight'\] is nothing"),
    "attention wide": (lambda: attention(weights=STATE | {"embedding": np.zeros((3, 5))}), r"weights\['embedding'\]"),
    "attention heads": (lambda: attention(heads=3), "heads is 3 for a width of 4"),
    "attention labels": (lambda: attention(label_of=[0, 1, 2, 0, 0, 0]), "label_of has 6 entries"),
    "attention received": (lambda: attention(attention=LISTENED[:, :2]), "attention has shape"),
    "attention shares": (lambda: attention(attention=2 + LISTENED), "attention"),
    "attention changes": (lambda: attention(change=CHANGED[:2]), "change has shape"),
    "attention applicant": (lambda: attention(applicant=6), "applicant is 6"),
    "attention modality": (lambda: attention(modality="smell"), "modality is 'smell'"),
    "attention noise": (lambda: attention(noise=4.0), "noise is 4.0"),
    "attention least": (lambda: attention(least=1.5), "least is 1.5"),
    "attention most": (lambda: attention(most=NAN), "most is nan"),
    "looking tiles": (lambda: looking(tiles=TILES / 255), "of float64"),
    "looking narrow tiles": (lambda: looking(tiles=TILES[:, :3]), r"tiles is \(3, 3, 4, 3\)"),
    "looking patches": (lambda: looking(patches=AS_PATCHES[:3]), "it needs 4 rows"),
    "looking pixels": (lambda: looking(patches=np.zeros((4, 13))), "rows of 13"),
    "looking cell": (lambda: looking(patches=np.zeros((4, 27))), "a divisor of the side"),
    "looking names": (lambda: looking(names=(NAMED[0], NAMED[1][:2])), r"names has \[3, 2\] names"),
    "looking names twice": (lambda: looking(names=(NAMED[0], NAMED[0])), "each once"),
    "looking scenes": (lambda: looking(scenes=HELD[:, :8]), r"scenes has shape \(5, 8\)"),
    "looking things": (lambda: looking(scenes=HELD + 2), "entries from -1 to 2"),
    "looking captions": (lambda: looking(captions=ASKED[:4]), r"captions has shape \(4, 3\)"),
    "looking no words": (lambda: looking(captions=np.zeros((5, 0), int)), "W from 1 to 8"),
    "looking codes": (lambda: looking(captions=ASKED + 6), "entries from 0 to 5"),
    "looking epochs": (lambda: looking(epochs=(0, 5, 1)), "epochs is"),
    "looking reached": (lambda: looking(reached=[[0.5] * 3]), r"reached \(1, 3\)"),
    "looking shares": (lambda: looking(reached=[[2.0] * 3] * 2), "reached"),
    "looking states": (lambda: looking(states=LOOKED[:2]), "2 states"),
    "looking weights": (lambda: looking(states=[{}] * 3), "states has nothing as 'tokens.table.weight'"),
    "looking wide": (lambda: looking(states=[LOOKED[0] | {"judge_words.weight": np.zeros((1, 5))}] * 3), "judge_words"),
    "looking gap": (lambda: looking(states=[LOOKED[0] | {"tokens.see.bias": np.full(4, NAN)}] * 3), "is nan"),
    "looking heads": (lambda: looking(heads=3), "heads is 3 for a width of 4"),
    "looking scene": (lambda: looking(scene=5), "scene is 5"),
    "looking word": (lambda: looking(word=3), "word is 3"),
    "looking patch": (lambda: looking(patch=9), "patch is 9"),
    "looking moment": (lambda: looking(moment=3), "moment is 3"),
    "dial temperature": (lambda: dial(temperature=0.0), "temperature is 0.0"),
}

# What a page cannot set.
REFUSED = [
    ("late_mixer", {"weights": [1.0]}),
    ("late_mixer", {"weights": [3.0, 0.0]}),
    ("late_mixer", {"rule": "median"}),
    ("late_mixer", {"threshold": -0.1}),
    ("late_mixer", {"applicant": 12}),
    ("late_mixer", {"applicant": -1}),
    ("calibration", {"temperature": 5.0}),
    ("evidence", {"evidence": [0.0]}),
    ("pairs", {"rounding": 3.0}),
    ("underwriter", {"applicant": 6}),
    ("underwriter", {"opened": [0, 32, 0, 0, 0, 0]}),
    ("underwriter", {"opened": [0]}),
    ("underwriter", {"decisions": ["lend"]}),
    ("underwriter", {"decisions": ["maybe"] * 6}),
    ("underwriter", {"price": -1.0}),
    ("scale_conflict", {"scale": 1000.0}),
    ("scale_conflict", {"rate": 0.0}),
    ("scale_conflict", {"steps": -1}),
    ("sight_and_sound_lens", {"thing": 2}),
    ("sight_and_sound_lens", {"voice": 3}),
    ("sight_and_sound_lens", {"filter": -1}),
    ("sight_and_sound_lens", {"layer": "head"}),
    ("sight_and_sound_lens", {"moment": 2.0}),
    ("modality_lens", {"applicant": 3}),
    ("modality_lens", {"noise": 2}),
    ("modality_lens", {"gaps": -1}),
    ("modality_lens", {"disturbed": "smell"}),
    ("draw_your_own_votes", {"world": "third"}),
    ("draw_your_own_votes", {"f": [0.0] * 6}),
    ("draw_your_own_votes", {"g": [0.0] * 6 + [3.5]}),
    ("draw_your_own_votes", {"product": -3.5}),
    ("draw_your_own_votes", {"point": 14}),
    ("worlds", {"world": "third"}),
    ("worlds", {"fusion": "sums"}),
    ("worlds", {"start": 2}),
    ("worlds", {"step": 4}),
    ("attention_map", {"applicant": -1}),
    ("attention_map", {"present": [True]}),
    ("attention_map", {"modality": "smell"}),
    ("attention_map", {"noise": -0.1}),
    ("attention_map", {"least": 2.0}),
    ("where_does_the_word_look", {"scene": 5}),
    ("where_does_the_word_look", {"cells": [0] * 8}),
    ("where_does_the_word_look", {"cells": [3] * 9}),
    ("where_does_the_word_look", {"caption": ["cat"]}),
    ("where_does_the_word_look", {"caption": ["cat", "dog", "x" * 41]}),
    ("where_does_the_word_look", {"asks": "nobody"}),
    ("where_does_the_word_look", {"word": 3}),
    ("where_does_the_word_look", {"patch": -1}),
    ("where_does_the_word_look", {"moment": 3}),
    ("where_does_the_word_look", {"head": 3}),
    ("softmax_dial", {"scores": [[0.0, 0.0, 0.0]]}),
    ("softmax_dial", {"scores": [[9.0, 0.0, 0.0], [0.0, 0.0, 0.0]]}),
    ("softmax_dial", {"temperature": 11.0}),
    ("softmax_dial", {"row": 2}),
    ("softmax_dial", {"loss": "hinge"}),
]
