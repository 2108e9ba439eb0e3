"""Chapter 1's explorers against NumPy and torch: what every policy pays, and where the softmax and its gradient go."""

import random

import numpy as np
import pytest
import torch
from explorer_makers import PEOPLE, VERDICTS, dial, underwriter
from fusionbook.data.applicants import MODALITIES
from fusionbook.explorers.softmax_dial import LOSSES, RATE, SPAN, STEPS
from own_pages import arrays_of, entries_of, entry_of, write_page
from visit import eventually, number, said

CLOSE = 1e-4
PAGE = "book/01_concepts.html"


def figure_of(visit, kind, page=PAGE):
    return next(one for one in visit(page).draw() if one.kind == kind)


# ---- the underwriter ----


class Desk:
    """What everybody pays on the applicants of one underwriter, by loops."""

    def __init__(self, entry):
        state, arrays = entry["state"], arrays_of(entry)
        self.lost, self.missed = state["costs"]
        self.names, self.price = state["policies"], state["price"]
        self.p, self.label = arrays["p"].astype(float), arrays["label"].astype(float)
        self.verdicts, self.received = arrays["verdicts"], arrays["received"].astype(bool)
        self.said, self.paid = arrays["said"], arrays["paid"].astype(bool)

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
        for k, name in enumerate(self.names):
            lines[name] = self.judge(rows, self.said[k] < limit, (self.received & self.paid[k]).sum(1))
        return lines | {"oracle": self.judge(rows, self.p < limit, [0] * n)}


def check_board(figure, wanted):
    head, *lines = figure.table()
    assert head == ["", "looks", "lent to", "coins on average", "coins as it came"]
    told = {name: [number(cell) for cell in cells] for name, *cells in lines}
    assert list(told) == list(wanted)
    for name, line in wanted.items():
        assert told[name] == pytest.approx(line, abs=CLOSE), name


@pytest.mark.parametrize("seed", range(4))
def test_the_board_after_any_game(visit, tmp_path, seed):
    """Any applicants decided, anything opened, any price: every line is what loops in Python say."""
    rng = random.Random(seed)
    widget = underwriter(price=rng.choice([0.0, 0.25, 1.0, 3.0]), default_cost=rng.choice([100.0, 37.5]))
    widget.decisions = [rng.choice(["", "lend", "refuse"]) for _ in range(PEOPLE.n - 1)] + ["lend"]
    widget.opened = [rng.randrange(32) for _ in range(PEOPLE.n)]
    entry = entry_of(widget)
    desk = Desk(entry)
    rows = [i for i, word in enumerate(widget.decisions) if word]
    you = desk.judge(rows, [word == "lend" for word in widget.decisions], widget.looks.sum(1))
    figure = figure_of(visit, "underwriter", write_page(tmp_path, {"one": entry}))
    check_board(figure, {"you": you} | desk.board(rows))


def test_a_game_on_the_page(visit, built_book):
    """Open, lend, go on, refuse at another price: the page keeps the books that Python keeps."""
    entry = next(one for one in entries_of(built_book / PAGE) if "decisions" in one["state"])
    figure, desk = figure_of(visit, "underwriter"), Desk(entry)
    n = len(desk.p)
    check_board(figure, desk.board(range(n)))
    figure.put({"a look costs": 2.5})
    desk.price = 2.5
    for name in ("Open text, 2.5 coins", "Open behavioural, 2.5 coins", "Lend"):
        figure.control(name).press("Enter")
    figure.put({"applicant": n})
    figure.control("Refuse").press("Enter")
    lends, looks = [True] + [False] * (n - 1), [2] + [0] * (n - 1)
    rows = [0, n - 1]
    check_board(figure, {"you": desk.judge(rows, lends, looks)} | desk.board(rows))
    eventually(lambda: said(figure, f"Applicant {n}: you refused after 0 looks"))
    _, _, you, _ = desk.judge(rows, lends, looks)
    eventually(lambda: said(figure, f"you pay {you:.1f} coins each"))


def test_what_is_opened_is_what_was_drawn(visit, tmp_path):
    """A view shows its own applicant; what was not received cannot be opened, and its expert says nothing."""
    widget = underwriter()
    figure = figure_of(visit, "underwriter", write_page(tmp_path, {"one": entry_of(widget)}))
    for row in range(PEOPLE.n):
        figure.put({"applicant": row + 1})
        for m, name in enumerate(MODALITIES):
            view = figure.section.locator(f".fv-{name}")
            opener = view.locator("button")
            if not PEOPLE.present[row, m]:
                assert not opener.is_visible()
                assert "Not received" in view.text_content()
                assert "expert" not in view.locator(".fv-beside").text_content()
                continue
            assert "expert:" not in view.text_content()
            opener.evaluate("(button) => button.click()")
            figure.visit.frames()
            assert f"expert: {VERDICTS[row, m]:.0%}".replace("%", "\u00a0%") in view.text_content()
        words = figure.section.locator(".fv-text").text_content()
        assert (str(PEOPLE.text[row]) in words) == PEOPLE.present[row, 3]
        events = int((PEOPLE.events[row] >= 0).sum())
        behaviour = figure.section.locator(".fv-behavioural")
        assert (f"{events} events" in behaviour.text_content()) == PEOPLE.present[row, 4]
        if PEOPLE.present[row, 4]:
            late = int((PEOPLE.dayparts[row] == 1).sum())
            assert behaviour.locator(".fv-late").count() == late
            assert behaviour.locator(".fv-day").count() == events - late


# ---- the softmax dial ----


def told_by_torch(scores, tau, present, target, loss):
    """Weights, their own slopes, the loss and its gradient, by torch and autograd."""
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


def check_dial(figure, scores, tau, present, target, loss):
    _, *lines = figure.table()
    size = len(scores[0])
    for k in (0, 1):
        w, slopes, height, gradient, entropy = told_by_torch(scores[k], tau, present[k], target[k], loss)
        part = lines[k * (size + 2) : (k + 1) * (size + 2)]
        for m in range(size):
            _, score, *numbers = part[m]
            assert score == "absent" if not present[k][m] else number(score) == pytest.approx(scores[k][m], abs=CLOSE)
            wanted = [w[m].item(), target[k][m], slopes[m], gradient[m].item()]
            assert list(map(number, numbers)) == pytest.approx(wanted, abs=CLOSE)
        assert number(part[size][-1]) == pytest.approx(height, abs=CLOSE)
        assert number(part[size + 1][2]) == pytest.approx(entropy, abs=CLOSE)


@pytest.mark.parametrize("seed", range(4))
def test_the_dial_says_what_torch_says(visit, tmp_path, seed):
    """Any scores, temperature and loss; then ten steps of gradient descent."""
    rng = random.Random(seed)
    scores = [[rng.randint(-30, 30) / 10 for _ in range(3)] for _ in range(2)]
    tau, loss, row = 10 ** rng.uniform(-0.5, 1), LOSSES[seed % 2], seed // 2
    widget = dial(scores=scores, temperature=tau, loss=loss, row=row)
    present = [[True, True, False], [True, True, True]]
    scores[0][2] = 0.0
    figure = figure_of(visit, "softmax-dial", write_page(tmp_path, {"one": entry_of(widget)}))
    check_dial(figure, scores, tau, present, widget.target, loss)
    for _ in range(STEPS):
        *_, gradient, _ = told_by_torch(scores[row], tau, present[row], widget.target[row], loss)
        moved = torch.tensor(scores[row], dtype=torch.float64) - RATE * tau**2 * gradient
        scores[row] = moved.clamp(-SPAN, SPAN).tolist()
    figure.control("10 gradient steps").press("Enter")
    check_dial(figure, scores, tau, present, widget.target, loss)


def test_the_dial_reaches_its_target_and_saturates(visit):
    """At τ = 1 the squared distance is brought to nothing; at τ = 0.1 its gradient is dead, the cross-entropy's not."""
    figure = figure_of(visit, "softmax-dial")
    press = figure.control("10 gradient steps").press
    for _ in range(6):
        press("Enter")
    eventually(lambda: said(figure, "The target is reached"))
    figure.reset()
    figure.control("temperature").put(-1)
    before = scores_of(figure)
    press("Enter")
    assert scores_of(figure) == pytest.approx(before, abs=1e-3)
    eventually(lambda: said(figure, "saturated"))
    figure.put({"distance": "cross-entropy"})
    press("Enter")
    press("Enter")
    weights = [number(row[2]) for row in figure.table()[1:6]]
    assert weights == pytest.approx([0.1, 0.1, 0, 0.5, 0.3], abs=0.06)


def test_raising_all_scores_changes_no_weight(visit):
    figure = figure_of(visit, "softmax-dial")
    before, weights = scores_of(figure), [row[2] for row in figure.table()[1:8]]
    figure.control("Raise all by ½").press("Enter")
    assert [b - a for a, b in zip(before[:4], scores_of(figure)[:4], strict=True)] == pytest.approx([0.5] * 4)
    assert [row[2] for row in figure.table()[1:8]] == weights


def scores_of(figure):
    return [number(row[1]) for row in figure.table()[1:] if row[1] not in ("", "absent")]
