"""Chapter 1's explorers against NumPy and torch: who is on the desk, what every policy pays, where the softmax goes."""

import random
from copy import deepcopy

import numpy as np
import pytest
import torch
from applicant_views import check_views
from built import floats, near, page, says
from fusionbook.data.applicants import MODALITIES
from fusionbook.explorers.softmax_dial import LOSSES, RATE, SPAN, STEPS
from notebook import made
from visit import number

CLOSE = 1e-4
NOTEBOOK = "01_concepts"
chapter = page(f"book/{NOTEBOOK}.html")


# ---- the underwriter ----


class Desk:
    """What everybody pays on the chapter's applicants, drawn anew; policies and verdicts as recorded in the page."""

    def __init__(self, arrays):
        made_ = made(NOTEBOOK, "Underwriter", "SEEDS NAMES train desk PAIR", SEEDS=range(1))
        self.people, self.reference = made_["desk"], made_["train"][0]
        self.policies = self.by_name(made_)
        self.lost, self.missed, self.price = 100, 20, 1.0
        self.p, self.label = self.people.p, self.people.label
        self.received, self.verdicts, self.said = self.people.present, arrays["verdicts"], arrays["said"]

    @staticmethod
    def by_name(made_):
        """The chapter's policies by the modalities that they pay for."""
        names = ("five, added", "five, together", "two, together")
        return {name: made_["NAMES"] if name.startswith("five") else made_["PAIR"] for name in names}

    def judge(self, rows, lends, looks):
        """Return looks, lent to, cost on average, cost as it came: over rows."""
        on_average = [self.lost * self.p[i] if lends[i] else self.missed * (1 - self.p[i]) for i in rows]
        came = [
            (self.lost if self.label[i] else 0) if lends[i] else (0 if self.label[i] else self.missed) for i in rows
        ]
        looked = np.mean([looks[i] for i in rows])
        spent = self.price * looked
        return [looked, sum(bool(lends[i]) for i in rows), np.mean(on_average) + spent, np.mean(came) + spent]

    def board(self, rows):
        """Return every policy's line by name."""
        limit, n = self.missed / (self.lost + self.missed), len(self.p)
        lines = {"refuse all": self.judge(rows, [False] * n, [0] * n)}
        for m, name in enumerate(MODALITIES):
            lines[name] = self.judge(rows, self.verdicts[:, m] < limit, self.received[:, m])
        for k, (name, paid) in enumerate(self.policies.items()):
            pays = self.received & np.isin(MODALITIES, paid)
            lines[name] = self.judge(rows, self.said[k] < limit, pays.sum(1))
        return lines | {"oracle": self.judge(rows, self.p < limit, [0] * n)}


@pytest.fixture(scope="module")
def desk(chapter):
    return Desk(chapter.arrays("underwriter"))


def check_board(figure, wanted):
    head, *lines = figure.cells
    assert head == ["", "looks", "lent to", "coins on average", "coins as it came"]
    told = {name: [number(cell) for cell in cells] for name, *cells in lines}
    assert list(told) == list(wanted)
    for name, line in wanted.items():
        assert told[name] == pytest.approx(line, abs=CLOSE), name


def check_score(figure, wanted):
    """A dot stands at the cost on average, a ring at the cost as it came, in the row of their policy."""
    picture = "Coins an applicant costs"
    x, rows = figure.axis("x", picture), figure.marks(".fy-row, .fy-mine", picture)
    assert [row["text"] for row in rows] == list(wanted)
    costs = np.array(list(wanted.values()))[:, 2:].clip(0, 30)
    for kind, cost in zip((".fy-dot", ".fy-ring"), costs.T, strict=True):
        across, down = floats(figure.marks(kind, picture), "cx", "cy")
        near(across, x(cost))
        near(down, floats(rows, "y") - 4.5)


def test_the_first_board_is_what_loops_in_python_say(chapter, desk):
    figure = chapter.figure("underwriter")
    check_board(figure, desk.board(range(desk.people.n)))
    says(figure, "less likely than 17\u00a0%")


def test_everyone_on_the_desk_is_who_the_notebook_drew(chapter, desk):
    """Every view of every applicant that is decided, with its expert's verdict."""
    figure = chapter.figure("underwriter")
    for row in range(desk.people.n):
        figure.put({"applicant": row + 1})
        figure.press("Lend")
        check_views(figure, [desk.people] * 5, row, desk.reference)
        verdicts = [
            f"expert: {100 * v:.0f}\u00a0%" for v in desk.verdicts[row].astype(float)[desk.received[row]].tolist()
        ]
        shown = [one["text"] for one in figure.marks(".fu-verdict") if one["text"]]
        assert len(shown) == len(verdicts)
        assert sum(a == b for a, b in zip(shown, verdicts, strict=True)) >= len(shown) - 1  # a half may be rounded up
        says(figure, "they default" if desk.label[row] else "they pay")
        says(figure, f"probability of {100 * desk.p[row]:.0f}\u00a0%")


@pytest.mark.parametrize("seed", range(3))
def test_the_board_after_any_game(chapter, desk, seed):
    """Open, lend, refuse, at any price: every line, dot, ring and mark is what loops in Python say."""
    rng, figure, n = random.Random(seed), chapter.figure("underwriter"), desk.people.n
    desk.price = [0.25, 2.5, 3.0][seed]
    figure.put({"a look costs": desk.price})
    lends, looks, rows = [None] * n, [0] * n, sorted(rng.sample(range(n), 4))
    for i in rows:
        figure.put({"applicant": i + 1})
        there = [name for name, got in zip(MODALITIES, desk.received[i], strict=True) if got]
        opened = rng.sample(there, rng.randrange(len(there) + 1))
        lends[i], looks[i] = rng.random() < 0.5, len(opened)
        price = f"{desk.price:g} coin{'' if desk.price == 1 else 's'}"
        figure.press(*(f"Open {name}, {price}" for name in opened), "Lend" if lends[i] else "Refuse")
    wanted = {"you": desk.judge(rows, lends, looks)} | desk.board(rows)
    check_board(figure, wanted)
    check_score(figure, wanted)
    says(figure, f"you pay {wanted['you'][2]:.1f} coins each")
    marks = figure.marks("rect:not(.fy-band)", "Your decisions")
    assert [["fu-bad" in one["class"], float(one["rx"]) > 2] for one in marks if "fu-decided" in one["class"]] == [
        [bool(desk.label[i]), lends[i]] for i in rows
    ]
    assert [k for k, one in enumerate(marks) if "fu-decided" in one["class"]] == rows
    assert (np.diff(floats(marks, "x")) > 0).all()
    desk.price = 1.0


# ---- the softmax dial ----


def told_by_torch(scores, tau, present, target, loss):
    """Return weights, own slopes, loss, gradient and entropy, by autograd in float64; absent scores are masked."""
    s = torch.tensor(scores, dtype=torch.float64, requires_grad=True)
    there = torch.tensor(present)
    w = torch.softmax((s / tau).masked_fill(~there, -torch.inf), 0)
    t = torch.tensor(target, dtype=torch.float64)
    logs = torch.log_softmax((s / tau).masked_fill(~there, -torch.inf), 0)
    height = ((w - t) ** 2).sum() / 2 if loss == "squared" else -(t * logs.masked_fill(~there, 0)).sum()
    (gradient,) = torch.autograd.grad(height, s, retain_graph=True)
    slopes = [torch.autograd.grad(w[m], s, retain_graph=True)[0][m].item() for m in range(len(s))]
    entropy = -(w[w > 0] * w[w > 0].log2()).sum().item()
    return w.detach(), slopes, height.item(), gradient, entropy


class Dial:
    """The chapter's two people as its notebook has them, and what torch says of them."""

    def __init__(self):
        space = made(NOTEBOOK, "SoftmaxDial", "NAMES scores received target people", SEEDS=range(1))
        self.scores = np.nan_to_num(space["scores"]).tolist()
        self.present, self.target = space["received"].tolist(), space["target"]
        self.names, self.people, self.tau, self.loss = list(space["NAMES"]), space["people"], 1.0, LOSSES[0]

    def told(self, k):
        return told_by_torch(self.scores[k], self.tau, self.present[k], self.target[k], self.loss)

    def check(self, figure):
        size = len(self.names)
        for k, who in enumerate(self.people):
            w, slopes, height, gradient, entropy = self.told(k)
            part = figure.cells[1 + k * (size + 2) : 1 + (k + 1) * (size + 2)]
            for m, (name, score, *numbers) in enumerate(part[:size]):
                assert name == f"{who}: {self.names[m]}"
                there = self.present[k][m]
                assert number(score) == pytest.approx(self.scores[k][m], abs=CLOSE) if there else score == "absent"
                wanted = [w[m].item(), self.target[k][m], slopes[m], gradient[m].item()]
                assert list(map(number, numbers)) == pytest.approx(wanted, abs=CLOSE)
            assert number(part[size][-1]) == pytest.approx(height, abs=CLOSE)
            assert number(part[size + 1][2]) == pytest.approx(entropy, abs=CLOSE)
            self.check_columns(figure, who, k, w.numpy(), np.array(slopes))

    def check_columns(self, figure, who, k, w, slopes):
        """Columns over their names as high as their weights, outlines as the target, bars beneath as the slopes."""
        labels = {one["text"]: float(one["x"]) for one in figure.marks("text.fy-tick", who)}
        middles = np.array([labels[name] for name in self.names])
        assert (np.diff(middles) > 0).all()
        for kind, wanted, full in (("bar", w, 106), ("aim", self.target[k], 106), ("slope", slopes, 44)):
            x, y, wide, high = floats(figure.marks(f".fd-{kind}", who), "x", "y", "width", "height")
            near(x + wide / 2, middles)
            near(high, full * np.minimum(wanted, 1 if full == 106 else 0.5))
            near(y, np.full(len(x), 202) if kind == "slope" else 152 - high)  # all stand or hang on one line


@pytest.fixture(scope="module")
def recorded():
    return Dial()


@pytest.fixture
def dial(recorded):
    return deepcopy(recorded)


def test_the_dial_first_says_what_torch_says(chapter, dial):
    figure = chapter.figure("softmax-dial")
    dial.check(figure)
    assert figure.options("scores of") == list(dial.people)
    assert figure.options("distance") == list(LOSSES)


@pytest.mark.parametrize("seed", range(4))
def test_the_dial_says_what_torch_says(chapter, dial, seed):
    """Any scores, temperature and loss; then ten steps of gradient descent."""
    rng, figure, k = random.Random(seed), chapter.figure("softmax-dial"), seed // 2
    power = rng.randint(-25, 50) / 50
    dial.tau, dial.loss = 10**power, LOSSES[seed % 2]
    figure.put({"temperature": power, "scores of": k, "distance": dial.loss})
    for m, name in enumerate(dial.names):
        if dial.present[k][m]:
            dial.scores[k][m] = rng.randint(-30, 30) / 10
            figure.put({name: dial.scores[k][m]})
    dial.check(figure)
    for _ in range(STEPS):
        gradient = dial.told(k)[3]
        moved = torch.tensor(dial.scores[k], dtype=torch.float64) - RATE * dial.tau**2 * gradient
        dial.scores[k] = moved.clamp(-SPAN, SPAN).tolist()
    figure.press("10 gradient steps")
    dial.check(figure)


def test_the_dial_reaches_its_target_and_saturates(chapter, dial):
    """At τ = 1 the squared distance is brought to nothing; at τ = 0.1 its gradient is dead, the cross-entropy's not."""
    figure = chapter.figure("softmax-dial")
    figure.press(*["10 gradient steps"] * 6)
    says(figure, "The target is reached")
    figure.press("Reset")
    before = scores_of(figure.put({"temperature": -1}))
    assert scores_of(figure.press("10 gradient steps")) == pytest.approx(before, abs=1e-3)
    says(figure, "saturated")
    figure.put({"distance": "cross-entropy"})
    cells = figure.press("10 gradient steps", "10 gradient steps")
    weights = [number(row[2]) for row in cells[1:6]]
    assert weights == pytest.approx(dial.target[0], abs=0.06)
    figure.press(*["10 gradient steps"] * 4)
    says(figure, "The target is reached")  # though the cross-entropy is that of the target, and not 0


def test_raising_all_scores_changes_no_weight(chapter):
    figure = chapter.figure("softmax-dial")
    before = figure.cells
    after = figure.press("Raise all by ½")
    moved = [b - a for a, b in zip(scores_of(before)[:4], scores_of(after)[:4], strict=True)]
    assert moved == pytest.approx([0.5] * 4)
    assert [row[2] for row in after[1:8]] == [row[2] for row in before[1:8]]


def scores_of(cells):
    return [number(row[1]) for row in cells[1:] if row[1] not in ("", "absent")]


def test_no_stray_word_at_any_setting(chapter):
    chapter.sweep()
