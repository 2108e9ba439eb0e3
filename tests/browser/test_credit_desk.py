"""Chapter 12's explorer against torch: random applicants, anything withheld, any text; its address; its cell."""

import base64
import contextlib
import io
import json
import random

import numpy as np
import pytest
from fusionbook.data import applicants, sentences
from fusionbook.explorers.credit_desk import FUSIONS
from fusionbook.importance import shapley
from own_pages import entry_of, write_page
from practice_cases import EARLIER, THERE, answers, desk
from visit import eventually, number, said

NAMES = applicants.MODALITIES
TEXTS = [
    "",
    "   ",
    "<b>bold</b> & <script>hit = true</script>",
    "x" * 10_000,
    "word " * 2_000,
    "🙂🙂 猫在这里，我按月领工资",
    "I'm paid\u00a0the same\u2028salary\x85every month.",
    "ÀÉÎ İstanbul ΟΔΟΣ ẞ",
    "a-b_c/d\\e",
    "'",
    "\U0001f469\u200d\U0001f467",
]


def drawn(rng):
    """A random applicant as traits: drawn ones and nonsense alike."""
    row = applicants.make(1, rng.randrange(10**6))
    texts = [*TEXTS, str(row.text[0]), " ".join(rng.sample(sentences.PURPOSE, 2))]
    return {
        "numeric": [round(float(v), 3) for v in row.numeric[0]],
        "categorical": row.categorical[0].tolist(),
        "temporal": [round(float(v), 3) for v in row.temporal[0].ravel()],
        "text": rng.choice(texts),
        "chat": rng.choice([str(row.chat[0]), "", "Why?"]),
        "counts": [rng.choice([0, 0, 1, 2, 7, 99]) for _ in range(20)],
        "present": [rng.random() < 0.7 for _ in NAMES],
    }


def told_of(figure):
    """The table as name -> one number a fusion; a dash is None."""
    head, *rows = figure.table()
    assert head[1:] == list(FUSIONS)
    return {name: [None if cell == "–" else number(cell) for cell in cells] for name, *cells in rows}


def check(told, state):
    person = applicants.typed(**state)
    logits = answers(person)
    for k, name in enumerate(FUSIONS):
        assert told["log-odds"][k] == pytest.approx(logits[name], abs=1e-4), (name, state)
        assert told["probability of default"][k] == pytest.approx(1 / (1 + np.exp(-logits[name])), abs=1e-4)
    nobody = answers(applicants.typed(**(state | {"present": [False] * 5})))
    assert told["log-odds with nothing received"] == pytest.approx([nobody[f] for f in FUSIONS], abs=1e-4)


@pytest.mark.parametrize("seed", range(20))
def test_ten_random_applicants_are_what_torch_says(visit, tmp_path, subtests, seed):
    """Twenty pages of ten applicants each: 200."""
    rng = random.Random(seed)
    states = [drawn(rng) for _ in range(10)]
    entries = {}
    for k, state in enumerate(states):
        entries[str(k)] = entry = entry_of(desk(label=f"desk {k}"))
        entry["state"].update(state)
    opened = visit(write_page(tmp_path, entries))
    for figure, state in zip(opened.draw(), states, strict=True):
        with subtests.test(figure.label):
            check(told_of(figure), state)
    assert opened.problems == []
    assert opened.page.evaluate("() => window.hit") is None


@pytest.mark.parametrize("present", [[True] * 5, [True, False, True, True, False], [False] * 5])
def test_reasons_are_shapleys_shares(visit, tmp_path, present):
    entry = entry_of(desk())
    entry["state"]["present"] = present
    (figure,) = visit(write_page(tmp_path, {"one": entry})).draw()
    told, state = told_of(figure), {name: entry["state"][name] for name in drawn(random.Random(0))}

    def worth(members):
        there = [bool(here and member) for here, member in zip(present, members, strict=True)]
        logits = answers(applicants.typed(**(state | {"present": there})))
        return np.array([logits[f] for f in FUSIONS])

    for name, shares in zip(NAMES, shapley(worth, 5), strict=True):
        assert told[f"{name} adds"] == pytest.approx(shares, abs=1e-4)
    adds = np.array([told[f"{name} adds"] for name in NAMES])
    gap = np.array(told["log-odds"]) - told["log-odds with nothing received"]
    assert adds.sum(0) == pytest.approx(gap, abs=1e-4)


def enclosed(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_by_its_own_controls_and_by_its_address(visit, tmp_path):
    """What is changed stands in the address; a second reader who opens it has the same desk."""
    page = write_page(tmp_path, {"one": entry_of(desk())})
    opened = visit(page)
    (figure,) = opened.draw()
    assert "#" not in address_of(opened)
    figure.put({"applicant": 3})
    figure.put({"in their words": "I like 猫 & <i>cats</i>. I am freelance and my income changes."})
    figure.put({"change": "numeric"})
    figure.put({"income": 20})
    figure.put({"change": "temporal"})
    figure.put({"channel": 1, "month": 5})
    figure.put({"in it": 10})
    figure.put({"change": "behavioural"})
    figure.put({"evenings": 20})
    figure.put({"temporal": False})
    figure.put({"reasons of": "gated", "a default costs": 9})
    told = told_of(figure)
    eventually(lambda: said(figure, "temporal withheld"))
    status = figure.status
    eventually(lambda: _holds(opened, "#desk="))
    again = visit(page, anchor=address_of(opened).removeprefix(page.as_uri()))
    (same,) = again.draw()
    eventually(lambda: said(same, "temporal withheld"))
    assert told_of(same) == told
    same.put({"change": "behavioural"})
    eventually(lambda: said(same, status))
    same.reset()
    eventually(lambda: _holds(again, "#", wanted=False))
    assert opened.problems == again.problems == []


def _holds(opened, sign, wanted=True):
    url = address_of(opened)
    assert (sign in url) == wanted, url


def address_of(opened):
    return opened.page.evaluate("() => location.href")


def test_a_desk_written_by_hand_is_read_from_the_address(visit, tmp_path):
    page = write_page(tmp_path, {"one": entry_of(desk())})
    kept = {"a": 4, "f": "attention", "c": 2, "text": "<b>ünïcode</b> 🙂", "present": [True, True, True, True, False]}
    opened = visit(page, anchor=f"#desk={enclosed(kept)}")
    (figure,) = opened.draw()
    eventually(lambda: said(figure, "Applicant 5, changed, behavioural withheld"))
    check(told_of(figure), state_of(kept))
    opened.page.evaluate("(text) => { location.hash = text; }", f"#desk={enclosed({'a': 0, 'f': 'late', 'c': 5})}")
    eventually(lambda: said(figure, "Applicant 1, who"))


def state_of(kept):
    """The desk's person as Python has it: the applicant kept[a] as the desk rounds it, and what was changed."""
    state = entry_of(desk(people=THERE.take(slice(kept["a"], kept["a"] + 1))))["state"]
    return {name: kept.get(name, state[name]) for name in drawn(random.Random(0))}


SOUND = {"a": 0, "f": "late", "c": 5}
HARMS = [
    {"a": 99},
    {"a": "0"},
    {"f": "hybrid"},
    {"c": 500},
    {"numeric": [1]},
    {"text": 7},
    {"counts": [0.5] * 20},
    {"temporal": None},
    {"present": [1, 1, 1, 1, 1]},
]
DAMAGED = ["", "!!!", "AAAA", "%F0%9F", enclosed(SOUND)[:9], enclosed([1, 2]), enclosed(None), enclosed("text")]
DAMAGED += [enclosed(SOUND | harm) for harm in HARMS]


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_address_changes_nothing_and_says_so(visit, tmp_path, text):
    page = write_page(tmp_path, {"one": entry_of(desk())})
    opened = visit(page, anchor=f"#desk={text}")
    (figure,) = opened.draw()
    eventually(lambda: said(figure, "address holds an applicant that cannot be read"))
    assert figure.section.get_attribute("data-broken") is None
    figure.put({"applicant": 2})
    eventually(lambda: said(figure, "Applicant 2"))
    assert opened.problems == []


def test_what_is_taken_back_at_once_leaves_no_address(visit, tmp_path):
    opened = visit(write_page(tmp_path, {"one": entry_of(desk())}))
    (figure,) = opened.draw()
    figure.put({"applicant": 3})
    figure.reset()
    opened.page.wait_for_timeout(700)
    assert "#" not in address_of(opened)


def test_a_damaged_address_is_spoken_of_until_something_is_changed(visit, tmp_path):
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(desk())}), anchor="#desk=AAAA").draw()
    eventually(lambda: said(figure, "cannot be read"))
    figure.put({"applicant": 2})
    eventually(lambda: said(figure, "Applicant 2"))
    assert "cannot be read" not in figure.status
    figure.reset()
    eventually(lambda: said(figure, "Applicant 1"))
    assert "cannot be read" not in figure.status


def test_another_anchor_of_the_page_is_left_alone(visit, tmp_path):
    opened = visit(write_page(tmp_path, {"one": entry_of(desk())}), anchor="#summary")
    opened.draw()
    opened.page.wait_for_timeout(600)
    assert address_of(opened).endswith("#summary")


def test_unknown_words_are_marked_and_markup_is_text(visit, tmp_path):
    entry = entry_of(desk())
    known = str(EARLIER.text[0]).split()[0]
    entry["state"]["text"] = f"{known} <img src=x onerror='window.hit=1'> bitcoin"
    opened = visit(write_page(tmp_path, {"one": entry}))
    (figure,) = opened.draw()
    marked = figure.section.locator("mark").all_text_contents()
    assert marked == ["<img", "src=x", "onerror='window.hit=1'>", "bitcoin"]
    assert opened.page.locator("main img").count() == 0
    assert opened.page.evaluate("() => window.hit") is None
    assert "unknown" in figure.status


@pytest.mark.parametrize("text", ['"quoted" \\ back\nnew line', "🙂 猫", "'''", "\u2028", "{x} %s \\N{DASH}"])
def test_the_cell_computes_what_is_on_the_desk(visit, tmp_path, text):
    """Run as Python, the cell that the desk writes gives the four log-odds of the table."""
    entry = entry_of(desk())
    entry["state"] |= {"text": text, "present": [True, True, False, True, True]}
    (figure,) = visit(write_page(tmp_path, {"one": entry})).draw()
    told = told_of(figure)
    figure.control("Copy as PyTorch").press("Enter")
    code, heard = figure.section.locator(".fd-cell").text_content(), io.StringIO()
    with contextlib.redirect_stdout(heard):
        exec(code, {"answers": lambda person: json.dumps(answers(person))})
    logits = json.loads(heard.getvalue())
    assert told["log-odds"] == pytest.approx([logits[f] for f in FUSIONS], abs=1e-4)
    eventually(lambda: said(figure, "The cell below computes this in the notebook."))


def test_months_are_written_by_pressing_on_them_and_onwards(visit, tmp_path):
    (figure,) = visit(write_page(tmp_path, {"one": entry_of(desk(label="months"))})).draw()
    figure.put({"change": "temporal"})
    figure.put({"channel": 0, "month": 20})
    figure.put({"in it": 50})
    eventually(lambda: said(figure, "utilisation in month 20 is 100"))
    figure.control("From here on").press("Enter")
    for month in (21, 24):
        figure.put({"month": month})
        eventually(lambda month=month: said(figure, f"utilisation in month {month} is 100"))
    figure.put({"month": 19})
    eventually(lambda: said(figure, "utilisation in month 19 is"))
    assert "is 100" not in figure.status
    curves = figure.section.locator(".fd-months")
    curves.scroll_into_view_if_needed()
    box = curves.bounding_box()
    figure.visit.page.mouse.click(box["x"] + box["width"] - 9, box["y"] + 12)
    eventually(lambda: said(figure, "utilisation in month 24 is 8"))
