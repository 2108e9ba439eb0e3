"""Chapter 11's explorer shows what was recorded: losses, sums, shares, accuracies, and every thing's place."""

import numpy as np
import pytest
from one_space_cases import CAME, LOST, NEAR, RIGHT, SAID, SHARES, joint
from own_pages import arrays_of, entries_of, entry_of, write_page
from visit import eventually, number, said

WEIGHTS, KEPT = (0, 0.3, 10), ("shared", "first alone")


def rows_of(figure):
    return {row[0]: row[1:] for row in figure.table()[1:]}


@pytest.mark.parametrize(("world", "amount", "step", "thing"), [(0, 0, 1, 0), (1, 0, 0, 3), (1, 1, 1, 4)])
def test_the_table_is_what_was_recorded(visit, tmp_path, world, amount, step, thing):
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(joint())})).draw()
    figure.put({"the label": world, "labels": amount, "epochs": step, "thing": thing + 1})
    rows = rows_of(figure)
    lost = LOST[world, amount, :, step]
    wanted = {"L_task": lost[:, 0], "L_align": lost[:, 1], "L": lost[:, 0] + np.array(WEIGHTS) * lost[:, 1]}
    wanted |= {"cosine of the gradients": lost[:, 2]}
    wanted |= {f"kept of {name}": SHARES[world, amount, :, step, k] for k, name in enumerate(KEPT)}
    wanted |= {"accuracy in the end, mean": RIGHT[world, amount, :, 0]}
    wanted |= {"its standard deviation": RIGHT[world, amount, :, 1]}
    for name, values in wanted.items():
        assert [number(cell) for cell in rows[name]] == pytest.approx(values.tolist(), abs=1e-4), name
    for name, values in ((f"p of thing {thing + 1}", SAID), (f"cosine of thing {thing + 1}", NEAR)):
        shown = [number(cell) for cell in rows[name]]
        assert shown == pytest.approx(values[world, amount, :, step, thing].tolist(), abs=6e-3)  # a byte each


def test_every_thing_stands_where_its_numbers_are(visit, tmp_path):
    """To the right by p, upwards by the cosine; full for label 1; a press picks the thing."""
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(joint())})).draw()
    figure.put({"epochs": 0})
    for thing in range(5):
        figure.put({"thing": thing + 1})
        ring = figure.section.locator(".fj-ring")
        spot = float(ring.get_attribute("cx")), float(ring.get_attribute("cy"))
        kind = ".fj-one" if CAME[0, thing] else ".fj-zero"
        path = figure.section.locator(kind).get_attribute("d")
        assert f"M{spot[0]:.1f} {spot[1]:.1f}h" in path
    across = [float(part.split()[0]) for part in path.split("M")[1:]]
    order = np.argsort(SAID[0, 0, 0, 0][CAME[0] == CAME[0, 4]])
    assert np.array_equal(np.argsort(across), order)


def test_the_share_right_is_counted(visit, tmp_path):
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(joint())})).draw()
    figure.put({"epochs": 0, "\u03b1": 1})
    right = ((SAID[0, 0, 1, 0] > 0.5) == CAME[0]).mean()
    eventually(lambda: said(figure, f"Of 5 held-out things, {round(100 * right)}\u00a0% are right"))


def test_the_chapters_own_film(visit, built_book):
    page = "book/11_joint_training.html"
    entry = entries_of(built_book / page)[0]
    data, state = arrays_of(entry), entry["state"]
    figure = visit(page).draw()[0]
    for world, amount, step in ((0, 0, 6), (1, 1, 2), (1, 0, 0)):
        figure.put({"the label": world, "labels": amount, "epochs": step})
        rows = rows_of(figure)
        lost = data["losses"][world, amount, :, step]
        total = lost[:, 0] + np.array(state["weights"]) * lost[:, 1]
        assert [number(cell) for cell in rows["L"]] == pytest.approx(total.tolist(), abs=2e-4)
        for k, name in enumerate(state["kept"]):
            shown = [number(cell) for cell in rows[f"kept of {name}"]]
            assert shown == pytest.approx(data["shares"][world, amount, :, step, k].tolist(), abs=1e-4)
