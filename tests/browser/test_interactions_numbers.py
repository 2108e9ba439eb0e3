"""Chapter 6's explorers: drawn votes against NumPy and scikit-learn at random settings; worlds against its record."""

import random
import re

import numpy as np
import pytest
from explorer_makers import AUCS, DOTS, FIELDS, gallery, votes
from own_pages import arrays_of, entries_of, entry_of, write_page
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from visit import eventually, number, said

PAGE = "book/06_interactions.html"
KNOTS = np.arange(-3, 4)


def entropy(p):
    return -p * np.log2(p) - (1 - p) * np.log2(1 - p)


def bits(label, score):
    """Bits of the label that the rescaled score brings, by scikit-learn."""
    if score.std() < 1e-9:
        return 0.0
    x = ((score - score.mean()) / score.std())[:, None]
    fit = LogisticRegression(C=1e12, tol=1e-10, max_iter=1000).fit(x, label)
    if fit.coef_[0, 0] < 0:
        return 0.0
    return max(0.0, entropy(label.mean()) - log_loss(label, fit.predict_proba(x)[:, 1]) / np.log(2))


def expected(entry, world, f, g, c):
    """Return label, score of every pair of values and the score at the corners, as `cross` in the chapter."""
    arrays, label, score = arrays_of(entry), [], []
    for i, j, y in entry["state"]["worlds"][world]:
        a, b = np.meshgrid(arrays["a"][i], arrays["b"][j])
        score.append((np.interp(a, KNOTS, f) + np.interp(b, KNOTS, g) + c * a * b).ravel())
        label.append(np.full(a.size, y))
    corner = [f[2 + 2 * i] + g[2 + 2 * j] + c * (2 * i - 1) * (2 * j - 1) for i in (0, 1) for j in (0, 1)]
    return np.concatenate(label), np.concatenate(score), corner


def check(figure, entry, world, f, g, c=0.0):
    label, score, corner = expected(entry, world, f, g, c)
    told = dict(figure.table()[1:])
    assert number(told["AUC"]) == pytest.approx(roc_auc_score(label, score.round(12)), abs=1e-4)
    assert number(told["bits"]) == pytest.approx(bits(label, score), abs=1e-4)
    shown = [number(value) for name, value in told.items() if name.startswith("score at")]
    assert shown == pytest.approx(corner, abs=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_any_drawing_is_what_scikit_learn_says(visit, tmp_path, seed):
    rng = random.Random(seed)
    f, g = ([round(rng.uniform(-3, 3), 2) for _ in KNOTS] for _ in "fg")
    world, c, allowed = rng.choice(["first", "differ"]), round(rng.uniform(-3, 3), 2), seed % 2 == 1
    entry = entry_of(votes(world=world, f=f, g=g, product=c, allowed=allowed))
    (figure,) = visit(write_page(tmp_path, {"one": entry})).draw()
    check(figure, entry, world, f, g, c if allowed else 0.0)


def test_on_xor_no_drawing_brings_a_bit_and_a_product_does(visit, built_book):
    """On the chapter's own figure, by its own controls."""
    entry = entries_of(built_book / PAGE)[0]
    figure = visit(PAGE).draw()[0]
    f, g = ([k / 2 for k in range(-3, 4)] for _ in "fg")
    rng = random.Random(1)
    for _ in range(4):
        point, value = rng.randrange(14), round(rng.uniform(-3, 3) * 20) / 20
        figure.put({"point": point + 1})
        figure.put({"its height": value})
        (f if point < 7 else g)[point % 7] = value
        check(figure, entry, "xor", f, g)
        assert dict(figure.table()[1:])["bits"] == "0.00000"
    figure.put({"let in one product, c\u2009\u00b7\u2009a\u2009\u00b7\u2009b": True})
    figure.put({"c": -2})
    check(figure, entry, "xor", f, g, -2.0)
    assert number(dict(figure.table()[1:])["bits"]) > 0.2


def test_dragging_does_what_the_sliders_do(visit, tmp_path):
    """A pointer that presses above f's middle point moves that point there."""
    entry = entry_of(votes(f=[0] * 7, g=[0] * 7))
    (figure,) = visit(write_page(tmp_path, {"one": entry})).draw()
    eventually(lambda: said(figure, "Both curves are flat"))
    pad = figure.section.locator(".fw-pad").first.bounding_box()
    page = figure.visit.page
    page.mouse.move(pad["x"] + pad["width"] / 2, pad["y"] + 12)
    page.mouse.down()
    page.mouse.up()
    eventually(lambda: said(figure, "Point chosen: f at 0, 2."))
    assert "Both curves are flat" not in figure.status


def test_flat_curves_a_world_without_marks_and_the_best_sum(visit, tmp_path):
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(votes())})).draw()
    assert figure.control("Best sum").node.is_disabled()  # this world has none
    figure.put({"world": "first"})
    figure.control("Best sum").node.click()
    eventually(lambda: said(figure, "g is flat: B has no vote of its own"))
    eventually(lambda: said(figure, "of the 0.900 that can be known"))


@pytest.mark.parametrize("seed", range(4))
def test_every_field_is_looked_up(visit, tmp_path, seed):
    """AUC, means over starts, and the probabilities at the corners, for any world, start and moment."""
    rng = random.Random(seed)
    w, f, s, t = (rng.randrange(size) for size in (2, 3, 2, 4))
    names = ["sum", "product", "gated"]
    entry = entry_of(gallery(world=["copy", "xor"][w], fusion=names[f], start=s, step=t))
    (figure,) = visit(write_page(tmp_path, {"one": entry})).draw()
    head, *rows = figure.table()
    assert head[4:] == [f"mean after {epoch}" for epoch in (0, 1, 2, 9)]
    for k, (name, _, count, now, *means) in enumerate(rows):
        assert (name, count) == (names[k], str((9, 12, 20)[k]))
        assert number(now) == pytest.approx(AUCS[w, k, s, t], abs=1e-4)
        assert [number(x) for x in means] == pytest.approx(AUCS[w, k].mean(0), abs=6e-4)
    low, high = 1, 3  # of 5 points from -3 to 3: at -1.5 and 1.5, the nearest to the corners
    wanted = [round(100 * FIELDS[w, f, s, t, i, j]) for i in (low, high) for j in (low, high)]
    assert [int(n) for n in re.findall(r"\) (\d+)\u00a0%", figure.status)] == pytest.approx(wanted, abs=1)
    said(figure, f"{names[f]}: ")


def test_the_film_plays_to_its_end_and_stops_for_a_hand(visit, tmp_path):
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(gallery(step=0))})).draw()
    play = figure.control("Play").node
    play.click()
    assert play.text_content() == "Pause"
    eventually(lambda: said(figure, "after 9 epochs"))
    assert play.text_content() == "Play"
    play.click()  # from the start again
    eventually(lambda: said(figure, "after 0 epochs"))
    figure.control("Reset").node.click()
    eventually(lambda: said(figure, "after 0 epochs"))
    play.click()
    figure.put({"epochs": 3})
    assert play.text_content() == "Play"


def test_examples_are_drawn_in_both(visit, tmp_path):
    """A full mark for every example with label 1 and a ring for every other."""
    page = write_page(tmp_path, {"one": entry_of(votes()), "two": entry_of(gallery())})
    for figure, kind in zip(visit(page).draw(), ("fw", "fo"), strict=True):
        for name, label in (("zero", 0), ("one", 1)):
            path = figure.section.locator(f".{kind}-{name}").first.get_attribute("d")
            assert path.count("M") == (DOTS[2] == label).sum()
