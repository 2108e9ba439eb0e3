"""Five views of an applicant, as chapters 1 and 2 draw them, held against the applicant that Python draws."""

import re

import numpy as np
from built import near, spots
from fusionbook.data import applicants

READ = """(section) => Object.fromEntries([...section.querySelectorAll(".fv-view")].map((view) => {
  const all = (selector) => [...view.querySelectorAll(selector)], rail = (line) => line.querySelector(".fv-rail");
  const tick = (line) => (rail(line)?.firstChild ? parseFloat(rail(line).style.getPropertyValue("--at")) : null);
  return [view.getAttribute("aria-label"), {
    room: view.querySelector(".fv-room").textContent, beside: view.querySelector(".fv-beside").textContent,
    lines: all(".fv-lines li").map((line) => [line.children[0].textContent, line.children[1].textContent, tick(line)]),
    months: all(".fv-months > div").map((row) => [row.firstChild.textContent, row.querySelector("path").outerHTML]),
    lanes: all(".fv-lanes > span").map((lane) => lane.textContent),
    events: all(".fv-day, .fv-late").map((bar) => ["x", "y"].map((name) => Number(bar.getAttribute(name)))),
  }];
}))"""
MONTHS = 24


def check_views(figure, people, row, reference):
    """Hold all five views of an explorer against one row of each of five `people`, drawn among `reference`."""
    views = figure.section.evaluate(READ)
    assert list(views) == list(applicants.MODALITIES)
    for m, (name, check) in enumerate(CHECKS.items()):
        if people[m].present[row, m]:
            check(views[name], people[m], row, reference)
        else:
            assert views[name]["room"] == "Not received."


def _numeric(view, people, row, reference):
    names = [name for name, *_ in view["lines"]]
    assert names == list(applicants.NUMERIC), names
    for k, (_, words, at) in enumerate(view["lines"]):
        value, known = people.numeric[row, k], reference.numeric[:, k]
        if np.isnan(value):
            assert (words, at) == ("not given", None)
            continue
        digits = re.search(r"[\d,]+(\.\d+)?", words)
        share = 100 if words.endswith("%") else 1
        decimals = len(digits[1] or ".") - 1
        shown = float(digits[0].replace(",", "")) * (-1 if words.startswith(("-", "−")) else 1)
        assert abs(shown - share * value) <= 0.501 * 10.0**-decimals, words
        near(at, 100 * ((known < value).mean() + (known == value).mean() / 2), within=0.3)


def _categorical(view, people, row, _):
    wanted = [
        (name, levels[code] if code >= 0 else "not given")
        for (name, levels), code in zip(applicants.LEVELS.items(), people.categorical[row], strict=True)
    ]
    shown = [(name, words) for name, words, _ in view["lines"]]
    assert shown == wanted, (shown, wanted)


def _temporal(view, people, row, reference):
    low, high = np.percentile(reference.temporal, [2, 98], axis=(0, 1))
    height = 32 - 28 * np.clip((people.temporal[row] - low) / (high - low), 0, 1)
    assert [name for name, _ in view["months"]] == list(applicants.TEMPORAL)
    for c, (_, path) in enumerate(view["months"]):
        known = ~np.isnan(height[:, c])
        months = np.flatnonzero(known)
        wanted = np.stack([300 * months / (MONTHS - 1), height[known, c]], 1)
        near(spots(path) if len(months) else np.zeros((0, 2)), wanted)
        starts = int((np.diff(np.r_[0, known.astype(int)]) == 1).sum())  # a gap lifts the pen
        assert path.count("L") == len(months) - starts, path


def _text(view, people, row, _):
    assert view["room"] == f"“{people.text[row]}”Asked in the chat: {people.chat[row]}"


def _behavioural(view, people, row, _):
    events, parts = people.events[row], people.dayparts[row]
    parts, events = parts[events >= 0], events[events >= 0]
    assert view["lanes"] == list(applicants.DAYPARTS)
    if not len(events):
        assert view["room"].endswith("no event is known")
        return
    across, down = np.array(view["events"]).T
    near(across, 300 * np.arange(len(events)) / len(events) + 0.6)
    near(down, np.where(parts == 1, 17, 3))
    share = f"{100 * (parts == 1).mean():.0f}"
    assert f"{len(events)} events in order, {share}" in view["room"] or (parts == 1).mean() * 200 % 1 == 0
    counts = [int((events == k).sum()) for k in range(len(applicants.EVENTS))]
    wanted = [(name, str(n)) for name, n in zip(applicants.EVENTS, counts, strict=True)]
    assert [(name, words) for name, words, _ in view["lines"]] == wanted
    near([at for *_, at in view["lines"]], 100 * np.array(counts) / max(8, *counts))


CHECKS = {
    "numeric": _numeric,
    "categorical": _categorical,
    "temporal": _temporal,
    "text": _text,
    "behavioural": _behavioural,
}
