"""Chapter 13's failure lab: what tests show, what naming does, and that nothing is told before its time."""

import numpy as np
import pytest
from built import floats, near, page, says, spots
from fusionbook import histories
from notebook import keys, made
from visit import number

NOTEBOOK, KIND = "13_when_fusion_fails", "failure-lab"
TESTS = [("the losses", 2)] + [(name, len(rows)) for name, (rows, *_) in histories.TESTS.items()]
TWIN = "beside it, the same network repaired"
chapter = page(f"book/{NOTEBOOK}.html")


class Ward:
    """The patients of the notebook, in its order, with their histories; what the tests found, from the page."""

    def __init__(self, data):
        self.names, self.losses, self.results = keys(NOTEBOOK, "ILL"), data["losses"], data["results"]
        space = made(NOTEBOOK, "FailureLab", "ONE BOTH FIRST LINE LOT OTHER VALIDATED DAY")
        at = {"auc": "BOTH", "first": "FIRST", "one": "ONE", "gone": "LINE", "lot": "LOT", "day": "DAY"}
        self.patients = []
        for p, name in enumerate(self.names):
            found = dict(zip(histories.KEYS, self.results[p, 0, :, 0].astype(float), strict=True))
            numbers = {key: found[space[one]] for key, one in at.items()} | {"loss": self.losses[p, 0, 0, -1]}
            self.patients.append(histories.told(name, **numbers))
        self.diseases = sorted(one["disease"] for one in self.patients)

    def named(self, p):
        return self.patients[p]["disease"]


@pytest.fixture(scope="module")
def ward(chapter):
    return Ward(chapter.arrays(KIND))


@pytest.fixture
def figure(chapter):
    return chapter.figure(KIND)


def order(figure, *names):
    figure.press(*(f"Order {name}" for name in names))


def name_it(figure, disease):
    figure.put({"it is": disease})
    figure.press("Say so")


def text_of(figure):
    """What is to be read, without the white space that a page does not show."""
    return " ".join(figure.section.inner_text().split())


def test_nothing_is_told_that_was_not_ordered(figure, ward):
    assert list(figure.rows()) == ["tests seen"]
    assert figure.options("it is") == ["…", *ward.diseases]
    assert ward.patients[0]["complaint"] in text_of(figure)
    for secret in ("cause", "broken", "mended"):
        assert ward.patients[0][secret] not in text_of(figure)
    order(figure, "by heart")
    assert list(figure.rows()) == ["tests seen", "by heart: loss left"]
    says(figure, "1 of 8 tests seen")


@pytest.mark.parametrize("p", range(8))
def test_what_a_test_shows_is_what_was_recorded(figure, ward, p):
    """Complaint, every number and its place, patient and twin, and the course of the losses."""
    figure.put({"patient": p + 1, TWIN: True})
    assert figure.marks(".fl-complaint")[0]["text"] == ward.patients[p]["complaint"]
    order(figure, *(name for name, _ in TESTS))
    rows = figure.rows()
    for k, key in enumerate(histories.KEYS):
        want = ward.results[p, :, k].ravel().tolist()  # patient's mean and spread, then the twin's
        assert [number(cell) for cell in rows[key]] == pytest.approx(want, abs=1e-4), key
    for kind, name in enumerate(("training", "new rows")):
        shown = [number(cell) for cell in rows[f"the losses: {name}, last"] if cell]
        assert shown == pytest.approx(ward.losses[p, :, kind, -1].tolist(), abs=1e-4)
    check_rails(figure, ward.results[p, :, :, 0].astype(float))
    check_course(figure, ward.losses[p].astype(float))


def check_rails(figure, found):
    """A dot stands where its number is on its test's scale, a ring where the twin's is; each beside its name."""
    lines, rails = figure.marks(".fl-lines li"), figure.marks(".fl-lines .fv-rail > *")
    dots, rings = ([float(one["left"].rstrip("%")) for one in rails if one["tag"] == tag] for tag in ("i", "u"))
    k = 0
    for rows, low, high, *_ in histories.TESTS.values():
        for row in rows:
            want = 100 * np.clip((found[:, k] - low) / (high - low), 0, 1)
            assert (dots[k], rings[k]) == pytest.approx(tuple(want), abs=1e-3)
            assert lines[k]["text"].startswith(row)
            shown = [number(one) for one in lines[k]["text"].removeprefix(row).split(" → ")]
            assert shown == pytest.approx(found[:, k].tolist(), abs=0.0051)
            k += 1


def check_course(figure, losses):
    """From the first epoch on the left to the last; higher for more loss, up to the label that tells the most."""
    ticks, top = figure.marks(".fy-right:not([text-anchor])", "Loss against"), losses.max()
    y = {one["text"]: float(one["y"]) - 4 for one in ticks}
    foot, head = y["0"], y[f"{top:.1f}"]
    assert foot > head
    wanted = foot - (foot - head) * losses / top
    for path, (twin, kind) in zip(figure.marks(".fl-curve"), [(1, 0), (1, 1), (0, 0), (0, 1)], strict=True):
        points = spots(path["d"])
        near(points[:, 1], wanted[twin, kind])
        assert (np.diff(points[:, 0]) > 0).all()
        assert ("fl-new" in path["class"], "fl-twin" in path["class"]) == (kind == 1, twin == 1)
    first, last = (
        float(one["x"])
        for one in figure.marks("text", "Loss against")
        if one["text"].split()[-1] in ("1", str(losses.shape[2]))
    )
    near(points[[0, -1], 0], [first, last])


@pytest.mark.parametrize("wrong", [1, 4])
def test_a_wrong_name_is_answered_by_the_test_that_tells_most(figure, ward, wrong):
    """Over all rows, the largest difference from the patient who has it, in shares of the scale."""
    name_it(figure, ward.named(wrong))
    scale = np.array([high - low for rows, low, high, *_ in histories.TESTS.values() for _ in rows])
    here, there = ward.results[0, 0, :, 0], ward.results[wrong, 0, :, 0]
    k = int((np.abs(here - there) / scale).argmax())
    text = figure.section.locator(".fl-verdict").text_content()
    assert histories.KEYS[k] in text
    assert f"shows {there[k]:.2f} under" in text
    assert f"this one shows {here[k]:.2f}" in text
    says(figure, "after 1 wrong name")
    assert ward.patients[0]["cause"] not in text_of(figure)
    figure.press("Say so")  # said twice, it counts once
    says(figure, "after 1 wrong name")


def test_the_right_name_opens_all_and_shows_the_cause(figure, ward):
    """For every patient of the ward; the next one is told nothing."""
    for p, patient in enumerate(ward.patients):
        assert figure.control("Say so").visible
        assert " ".join(patient["cause"].split()) not in text_of(figure)
        name_it(figure, patient["disease"])
        for told in ("cause", "broken", "mended"):
            assert " ".join(patient[told].split()) in text_of(figure)
        assert len(figure.rows()) == 1 + 2 + len(histories.KEYS)
        says(figure, f"named: {patient['disease']}")
        assert not figure.control("Say so").visible
        says(figure, f"You have named {p + 1} of {len(ward.patients)}")
        figure.press("Next patient")
    assert {one["text"] for one in figure.marks("text", "The ward")} == {"✓"}


def test_the_ward_shows_whom_one_looks_at(figure, ward):
    figure.put({"patient": 3})
    (band,), marks = floats(figure.marks(".fy-band", "The ward"), "x"), floats(figure.marks("circle", "The ward"), "cx")
    assert (np.diff(marks) > 0).all()
    near(band + (marks[1] - marks[0]) / 2, marks[2])


def test_by_keyboard_the_focus_is_never_lost(figure, ward):
    """Ordering goes on to the next test that is closed; naming goes on to the next patient."""
    active, page_ = "() => document.activeElement.textContent", figure.visit.page
    figure.control("Order the losses").press("Enter")
    assert page_.evaluate(active) == "Order each alone"
    figure.control("Order as of the day").press("Enter")  # the last one: back to the first that is closed
    assert page_.evaluate(active) == "Order each alone"
    figure.put({"it is": ward.named(0)})
    figure.control("Say so").press("Enter")
    assert page_.evaluate(active) == "Next patient"
    figure.control("Next patient").press("Enter")
    figure.control("Say so").press("Enter")  # nothing chosen yet: go and choose
    assert page_.evaluate("() => document.activeElement.localName") == "select"


def test_the_twins_legend_stands_where_nothing_has_been_ordered_yet(figure):
    """The box that sets a sound network beside the patient changes the picture at once."""
    legend, before = figure.section.locator(".fl-legend"), figure.picture()
    assert not legend.is_visible()
    figure.put({TWIN: True})
    assert legend.is_visible()
    assert figure.picture() != before


def test_no_stray_word_at_any_setting(chapter):
    chapter.sweep()
