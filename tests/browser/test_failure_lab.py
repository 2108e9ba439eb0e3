"""Chapter 13's failure lab: what tests show, what naming does, and that nothing is told before its time."""

import numpy as np
import pytest
from fusionbook import histories
from own_pages import arrays_of, entries_of, entry_of, write_page
from practice_cases import LOSSES, RESULTS, WARD, lab
from visit import eventually, number, said

TESTS = [("the losses", 2)] + [(name, len(rows)) for name, (rows, *_) in histories.TESTS.items()]
DISEASES = sorted(one["disease"] for one in WARD)


@pytest.fixture
def figure(visit, tmp_path):
    (drawn,) = visit(write_page(tmp_path, {"one": entry_of(lab())})).draw()
    return drawn


def order(figure, *names):
    for name in names:
        figure.control(f"Order {name}").node.evaluate("(button) => button.click()")
        figure.visit.frames()


def name_it(figure, disease):
    figure.put({"it is": f"d{DISEASES.index(disease)}"})
    figure.control("Say so").node.evaluate("(button) => button.click()")
    figure.visit.frames()


def rows_of(figure):
    return {row[0]: row[1:] for row in figure.table()[1:]}


def test_nothing_is_told_that_was_not_ordered(figure):
    assert list(rows_of(figure)) == ["tests seen"]
    section = figure.section.inner_text()
    assert WARD[0]["complaint"] in section
    for secret in (WARD[0]["cause"], WARD[0]["broken"], WARD[0]["mended"]):
        assert secret not in section
    order(figure, "by heart")
    assert list(rows_of(figure)) == ["tests seen", "by heart: loss left"]
    eventually(lambda: said(figure, "1 of 8 tests seen"))


@pytest.mark.parametrize("patient", range(3))
def test_what_a_test_shows_is_what_was_recorded(figure, patient):
    figure.put({"patient": patient + 1, "beside it, the same network repaired": True})
    order(figure, *(name for name, _ in TESTS))
    rows = rows_of(figure)
    for k, key in enumerate(histories.KEYS):
        want = RESULTS[patient, :, k].ravel().tolist()  # patient's mean and spread, then the twin's
        assert [number(cell) for cell in rows[key]] == pytest.approx(want, abs=1e-4), key
    for kind, name in enumerate(("training", "new rows")):
        shown = [number(cell) for cell in rows[f"the losses: {name}, last"] if cell]
        assert shown == pytest.approx(LOSSES[patient, :, kind, -1].tolist(), abs=1e-4)


def test_a_dot_stands_where_its_number_is_and_a_ring_where_the_twins_is(figure):
    order(figure, *(name for name, _ in TESTS))
    figure.put({"beside it, the same network repaired": True})
    rails = figure.section.locator(".fl-lines .fv-rail")
    places = rails.evaluate_all("(all) => all.map((rail) => [...rail.children].map((one) => one.style.left))")
    k = 0
    for rows, low, high, *_ in histories.TESTS.values():
        for _ in rows:
            ring, dot = (float(place.rstrip("%")) for place in places[k])
            want = 100 * np.clip((RESULTS[0, :, k, 0] - low) / (high - low), 0, 1)
            assert (dot, ring) == pytest.approx(tuple(want), abs=1e-3)
            k += 1


def test_a_wrong_name_is_answered_by_the_test_that_tells_most(figure):
    """Over all rows, the largest difference from the patient who has it, in shares of the scale."""
    wrong = 1
    name_it(figure, WARD[wrong]["disease"])
    scale = np.array([high - low for rows, low, high, *_ in histories.TESTS.values() for _ in rows])
    far = np.abs(RESULTS[0, 0, :, 0] - RESULTS[wrong, 0, :, 0]) / scale
    k = int(far.argmax())
    text = figure.section.locator(".fl-verdict").text_content()
    assert histories.KEYS[k] in text
    assert f"shows {RESULTS[wrong, 0, k, 0]:.2f} under" in text
    assert f"this one shows {RESULTS[0, 0, k, 0]:.2f}" in text
    eventually(lambda: said(figure, "after 1 wrong name"))
    assert WARD[0]["cause"] not in figure.section.inner_text()
    figure.control("Say so").node.evaluate("(button) => button.click()")  # said twice, it counts once
    eventually(lambda: said(figure, "after 1 wrong name"))


def test_the_right_name_opens_all_and_shows_the_cause(figure):
    name_it(figure, WARD[0]["disease"])
    text = figure.section.inner_text()
    for told in (WARD[0]["cause"], WARD[0]["broken"], WARD[0]["mended"]):
        assert told in text
    assert len(rows_of(figure)) == 1 + 2 + len(histories.KEYS)
    eventually(lambda: said(figure, f"named: {WARD[0]['disease']}"))
    assert not figure.control("Say so").visible
    figure.put({"patient": 2})  # the next one is told nothing
    assert figure.control("Say so").visible
    assert WARD[1]["cause"] not in figure.section.inner_text()
    eventually(lambda: said(figure, "You have named 1 of 3"))


def test_by_keyboard_the_focus_is_never_lost(figure):
    """Ordering goes on to the next test that is closed; naming goes on to the next patient."""
    active = "() => document.activeElement.textContent"
    page = figure.visit.page
    figure.control("Order the losses").press("Enter")
    assert page.evaluate(active) == "Order each alone"
    figure.control("Order as of the day").press("Enter")  # the last one: back to the first that is closed
    assert page.evaluate(active) == "Order each alone"
    figure.put({"it is": f"d{DISEASES.index(WARD[0]['disease'])}"})
    figure.control("Say so").press("Enter")
    assert page.evaluate(active) == "Next patient"
    figure.control("Next patient").press("Enter")
    figure.control("Say so").press("Enter")  # nothing chosen yet: go and choose
    assert page.evaluate("() => document.activeElement.localName") == "select"
    assert figure.visit.problems == []


def test_the_chapters_own_ward(visit, built_book):
    """On the built page: eight patients, all named by trying, each with the numbers in the page's data."""
    page = "book/13_when_fusion_fails.html"
    entry = entries_of(built_book / page)[0]
    data, state = arrays_of(entry), entry["state"]
    figure = visit(page).draw()[0]
    assert sorted(one["disease"] for one in state["patients"]) == state["diseases"]
    for p, patient in enumerate(state["patients"]):
        figure.put({"patient": p + 1})
        assert figure.section.locator(".fl-complaint").text_content() == patient["complaint"]
        figure.put({"it is": f"d{state['diseases'].index(patient['disease'])}"})
        figure.control("Say so").node.evaluate("(button) => button.click()")
        rows = rows_of(figure)
        for k, key in enumerate(histories.KEYS):
            shown = [number(cell) for cell in rows[key]]
            assert shown == pytest.approx(data["results"][p, :, k].ravel().tolist(), abs=1e-4), key
    eventually(lambda: said(figure, "You have named 8 of 8"))


def test_the_twins_legend_stands_where_nothing_has_been_ordered_yet(figure):
    """The box that sets a sound network beside the patient changes the picture at once."""
    legend, before = figure.section.locator(".fl-legend"), figure.picture()
    assert not legend.is_visible()
    figure.put({"beside it, the same network repaired": True})
    assert legend.is_visible()
    assert figure.picture() != before
