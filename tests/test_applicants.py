"""The simulated applicants are what their documentation says: every claim the book builds on them is held here."""

import hashlib
from dataclasses import fields, replace

import numpy as np
import pytest
from fusionbook.data.applicants import CATEGORICAL, MODALITIES, inputs, make, observable
from fusionbook.metrics import auc, ece, expected_auc
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

N = 20_000
WITHIN = 4 / np.sqrt(N)  # four standard errors of a correlation of independent columns


@pytest.fixture(scope="module")
def crowd():
    return make(N, 7)


@pytest.fixture(scope="module")
def others():
    return make(N, 8)


def digest(people):
    columns = [getattr(people, field.name) for field in fields(people) if field.name != "causes"]
    parts = [*columns, *(people.causes[name] for name in sorted(people.causes))]
    parts = [part.astype(str) if part.dtype == object else part for part in parts]  # words, not where they stand
    return hashlib.sha256(b"|".join(part.dtype.str.encode() + part.tobytes() for part in parts)).hexdigest()


@pytest.fixture(scope="module")
def seen(crowd, others):
    """The inputs of both crowds, prepared by the first one's statistics."""
    return inputs(crowd, crowd), inputs(others, crowd)


def flat(name, prepared):
    """One modality's inputs as columns for a linear model: codes as indicators, months side by side."""
    x = prepared[name]
    if name == "categorical":
        sizes = CATEGORICAL.values()
        return np.column_stack([np.eye(size)[x[:, j]] for j, size in enumerate(sizes)])
    return x.reshape(len(x), -1)


def linear_score(x, target, new):
    """Linear discriminant by least squares: which way two classes differ, in closed form."""
    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage=1e-3).fit(x, target).decision_function(new)


def test_the_same_arguments_give_the_same_bytes_and_another_seed_does_not():
    knobs = {"synergy": 1.0, "missing": 0.2, "noise": {"text": 2.0}}
    assert digest(make(300, 5, **knobs)) == digest(make(300, 5, **knobs))
    assert digest(make(300, 5, **knobs)) != digest(make(300, 6, **knobs))
    assert digest(make(300, 5, **knobs)) != digest(make(300, 5))


def test_every_cause_has_its_stated_distribution(crowd):
    causes = crowd.causes
    assert set(causes) == set("CDVISKHR")
    assert all(kstest(causes[name], "norm").pvalue > 1e-3 for name in "CDVIS")
    assert all(set(np.unique(causes[name])) == {-1, 1} for name in "KHR")
    assert abs(causes["K"].mean()) < WITHIN
    for share in (0.0, 0.1, 1.0):
        dishonest = (make(N, 1, dishonest=share).causes["H"] == -1).mean()
        assert abs(dishonest - share) <= 4 * np.sqrt(share * (1 - share) / N)
    assert abs((causes["H"] == -1).mean() - 0.3) < 4 * np.sqrt(0.21 / N)
    assert np.array_equal(causes["R"], causes["K"] * causes["H"])


def test_the_causes_are_independent(crowd):
    columns = np.column_stack([crowd.causes[name] for name in "CDVISKH"] + [crowd.gender])
    for table in (columns, np.abs(columns[:, :5]), columns**3):
        off = np.corrcoef(table.T) - np.eye(table.shape[1])
        assert np.abs(off).max() < WITHIN


def test_claim_and_rhythm_each_say_nothing_of_honesty_and_together_everything(crowd):
    causes = crowd.causes
    lies = causes["H"] == -1
    for name in "KR":
        gap = lies[causes[name] == 1].mean() - lies[causes[name] == -1].mean()
        assert abs(gap) < 4 * np.sqrt(0.21 * 4 / N)
    assert np.array_equal(causes["K"] * causes["R"], causes["H"])


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    synergy=st.floats(-3, 3),
    kappa=st.floats(-2, 2),
    intercept=st.floats(-4, 4),
    dishonest=st.floats(0, 1),
)
def test_p_is_the_stated_formula_of_the_causes_alone(seed, synergy, kappa, intercept, dishonest):
    people = make(40, seed, synergy=synergy, kappa=kappa, intercept=intercept, dishonest=dishonest)
    C, D, V, I, S, K, H = (people.causes[name] for name in "CDVISKH")  # noqa: E741
    logit = intercept - kappa * K - C - 0.9 * D - 0.6 * V + 0.65 * I - 0.5 * S + synergy * (H < 0)
    assert np.allclose(people.p, 1 / (1 + np.exp(-logit)), rtol=1e-12, atol=0)


@pytest.mark.parametrize("seed", range(4))
def test_labels_come_as_often_as_p_says(seed):
    people = make(4000, seed)
    label, p = people.label, people.p
    assert abs((label - p).sum()) < 4 * np.sqrt((p * (1 - p)).sum())
    rng = np.random.default_rng(seed)
    floor = [ece((rng.random(4000) < p).astype(int), p) for _ in range(40)]
    assert ece(label, p) < np.mean(floor) + 3 * np.std(floor)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(2, 60), size=st.floats(0, 3), levels=st.integers(1, 8))
def test_p_maximises_the_expected_auc_on_every_sample(seed, n, size, levels):
    p, rng = make(n, seed).p, np.random.default_rng(seed)
    best = expected_auc(p, p)
    rivals = [p + size * rng.normal(size=n), rng.normal(size=n), np.digitize(p, np.linspace(0, 1, levels)), -p]
    assert all(expected_auc(p, rival) <= best + 1e-12 for rival in rivals)
    i, j = np.argmin(p), np.argmax(p)
    swapped = p.copy()
    swapped[[i, j]] = p[[j, i]]
    assert expected_auc(p, swapped) < best


@pytest.mark.parametrize("name", MODALITIES)
def test_no_single_modality_shows_honesty(name, crowd, others, seen):
    score = linear_score(flat(name, seen[0]), crowd.causes["H"] < 0, flat(name, seen[1]))
    assert abs(auc(others.causes["H"] < 0, score) - 0.5) < 0.03


def test_what_is_observable_of_all_together_shows_honesty(crowd, others):
    assert observable(crowd).shape == (N, 22)
    score = linear_score(observable(crowd), crowd.causes["H"] < 0, observable(others))
    assert auc(others.causes["H"] < 0, score) > 0.75
    no_mismatch = linear_score(observable(crowd)[:, :-1], crowd.causes["H"] < 0, observable(others)[:, :-1])
    assert abs(auc(others.causes["H"] < 0, no_mismatch) - 0.5) < 0.03


def test_without_synergy_honesty_does_not_matter(crowd):
    def gap(people):
        return people.p[people.causes["H"] < 0].mean() - people.p[people.causes["H"] > 0].mean()

    plain = make(N, 7, synergy=0)
    assert abs(gap(plain)) < 4 * plain.p.std() / np.sqrt(0.21 * N)
    assert gap(crowd) > 0.2


@pytest.mark.parametrize("missing", [0.0, 0.3, 1.0, {"text": 0.5, "temporal": 0.1}])
def test_each_modality_is_missing_at_its_rate(missing):
    people = make(N, 3, missing=missing)
    for m, name in enumerate(MODALITIES):
        rate = missing.get(name, 0.0) if isinstance(missing, dict) else missing
        assert abs((~people.present[:, m]).mean() - rate) <= 4 * np.sqrt(rate * (1 - rate) / N)


def test_gaps_have_nothing_to_do_with_each_other_or_the_outcome():
    people = make(N, 3, missing=0.4)
    table = np.column_stack([people.present, people.label, *(people.causes[name] for name in "CDVISKH")])
    assert np.abs(np.corrcoef(table.T)[:5] - np.eye(5, table.shape[1])).max() < WITHIN


@pytest.mark.parametrize("name", MODALITIES)
def test_a_noise_factor_reaches_its_own_modality_and_nothing_else(name):
    own = {"text": {"text", "said"}, "behavioural": {"dayparts"}}.get(name, {name})
    plain, loud = make(200, 1), make(200, 1, noise={name: 5.0})
    names = [field.name for field in fields(plain) if field.name != "causes"]
    moved = {n for n in names if not np.array_equal(getattr(plain, n), getattr(loud, n))}
    assert moved == own


@pytest.fixture(scope="module")
def strengths():
    """How well each modality's inputs rank the risk (behaviour: the rhythm) when all are quiet, plain and loud."""
    table = {name: [] for name in MODALITIES}
    for factor in (0.2, 1.0, 5.0):
        train, test = (make(3000, seed, noise=dict.fromkeys(MODALITIES, factor)) for seed in (1, 2))
        old, new = inputs(train, train), inputs(test, train)
        for name in MODALITIES:
            target = train.causes["R"] if name == "behavioural" else train.label
            truth = (test.causes["R"] + 1) / 2 if name == "behavioural" else test.p
            table[name].append(expected_auc(truth, linear_score(flat(name, old), target, flat(name, new))))
    return table


@pytest.mark.parametrize("name", MODALITIES)
def test_noise_weakens_what_a_modality_knows(name, strengths):
    quiet, plain, loud = strengths[name]
    assert quiet > plain + 0.0005
    assert plain > loud + 0.015


def test_redundancy_is_the_share_of_the_capacity_words_that_capacity_explains():
    shares, strength = (0.0, 0.35, 0.7, 1.0), []
    for share in shares:
        people = make(8000, 4, redundancy=share)
        said = np.corrcoef(people.said[:, 0], people.causes["C"])[0, 1]
        assert abs(said - np.sqrt(share) * 0.945) < 0.04  # five levels keep about .945 of a normal's correlation
        strength.append(expected_auc(people.p, -people.said[:, 0]))
    assert (np.diff(strength) > 0.02).all()


def test_gender_is_no_cause_and_reaches_the_inputs_only_for_an_audit(crowd):
    few = crowd.take(slice(0, 200))
    swapped = inputs(replace(few, gender=1 - few.gender), few)
    plain, audited = inputs(few, few), inputs(few, few, audit=True)
    assert all(np.array_equal(plain[name], swapped[name]) for name in MODALITIES)
    assert np.array_equal(audited["categorical"][:, 0], few.gender)
    assert np.array_equal(audited["categorical"][:, 1:], plain["categorical"])
    assert abs(np.corrcoef(crowd.gender, crowd.p)[0, 1]) < WITHIN


@pytest.mark.parametrize("gap", [0.0, 0.35, 1.0])
def test_the_income_gap_shows_in_recorded_income_only(gap):
    people = make(N, 9, income_gap=gap)
    income = np.log(people.numeric[:, 0])
    seen = income[people.gender == 0].mean() - income[people.gender == 1].mean()
    assert abs(seen - 0.4 * gap) < 4 * 0.5 * 2 / np.sqrt(N)
    rest = np.corrcoef(np.column_stack([people.gender, people.numeric[:, 1:]]).T)[0, 1:]
    assert np.abs(rest).max() < WITHIN
    assert np.corrcoef(people.gender, people.categorical[:, 1])[0, 1] < -WITHIN  # occupation leaves a trace


def test_a_mean_over_the_months_cannot_see_the_trend(crowd):
    time, V = np.linspace(-1, 1, crowd.temporal.shape[1]), crowd.causes["V"]
    for channel in range(4):
        months = crowd.temporal[:, :, channel]
        assert abs(np.corrcoef(months.mean(1), V)[0, 1]) < WITHIN
    slopes = np.tensordot(crowd.temporal[:, :, :3], time, (1, 0))
    assert all(abs(np.corrcoef(slope, V)[0, 1]) > 0.5 for slope in slopes.T)


def test_rows_are_independent_of_one_another(crowd, seen):
    rows = np.array([5, 900, 3])
    few = crowd.take(rows)
    alone = inputs(few, crowd)
    assert np.allclose(observable(few), observable(crowd)[rows], rtol=1e-5)
    assert all(np.array_equal(alone[name], seen[0][name][rows]) for name in MODALITIES)
    for column in (crowd.label, crowd.numeric[:, 0], *crowd.categorical.T, crowd.temporal[:, 0, 0]):
        assert abs(np.corrcoef(column[:-1], column[1:])[0, 1]) < WITHIN


def test_an_applicant_drawn_alone_can_have_any_category():
    """Levels are cut at fixed places, not at the quantiles of whoever else was drawn."""
    alone = np.concatenate([make(1, seed).categorical for seed in range(120)])
    for column, size in zip(alone.T, CATEGORICAL.values(), strict=True):
        assert np.bincount(column, minlength=size).min() > 120 / size / 3


def test_the_useless_columns_know_nothing(crowd):
    known = np.column_stack([crowd.label, crowd.gender, *crowd.causes.values()])
    both = np.corrcoef(np.column_stack([crowd.useless, known]).T)
    assert np.abs(both[:8, 8:]).max() < WITHIN


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"n": 0}, "n is 0"),
        ({"n": -3}, "n is -3"),
        ({"n": 2.5}, "n is 2.5"),
        ({"n": True}, "n is True"),
        ({"redundancy": -0.1}, "redundancy"),
        ({"redundancy": float("nan")}, "redundancy"),
        ({"dishonest": 1.1}, "dishonest"),
        ({"missing": 1.2}, "missing"),
        ({"missing": {"text": -0.1}}, r"missing\['text'\]"),
        ({"missing": {"smell": 0.1}}, r"missing names \['smell'\]"),
        ({"noise": {"smell": 1.0}}, r"noise names \['smell'\]"),
        ({"noise": {"text": float("nan")}}, "noise"),
        ({"noise": {"text": -1.0}}, "noise"),
        ({"synergy": float("nan")}, "synergy"),
        ({"kappa": float("inf")}, "kappa"),
    ],
)
def test_a_bad_argument_is_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        make(**{"n": 10, "seed": 0} | arguments)


def test_one_number_for_the_noise_is_refused_or_holds_for_every_modality():
    """Zero must not silently turn into the default of one."""
    try:
        silent = make(50, 0, noise=0.0)
    except ValueError as error:
        assert "noise" in str(error)  # noqa: PT017
        return
    assert digest(silent) == digest(make(50, 0, noise=dict.fromkeys(MODALITIES, 0.0)))
