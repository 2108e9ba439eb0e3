"""Chapter 7's explorer against torch: maps, what is received, removals and logit at random settings."""

import random

import numpy as np
import pytest
import torch
from explorer_makers import CHANGED, HEAD, HEARD, LISTENED, LISTENER, PUSH, attention
from fusionbook import fusion
from own_pages import arrays_of, entries_of, entry_of, write_page
from visit import eventually, number, said

PAGE = "book/07_hybrid_fusion.html"
NAMES = ["numeric", "text", "noise"]


def by_torch(layer, head, features, present):
    """Return maps (heads, M, M) and the logit of one applicant."""
    vectors = [torch.as_tensor(h[None], dtype=torch.float64) for h in features]
    with torch.no_grad():
        z, maps = layer.double()(vectors, torch.tensor([present]), return_attention=True)
    return maps[0].numpy(), float(z[0] @ torch.as_tensor(head[0], dtype=torch.float64) + head[1])


def check(figure, layer, head, features, present):
    maps, logit = by_torch(layer, head, features, present)
    names, told = figure.table()[0][1:], {row[0]: row[1:] for row in figure.table()[1:]}
    for i, name in enumerate(names):
        for k, one in enumerate(maps):
            assert [number(x) for x in told[f"head {k + 1}: {name} asks"]] == pytest.approx(one[i], abs=1e-4)
        shown = [number(x) for x in told[f"all heads: {name} asks"]]
        assert shown == pytest.approx(maps.mean(0)[i], abs=1e-4)
    received = maps.mean(0).sum(0) / max(sum(present), 1)
    assert [number(x) for x in told["receives"]] == pytest.approx(received, abs=1e-4)
    assert number(told["logit"][0]) == pytest.approx(logit, abs=1e-4)
    for m, shown in enumerate(told["change without it"]):
        left = [there and k != m for k, there in enumerate(present)]
        change = by_torch(layer, head, features, left)[1] - logit if present[m] else 0
        assert number(shown) == pytest.approx(change, abs=2e-4)


@pytest.mark.parametrize("seed", range(6))
def test_any_state_is_what_torch_says(visit, tmp_path, seed):
    rng = random.Random(seed)
    i, m, size = rng.randrange(6), rng.randrange(3), round(rng.uniform(0, 3), 2)
    present = [True, True, True] if seed == 0 else [rng.random() < 0.6 for _ in NAMES]
    entry = entry_of(attention(applicant=i, modality=NAMES[m], noise=size))
    entry["state"]["present"] = present
    (figure,) = visit(write_page(tmp_path, {"one": entry})).draw()
    features = HEARD[i].copy()
    features[m] += size * PUSH[i, m]
    check(figure, LISTENER, HEAD, features, present)


def test_on_the_chapters_own_figure(visit, built_book):
    """The weights travel in the page; by its own controls, with a modality withheld and noise on another."""
    entry = entries_of(built_book / PAGE)[0]
    data, names = arrays_of(entry), entry["state"]["modalities"]
    width, heads = len(data["head"]), entry["state"]["heads"]
    layer = fusion.ModalityAttention([data["features"].shape[2]] * len(names), width, heads=heads)
    with torch.no_grad():
        layer.embedding.copy_(torch.tensor(data["embedding"]))
        for project, weight in zip(layer.project, data["project"], strict=True):
            project.weight.copy_(torch.tensor(weight))
        for name in ("query", "key", "value", "mix"):
            linear = getattr(layer.attention, name)
            linear.weight.copy_(torch.tensor(data[name][:, :-1]))
            if linear.bias is not None:
                linear.bias.copy_(torch.tensor(data[name][:, -1]))
    head = (data["head"], entry["state"]["bias"])
    figure = visit(PAGE).draw()[0]
    figure.put({"applicant": 120})
    figure.put({"study": "temporal"})
    figure.put({"noise on it": 1.5})
    figure.put({"categorical": False})
    features = data["features"][119].astype(float)
    features[names.index("temporal")] += 1.5 * data["direction"][119, names.index("temporal")]
    check(figure, layer, head, features, [name != "categorical" for name in names])


def test_everything_withheld_and_a_single_one_left(visit, tmp_path):
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(attention())})).draw()
    for name in NAMES[:2]:
        figure.put({name: False})
    eventually(lambda: said(figure, "Only noise is there, so its weight is 1 whatever is asked."))
    figure.put({"noise": False})
    eventually(lambda: said(figure, "the same for everybody"))
    told = {row[0]: row[1:] for row in figure.table()[1:]}
    assert number(told["logit"][0]) == pytest.approx(HEAD[1], abs=1e-5)
    assert {number(x) for name, row in told.items() if "asks" in name for x in row} == {0}


def test_the_corner_marks_those_listened_to_and_not_missed(visit, tmp_path):
    """By sliders, and by dragging its grip; the number in the status line is counted again with NumPy."""
    least, most = 0.25, 1.0
    entry = entry_of(attention(modality="text", least=least, most=most))
    (figure,) = visit(write_page(tmp_path, {"one": entry})).draw()
    marked = ((LISTENED[:, 1] >= least) & (np.abs(CHANGED[:, 1]) <= most)).sum()
    eventually(lambda: said(figure, f"Of 6 applicants, {marked} give text at least 0.25"))
    figure.put({"attention from": 0})
    figure.put({"change up to": 10})
    eventually(lambda: said(figure, "Of 6 applicants, 6 give text at least 0.00"))
    figure.put({"attention from": 0.3})
    grip = figure.section.locator(".fa-grip")
    grip.scroll_into_view_if_needed()
    box, mouse = grip.bounding_box(), figure.visit.page.mouse
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(x, y)
    mouse.down()
    mouse.move(x - 60, y + 40, steps=3)
    mouse.up()
    eventually(lambda: _less(figure, "attention from", 0.3))


def _less(figure, control, bound):
    assert float(figure.control(control).node.input_value()) < bound


def test_pressing_on_an_applicant_shows_it(visit, tmp_path):
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(attention(modality="numeric"))})).draw()
    ring = figure.section.locator(".fa-ring")
    figure.put({"applicant": 4})
    box = ring.bounding_box()
    figure.put({"applicant": 1})
    eventually(lambda: said(figure, "Applicant 1,"))
    figure.visit.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    eventually(lambda: said(figure, "Applicant 4,"))
