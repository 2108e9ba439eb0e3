"""How each modality of a simulated applicant is drawn from the causes; `applicants` says what the causes are."""

from statistics import NormalDist

import numpy as np

from fusionbook.data import sentences

MONTHS = 24
_EVENT_SHARE = np.array([0.10, 0.14, 0.08, 0.16, 0.08, 0.08, 0.08, 0.12, 0.10, 0.06])
_MAX_EVENTS = 59
IMPULSE_LOADING = np.array([0, -0.9, -0.5, 0.3, 0.7, 0.5, 0.4, 0.2, -0.4, 0.1])


def numeric(rng, causes, gender, income_gap, noise) -> np.ndarray:
    """Income, amount, debt ratio and savings show capacity, years in the job stability; the rest is noise: (n, 10)."""
    n, C = len(gender), causes["C"]
    income = np.exp(10.2 + 0.40 * (C - income_gap * gender) + 0.30 * noise * rng.normal(size=n))
    return np.stack(
        [
            income,
            21 + 50 * rng.beta(2, 3.2, n),
            np.exp(9.0 + 0.15 * C + 0.5 * rng.normal(size=n)),
            rng.choice([12, 24, 36, 48, 60], n),
            sigmoid(-0.8 - 0.6 * C + 0.5 * noise * rng.normal(size=n)),
            np.exp(6 + 0.8 * C + 0.9 * noise * rng.normal(size=n)),
            rng.poisson(0.9, n),
            np.maximum(0, 5 + 2 * causes["S"] + 4 * noise * rng.normal(size=n)),
            rng.poisson(1.2, n),
            rng.gamma(2, 3, n),
        ],
        1,
    )


def categorical(rng, causes, gender, noise) -> np.ndarray:
    """Education shows capacity faintly, occupation and housing stability and a little discipline: (n, 3)."""
    C, D, S = causes["C"], causes["D"], causes["S"]
    n = len(C)
    return np.stack(
        [
            levels(0.5 * C + 1.3 * noise * rng.normal(size=n), np.hypot(0.5, 1.3), 4),
            levels(0.5 * S + 0.25 * D + noise * rng.normal(size=n) - 0.3 * (gender - 0.5), 1.16, 6),
            levels(0.9 * S + 0.3 * D + 0.8 * noise * rng.normal(size=n), 1.24, 4),
        ],
        1,
    )


def temporal(rng, causes, noise) -> np.ndarray:
    """Discipline sets the level, trend the slope (which a mean over the months cannot see)."""
    n = len(causes["D"])
    shocks = 0.6 * rng.normal(size=(n, MONTHS))
    drift = np.zeros((n, MONTHS))
    for month in range(MONTHS):
        drift[:, month] = 0.7 * drift[:, month - 1] * (month > 0) + shocks[:, month]
    time = np.linspace(-1, 1, MONTHS)
    good = 0.55 * causes["D"][:, None] + 0.75 * causes["V"][:, None] * time + 0.8 * noise * drift
    jitter = rng.normal(size=(4, n, MONTHS))
    season = 0.15 * np.sin(2 * np.pi * np.arange(MONTHS) / 12)
    return np.stack(
        [
            sigmoid(0.3 - good + 0.4 * jitter[0]),
            sigmoid(0.8 + good + 0.6 * jitter[1]),
            np.maximum(0, np.round(12 * (-good - 1.1 + 0.7 * jitter[2]))),
            np.exp(7 + season - 0.1 * good + 0.35 * jitter[3]),
        ],
        2,
    )


def texts(rng, causes, redundancy, noise) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Purpose (says nothing), capacity in words (redundant), claim (half of the synergy); chat hints at discipline."""
    n, claim = len(causes["C"]), causes["K"]
    heard = np.sqrt(redundancy) * causes["C"] + np.sqrt(1 - redundancy) * noise * rng.normal(size=n)
    capacity = np.digitize(heard, [-0.84, -0.25, 0.25, 0.84])
    pick = rng.random((4, n))
    order = rng.permuted(np.tile(np.arange(3), (n, 1)), axis=1)
    worried = (rng.random(n) < sigmoid(-1.2 - 0.6 * causes["D"])).astype(int)

    def one_of(options: list[str], u: float) -> str:
        return options[int(u * len(options))]

    text = []
    for i in range(n):
        parts = [
            one_of(sentences.PURPOSE, pick[0, i]),
            one_of(sentences.CAPACITY[capacity[i]], pick[1, i]),
            one_of(sentences.CLAIM[int(claim[i])], pick[2, i]),
        ]
        text.append(" ".join(parts[k] for k in order[i]))
    chat = [one_of(sentences.CHAT[w], u) for w, u in zip(worried, pick[3], strict=True)]
    return np.array(text, dtype=object), np.array(chat, dtype=object), np.stack([capacity, claim], 1)


def behaviour(rng, causes, noise) -> tuple[np.ndarray, np.ndarray]:
    """Impulse moves which events happen; rhythm moves when they happen."""
    n = len(causes["I"])
    length = rng.integers(25, _MAX_EVENTS + 1, n)
    share = _EVENT_SHARE * np.exp(0.8 * causes["I"][:, None] * IMPULSE_LOADING)
    edges = np.cumsum(share / share.sum(1, keepdims=True), 1)[:, :-1]
    draw = rng.random((n, _MAX_EVENTS))
    events = sum((draw > edges[:, [k]]).astype(np.int16) for k in range(edges.shape[1]))
    office = sigmoid(1.3 * causes["R"] + 0.5 * noise * rng.normal(size=n))
    dayparts = (rng.random((n, _MAX_EVENTS)) > office[:, None]).astype(np.int16)
    past = np.arange(_MAX_EVENTS) >= length[:, None]
    return np.where(past, -1, events), np.where(past, -1, dayparts)


def levels(z: np.ndarray, spread: float, k: int) -> np.ndarray:
    """Cut a centred normal with standard deviation `spread` into k about equally likely levels."""
    return np.digitize(z, [NormalDist(0, spread).inv_cdf(i / k) for i in range(1, k)])


def sigmoid(v):
    """Turn log-odds into a probability."""
    return 1 / (1 + np.exp(-v))
