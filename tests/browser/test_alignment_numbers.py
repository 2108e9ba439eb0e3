"""Chapter 10's explorers: pull and push against torch, loss and gradient; the film against what was recorded."""

import math
import random

import numpy as np
import pytest
import torch
from built import floats, near, page, says, spots
from fusionbook.losses import info_nce
from notebook import arguments, made
from one_space_cases import pull
from own_pages import entry_of, write_page
from pictures import pixels_of
from visit import eventually, number

NOTEBOOK, PULL, FILM = "10_contrastive_alignment", "pull-and-push", "alignment-film"
ALIKE = "the first two mean the same"
chapter = page(f"book/{NOTEBOOK}.html")


# ---- pull and push ----


def by_torch(degrees, pairs, temperature, alike):
    """Return cosines, both softmaxes, the loss both ways and its gradient by every angle, through autograd."""
    half = len(degrees) // 2
    used = [*degrees[:pairs], *degrees[half : half + pairs]]
    theta = torch.tensor(used, dtype=torch.float64).deg2rad().requires_grad_()
    points = torch.stack([theta.cos(), theta.sin()], 1)
    groups = torch.tensor([0 if alike and i == 1 else i for i in range(pairs)])
    loss = info_nce(points[:pairs], points[pairs:], temperature, groups)
    loss.backward()
    cosines = (points[:pairs] @ points[pairs:].T).detach()
    z = cosines / temperature
    target = (groups[:, None] == groups).double()
    target = target / target.sum(1, keepdim=True)
    ways = [-(target * z.log_softmax(1)).sum() / pairs, -(target * z.T.log_softmax(1)).sum() / pairs]
    return cosines, z.softmax(1), z.softmax(0), [*ways, loss.detach()], theta.grad


class Circle:
    """The chapter's pictures and captions, and where its notebook lays them."""

    def __init__(self):
        space = made(NOTEBOOK, "PullAndPush", "every things captions PICTURES WORDS")
        given = arguments(NOTEBOOK, "PullAndPush", space)
        self.tiles, self.names, self.captions = given[0], given["names"], given["captions"]
        self.degrees = [*given["pictures"], *given["words"]]

    def hold(self, figure, degrees, pairs, temperature, alike, table=1):
        """Hold a figure's table and picture against torch; `table` is the one that is drawn."""
        cosines, asks, captions, losses, slopes = by_torch(degrees, pairs, temperature, alike)
        rows = {name: cells[:pairs] for name, cells in figure.rows().items()}
        assert figure.cells[0][1:] == list(self.captions[:pairs])
        for i, name in enumerate(self.names[:pairs]):
            keys = (f"cosine: {name}", cosines), (f"{name} asks", asks), (f"captions ask: {name}", captions)
            for key, wanted in keys:
                assert [number(cell) for cell in rows[key]] == pytest.approx(wanted[i].tolist(), abs=1e-4)
        for key, wanted in (("pictures", slopes[:pairs]), ("captions", slopes[pairs:])):
            shown = [number(cell) for cell in rows[f"slope of the {key}, a radian"]]
            assert shown == pytest.approx(wanted.tolist(), abs=1e-4)
        for key, wanted in zip(("loss, pictures ask", "loss, captions ask", "loss"), losses, strict=True):
            assert number(rows[key][0]) == pytest.approx(wanted.item(), abs=1e-4)
        self.check_circle(figure, degrees, pairs)
        self.check_squares(figure, pairs, (cosines, asks, captions)[table])

    def check_circle(self, figure, degrees, pairs):
        """East is 0°, and it goes anticlockwise; pictures outside, captions inside, each its own."""
        (ring,) = figure.marks(".fp-ring")
        cx, cy, r = floats([ring], "cx", "cy", "r")
        there = [one["visibility"] == "visible" for one in figure.marks(".fp-point")]
        half = len(degrees) // 2
        assert there == [i % half < pairs for i in range(2 * half)]
        angles = np.radians(degrees)
        wanted = np.stack([cx + r * np.cos(angles), cy - r * np.sin(angles)], 1)
        near(np.stack(floats(figure.marks(".fp-dot"), "cx", "cy"), 1), wanted)
        assert [one["text"] for one in figure.marks("text.fp-caption")] == list(self.captions)
        for image, tile in zip(figure.marks(".fp-point image"), self.tiles, strict=True):
            assert np.array_equal(pixels_of(image["href"]), tile)

    def check_squares(self, figure, pairs, values):
        """A row for every picture, downwards, a column for every caption, to the right."""
        boxes, texts = figure.marks(".fp-cell", "A table"), [m for m in figure.marks("text", "A table") if m["text"]]
        boxes = [box for box in boxes if box["visibility"] == "visible"]
        x, y = (places.reshape(pairs, pairs) for places in floats(boxes, "x", "y"))
        assert (np.diff(x) > 0).all()
        assert (np.diff(y, axis=0) > 0).all()
        shown = [number(one["text"]) for one in texts if "class" not in one]
        assert shown == pytest.approx(values.ravel().tolist(), abs=0.0051)
        near(floats([one for one in texts if "class" not in one], "x"), x.ravel() + float(boxes[0]["width"]) / 2)


@pytest.fixture(scope="module")
def circle():
    return Circle()


def turn(figure, circle, i, degrees):
    """Choose a point by its words, and set its angle."""
    half = len(circle.names)
    figure.put({"point": f"picture: {circle.names[i]}" if i < half else circle.captions[i - half]})
    figure.put({"its angle": degrees})


def test_the_circle_is_first_as_the_notebook_lays_it(chapter, circle):
    circle.hold(chapter.figure(PULL), circle.degrees, 2, 0.5, False)


@pytest.mark.parametrize("seed", range(8))
def test_loss_and_gradient_are_torchs(chapter, circle, seed):
    """At random positions, sizes and temperatures, its ends among them, with and without two that mean the same."""
    rng, figure, degrees = random.Random(seed), chapter.figure(PULL), list(circle.degrees)
    pairs, alike = rng.randrange(2, 7), rng.random() < 0.5
    power = [-1.69, 0.69][seed] if seed < 2 else rng.uniform(-1.6, 0.6)
    shown = rng.randrange(3)
    figure.put({"pairs": pairs, "temperature": power, "table": ["cosine", "picture asks", "caption asks"][shown]})
    figure.put({ALIKE: alike})
    for i in rng.sample([*range(pairs), *range(6, 6 + pairs)], 3):
        degrees[i] = rng.randrange(360)
        turn(figure, circle, i, degrees[i])
    circle.hold(figure, degrees, pairs, 10 ** float(figure.control("temperature").value), alike, shown)


def test_the_angle_moves_the_point_that_is_named(chapter, circle):
    """Where the point that was chosen takes no part any more, the first one is shown, and moved."""
    figure, degrees = chapter.figure(PULL), list(circle.degrees)
    figure.put({"pairs": 6})
    figure.put({"point": f"picture: {circle.names[5]}"})
    figure.put({"pairs": 2})
    degrees[0] = 77
    figure.put({"its angle": 77})
    circle.hold(figure, degrees, 2, 0.5, False)
    figure.put({"pairs": 6})
    circle.hold(figure, degrees, 6, 0.5, False)


def test_points_in_one_place_cost_log_n_and_stay(chapter, circle):
    figure = chapter.figure(PULL)
    figure.put({"pairs": 3, "temperature": -1.69})
    for i in (0, 1, 2, 6, 7, 8):
        turn(figure, circle, i, 123)
    says(figure, "Loss 1.099")
    says(figure, "it stays where it is")


def test_a_single_pair_has_nothing_to_choose_from(chapter):
    figure = chapter.figure(PULL)
    figure.put({"pairs": 1})
    says(figure, "the loss is 0")
    assert figure.rows()["loss"][0] == "0.00000"
    assert figure.section.locator(".fp-arrow:visible").count() == 0


def test_one_step_goes_down_the_gradient(chapter, circle):
    """A step moves every angle that takes part against its slope, and no other; the loss falls."""
    figure, degrees = chapter.figure(PULL), list(circle.degrees)
    *_, (_, _, before), slopes = by_torch(degrees, 2, 0.5, False)
    figure.press("One step")
    for at, slope in zip((0, 1, 6, 7), slopes.tolist(), strict=True):
        degrees[at] = (degrees[at] - slope * 2 * 0.5 * 8) % 360
    circle.hold(figure, degrees, 2, 0.5, False)
    assert by_torch(degrees, 2, 0.5, False)[3][2] < before


BEST = math.log(1 + math.exp(-2 / 0.5))  # two pairs, each on its caption, opposite the other


def test_let_go_finds_a_place_where_each_picks_its_own_and_stops(chapter):
    figure = chapter.figure(PULL)
    figure.press("Let go")
    eventually(lambda: _nearly_best(figure), seconds=20)


def _nearly_best(figure):
    figure.look()
    assert BEST <= number(figure.rows()["loss"][0]) < BEST + 2e-3
    assert any(control.name == "Let go" for control in figure.controls())


def test_without_motion_it_goes_straight_to_the_end(visit, tmp_path):
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(pull(temperature=0.5))}), reduced_motion="reduce").draw()
    figure.control("Let go").node.click()
    says(figure, "Loss 0.019")


def test_a_point_is_dragged_and_its_slider_follows(chapter, circle):
    figure = chapter.figure(PULL)
    point, ring = figure.section.locator(".fp-point .fp-tile").first, figure.section.locator(".fp-ring")
    ring.scroll_into_view_if_needed()
    box, round_, mouse = point.bounding_box(), ring.bounding_box(), figure.visit.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(round_["x"] - 20, round_["y"] + round_["height"] / 2, steps=5)  # due west
    mouse.up()
    figure.look()
    assert figure.control("its angle").value == "180"
    circle.hold(figure, [180, *circle.degrees[1:]], 2, 0.5, False)


# ---- the film ----


class Film:
    """The chapter's pairs, chosen anew; positions, places and measures as recorded in the page."""

    def __init__(self, data):
        names = "SEEDS every prepare samples TAUS WHAT FILM MOMENTS WARM SIDES shown"
        seed = made(NOTEBOOK, "AlignmentFilm", "SEEDS")["SEEDS"][0]
        space = made(NOTEBOOK, "AlignmentFilm", names, columns={}, SEEDS=[seed])
        space["both_sides"] = np.concatenate(list(space["shown"].values()))
        self.given = arguments(NOTEBOOK, "AlignmentFilm", space)
        self.measures, self.tiles = [*space["WHAT"][:5], "loss, held out"], space["every"].picture[space["both_sides"]]
        self.names, self.kinds = self.given["names"].tolist(), self.given["kinds"].tolist()
        self.at = data["positions"] / 32_767.5 - 1
        self.data, self.epochs, self.warm = data, self.given["epochs"], self.given["temperatures"]

    def check(self, figure, t, s, thing, k=0, turned=0.0):
        rows, data, n = figure.rows(), self.data, len(self.names)
        for m, name in enumerate(self.measures):
            assert [number(cell) for cell in rows[name]] == pytest.approx(data["measures"][m, :, s], abs=1e-4)
        for m, word in enumerate(("picture", "caption")):
            shown = [int(cell) for cell in rows[f"place of {self.names[thing]}, the {word} asks"]]
            assert shown == data["places"][:, s, m, thing].tolist()
        cosine = np.prod(self.at[:, s, :, thing], axis=1).sum(-1)
        assert [number(cell) for cell in rows["cosine of the pair"]] == pytest.approx(cosine, abs=1e-3)
        place = data["places"][t, s, 0, thing]
        assert f"{self.names[thing]} ({self.kinds[thing]}) finds its caption at place {place} of" in figure.told
        self.check_sphere(figure, self.at[t, s].reshape(2 * n, 3), thing, turned)
        self.check_curve(figure, t, s, data["measures"][k])

    def check_sphere(self, figure, points, thing, turned):
        """All pairs stand where an orthographic view of the turned, tilted sphere puts them; the chosen on top."""
        cx, cy, r = (float(figure.marks(".fi-ball")[0][name]) for name in ("cx", "cy", "r"))
        c, s, ct, st = *(f(math.radians(turned)) for f in (math.cos, math.sin)), math.cos(0.35), math.sin(0.35)
        x, y, z = points.T
        across, deep, n = x * c + z * s, z * c - x * s, len(points) // 2
        seen = np.stack([cx + r * across, cy - r * (y * ct - deep * st)], 1)
        near(np.stack(floats(figure.marks(".fi-end"), "cx", "cy"), 1), seen[[thing, n + thing]])
        near(spots(figure.marks(".fi-links")[0]["d"]).reshape(n, 2, 2), seen.reshape(2, n, 2).swapaxes(0, 1))
        picture = figure.marks(".fi-tile + image")[0]
        assert np.array_equal(pixels_of(picture["href"]), self.tiles[thing])

    def check_curve(self, figure, t, s, values):
        picture = "The chosen measure"
        ticks, ends = figure.marks(".fy-tick.fy-right", picture), np.array([values.min(), values.max()], dtype=float)
        told, places = np.array([number(one["text"]) for one in ticks]), floats(ticks, "y") - 4
        digits = len(ticks[0]["text"].split(".")[1])
        near(told, [ends[0], ends.mean(), ends[1]], within=0.501 * 10.0**-digits)
        assert places[0] > places[1] > places[2]  # upwards
        x = figure.axis("x", picture)
        wanted = np.interp(values, ends, places[[0, 2]])
        near(floats(figure.marks(".fy-yours", picture), "cx", "cy"), [[x(self.epochs[s])], [wanted[t, s]]])
        for line, heights in zip(figure.marks(".fi-line", picture), wanted, strict=True):
            near(spots(line["d"]), np.stack([x(self.epochs), heights], 1))


@pytest.fixture(scope="module")
def film(chapter):
    return Film(chapter.arrays(FILM))


def test_the_film_first_shows_what_the_notebook_chose(chapter, film):
    figure, given = chapter.figure(FILM), film.given
    assert figure.options("pair") == [f"{e} · {z}" for e, z in zip(film.names, given["chinese"], strict=True)]
    assert figure.options("curve") == film.measures
    film.check(figure, given["setting"], given["step"], given["thing"], turned=float(figure.control("turn").value))


@pytest.mark.parametrize("seed", range(8))
def test_the_film_shows_what_was_recorded(chapter, film, seed):
    """At any temperature, epoch, pair, measure and turn."""
    rng, figure = random.Random(seed), chapter.figure(FILM)
    t, s, thing = (rng.randrange(len(one)) for one in (film.warm, film.epochs, film.names))
    k, turned = rng.randrange(len(film.measures)), rng.randrange(361)
    figure.put({"temperature": t, "epochs": s, "pair": thing, "curve": film.measures[k], "turn": turned})
    film.check(figure, t, s, thing, k, turned)


def test_the_film_shows_one_kind_at_a_time_and_runs(chapter, film):
    figure, (kind, *_) = chapter.figure(FILM), film.kinds
    figure.put({"show": kind, "epochs": len(film.epochs) - 2})
    assert figure.marks(".fi-links")[0]["d"].count("L") == film.kinds.count(kind)
    figure.press("Play training")
    says(figure, f"after {film.epochs[-1]} epochs")


def test_no_stray_word_at_any_setting(chapter):
    chapter.sweep()
