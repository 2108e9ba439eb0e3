"""Simulated loan applicants: five modalities drawn from known causes, so that every claim can be checked.

A teaching simulation. Nobody in it exists, and nothing in it may be used to judge a real person.

Independent causes, each standard normal unless said otherwise: capacity C, discipline D, trend V, impulse I,
stability S; a claim K = ±1 that the text makes about how the income arrives (a fair coin); honesty H, -1 with
probability `dishonest`; and the rhythm R = K·H that the behaviour shows. K and R each say nothing about H,
together they say everything. The logit of default is

    intercept - κ K - C - 0.9 D - 0.6 V + 0.65 I - 0.5 S + synergy · [H = -1].

Gender is drawn and is no cause of default. It leaves traces (recorded income, occupation) and is kept for
audits: `inputs` leaves it out unless asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from weakref import WeakKeyDictionary

import numpy as np

from fusionbook.checks import finite
from fusionbook.data import draw, sentences
from fusionbook.data.prepare import Standardizer, Vocabulary, check_share, check_size

MODALITIES = ("numeric", "categorical", "temporal", "text", "behavioural")
NUMERIC = ("income", "age", "amount", "term", "debt ratio", "savings", "other loans", "years in job",
           "credit enquiries", "years at bank")  # fmt: skip
LEVELS = {
    "education": ("basic", "vocational", "college", "university"),
    "occupation": ("seasonal", "retail", "craft", "office", "technical", "public service"),
    "housing": ("with others", "rents", "owns, mortgage", "owns"),
}
CATEGORICAL = {name: len(levels) for name, levels in LEVELS.items()}
TEMPORAL = ("utilisation", "share paid", "days late", "spending")
EVENTS = ("open", "read terms", "open faq", "move slider", "maximum amount", "edit income", "paste", "back",
          "idle", "submit")  # fmt: skip
DAYPARTS = ("office hours", "evening or night")

LOGGED = (0, 2, 5)  # income, amount and savings are skewed: networks get their logarithm


@dataclass(frozen=True, eq=False)  # compared by identity: what was fitted to a sample is kept with it
class Applicants:
    """n applicants as NumPy arrays; rows are independent of one another.

    Attributes:
        numeric: (n, 10) in the units of `NUMERIC` (euro, years, months, shares, counts).
        categorical: (n, 3) codes into `LEVELS`.
        temporal: (n, 24, 4) months by the channels of `TEMPORAL`, oldest month first.
        text: (n,) what the applicant wrote.
        chat: (n,) what the applicant asked customer service.
        events: (n, 59) codes of `EVENTS` in order of time, -1 past the last one.
        dayparts: (n, 59) codes of `DAYPARTS`, -1 past the last one.
        said: (n, 2) which capacity sentence (0 to 4) and which claim (-1, +1) the text makes.
        present: (n, 5) True where the modality (order of `MODALITIES`) was received.
        gender: (n,) 0 or 1, for audits.
        label: (n,) 1 for a default within the horizon.
        p: (n,) the true probability of that default given all causes.
        causes: name -> (n,) the causes C, D, V, I, S, K, H, R.
        useless: (n, 8) noise that no cause has touched.
    """

    numeric: np.ndarray
    categorical: np.ndarray
    temporal: np.ndarray
    text: np.ndarray
    chat: np.ndarray
    events: np.ndarray
    dayparts: np.ndarray
    said: np.ndarray
    present: np.ndarray
    gender: np.ndarray
    label: np.ndarray
    p: np.ndarray
    causes: dict[str, np.ndarray]
    useless: np.ndarray

    @property
    def n(self) -> int:
        """How many applicants there are."""
        return len(self.label)

    def take(self, rows: np.ndarray) -> "Applicants":
        """Return the applicants at `rows` (indices, a slice or a mask), in that order."""
        cut = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "causes"}
        return Applicants(**cut, causes={name: value[rows] for name, value in self.causes.items()})


def make(
    n: int,
    seed: int,
    *,
    redundancy: float = 0.7,
    dishonest: float = 0.3,
    synergy: float = 2.6,
    kappa: float = 0.4,
    intercept: float = -2.85,
    income_gap: float = 0.35,
    noise: float | Mapping[str, float] | None = None,
    missing: float | Mapping[str, float] = 0.0,
) -> Applicants:
    """Draw n applicants. The same arguments give the same bytes.

    Args:
        n: how many.
        seed: of NumPy's generator.
        redundancy: share of the variance of the text's capacity words that capacity itself explains, in [0, 1].
        dishonest: probability that a claim does not fit the income's rhythm, in [0, 1].
        synergy: what dishonesty adds to the logit of default.
        kappa: κ, what the claim alone takes off the logit.
        intercept: of the logit; moves the base rate.
        income_gap: by how much the logarithm of income is recorded too low where gender is 1, in units of 0.4.
        noise: factor on every modality's noise, or modality -> factor (1 where not named).
        missing: the probability that a modality is not received: one number, or modality -> number.

    Raises:
        ValueError: for a size below 1, a share outside [0, 1], or an unknown modality.
    """
    n = check_size(n)
    check_share(redundancy, "redundancy")
    check_share(dishonest, "dishonest")
    noise = _per_modality({} if noise is None else noise, "noise", default=1.0)
    for name, factor in noise.items():
        if not 0 <= factor < np.inf:
            raise ValueError(f"noise[{name!r}] is {factor}: a factor on a standard deviation is at least 0")
    knobs = {"synergy": synergy, "kappa": kappa, "intercept": intercept, "income_gap": income_gap}
    for name, value in knobs.items():
        if not np.isfinite(value):
            raise ValueError(f"{name} is {value}: it needs to be a finite number")
    missing = _per_modality(missing, "missing", default=0.0)
    for name, rate in missing.items():
        check_share(rate, f"missing[{name!r}]")
    rng = np.random.default_rng(seed)

    causes = {name: rng.normal(size=n) for name in "CDVIS"}
    causes["K"] = np.where(rng.random(n) < 0.5, 1, -1)
    causes["H"] = np.where(rng.random(n) < dishonest, -1, 1)
    causes["R"] = causes["K"] * causes["H"]
    gender = (rng.random(n) < 0.5).astype(np.int64)
    logit = intercept - kappa * causes["K"] + synergy * (causes["H"] == -1)
    logit = logit - causes["C"] - 0.9 * causes["D"] - 0.6 * causes["V"] + 0.65 * causes["I"] - 0.5 * causes["S"]
    p = draw.sigmoid(logit)
    text, chat, said = draw.texts(rng, causes, redundancy, noise["text"])
    events, dayparts = draw.behaviour(rng, causes, noise["behavioural"])
    return Applicants(
        numeric=draw.numeric(rng, causes, gender, income_gap, noise["numeric"]),
        categorical=draw.categorical(rng, causes, gender, noise["categorical"]),
        temporal=draw.temporal(rng, causes, noise["temporal"]),
        text=text,
        chat=chat,
        events=events,
        dayparts=dayparts,
        said=said,
        present=rng.random((n, len(MODALITIES))) >= np.array([missing[name] for name in MODALITIES]),
        gender=gender,
        label=(rng.random(n) < p).astype(np.int64),
        p=p,
        causes=causes,
        useless=rng.normal(size=(n, 8)),
    )


def typed(numeric, categorical, temporal, text: str, chat: str, counts, present=(True,) * 5) -> Applicants:
    """Make one applicant of what somebody typed; whatever is not known of a person so made is NaN, or -1.

    Args:
        numeric: 10 numbers in the units of `NUMERIC`; income, amount and savings above 0.
        categorical: 3 codes into `LEVELS`.
        temporal: 24 months by 4 channels, or the same 96 numbers month by month; none below 0.
        text: what the applicant wrote.
        chat: what the applicant asked.
        counts: 20 whole numbers from 0 to 99, how often each event occurred: entry 2 · event + daypart.
        present: which of the five modalities are received.

    Raises:
        ValueError: for the wrong number of entries, or an entry out of range.
    """
    numeric, counts = np.asarray(numeric, dtype=float), np.asarray(counts)
    months = np.asarray(temporal, dtype=float).reshape(-1)
    shapes = {"numeric": (numeric, len(NUMERIC)), "categorical": (np.asarray(categorical), len(LEVELS)),
              "temporal": (months, draw.MONTHS * len(TEMPORAL)), "counts": (counts, 2 * len(EVENTS)),
              "present": (np.asarray(present), len(MODALITIES))}  # fmt: skip
    for name, (values, size) in shapes.items():
        if values.shape != (size,):
            raise ValueError(f"{name} has shape {values.shape}: it needs {size} entries")
    finite(numeric, "numeric")
    finite(months, "temporal")
    if (numeric[list(LOGGED)] <= 0).any() or np.abs(numeric).max() > 1e9:
        raise ValueError(f"numeric is {numeric.tolist()}: income, amount and savings above 0, nothing beyond 1e9")
    if (months < 0).any() or (months > 1e6).any():
        raise ValueError(f"temporal reaches from {months.min():g} to {months.max():g}: it needs to lie in [0, 1e6]")
    for j, (name, size) in enumerate(CATEGORICAL.items()):
        if categorical[j] not in range(size):
            raise ValueError(f"categorical[{j}] is {categorical[j]}: {name} has the codes 0 to {size - 1}")
    if (counts != counts.astype(int)).any() or counts.min() < 0 or counts.max() > 99:
        raise ValueError(f"counts is {counts.tolist()}: it needs whole numbers from 0 to 99")
    code = (
        np.repeat(np.arange(len(counts)), counts.astype(int)) if counts.any() else np.array([-2])
    )  # nobody clicked: one place, empty
    unknown = np.full(1, np.nan)
    return Applicants(
        numeric=numeric[None],
        categorical=np.array([categorical], dtype=np.int64),
        temporal=months.reshape(1, draw.MONTHS, len(TEMPORAL)),
        text=np.array([text], dtype=object),
        chat=np.array([chat], dtype=object),
        events=np.where(code < 0, -1, code // 2)[None],
        dayparts=np.where(code < 0, -1, code % 2)[None],
        said=np.full((1, 2), -1),
        present=np.array([present], dtype=bool),
        gender=np.array([-1]),
        label=np.array([-1]),
        p=unknown,
        causes=dict.fromkeys("CDVISKHR", unknown),
        useless=np.full((1, 8), np.nan),
    )


def inputs(applicants: Applicants, train: Applicants, *, audit: bool = False) -> dict[str, np.ndarray]:
    """Turn raw modalities into what the encoders take; every statistic comes from `train`.

    Args:
        applicants: whom to prepare.
        train: whose means, spreads and words to use.
        audit: also give gender to the categorical modality, as its first column.

    Returns:
        numeric (n, 10) standardised, income, amount and savings as logarithms; categorical (n, 3) codes (4 with
        gender); temporal (n, 24, 4) standardised, days late as log(1 + days); text (n, V) counts of the words in
        the text and the chat; behavioural (n, 20) counts of event by daypart.
    """
    columns = [applicants.gender[:, None]] * audit + [applicants.categorical]
    numeric, temporal, vocabulary = _fitted(train)
    return {
        "numeric": numeric(logged(applicants.numeric)),
        "categorical": np.concatenate(columns, 1),
        "temporal": temporal(log_days(applicants.temporal)),
        "text": vocabulary.counts(written(applicants)),
        "behavioural": event_counts(applicants),
    }


_FITTED = WeakKeyDictionary()  # training sample -> its statistics, as long as somebody holds the sample


def _fitted(train: Applicants) -> tuple[Standardizer, Standardizer, Vocabulary]:
    if train not in _FITTED:
        scales = (Standardizer.fit(x) for x in (logged(train.numeric), log_days(train.temporal)))
        _FITTED[train] = (*scales, Vocabulary.fit(written(train)))
    return _FITTED[train]


def event_counts(applicants: Applicants) -> np.ndarray:
    """Count the events of each applicant: (n, 20) float32, column = 2 · event + daypart."""
    code = np.where(applicants.events >= 0, 2 * applicants.events + applicants.dayparts, -1)
    return np.stack([(code == k).sum(1) for k in range(2 * len(EVENTS))], 1).astype(np.float32)


def observable(applicants: Applicants) -> np.ndarray:
    """Summarise what can be seen of each applicant with the right statistics, (n, 22).

    No encoder can hope to find better ones, so a flexible model trained on these, on many applicants, estimates
    the observable ceiling: what is left between it and the oracle was never recorded.
    """
    time = np.linspace(-1, 1, draw.MONTHS)
    numeric = logged(applicants.numeric)
    used, paid = (_logit(np.clip(applicants.temporal[:, :, k], 1e-6, 1 - 1e-6)) for k in (0, 1))
    late, spent = np.log1p(applicants.temporal[:, :, 2]), np.log(applicants.temporal[:, :, 3])
    levels = [channel.mean(1) for channel in (used, paid, late, spent)]
    slopes = [(channel * time).mean(1) for channel in (used, paid, late, spent)]
    counts = event_counts(applicants).reshape(applicants.n, len(EVENTS), 2)
    share = counts.sum(2) / counts.sum((1, 2))[:, None]
    night = counts[:, :, 1].sum(1) / counts.sum((1, 2))
    worried = np.array([chat in sentences.CHAT[1] for chat in applicants.chat])
    capacity, claim = applicants.said.T
    return np.column_stack(
        [numeric[:, [0, 2, 4, 5, 7]], applicants.categorical, *levels, *slopes,
         capacity, claim, worried, share @ draw.IMPULSE_LOADING, night, claim * (night - 0.5)]
    )  # fmt: skip


def _per_modality(value, name: str, default: float) -> dict[str, float]:
    if not isinstance(value, Mapping):
        return dict.fromkeys(MODALITIES, float(value))
    unknown = sorted(set(value) - set(MODALITIES))
    if unknown:
        raise ValueError(f"{name} names {unknown}: the modalities are {list(MODALITIES)}")
    return {modality: float(value.get(modality, default)) for modality in MODALITIES}


def written(applicants: Applicants) -> list[str]:
    """Return all that each applicant wrote: the text, then the chat."""
    return [f"{text} {chat}" for text, chat in zip(applicants.text, applicants.chat, strict=True)]


def logged(numeric: np.ndarray) -> np.ndarray:
    """Return (n, 10) numbers with income, amount and savings as logarithms."""
    out = numeric.copy()
    out[:, list(LOGGED)] = np.log(out[:, list(LOGGED)])
    return out


def log_days(temporal: np.ndarray) -> np.ndarray:
    """Return (n, 24, 4) months with days late as log(1 + days)."""
    out = temporal.copy()
    out[:, :, 2] = np.log1p(out[:, :, 2])
    return out


def _logit(p):
    return np.log(p / (1 - p))
