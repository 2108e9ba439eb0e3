"""Credit desk: an applicant that the reader changes, and what four fusions then say, with reasons and attention."""

from collections.abc import Mapping, Sequence

import numpy as np
import traitlets

from fusionbook.checks import finite
from fusionbook.data import applicants, sentences
from fusionbook.data.applicants import MODALITIES, Applicants
from fusionbook.data.prepare import Standardizer, Vocabulary
from fusionbook.explorers.base import Explorer, RefusedError, pack

FUSIONS = ("early", "late", "attention", "gated")
MOST_TEXT, MOST_COST = 20_000, 20
_DIGITS = (0, 0, 0, 0, 2, 0, 0, 1, 0, 1)  # what the desk shows of each number is what the networks get
_MONTH_DIGITS = (2, 2, 0, 0)
_BEFORE = ("€ ", "", "€ ", "", "", "€ ", "", "", "", "")
_AFTER = ("", " years", "", " months", "", "", "", " years", "", " years")
_SHARES = (4,)  # the debt ratio is told in hundredths
_UNITS = ("", "", " days", " €")
_QUANTILES = 41
_DENSE = ("query", "key", "value", "mix")


class CreditDesk(Explorer):
    """Four trained fusions on one applicant, who can be changed in every part; a formula explorer.

    The page prepares what was typed as `applicants.inputs` does, standardises it, and computes all four networks; for
    one of them it shares out the log-odds among the modalities by Shapley's rule, over all subsets of those received.

    Attributes:
        applicant: which of those given the desk started from.
        numeric: 10 numbers in the units of `applicants.NUMERIC`.
        categorical: 3 codes into `applicants.LEVELS`.
        temporal: 24 months by 4 channels, month by month.
        text: what the applicant wrote.
        chat: what the applicant asked.
        counts: 20 counts, column 2 · event + daypart.
        present: which of the five modalities are received.
        fusion: whose reasons are shown.
        cost: of a default, in refusals of somebody who would have paid; refusing begins at 1 / (1 + cost).
        edit: the modality that can be changed.
        channel: of the months, which one is written,
        month: and where.
        event: which one's counts can be set.
        written: whether the cell that computes all this is shown.
    """

    applicant = traitlets.Int().tag(sync=True)
    numeric = traitlets.List(traitlets.Float()).tag(sync=True)
    categorical = traitlets.List(traitlets.Int()).tag(sync=True)
    temporal = traitlets.List(traitlets.Float()).tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    chat = traitlets.Unicode().tag(sync=True)
    counts = traitlets.List(traitlets.Int()).tag(sync=True)
    present = traitlets.List(traitlets.Bool()).tag(sync=True)
    fusion = traitlets.Enum(FUSIONS).tag(sync=True)
    cost = traitlets.Float().tag(sync=True)
    edit = traitlets.Enum(MODALITIES).tag(sync=True)
    channel = traitlets.Int().tag(sync=True)
    month = traitlets.Int().tag(sync=True)
    event = traitlets.Int().tag(sync=True)
    written = traitlets.Bool().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    constants = traitlets.Dict().tag(sync=True)
    heads = traitlets.Int().tag(sync=True)
    tail = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        people: Applicants,
        reference: Applicants,
        scales: Sequence[Standardizer],
        states: Mapping[str, Mapping[str, np.ndarray]],
        *,
        heads: int,
        tail: str,
        cost: float = 5.0,
        fusion: str = "early",
        label: str = "Credit desk: one applicant, four fusions",
    ):
        """Pack four networks and the applicants to start from.

        Args:
            people: some applicants, from 1 to 60; their numbers are rounded to what the desk shows.
            reference: the training applicants, whose statistics and words the networks know.
            scales: for each modality the standardisation of its columns, after `applicants.inputs` and `columns`.
            states: fusion -> `state_dict` of a model with `encoders` (a linear map a modality, all to one width) and
                `fuse`: "early" a `Concat` with `head.1` behind a ReLU, "late" a `LateLogits` of width 1, "attention" a
                `ModalityAttention` and "gated" a `Gated`, both with `head.1`.
            heads: of the attention.
            tail: lines of Python that compute the four answers for `someone`, an `Applicants` of one row.
            cost: of a default to start with, from 1 to 20.
            fusion: whose reasons to show first.
            label: what a screen reader calls this figure; unique on its page.

        Raises:
            ValueError: for nobody to show, a fusion or a weight that is missing, or shapes that do not fit.
        """
        if fusion not in FUSIONS:
            raise ValueError(f"fusion is {fusion!r}: it needs to be one of {', '.join(FUSIONS)}")
        if not 1 <= people.n <= 60:
            raise ValueError(f"people has {people.n} rows: the desk takes from 1 to 60")
        raw = [applicants.inputs(reference, reference)[name] for name in MODALITIES]
        sizes = list(applicants.CATEGORICAL.values())
        widths = [raw[0].shape[1], sum(sizes), raw[2][0].size, raw[3].shape[1], raw[4].shape[1]]
        if [len(scale.mean) for scale in scales] != widths:
            got = [len(scale.mean) for scale in scales]
            raise ValueError(f"scales have {got} columns: the five modalities have {widths}")
        arrays = _statistics(reference, scales) | _people(people)
        constants = {}
        for name in FUSIONS:
            packed, bias = _weights(name, states.get(name, {}), widths, heads)
            arrays |= {f"{name}.{part}": pack(values) for part, values in packed.items()}
            constants["prior" if name == "late" else name] = bias
        super().__init__(
            label=label,
            data=arrays,
            words=_words(people, reference),
            constants=constants,
            heads=int(heads),
            tail=tail,
            cost=cost,
            fusion=fusion,
            edit="text",
            month=12,
            event=len(applicants.EVENTS) - 2,
            **_first(people),
        )

    @traitlets.validate("applicant")
    def _applicant(self, proposal):
        return self.within(proposal, len(self.words["texts"]) if self.words else 0)

    @traitlets.validate("channel", "month", "event")
    def _place(self, proposal):
        sizes = {"channel": len(applicants.TEMPORAL), "month": 24, "event": len(applicants.EVENTS)}
        return self.within(proposal, sizes[proposal["trait"].name])

    @traitlets.validate("cost")
    def _cost(self, proposal):
        if not 1 <= proposal["value"] <= MOST_COST:
            raise RefusedError(f"cost is {proposal['value']}: it needs to lie in [1, {MOST_COST}]")
        return proposal["value"]

    @traitlets.validate("numeric", "categorical", "temporal", "counts", "present", "text", "chat")
    def _part(self, proposal):
        name = proposal["trait"].name
        try:
            applicants.typed(**{**_ANYBODY, name: proposal["value"]})
        except ValueError as error:
            raise RefusedError(str(error)) from error
        if name in ("text", "chat") and len(proposal["value"]) > MOST_TEXT:
            raise RefusedError(f"{name} has {len(proposal['value']):,} characters: at most {MOST_TEXT:,}")
        return proposal["value"]


_ANYBODY = {
    "numeric": [1.0] * len(applicants.NUMERIC),
    "categorical": [0] * len(applicants.LEVELS),
    "temporal": [0.5] * 24 * len(applicants.TEMPORAL),
    "text": "",
    "chat": "",
    "counts": [0] * 2 * len(applicants.EVENTS),
    "present": [True] * len(MODALITIES),
}


def _statistics(reference: Applicants, scales: Sequence[Standardizer]) -> dict:
    """Pack every statistic on the way from what was typed to what the networks take."""
    numbers = Standardizer.fit(applicants.logged(reference.numeric))
    months = Standardizer.fit(applicants.log_days(reference.temporal))
    spread = np.quantile(reference.numeric, np.linspace(0, 1, _QUANTILES), axis=0).T
    low, high = np.quantile(reference.numeric, [0.005, 0.995], axis=0)
    rounded = np.array([[round(a, d), round(b, d)] for a, b, d in zip(low, high, _DIGITS, strict=True)])
    logged = np.isin(np.arange(len(_DIGITS)), applicants.LOGGED)
    rounded[logged] = np.maximum(rounded[logged], 1)
    most = np.quantile(reference.temporal[:, :, 2:], 0.995, axis=(0, 1)).round()
    return {
        "scale": pack(np.stack([numbers.mean, numbers.scale]), "float64"),
        "months": pack(np.stack([months.mean, months.scale]), "float64"),
        "mean": pack(np.concatenate([scale.mean for scale in scales]), "float64"),
        "spread": pack(np.concatenate([scale.scale for scale in scales]), "float64"),
        "places": pack(spread),
        "ranges": pack(rounded, "float64"),
        "spans": pack([[0, 1], [0, 1], [0, most[0]], [0, most[1]]], "float64"),
    }


def _rounded(values: np.ndarray, digits: Sequence[int]) -> np.ndarray:
    return np.stack([np.round(values[..., j], d) for j, d in enumerate(digits)], -1)


def _people(people: Applicants) -> dict:
    return {
        "numeric": pack(_rounded(people.numeric, _DIGITS), "float64"),
        "categorical": pack(people.categorical, "uint8"),
        "temporal": pack(_rounded(people.temporal, _MONTH_DIGITS).reshape(people.n, -1), "float64"),
        "counts": pack(applicants.event_counts(people), "uint8"),
    }


def _first(people: Applicants) -> dict:
    return {
        "numeric": _rounded(people.numeric[0], _DIGITS).tolist(),
        "categorical": people.categorical[0].tolist(),
        "temporal": _rounded(people.temporal[0], _MONTH_DIGITS).ravel().tolist(),
        "text": str(people.text[0]),
        "chat": str(people.chat[0]),
        "counts": applicants.event_counts(people)[0].astype(int).tolist(),
        "present": [True] * len(MODALITIES),
    }


def _words(people: Applicants, reference: Applicants) -> dict:
    prepared = {"purpose": sentences.PURPOSE, "means": [one for level in sentences.CAPACITY for one in level]}
    prepared |= {
        "claim": [*sentences.CLAIM[1], *sentences.CLAIM[-1]],
        "chat": [*sentences.CHAT[0], *sentences.CHAT[1]],
    }
    return {
        "numeric": list(applicants.NUMERIC),
        "digits": list(_DIGITS),
        "before": list(_BEFORE),
        "after": list(_AFTER),
        "units": list(_UNITS),
        "shares": list(_SHARES),
        "categorical": [[name, list(levels)] for name, levels in applicants.LEVELS.items()],
        "temporal": list(applicants.TEMPORAL),
        "events": list(applicants.EVENTS),
        "dayparts": list(applicants.DAYPARTS),
        "vocabulary": list(Vocabulary.fit(applicants.written(reference)).entries),
        "sentences": prepared,
        "texts": people.text.tolist(),
        "chats": people.chat.tolist(),
        "came": ["defaulted later" if label else "paid" for label in people.label],
    }


def _weights(name: str, state: Mapping[str, np.ndarray], widths: Sequence[int], heads: int) -> tuple[dict, float]:
    """Return one network's arrays as decisions.js reads them, each linear map with its bias as last column, and b."""
    size = len(widths)

    def get(key: str, *shape: int | None) -> np.ndarray:
        value = np.asarray(state[key], dtype=float) if key in state else None
        if (
            value is None
            or len(value.shape) != len(shape)
            or any(want not in (None, got) for got, want in zip(value.shape, shape, strict=True))
        ):
            got = "nothing" if value is None else value.shape
            raise ValueError(f"states[{name!r}][{key!r}] is {got}: it needs {shape}")
        return finite(value, f"states[{name!r}][{key!r}]")

    def linear(key: str, out: int | None, wide: int | None, *, bias: bool = True) -> np.ndarray:
        weight = get(f"{key}.weight", out, wide)
        shift = get(f"{key}.bias", len(weight)) if bias else np.zeros(len(weight))
        return np.concatenate([weight, shift[:, None]], 1)

    narrow = len(get("encoders.0.weight", None, widths[0]))
    packed = {
        "encode": np.concatenate([linear(f"encoders.{m}", narrow, wide).ravel() for m, wide in enumerate(widths)])
    }
    if name == "late":
        packed["votes"] = np.concatenate([linear(f"fuse.heads.{m}", 1, narrow) for m in range(size)])
        return packed, float(get("fuse.base"))
    width = get("head.1.weight", 1, None).shape[1]
    packed["head"] = get("head.1.weight", 1, width)[0]
    if name == "early":
        packed["mix"] = linear("fuse.mix", width, size * narrow)
    elif name == "attention":
        if heads < 1 or width % heads:
            raise ValueError(f"heads is {heads} for a width of {width}: the width needs to be a multiple of the heads")
        packed["project"] = np.stack([get(f"fuse.project.{m}.weight", width, narrow) for m in range(size)])
        packed["embedding"] = get("fuse.embedding", size, width)
        packed |= {p: linear(f"fuse.attention.{p}", width, width, bias=p != "key") for p in _DENSE}
    else:
        packed["embed"] = np.stack([linear(f"fuse.embed.{m}", width, narrow) for m in range(size)])
        packed["gates"] = np.stack([linear(f"fuse.gates.{m}", width, size * narrow) for m in range(size)])
    return packed, float(get("head.1.bias", 1)[0])
