"""Chapter 10's explorers: pull and push against torch, loss and gradient; the film against what was recorded."""

import math
import random

import numpy as np
import pytest
import torch
from fusionbook.losses import info_nce
from one_space_cases import AT, ENGLISH, MEASURED, PLACE, SPHERE, film, pull
from own_pages import arrays_of, entries_of, entry_of, write_page
from visit import eventually, number, said

PAGE = "book/10_contrastive_alignment.html"


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


def hold(figure, degrees, pairs, temperature, alike):
    """Hold a figure's table against torch."""
    cosines, asks, captions, losses, slopes = by_torch(degrees, pairs, temperature, alike)
    rows = {row[0]: row[1 : pairs + 1] for row in figure.table()[1:]}
    names = [name.removeprefix("cosine: ") for name in rows if name.startswith("cosine: ")]
    assert len(names) == pairs
    for i, name in enumerate(names):
        for key, wanted in ((f"cosine: {name}", cosines), (f"{name} asks", asks), (f"captions ask: {name}", captions)):
            assert [number(cell) for cell in rows[key]] == pytest.approx(wanted[i].tolist(), abs=1e-4)
    for key, wanted in (("pictures", slopes[:pairs]), ("captions", slopes[pairs:])):
        shown = [number(cell) for cell in rows[f"slope of the {key}, a radian"]]
        assert shown == pytest.approx(wanted.tolist(), abs=1e-4)
    for key, wanted in zip(("loss, pictures ask", "loss, captions ask", "loss"), losses, strict=True):
        assert number(rows[key][0]) == pytest.approx(wanted.item(), abs=1e-4)


@pytest.mark.parametrize("seed", range(10))
def test_loss_and_gradient_are_torchs(visit, tmp_path, seed):
    """At random positions, sizes and temperatures, its ends among them, with and without two that mean the same."""
    rng = random.Random(seed)
    degrees = [rng.uniform(0, 360) for _ in range(6)]
    pairs, alike = rng.randrange(1, 4), rng.random() < 0.5
    temperature = [0.02, 5.0, *(math.exp(rng.uniform(math.log(0.02), math.log(5))) for _ in range(8))][seed]
    entry = entry_of(pull())
    entry["state"] |= {"angles": degrees, "pairs": pairs, "temperature": temperature, "alike": alike}
    (figure,) = visit(write_page(tmp_path, {"one": entry})).draw()
    hold(figure, degrees, pairs, temperature, alike)


def test_by_its_own_controls(visit, built_book):
    """The chapter's figure, its sliders moved: torch says the same."""
    state = next(e for e in entries_of(built_book / PAGE) if "captions" in e["state"])["state"]
    figure = visit(PAGE).draw()[0]
    hold(figure, state["angles"], 2, 0.5, False)
    figure.put({"pairs": 5})
    figure.put({"point": 8})
    figure.put({"its angle": 77})
    figure.put({"temperature": -1})
    figure.put({"the first two mean the same": True})
    degrees = [77 if i == 8 else angle for i, angle in enumerate(state["angles"])]
    hold(figure, degrees, 5, 10 ** float(figure.control("temperature").value), True)


def test_points_in_one_place_cost_log_n_and_stay(visit, tmp_path):
    entry = entry_of(pull())
    entry["state"] |= {"angles": [123.0] * 6, "pairs": 3, "temperature": 0.02}
    (figure,) = visit(write_page(tmp_path, {"one": entry})).draw()
    assert "Loss 1.099" in figure.status
    assert "it stays where it is" in figure.status
    assert "NaN" not in figure.section.inner_html()


def test_a_single_pair_has_nothing_to_choose_from(visit, tmp_path):
    entry = entry_of(pull(pairs=1))
    (figure,) = visit(write_page(tmp_path, {"one": entry})).draw()
    assert "the loss is 0" in figure.status
    assert {row[0]: row[1] for row in figure.table()}["loss"] == "0.00000"
    assert figure.section.locator(".fp-arrow:visible").count() == 0
    assert "NaN" not in figure.section.inner_html()


def test_one_step_goes_down_the_gradient(visit, tmp_path):
    """A step moves every angle that takes part against its slope, and no other; the loss falls."""
    entry = entry_of(pull(temperature=0.3))
    (figure,) = visit(write_page(tmp_path, {"one": entry})).draw()
    degrees = [*AT[0], *AT[1]]
    *_, (_, _, before), slopes = by_torch(degrees, 2, 0.3, False)
    figure.control("One step").press("Enter")
    moved = list(degrees)
    for at, slope in zip((0, 1, 3, 4), slopes.tolist(), strict=True):
        moved[at] = (degrees[at] - slope * 2 * 0.3 * 8) % 360
    eventually(lambda: hold(figure, moved, 2, 0.3, False))
    assert by_torch(moved, 2, 0.3, False)[3][2] < before


BEST = math.log(1 + math.exp(-2 / 0.5))  # two pairs, each on its caption, opposite the other


def nearly_best(figure):
    (loss,) = (number(row[1]) for row in figure.table() if row[0] == "loss")
    assert BEST <= loss < BEST + 2e-3
    assert any(control.name == "Let go" for control in figure.controls())


def test_let_go_finds_a_place_where_each_picks_its_own_and_stops(visit, tmp_path):
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(pull(temperature=0.5))})).draw()
    figure.control("Let go").node.click()
    eventually(lambda: nearly_best(figure), seconds=20)


def test_without_motion_it_goes_straight_to_the_end(browser, tmp_path):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(write_page(tmp_path, {"one": entry_of(pull(temperature=0.5))}).as_uri())
    page.get_by_role("button", name="Let go").click()
    page.locator(".fy-status b", has_text="0.019").wait_for()
    context.close()


def test_a_point_is_dragged_and_its_slider_follows(visit, tmp_path):
    opened = visit(write_page(tmp_path, {"one": entry_of(pull())}))
    (figure,) = opened.draw()
    point, circle = figure.section.locator(".fp-point .fp-tile").first, figure.section.locator(".fp-ring")
    box, ring = point.bounding_box(), circle.bounding_box()
    opened.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    opened.page.mouse.down()
    opened.page.mouse.move(ring["x"] - 20, ring["y"] + ring["height"] / 2, steps=5)  # due west
    opened.page.mouse.up()
    opened.frames()
    assert figure.control("its angle").value == "180"
    hold(figure, [180, *AT[0][1:], *AT[1]], 2, 0.5, False)


@pytest.mark.parametrize(("setting", "step", "thing"), [(0, 0, 0), (1, 2, 5), (0, 1, 3)])
def test_the_film_shows_what_was_recorded(visit, tmp_path, setting, step, thing):
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(film())})).draw()
    figure.put({"temperature": setting, "epochs": step, "pair": thing})
    rows = {row[0]: row[1:] for row in figure.table()[1:]}
    for name, values in MEASURED.items():
        assert [number(cell) for cell in rows[name]] == pytest.approx(values[:, step].tolist(), abs=1e-4)
    for m, word in enumerate(("picture", "caption")):
        shown = [int(cell) for cell in rows[f"place of {ENGLISH[thing]}, the {word} asks"]]
        assert shown == PLACE[:, step, m, thing].tolist()
    cosine = (SPHERE[:, step, 0, thing] * SPHERE[:, step, 1, thing]).sum(-1)
    assert [number(cell) for cell in rows["cosine of the pair"]] == pytest.approx(cosine.tolist(), abs=1e-3)
    eventually(lambda: said(figure, f"finds its caption at place {PLACE[setting, step, 0, thing]} of 40"))


def test_the_sphere_is_seen_as_it_is_turned(visit, tmp_path):
    """The chosen pair stands where an orthographic view of the turned, tilted sphere puts it."""
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(film())})).draw()
    for turn in (0, 90, 200):
        figure.put({"turn": turn})
        ball = figure.section.locator(".fi-ball")
        cx, cy, r = (float(ball.get_attribute(name)) for name in ("cx", "cy", "r"))
        for m in (0, 1):
            x, y, z = SPHERE[0, 0, m, 0]
            c, s, ct, st = *(f(math.radians(turn)) for f in (math.cos, math.sin)), math.cos(0.35), math.sin(0.35)
            across, deep = x * c + z * s, z * c - x * s
            end = figure.section.locator(".fi-end").nth(m)
            assert float(end.get_attribute("cx")) == pytest.approx(cx + r * across, abs=0.1)
            assert float(end.get_attribute("cy")) == pytest.approx(cy - r * (y * ct - deep * st), abs=0.1)


def test_the_film_shows_one_kind_at_a_time_and_runs(visit, tmp_path):
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(film())})).draw()
    links = figure.section.locator(".fi-links")
    assert links.get_attribute("d").count("L") == 6
    figure.put({"show": "seen"})
    assert links.get_attribute("d").count("L") == 3
    figure.control("Play training").node.click()
    eventually(lambda: said(figure, "after 5 epochs"), seconds=8)


def test_the_chapters_film(visit, built_book):
    """At three settings the chapter's own film shows its own arrays."""
    entry = next(e for e in entries_of(built_book / PAGE) if "candidates" in e["state"])
    data, state = arrays_of(entry), entry["state"]
    figure = next(one for one in visit(PAGE).draw() if one.kind == "alignment-film")
    for setting, step, thing in ((0, 9, 32), (3, 4, 0), (5, 7, 63)):
        figure.put({"temperature": setting, "epochs": step, "pair": thing})
        rows = {row[0]: row[1:] for row in figure.table()[1:]}
        for k, name in enumerate(state["measures"]):
            assert [number(cell) for cell in rows[name]] == pytest.approx(data["measures"][k, :, step], abs=1e-4)
        shown = [int(c) for c in rows[f"place of {state['names'][thing]}, the picture asks"]]
        assert shown == data["places"][:, step, 0, thing].tolist()
        points = data["positions"][:, step, :, thing] / 32_767.5 - 1
        cosine = [number(cell) for cell in rows["cosine of the pair"]]
        assert cosine == pytest.approx(np.prod(points, axis=1).sum(-1), abs=1e-3)
