"""The failure lab's texts fit what the explorer takes, and hold the numbers they are given."""

import re

import pytest
from fusionbook import histories

NUMBERS = {"loss": 0.501, "auc": 0.862, "first": 0.913, "one": 0.124, "gone": 0.625, "lot": 0.777, "day": 0.689}


@pytest.mark.parametrize("name", histories.NAMES)
def test_a_complaint_holds_measured_numbers_and_nothing_is_left_open(name):
    patient = histories.told(name, **NUMBERS)
    assert list(patient) == ["complaint", "disease", "cause", "broken", "mended"]
    said = re.findall(r"\b0\.\d\d\b", patient["complaint"])
    assert said
    assert set(said) <= {f"{value:.2f}" for value in NUMBERS.values()}
    assert not re.search(r"[{}]", patient["complaint"])
    assert patient["disease"] not in patient["complaint"]  # it would give the answer away


def test_every_patient_has_a_disease_of_its_own_and_every_test_a_scale():
    diseases = {histories.told(name, **NUMBERS)["disease"] for name in histories.NAMES}
    assert len(diseases) == len(histories.NAMES) == 8
    assert len(set(histories.KEYS)) == len(histories.KEYS) == sum(len(rows) for rows, *_ in histories.TESTS.values())
    assert all(low < high and does and sound for _, low, high, does, sound in histories.TESTS.values())


def test_a_number_that_is_missing_is_named():
    with pytest.raises(ValueError, match="'day'"):
        histories.told("leak", auc=0.9)
    with pytest.raises(ValueError, match="name is 'flu'"):
        histories.told("flu", **NUMBERS)
