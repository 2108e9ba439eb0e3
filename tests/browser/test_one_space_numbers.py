"""Chapter 9's explorer against NumPy: true neighbours, neighbours on the screen, and where every point stands."""

import random
import re

import numpy as np
import pytest
from built import near, page, says
from fusionbook import listen
from fusionbook.data import emoji
from notebook import arguments, made
from one_space_cases import PLACES, space
from own_pages import entry_of, write_page
from pictures import pixels_of
from visit import number

NOTEBOOK, KIND = "09_embeddings", "embedding-space"
CONTROLS = ("space", "thing", "who asks", "near by", "turn", "neighbours")
NOUNS = {"image": "picture", "text": "word", "audio": "sound", "fused": "fused vector"}
chapter = page(f"book/{NOTEBOOK}.html")


def on_screen(rows, turn):
    """Return three principal components by an eigendecomposition; their signs are free."""
    centred = rows - rows.mean(0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    a, b, c = (centred @ axes[:, ::-1][:, :3]).T
    return a * np.cos(np.radians(turn)), c * np.sin(np.radians(turn)), b


class Space:
    """The chapter's things, chosen and named anew; their vectors from the page."""

    def __init__(self, vectors):
        every = emoji.load()
        first = made(NOTEBOOK, "EmbeddingSpace", "SEEDS")["SEEDS"][0]
        samples = [(None, emoji.split_rows(every, first, test=0.25)[1])]
        names = "every GROUPS group held simple spread_out pets shown room"
        given = arguments(NOTEBOOK, "EmbeddingSpace", made(NOTEBOOK, "EmbeddingSpace", names, samples=samples))
        self.tiles, self.names, self.chinese = given[1], given["english"].tolist(), given["chinese"].tolist()
        self.groups, self.vectors, self.first = given["groups"].tolist(), vectors.astype(float), given["space"]
        self.modalities = ["image", "text", *(["audio"] if listen.available() else []), "fused"]
        self.spaces = ["before training", "told the groups"]

    def check(self, figure, where, thing, asks, measure, turn, k):
        """Hold table and picture against NumPy."""
        n, rows = len(self.names), self.vectors[where].reshape(-1, self.vectors.shape[-1])
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True) if measure == "angle" else rows
        i, table = asks * n + thing, figure.rows()
        across, up = (number(table[f"{way} the screen"][0]) for way in ("across", "up"))
        flat = self.signed(on_screen(rows, turn), i, across, up)
        for m, modality in enumerate(self.modalities):
            away = np.linalg.norm(rows[m * n : (m + 1) * n] - rows[i], axis=1)
            order = [other for other in np.argsort(away, kind="stable") if m * n + other != i]
            word = "cosine" if measure == "angle" else "distance"
            for cell, other in zip(table[f"nearest {NOUNS[modality]}s, {word}"][:k], order, strict=False):
                name, value = re.fullmatch(r"(.*) (\S+)", cell).groups()
                want = 1 - away[other] ** 2 / 2 if measure == "angle" else away[other]
                assert number(value) == pytest.approx(want, abs=1e-4)
                assert away[self.names.index(name)] == pytest.approx(away[other], abs=1e-5)
            if m != asks:
                assert number(table[f"place of its own {NOUNS[modality]}"][0]) == order.index(thing) + 1
            for cell in table[f"nearest {NOUNS[modality]}s on the screen, true place"][:k]:
                name, place = re.fullmatch(r"(.*) (\S+)", cell).groups()
                assert order[int(place) - 1] == self.names.index(name)
        self.check_picture(figure, flat, thing, i)

    @staticmethod
    def signed(parts, i, across, up):
        """The points of the screen with the signs that the table tells of the picked one."""
        a, c, b = parts
        ways = [(s * a + t * c) for s in (1, -1) for t in (1, -1)]
        x = min(ways, key=lambda way: abs(way[i] - across))
        y = min((b, -b), key=lambda way: abs(way[i] - up))
        assert abs(x[i] - across) < 1e-3
        assert abs(y[i] - up) < 1e-3
        return np.stack([x, y], 1)

    def check_picture(self, figure, flat, thing, i):
        """Every point of every modality: to the right by what is across, upwards by what is up, in one unit."""
        n, wanted = len(self.names), flat * [1, -1]
        paths = figure.marks(".fe-lit")
        assert [re.search(r"--fy-(\w+)", one["stroke"])[1] for one in paths] == self.modalities
        shown = np.array([[float(v) for v in spot.split()] for one in paths for spot in points_of(one["d"])])
        unit = np.ptp(shown[:, 0]) / np.ptp(wanted[:, 0])
        near(shown, (wanted - wanted[i]) * unit + shown[i], within=0.35)
        chosen = figure.marks(".fe-space > g")[-1]["transform"]
        near([float(v) for v in re.findall(r"-?[\d.]+", chosen)], shown[i], within=0.1)
        (own,) = figure.marks(".fe-own")
        ends = np.array([[float(v) for v in one.split()] for one in re.split("[ML]", own["d"])[1:]])
        near(ends, shown[[m * n + thing for m in range(len(self.modalities))]])


def points_of(path):
    return path.removeprefix("M").removesuffix("h0.01").split("h0.01M")


@pytest.fixture(scope="module")
def truth(chapter):
    return Space(chapter.arrays(KIND)["vectors"])


def test_the_explorer_first_shows_what_the_notebook_chose(chapter, truth):
    figure = chapter.figure(KIND)
    assert figure.options("space") == truth.spaces
    assert figure.options("thing") == truth.names
    assert figure.options("who asks") == [f"its {NOUNS[name]}" for name in truth.modalities]
    assert figure.options("light up") == ["all groups", *sorted(set(truth.groups))]
    turn, k = float(figure.control("turn").value), int(figure.control("neighbours").value)
    truth.check(figure, truth.first, 0, 0, "angle", turn, k)


@pytest.mark.parametrize("seed", range(10))
def test_embedding_space_at_random_settings(chapter, truth, seed):
    """Places, cosines, distances and neighbours are those of NumPy in both spaces."""
    rng, figure = random.Random(seed), chapter.figure(KIND)
    where, thing, asks = rng.randrange(2), rng.randrange(len(truth.names)), rng.randrange(len(truth.modalities))
    setting = where, thing, asks, ["angle", "distance"][seed % 2], rng.randrange(181), rng.randrange(1, 6)
    words = truth.spaces[where], truth.names[thing], f"its {NOUNS[truth.modalities[asks]]}", *setting[3:]
    figure.put(dict(zip(CONTROLS, words, strict=True)))
    truth.check(figure, *setting)
    says(figure, f"from the {NOUNS[truth.modalities[asks]]} of {truth.names[thing]}")


def test_the_picked_thing_is_shown_with_its_names_and_its_picture(chapter, truth):
    figure = chapter.figure(KIND)
    for thing in (0, 7, len(truth.names) - 1):
        figure.put({"thing": truth.names[thing]})
        shown = figure.section.locator(".fe-picked").inner_text()
        for words in (truth.names[thing], truth.chinese[thing], truth.groups[thing]):
            assert words in shown
        picture = figure.marks(".fe-head img")[0]
        assert picture["alt"] == f"Picture of {truth.names[thing]}"
        assert np.array_equal(pixels_of(picture["src"]), truth.tiles[thing])


def test_what_is_lit_is_of_its_group(chapter, truth):
    figure, group = chapter.figure(KIND), truth.groups[-1]
    figure.put({"light up": group})
    says(figure, f"{truth.groups.count(group)} things are lit: {group}.")
    assert {one["d"].count("h0.01") for one in figure.marks(".fe-lit")} == {truth.groups.count(group)}


def test_what_is_heard_is_told_until_another_is_picked(chapter, truth):
    if "audio" not in truth.modalities:
        pytest.skip("the speech library cannot be loaded here, and the page says so")
    figure = chapter.figure(KIND)
    figure.press("Hear it")
    says(figure, f"You hear “{truth.names[0]}”")
    figure.put({"thing": truth.names[1]})
    says(figure, f"picture of {truth.names[1]}")
    assert "You hear" not in figure.status


def test_no_stray_word_at_any_setting(chapter):
    chapter.sweep()


# ---- what no page of the book has ----


def test_the_screens_neighbours_are_those_of_the_screen(visit, tmp_path):
    """With two axes in all and no turn the screen keeps everything, and nobody only looks near."""
    rng = np.random.default_rng(3)
    flat = {"one": {name: rng.normal(size=(6, 2)) @ [[1, 0, 0, 0], [0, 1, 0, 0]] for name in ("image", "text")}}
    figure = visit(write_page(tmp_path, {"one": entry_of(space(spaces=flat))})).draw()[0]
    figure.put({"near by": "distance"})
    says(figure, "Turned by 0°, the screen keeps 100\u00a0% of the spread: of 6 that look nearest, 6 are.")


def test_points_in_one_place_a_single_modality_and_no_sounds(visit, tmp_path):
    """Cosine 1 and no NaN where all fall on one another; no partners where there is one; nothing to hear."""
    same = {"one": {name: np.ones((6, 4)) for name in ("image", "text")}}
    one = {"one": {"image": PLACES["after"]["image"]}}
    entries = {"same": entry_of(space(spaces=same)), "one": entry_of(space(spaces=one, sounds=None, label="one"))}
    opened = visit(write_page(tmp_path, entries))
    together, alone = opened.draw()
    text = " ".join(cell for row in together.table() for cell in row) + together.status
    assert "NaN" not in text + opened.page.locator(".fy-figure").first.inner_html()
    assert "1.00000" in text
    assert "keeps 0\u00a0%" in text
    assert "its own" not in alone.status
    words = alone.section.inner_text()
    assert "Hear it" not in words
    assert "spoken" not in words.replace("could be spoken", "")
