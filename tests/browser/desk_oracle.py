"""What chapter 12's desk ought to say: its notebook's applicants and networks, the weights from the page."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from built import floats, near
from fusionbook.data import applicants
from fusionbook.data.gaps import join
from fusionbook.explorers.credit_desk import FUSIONS
from fusionbook.importance import shapley
from notebook import made
from visit import number

NOTEBOOK, NAMES = "12_credit_risk", applicants.MODALITIES
MADE = "SEEDS N NEW NAMES SIZES M blocks train test known scales Decision FOUR LAYERS TEAM SHOWN TAIL"


class Desk:
    """The chapter's twelve applicants, drawn anew, and its four networks, built anew with the page's weights."""

    def __init__(self, arrays, constants):
        self.space = made(NOTEBOOK, "CreditDesk", MADE, SEEDS=range(1))
        self.reference, self.scales = self.space["train"][0], self.space["scales"][0]
        self.team = {name: self.loaded(name, arrays, constants) for name in FUSIONS}
        rows = [self.row_of(numeric) for numeric in arrays["numeric"]]
        self.people = self.space["test"][0].take(rows)
        counts = applicants.event_counts(self.people).astype(int)
        self.states = [
            {
                "numeric": arrays["numeric"][k].tolist(),
                "categorical": self.people.categorical[k].tolist(),
                "temporal": arrays["temporal"][k].tolist(),
                "text": str(self.people.text[k]),
                "chat": str(self.people.chat[k]),
                "counts": counts[k].tolist(),
                "present": [True] * len(NAMES),
            }
            for k in range(len(rows))
        ]
        self.first = self.told(self.states)

    def row_of(self, numeric):
        """Which new applicant these numbers, rounded for the desk, are of."""
        far = np.abs(self.space["test"][0].numeric - numeric) / (1 + np.abs(numeric))
        row = int(far.max(1).argmin())
        assert far[row].max() < 0.5, "nobody in the notebook has these numbers"
        return row

    def loaded(self, name, arrays, constants):
        """One network of the notebook with the weights that travel in the page, in float64."""
        model, parts = self.space["TEAM"][name]().double(), {}
        at, flat = 0, arrays[f"{name}.encode"]
        for m, encoder in enumerate(model.encoders):
            out, wide = encoder.weight.shape
            parts |= _linear(f"encoders.{m}", flat[at : at + out * (wide + 1)].reshape(out, wide + 1))
            at += out * (wide + 1)
        if name == "late":
            for m, votes in enumerate(arrays["late.votes"]):
                parts |= _linear(f"fuse.heads.{m}", votes[None])
            parts["fuse.base"] = np.array(constants["prior"])
        else:
            parts |= {"head.1.weight": arrays[f"{name}.head"][None], "head.1.bias": np.array([constants[name]])}
            parts |= FUSE[name](arrays)
        lacking = model.load_state_dict({key: torch.tensor(value) for key, value in parts.items()}, strict=False)
        assert not lacking.unexpected_keys
        assert all(key.endswith("key.bias") for key in lacking.missing_keys), lacking.missing_keys
        return model

    def inputs(self, states):
        """What the networks take of people given as traits."""
        people = join([_padded(applicants.typed(**state)) for state in states])
        return [part.double() for part in self.space["blocks"](people, self.reference, self.scales)[0]]

    def logits(self, x, present):
        """Return (n, four) log-odds of n people."""
        there = torch.as_tensor(np.asarray(present))
        with torch.no_grad():
            return torch.stack([self.team[name](there, *x) for name in FUSIONS], 1).numpy()

    def told(self, states):
        """For each state what the table says of it: name -> one number a fusion; and who hears whom by attention."""
        x, present = self.inputs(states), np.array([state["present"] for state in states])
        logits, nobody = self.logits(x, present), self.logits(x, np.zeros_like(present))
        adds = shapley(lambda members: self.logits(x, present & np.array(members)), len(NAMES))
        maps, found = self.listening(x, present), []
        for k in range(len(states)):
            rows = {"log-odds": logits[k], "probability of default": 1 / (1 + np.exp(-logits[k]))}
            rows |= {"log-odds with nothing received": nobody[k]}
            rows |= {f"{name} adds": adds[m][k] for m, name in enumerate(NAMES)}
            found.append(Told(rows, maps[k], maps[k].sum(0) / max(1, present[k].sum()), present[k]))
        return found

    def listening(self, x, present):
        """The maps of the fusion by attention, heads averaged, (n, M, M)."""
        model = self.team["attention"]
        with torch.no_grad():
            h = [encode(part) for encode, part in zip(model.encoders, x, strict=True)]
            return model.fuse(h, torch.as_tensor(present), return_attention=True)[1].mean(1).numpy()


@dataclass
class Told:
    """What torch says of one person."""

    rows: dict
    map: np.ndarray
    received: np.ndarray
    present: np.ndarray


def _padded(person):
    """One applicant with room for as many events as anybody has."""
    wide = [
        np.pad(one, ((0, 0), (0, 2000 - one.shape[1])), constant_values=-1) for one in (person.events, person.dayparts)
    ]
    return replace(person, events=wide[0], dayparts=wide[1])


def _linear(name, packed):
    return {f"{name}.weight": packed[:, :-1], f"{name}.bias": packed[:, -1]}


def _early(arrays):
    return _linear("fuse.mix", arrays["early.mix"])


def _attention(arrays):
    parts = {"fuse.embedding": arrays["attention.embedding"]}
    parts |= {f"fuse.project.{m}.weight": one for m, one in enumerate(arrays["attention.project"])}
    for name in ("query", "key", "value", "mix"):
        both = _linear(f"fuse.attention.{name}", arrays[f"attention.{name}"])
        parts |= {key: value for key, value in both.items() if key != "fuse.attention.key.bias"}
    return parts


def _gated(arrays):
    parts = {}
    for kind in ("embed", "gates"):
        for m, packed in enumerate(arrays[f"gated.{kind}"]):
            parts |= _linear(f"fuse.{kind}.{m}", packed)
    return parts


FUSE = {"early": _early, "attention": _attention, "gated": _gated}


def check_table(figure, wanted):
    """Hold the table against what `Desk.told` says."""
    assert figure.cells[0][1:] == list(FUSIONS)
    rows = figure.rows()
    for name, values in wanted.rows.items():
        shown = [number(cell) for cell in rows[name]]
        assert np.abs(np.array(shown) - values).max() <= 1e-4, (figure.told[:60], name, shown, values)


def check_picture(figure, wanted, *, cost=5, fusion="early"):
    """Dots at the four answers, refusing from the line on; a bar a modality; who hears whom."""
    picture, p = "Probability of default", wanted.rows["probability of default"]
    x, rows = figure.axis("x", picture), figure.marks(".fy-row", picture)
    assert [row["text"] for row in rows[::2]] == list(FUSIONS)
    across, down = floats(figure.marks(".fd-dot", picture), "cx", "cy")
    near(across, x(p))
    near(down, floats(rows[::2], "y") - 4.5)
    near(floats(figure.marks(".fd-zone", picture), "x"), x([1 / (1 + cost)]))
    for row, value in zip(rows[1::2], p, strict=True):
        shown, verdict = row["text"].split("\u00a0%  ")
        near(number(shown), 100 * value, within=0.051)
        assert verdict == ("refuse" if value > 1 / (1 + cost) else "lend")
    picture, k = "What each modality adds", FUSIONS.index(fusion)
    x, shares = figure.axis("x", picture), np.array([wanted.rows[f"{name} adds"][k] for name in NAMES])
    left, wide, top = floats(figure.marks("rect", picture), "x", "width", "y")
    near(left, x(np.clip(shares, -3, 0)), within=0.2)
    near(left + wide, np.maximum(x(np.clip(shares, 0, 3)), left + 0.5), within=0.2)
    labels = {one["text"]: float(one["y"]) for one in figure.marks(".fy-row", picture)}
    near(top, [labels[name] - 13 for name in NAMES], within=1)
    cells = figure.marks("rect:not(.fa-cell)", "Weights of attention")
    near(floats(cells, "fill-opacity").reshape(wanted.map.shape), np.minimum(1, 1.5 * wanted.map**0.8), within=0.002)
    told = [number("0" + cell) if cell else 0 for cell in _received(figure)]
    near(told, np.where(wanted.present, wanted.received, 0), within=0.0051)


def _received(figure):
    marks = [one for one in figure.marks("text.fy-tick", "Weights of attention") if one["text"] != "receives"]
    return ["" if one["text"] == "–" else one["text"] for one in marks]
