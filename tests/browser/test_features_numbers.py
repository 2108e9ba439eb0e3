"""Chapter 2's lens: at any noise and gaps it shows what was recorded there, and does not draw what was hidden."""

import random

import numpy as np
import pytest
from explorer_makers import NOISES, SEEN, SHARES, TOLD, lens
from fusionbook.data.applicants import MODALITIES
from fusionbook.data.gaps import BLANK
from own_pages import arrays_of, entries_of, entry_of, write_page
from visit import eventually, number, said

PAGE = "book/02_features.html"


def check(figure, verdicts, p, noises, shares, setting):
    """Set the lens and hold every number of its table against the arrays."""
    a, noise, gap, disturbed = setting
    figure.put({"applicant": a + 1, "noise": noise, "hidden": gap, "disturb": disturbed})
    _, *rows = figure.table()
    clean = list(noises).index(1), list(shares).index(0)
    for m, name in enumerate(MODALITIES):
        k, g = (noise, gap) if disturbed in ("all five", name) else clean
        wanted = [noises[k], shares[g], verdicts[k, g, a, m], verdicts[clean][a, m]]
        assert rows[m][0] == name
        assert list(map(number, rows[m][1:])) == pytest.approx(wanted, abs=1e-4)
    assert number(rows[5][3]) == pytest.approx(p[a], abs=1e-4)


@pytest.mark.parametrize("own", [True, False])
def test_the_lens_shows_what_was_recorded(visit, built_book, tmp_path, own):
    rng = random.Random(1)
    if own:
        page, verdicts, p, noises, shares = (
            write_page(tmp_path, {"one": entry_of(lens())}),
            TOLD,
            SEEN[0][0].p,
            NOISES,
            SHARES,
        )
    else:
        entry = next(one for one in entries_of(built_book / PAGE) if "disturbed" in one["state"])
        page, arrays, state = PAGE, arrays_of(entry), entry["state"]
        verdicts, p, noises, shares = arrays["verdicts"], arrays["p"], state["noises"], state["shares"]
    figure = next(one for one in visit(page).draw() if one.kind == "modality-lens")
    for _ in range(12):
        setting = rng.randrange(len(p)), rng.randrange(len(noises)), rng.randrange(len(shares))
        check(figure, verdicts, p, noises, shares, (*setting, rng.choice(["all five", *MODALITIES])))


def test_what_is_hidden_is_not_drawn(visit, tmp_path):
    figure = next(iter(visit(write_page(tmp_path, {"one": entry_of(lens())})).draw()))
    for gap in range(len(SHARES)):
        for a in range(3):
            figure.put({"applicant": a + 1, "hidden": gap})
            people = SEEN[1][gap]
            view = {name: figure.section.locator(f".fv-{name}") for name in MODALITIES}
            if people.present[a, 0]:
                assert view["numeric"].locator("text=not given").count() == np.isnan(people.numeric[a]).sum()
            if people.present[a, 1]:
                assert view["categorical"].locator("text=not given").count() == (people.categorical[a] < 0).sum()
            if people.present[a, 3]:
                blanks = view["text"].text_content().count(BLANK)
                assert blanks == f"{people.text[a]} {people.chat[a]}".count(BLANK)
            if people.present[a, 4]:
                marks = view["behavioural"].locator(".fv-day, .fv-late").count()
                assert marks == (people.events[a] >= 0).sum()


def test_a_gap_interrupts_the_curve(visit, tmp_path):
    """Every run of known months is one stroke; no line runs through months that are not known."""
    figure = next(iter(visit(write_page(tmp_path, {"one": entry_of(lens())})).draw()))
    seen = next(a for a in range(3) if SEEN[1][1].present[a, 2])
    figure.put({"applicant": seen + 1, "hidden": 1})
    known = ~np.isnan(SEEN[1][1].temporal[seen, :, 0])
    runs = int((np.diff(np.r_[0, known.astype(int)]) == 1).sum())
    path = figure.section.locator(".fv-temporal path").first.get_attribute("d")
    assert path.count("M") == runs
    assert path.count("L") == known.sum() - runs


def test_the_status_tells_the_disturbance(visit):
    figure = next(one for one in visit(PAGE).draw() if one.kind == "modality-lens")
    assert "undisturbed" in figure.status
    figure.put({"noise": 5, "hidden": 2, "disturb": "text"})
    eventually(lambda: said(figure, "noise ×\u20093 and 40\u00a0% hidden in text"))
