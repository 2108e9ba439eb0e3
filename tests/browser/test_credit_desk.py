"""Chapter 12's desk against torch: its applicants, anyone else, anything withheld, any text; its address; its cell."""

import base64
import contextlib
import io
import json
import random

import pytest
import torch
from built import page, says
from desk_oracle import NAMES, Desk, check_picture, check_table
from desk_panels import check_panels
from fusionbook.data import applicants, sentences
from fusionbook.data.prepare import Vocabulary
from fusionbook.explorers.credit_desk import FUSIONS
from visit import eventually, number

NOTEBOOK, KIND = "12_credit_risk", "credit-desk"
chapter = page(f"book/{NOTEBOOK}.html")
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


@pytest.fixture(scope="module")
def desk(chapter):
    return Desk(chapter.arrays(KIND), chapter.entry(KIND)["state"]["constants"])


@pytest.fixture
def figure(chapter):
    """The desk as the page first shows it, its address without a desk."""
    chapter.visit.page.evaluate("() => history.replaceState(null, '', location.href.split('#')[0])")
    return chapter.figure(KIND)


def drawn(seed):
    """A random applicant as traits: drawn ones and nonsense alike."""
    rng = random.Random(seed)
    row = applicants.make(1, rng.randrange(10**6))
    texts = [TEXTS[seed % len(TEXTS)], str(row.text[0]), " ".join(rng.sample(sentences.PURPOSE, 2))]
    return {
        "numeric": [round(float(v), 3) for v in row.numeric[0]],
        "categorical": row.categorical[0].tolist(),
        "temporal": [round(float(v), 3) for v in row.temporal[0].ravel()],
        "text": rng.choice(texts) if seed >= len(TEXTS) else texts[0],
        "chat": rng.choice([str(row.chat[0]), "", "Why?"]),
        "counts": [rng.choice([0, 0, 1, 2, 7, 99]) for _ in range(20)],
        "present": [rng.random() < 0.7 for _ in NAMES],
    }


def enclosed(value):
    """A desk as the page writes it into its address."""
    text = json.dumps(value, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


ARRIVE = """(text) => new Promise((done) => {
  const write = history.replaceState;
  history.replaceState = () => {}; // the desk must not write its own address over one that is just arriving
  addEventListener("hashchange", () => { history.replaceState = write; done(); }, { once: true });
  location.hash = text;
})"""


def arrive(figure, text):
    """Give the page another address, as a reader who pastes one; return the table."""
    figure.visit.page.evaluate(ARRIVE, f"#desk={text}")
    return figure.look()


# ---- who is on the desk ----


@pytest.mark.parametrize("fusion", FUSIONS)
def test_everyone_on_the_desk_is_judged_as_torch_judges_them(figure, desk, fusion):
    """All twelve as the notebook drew them: answers, reasons, attention, and how it came."""
    for k, wanted in enumerate(desk.first):
        if k % len(FUSIONS) != FUSIONS.index(fusion):
            continue
        figure.put({"applicant": k + 1, "reasons of": fusion})
        check_table(figure, wanted)
        check_picture(figure, wanted, fusion=fusion)
        came = "defaulted later" if desk.people.label[k] else "paid"
        says(figure, f"Applicant {k + 1}, who {came}: ")


@pytest.mark.parametrize("k", [0, 5, 11])
def test_every_modality_shown_is_the_applicants(figure, desk, k):
    figure.put({"applicant": k + 1})
    check_panels(figure, desk, desk.states[k])


# ---- anyone else, by the address ----


@pytest.fixture(scope="module")
def strangers(desk):
    """Sixty people whom nobody drew for the desk, and what torch says of each."""
    states = [drawn(seed) for seed in range(60)]
    return list(zip(states, desk.told(states), strict=True))


@pytest.mark.parametrize("ten", range(6))
def test_ten_random_applicants_are_what_torch_says(chapter, desk, strangers, ten):
    figure = chapter.figure(KIND)
    for k, (state, wanted) in enumerate(strangers[10 * ten : 10 * ten + 10]):
        cost, fusion = 1 + (7 * k + ten) % 20, FUSIONS[k % 4]
        arrive(figure, enclosed({"a": k, "f": fusion, "c": cost} | state))
        check_table(figure, wanted)
        if k < 3:
            check_picture(figure, wanted, cost=cost, fusion=fusion)
    assert chapter.visit.page.evaluate("() => window.hit") is None


def test_by_its_own_controls_and_by_its_address(figure, desk, visit):
    """What is changed stands in the address; a second reader who opens it has the same desk."""
    words, state = "I like 猫 & <i>cats</i>. I am freelance and my income changes.", desk.states[2]
    figure.put({"applicant": 3, "in their words": words, "reasons of": "gated", "a default costs": 9})
    figure.put({"housing": "owns", "education": "college", "temporal": False})
    changed = state | {"text": words, "present": [name != "temporal" for name in NAMES]}
    for name, level in (("housing", "owns"), ("education", "college")):
        codes = [*changed["categorical"]]
        codes[list(applicants.LEVELS).index(name)] = applicants.LEVELS[name].index(level)
        changed |= {"categorical": codes}
    (wanted,) = desk.told([changed])
    check_table(figure, wanted)
    check_picture(figure, wanted, cost=9, fusion="gated")
    says(figure, "temporal withheld")
    eventually(lambda: _holds(figure, "#desk="))
    again = visit(f"book/{NOTEBOOK}.html", anchor="#" + address_of(figure).split("#")[1])
    (same,) = again.draw()
    says(same, "temporal withheld")
    assert same.table() == figure.table()
    same.reset()
    eventually(lambda: _holds(same, "#", wanted=False))
    assert again.problems == []


def _holds(figure, sign, wanted=True):
    url = address_of(figure)
    assert (sign in url) == wanted, url


def address_of(figure):
    return figure.visit.page.evaluate("() => location.href")


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
def test_a_damaged_address_changes_nothing_and_says_so(figure, text):
    arrive(figure, text)
    says(figure, "address holds an applicant that cannot be read")
    assert figure.section.get_attribute("data-broken") is None
    figure.put({"applicant": 2})
    says(figure, "Applicant 2")
    assert "cannot be read" not in figure.status
    figure.press("Reset")
    says(figure, "Applicant 1")
    assert "cannot be read" not in figure.status


def test_reset_forgets_an_address_that_cannot_be_read(figure):
    arrive(figure, "garbage")
    says(figure, "the desk is as it was")
    figure.press("Reset")
    assert "cannot be read" not in figure.told
    eventually(lambda: _holds(figure, "#desk", wanted=False))


def test_back_to_an_address_without_a_desk_is_back_to_the_first_one(figure):
    eventually(lambda: _holds(figure, "#desk", wanted=False))
    figure.visit.page.evaluate(
        "(text) => { location.hash = text; }", f"#desk={enclosed({'a': 4, 'f': 'late', 'c': 20})}"
    )
    says(figure, "Applicant 5, who")
    figure.visit.page.evaluate("() => history.back()")
    says(figure, "Applicant 1, who")
    assert figure.control("a default costs").value == "5"


STEPS = """async (input) => {
  const stuck = [], fire = () => input.dispatchEvent(new Event("input", { bubbles: true }));
  const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));
  for (const way of ["stepUp", "stepDown"]) {
    input.value = way === "stepUp" ? input.min : input.max;
    fire();
    await painted();
    for (let k = Number(input.min); k < Number(input.max); k++) {
      const [before, words] = [input.value, input.getAttribute("aria-valuetext")];
      input[way]();
      fire();
      await painted();
      if (input.value === before || input.getAttribute("aria-valuetext") === words) stuck.push(`${way} at ${words}`);
    }
  }
  return [input.disabled, stuck];
}"""


@pytest.mark.parametrize("channel", applicants.TEMPORAL)
def test_every_step_of_a_month_says_something_else(figure, channel):
    """Days and calls are whole: between two of them the slider has no step."""
    figure.put({"change": "temporal"})
    figure.put({"channel": channel})
    assert figure.control("in it").node.evaluate(STEPS) == [False, []]


def test_events_move_one_by_one(figure, desk):
    """As many steps as there are events that can move; none to move, none to press; a count above twelve is no end."""
    state = {"a": 0, "f": "early", "c": 5, "counts": [4] + [0] * 19}
    figure.put({"change": "behavioural"})
    for state["counts"], still in (([4] + [0] * 19, False), ([0] * 20, True), ([30, 20] * 10, False)):
        arrive(figure, enclosed(state))
        assert figure.control("evenings").node.evaluate(STEPS) == [
            still,
            ["stepUp at 0\u00a0%", "stepDown at 0\u00a0%"] * still,
        ]
    most = max(max(one["counts"]) for one in desk.states)
    assert [int(figure.control(name).node.get_attribute("max")) for name in applicants.DAYPARTS] == [max(12, most)] * 2


def test_what_is_taken_back_at_once_leaves_another_anchor_alone(figure):
    """An address is written 400 ms after the last change: what is asked for later comes later."""
    page_ = figure.visit.page
    page_.evaluate("() => history.replaceState(null, '', '#summary')")
    figure.put({"applicant": 3})
    figure.press("Reset")
    page_.evaluate("() => new Promise((done) => setTimeout(done, 450))")
    assert "#desk" not in address_of(figure)


PASTE = """async (slider, text) => {
  slider.value = 3;
  slider.dispatchEvent(new Event("input"));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  location.hash = text;
  await new Promise((done) => setTimeout(done, 800));
  return location.hash;
}"""


def test_an_address_that_arrives_is_not_written_over(figure):
    """Pasted while the last change is still to be written, which is 400 ms later."""
    came = f"#desk={enclosed({'a': 4, 'f': 'attention', 'c': 2})}"
    assert figure.control("applicant").node.evaluate(PASTE, came) == came
    says(figure, "Applicant 5, who")


# ---- words, months, the cell ----


def test_unknown_words_are_marked_and_markup_is_text(figure, desk):
    known = next(iter(Vocabulary.fit(applicants.written(desk.reference)).entries[1:]))
    figure.put({"in their words": f"{known} <img src=x onerror='window.hit=1'> bitcoin"})
    marked = figure.section.locator(".fd-words > p:first-child mark").all_text_contents()
    assert marked == ["<img", "src=x", "onerror='window.hit=1'>", "bitcoin"]
    assert figure.section.locator("img").count() == 0
    assert figure.visit.page.evaluate("() => window.hit") is None
    says(figure, "unknown")


@pytest.mark.parametrize("text", ['"quoted" \\ back\nnew line', "🙂 猫", "'''", "\u2028", "{x} %s \\N{DASH}"])
def test_the_cell_computes_what_is_on_the_desk(figure, desk, text):
    """Run as Python in the notebook, the cell that the desk writes says the four probabilities of the table."""
    figure.put({"in their words": text, "temporal": False})
    figure.press("Copy as PyTorch")
    code, heard = figure.section.locator(".fd-cell").text_content(), io.StringIO()
    fits = {name: [_Fit(model)] for name, model in desk.team.items()}
    with contextlib.redirect_stdout(heard):
        exec(code, desk.space | {"deployed": fits, "torch": torch})
    told = dict(line.split(": ") for line in heard.getvalue().strip().splitlines())
    shown = [number(cell) for cell in figure.rows()["probability of default"]]
    assert shown == pytest.approx([float(told[name]) for name in FUSIONS], abs=1.6e-4)
    says(figure, "The cell below computes this in the notebook.")


class _Fit:
    def __init__(self, model):
        self.model = model

    def predict(self, present, *x):
        with torch.no_grad():
            return self.model(present, *(part.double() for part in x))


def test_months_are_written_by_pressing_on_them_and_onwards(figure):
    figure.put({"change": "temporal"})
    figure.put({"channel": "utilisation", "month": 20})
    figure.put({"in it": 50})
    says(figure, "utilisation in month 20 is 100")
    figure.press("From here on")
    for month in (21, 24):
        figure.put({"month": month})
        says(figure, f"utilisation in month {month} is 100")
    figure.put({"month": 19})
    says(figure, "utilisation in month 19 is")
    assert "is 100" not in figure.status
    curves = figure.section.locator(".fd-months")
    curves.scroll_into_view_if_needed()
    box = curves.bounding_box()
    figure.visit.page.mouse.click(box["x"] + box["width"] - 9, box["y"] + 12)
    says(figure, "utilisation in month 24 is 8")


def test_no_stray_word_at_any_setting(chapter):
    chapter.sweep()
