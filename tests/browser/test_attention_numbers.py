"""Chapter 7's explorer against torch: maps, what is received, removals, logit and every applicant's place."""

import random

import numpy as np
import pytest
import torch
from built import floats, near, page, says
from fusionbook import fusion
from notebook import arguments, made
from visit import number

NOTEBOOK, KIND = "07_hybrid_fusion", "attention-map"
chapter = page(f"book/{NOTEBOOK}.html")


def layer_of(data, size, heads):
    """Return the chapter's layer with the weights that travel in the page."""
    layer = fusion.ModalityAttention([data["features"].shape[2]] * size, len(data["head"]), heads=heads)
    with torch.no_grad():
        layer.embedding.copy_(torch.tensor(data["embedding"]))
        for project, weight in zip(layer.project, data["project"], strict=True):
            project.weight.copy_(torch.tensor(weight))
        for name in ("query", "key", "value", "mix"):
            linear = getattr(layer.attention, name)
            linear.weight.copy_(torch.tensor(data[name][:, :-1]))
            if linear.bias is not None:
                linear.bias.copy_(torch.tensor(data[name][:, -1]))
    return layer.double()


class Listener:
    """The chapter's model on its applicants: weights and features from the page, names and outcomes drawn anew."""

    def __init__(self, data, bias):
        space = made(NOTEBOOK, "AttentionMap", "ROWS NAMES SHOWN fresh", SEEDS=range(2))
        given = arguments(NOTEBOOK, "AttentionMap", space)
        self.names, self.label, self.first = given["modalities"], given["label_of"], given["applicant"]
        self.heads, self.studied, self.bias = given["heads"], given["modality"], bias
        self.layer, self.head = layer_of(data, len(self.names), self.heads), torch.tensor(data["head"]).double()
        self.features, self.push = data["features"].astype(float), data["direction"].astype(float)
        maps, logits = self.run(self.features)
        self.received = maps.mean((1, 2))
        everyone = np.ones(len(self.names), bool)
        without = [self.run(self.features, everyone & (np.arange(len(everyone)) != m))[1] for m in range(len(everyone))]
        self.change = np.abs(np.stack(without, 1) - logits[:, None])

    def run(self, features, present=None):
        """Return maps (n, heads, M, M) and logits (n,) of n applicants."""
        present = np.ones(len(self.names), bool) if present is None else np.asarray(present)
        there = torch.tensor(np.broadcast_to(present, (len(features), len(present))).copy())
        with torch.no_grad():
            z, maps = self.layer(list(torch.tensor(features).unbind(1)), there, return_attention=True)
        return maps.numpy(), (z @ self.head).numpy() + self.bias

    def check(self, figure, i, m, size, present):
        """Table and pictures at applicant i, with noise of this size on modality m, and who is present."""
        features = self.features[i : i + 1].copy()
        features[0, m] += size * self.push[i, m]
        (maps,), (logit,) = self.run(features, present)
        told, mean, received = figure.rows(), maps.mean(0), maps.mean(0).sum(0) / max(sum(present), 1)
        assert figure.cells[0][1:] == self.names
        for k, name in enumerate(self.names):
            for h, one in enumerate(maps):
                assert [number(x) for x in told[f"head {h + 1}: {name} asks"]] == pytest.approx(one[k], abs=1e-4)
            assert [number(x) for x in told[f"all heads: {name} asks"]] == pytest.approx(mean[k], abs=1e-4)
        assert [number(x) for x in told["receives"]] == pytest.approx(received, abs=1e-4)
        assert number(told["logit"][0]) == pytest.approx(logit, abs=1e-4)
        for k, shown in enumerate(told["change without it"]):
            left = [there and k != j for j, there in enumerate(present)]
            change = self.run(features, left)[1][0] - logit if present[k] else 0
            assert number(shown) == pytest.approx(change, abs=2e-4)
        self.check_maps(figure, mean, maps, received, present)
        self.check_said(figure, i, logit)
        self.check_cloud(figure, i, m)

    def check_maps(self, figure, mean, maps, received, present):
        """Rows ask, columns answer: cell by cell, under their names, darker for more weight."""
        picture, size = "Weights of attention, averaged", len(self.names)
        rows = {one["text"]: float(one["y"]) for one in figure.marks(".fy-row", picture)}
        cells = figure.marks("rect:not(.fa-cell)", picture)
        shade, x, y, wide = (values.reshape(size, size) for values in floats(cells, "fill-opacity", "x", "y", "width"))
        near(shade, np.minimum(1, 1.5 * mean**0.8), within=0.002)
        near(y[:, 0] + wide[:, 0] / 2 + 5, [rows[name] for name in self.names], within=2)
        assert (np.diff(x[0]) > 0).all()
        assert [f"var(--fy-{name}, var(--fy-ink))" for name in self.names] == [one["fill"] for one in cells[:size]]
        small = figure.marks("rect:not(.fa-cell)", "Weights of attention of every head")
        near(floats(small, "fill-opacity").reshape(maps.shape), np.minimum(1, 1.5 * maps**0.8), within=0.002)
        told = [one for one in figure.marks(".fy-tick", picture) if one["text"] not in ("receives", "if removed")][::2]
        near(floats(told, "x"), x[0] + wide[0] / 2, within=2)
        for one, value, there in zip(told, received, present, strict=True):
            assert not there or abs(number(one["text"]) - value) <= 0.0051

    def check_said(self, figure, i, logit):
        x = figure.axis("x", "Probability of default")
        first = self.run(self.features[i : i + 1])[1][0]
        for kind, value in ((".fy-yours", logit), (".fy-hollow", first)):
            near(floats(figure.marks(kind, "Probability of default"), "cx"), x([1 / (1 + np.exp(-value))]))

    def check_cloud(self, figure, i, m):
        """Every applicant to the right by the attention that m receives, up by how far the logit moves without it."""
        x, y = (figure.axis(way, "Applicants: attention") for way in "xy")
        wanted = np.stack([x(self.received[:, m]), y(self.change[:, m])], 1)
        near(np.array(floats(figure.marks(".fa-ring"), "cx", "cy")).ravel(), wanted[i])
        paths = [one["d"].split("h0.01")[:-1] for kind in (".fa-rest", ".fa-marked") for one in figure.marks(kind)]
        shown = np.array([[float(v) for v in one[1:].split()] for one in paths[0] + paths[1]])
        order = np.lexsort(shown.round(1).T), np.lexsort(wanted.round(1).T)
        near(np.sort(shown[:, 0]), np.sort(wanted[:, 0]))
        near(np.sort(shown[:, 1]), np.sort(wanted[:, 1]))
        near(shown[order[0]].sum(0) / len(shown), wanted[order[1]].sum(0) / len(wanted), within=0.05)


@pytest.fixture(scope="module")
def listener(chapter):
    return Listener(chapter.arrays(KIND), chapter.entry(KIND)["state"]["bias"])


def test_the_figure_first_says_what_torch_says(chapter, listener):
    figure, m = chapter.figure(KIND), listener.names.index(listener.studied)
    listener.check(figure, listener.first, m, 0, [True] * len(listener.names))
    assert figure.options("study") == listener.names


@pytest.mark.parametrize("seed", range(6))
def test_any_state_is_what_torch_says(chapter, listener, seed):
    """Another applicant, modalities withheld, noise on one."""
    rng, figure, names = random.Random(seed), chapter.figure(KIND), listener.names
    i, m, size = rng.randrange(len(listener.label)), rng.randrange(len(names)), rng.randint(0, 60) / 20
    present = [True] * len(names) if seed == 0 else [rng.random() < 0.6 for _ in names]
    figure.put({"applicant": i + 1, "study": names[m], "noise on it": size})
    figure.put(dict(zip(names, present, strict=True)))
    listener.check(figure, i, m, size, present)
    says(figure, f"Applicant {i + 1}, who {'defaulted' if listener.label[i] else 'paid'}")


def test_everything_withheld_and_a_single_one_left(chapter, listener):
    figure, (last, *others) = chapter.figure(KIND), listener.names[::-1]
    figure.put(dict.fromkeys(others, False))
    says(figure, f"Only {last} is there, so its weight is 1 whatever is asked.")
    figure.put({last: False})
    says(figure, "the same for everybody")
    told = figure.rows()
    assert number(told["logit"][0]) == pytest.approx(listener.bias, abs=1e-5)
    assert {number(x) for name, row in told.items() if "asks" in name for x in row} == {0}


def test_the_corner_marks_those_listened_to_and_not_missed(chapter, listener):
    """By sliders, and by dragging its grip; the number in the status line is counted again with NumPy."""
    figure, m = chapter.figure(KIND), 1
    figure.put({"study": listener.names[m], "attention from": 0.15, "change up to": 0.5})
    marked = ((listener.received[:, m] >= 0.15) & (listener.change[:, m] <= 0.5)).sum()
    n = len(listener.label)
    says(figure, f"Of {n} applicants, {marked} give {listener.names[m]} at least 0.15")
    (path,) = figure.marks(".fa-marked")
    assert path["d"].count("h0.01") == marked
    x, y = (figure.axis(way, "Applicants: attention") for way in "xy")
    across, down, high = floats(figure.marks(".fa-corner"), "x", "y", "height")
    near([across[0], down[0], down[0] + high[0]], [x(0.15), y(0.5), y(0)])
    grip = figure.section.locator(".fa-grip")
    grip.scroll_into_view_if_needed()
    box, mouse = grip.bounding_box(), figure.visit.page.mouse
    mouse.move(box["x"] + 7, box["y"] + 7)
    mouse.down()
    mouse.move(box["x"] - 53, box["y"] + 27, steps=3)
    mouse.up()
    figure.look()
    assert float(figure.control("attention from").value) < 0.15


def test_pressing_on_an_applicant_shows_it(chapter, listener):
    figure = chapter.figure(KIND)
    figure.put({"study": listener.names[0], "applicant": 4})
    ring = figure.section.locator(".fa-ring")
    ring.scroll_into_view_if_needed()
    box = ring.bounding_box()
    figure.put({"applicant": 1})
    figure.visit.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    says(figure, "Applicant 4,")


def test_no_stray_word_at_any_setting(chapter):
    chapter.sweep()
