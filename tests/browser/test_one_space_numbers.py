"""Chapter 9's explorer against NumPy: true neighbours, neighbours on the screen, places, at random settings."""

import random
import re

import numpy as np
import pytest
from one_space_cases import CHINESE, ENGLISH, GROUPS, PLACES, SPOKEN, space
from own_pages import arrays_of, entries_of, entry_of, write_page
from visit import eventually, number, said

CONTROLS = ("thing", "who asks", "near by", "turn", "neighbours")
NOUNS = {"image": "picture", "text": "word", "audio": "sound", "fused": "fused vector"}


def scaled(vectors, measure):
    """Return (M, n, d) as rows (M n, d), each of length 1 where angles are compared."""
    rows = np.asarray(vectors, dtype=float).reshape(-1, vectors.shape[-1])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True) if measure == "angle" else rows


def on_screen(rows, turn):
    """Return the points (M n, 2): three principal components by an eigendecomposition, turned."""
    centred = rows - rows.mean(0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    a, b, c = (centred @ axes[:, ::-1][:, :3]).T
    return a, b, c, np.stack([a * np.cos(np.radians(turn)) + c * np.sin(np.radians(turn)), b], 1)


def nearest(points, i, m, n):
    """Return the things of modality m, nearest to point i first, and their distances."""
    away = np.linalg.norm(points[m * n : (m + 1) * n] - points[i], axis=1)
    order = [k for k in np.argsort(away, kind="stable") if m * n + k != i]
    return order, away


def check(figure, vectors, modalities, names, setting):
    """Hold a figure's table against NumPy; signs of the axes are free, so the screen is held by its neighbours."""
    thing, asks, measure, turn, k = setting
    n, table = len(names), {row[0]: row[1:] for row in figure.table()[1:]}
    rows, i = scaled(vectors, measure), asks * len(names) + thing
    here = np.array([number(table["across the screen"][0]), number(table["up the screen"][0])])
    a, b, c, _ = on_screen(rows, turn)
    signs = [(s, t) for s in (1, -1) for t in (1, -1)]
    across = [s * a[i] * np.cos(np.radians(turn)) + t * c[i] * np.sin(np.radians(turn)) for s, t in signs]
    assert min(abs(here[0] - x) for x in across) < 1e-3
    assert abs(abs(here[1]) - abs(b[i])) < 1e-3
    for m, modality in enumerate(modalities):
        order, away = nearest(rows, i, m, n)
        word = "cosine" if measure == "angle" else "distance"
        cells = table[f"nearest {NOUNS[modality]}s, {word}"][:k]
        for cell, other in zip(cells, order, strict=False):
            name, value = re.fullmatch(r"(.*) (\S+)", cell).groups()
            want = 1 - away[other] ** 2 / 2 if measure == "angle" else away[other]
            assert number(value) == pytest.approx(want, abs=1e-4)
            assert away[names.index(name)] == pytest.approx(away[other], abs=1e-5)
        if m != asks:
            assert number(table[f"place of its own {NOUNS[modality]}"][0]) == order.index(thing) + 1
        for cell in table[f"nearest {NOUNS[modality]}s on the screen, true place"][:k]:
            name, place = re.fullmatch(r"(.*) (\S+)", cell).groups()
            assert order[int(place) - 1] == names.index(name)


@pytest.mark.parametrize("seed", range(3))
def test_embedding_space_at_random_settings(visit, tmp_path, seed):
    """Places, cosines, distances and neighbours are those of NumPy in every space."""
    rng = random.Random(seed)
    opened = visit(write_page(tmp_path, {"one": entry_of(space())}))
    figure = opened.draw()[0]
    for _ in range(4):
        setting = rng.randrange(6), rng.randrange(3), rng.choice(["angle", "distance"]), rng.randrange(181), 4
        where = rng.choice(list(PLACES))
        figure.put({"space": list(PLACES).index(where)})
        figure.put(dict(zip(CONTROLS, setting, strict=True)))
        vectors = np.stack(list(PLACES[where].values()))
        eventually(lambda v=vectors, s=setting: check(figure, v, list(PLACES["after"]), ENGLISH, s))
        eventually(lambda s=setting: said(figure, ENGLISH[s[0]]))


def test_the_screens_neighbours_are_those_of_the_screen(visit, tmp_path):
    """With two axes in all and no turn the screen keeps everything, and nobody only looks near."""
    rng = np.random.default_rng(3)
    flat = {"one": {name: rng.normal(size=(6, 2)) @ [[1, 0, 0, 0], [0, 1, 0, 0]] for name in ("image", "text")}}
    figure = visit(write_page(tmp_path, {"one": entry_of(space(spaces=flat))})).draw()[0]
    figure.put({"near by": "distance"})
    eventually(
        lambda: said(
            figure, "Turned by 0\u00b0, the screen keeps 100\u00a0% of the spread: of 6 that look nearest, 6 are."
        )
    )


def test_points_that_fall_on_one_another(visit, tmp_path):
    """All in one place: cosine 1, distance 0, no NaN, and the spread that is not there is not shared out."""
    same = {"one": {name: np.ones((6, 4)) for name in ("image", "text")}}
    opened = visit(write_page(tmp_path, {"one": entry_of(space(spaces=same))}))
    figure = opened.draw()[0]
    text = " ".join(cell for row in figure.table() for cell in row) + figure.status
    assert "NaN" not in text + opened.page.locator(".fy-figure").first.inner_html()
    assert "1.00000" in text
    assert "keeps 0\u00a0%" in text


def test_a_single_modality_has_no_partners(visit, tmp_path):
    one = {"one": {"image": PLACES["after"]["image"]}}
    figure = visit(write_page(tmp_path, {"one": entry_of(space(spaces=one))})).draw()[0]
    assert "its own" not in figure.status


def test_the_picked_thing_is_shown_with_its_names_and_what_is_heard(visit, tmp_path):
    """Picture with a name, both names, the group, and in words what the button plays."""
    figure = visit(write_page(tmp_path, {"one": entry_of(space(thing=2))})).draw()[0]
    shown = figure.section.locator(".fe-picked").inner_text()
    seconds = len(SPOKEN[2]) / 22_050
    for words in ("pizza", CHINESE[2], GROUPS[2], f"spoken: “pizza”, {seconds:.1f} seconds"):
        assert words in shown
    assert figure.section.locator(".fe-head img").get_attribute("alt") == "Picture of pizza"
    figure.control("Hear it").press("Enter")
    eventually(lambda: said(figure, "You hear \u201cpizza\u201d"))
    figure.put({"thing": 0})
    eventually(lambda: said(figure, "picture of cat"))
    assert "You hear" not in figure.status


def test_without_sounds_nothing_is_offered_to_be_heard(visit, tmp_path):
    figure = visit(write_page(tmp_path, {"one": entry_of(space(sounds=None))})).draw()[0]
    text = figure.section.inner_text()
    assert "Hear it" not in text
    assert "spoken" not in text.replace("could be spoken", "")


@pytest.mark.parametrize("measure", ["angle", "distance"])
def test_the_chapters_explorer_shows_what_its_arrays_say(visit, built_book, measure):
    page = "book/09_embeddings.html"
    entry = next(e for e in entries_of(built_book / page) if "axes" in str([b["path"] for b in e["buffers"]]))
    state, vectors = entry["state"], arrays_of(entry)["vectors"]
    figure = visit(page).draw()[0]
    for thing, asks, turn in ((0, 0, 0), (7, 3, 90), (33, 1, 35)):
        setting = (thing, asks, measure, turn, 5)
        figure.put(dict(zip(CONTROLS, setting, strict=True)))
        space_now = vectors[state["space"]]
        eventually(lambda v=space_now, s=setting: check(figure, v, state["modalities"], state["english"], s))
