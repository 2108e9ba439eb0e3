"""Broken or hostile data: a sentence in place of the figure, text as text, and the rest of the page unharmed."""

import base64
import json

import numpy as np
import pytest
from broken_states import STATES
from fusionbook.explorers.late_mixer import LateMixer
from own_pages import entry_of, module_entry, write_page
from visit import eventually

MARKUP = '<img src=x onerror="window.hit = true">'


def mixer(**settings):
    """Return the entry of a small, sound mixer."""
    rng = np.random.default_rng(0)
    names = settings.pop("names", ["text", "image", "audio"])
    return entry_of(LateMixer(rng.normal(size=(40, 3)), np.arange(40) % 2, names, prior=0.3, **settings))


def truncate(entry, name):
    """Take the last 8 bytes from one array."""
    for buffer in entry["buffers"]:
        if buffer["path"][1] == name:
            buffer["data"] = base64.b64encode(base64.b64decode(buffer["data"])[:-8]).decode()


def drop(entry, name):
    """Leave one array out."""
    del entry["state"]["data"][name]
    entry["buffers"] = [buffer for buffer in entry["buffers"] if buffer["path"][1] != name]


def cut(entry, name):
    """Take whole rows from one array, its shape told truly."""
    one = entry["state"]["data"][name]
    one["shape"][0] -= 8
    for buffer in entry["buffers"]:
        if buffer["path"][1] == name:
            size = np.dtype(one["dtype"]).itemsize * int(np.prod(one["shape"]))
            buffer["data"] = base64.b64encode(base64.b64decode(buffer["data"])[:size]).decode()


def setting(**state):
    """Set traits to what Python would have refused."""
    return lambda entry: entry["state"].update(state)


def without_data(entry):
    """Leave out all arrays and the place they are in."""
    del entry["state"]["data"]
    entry["buffers"] = []


BREAKS = {
    **{f"{name} truncated": lambda entry, name=name: truncate(entry, name) for name in ("logits", "label", "present")},
    **{f"{name} missing": lambda entry, name=name: drop(entry, name) for name in ("logits", "label", "present")},
    **{f"{name} too short": lambda entry, name=name: cut(entry, name) for name in ("logits", "label", "present")},
    "no data": without_data,
    "unknown dtype": lambda entry: entry["state"]["data"]["label"].update(dtype="complex64"),
    "no base64": lambda entry: entry["buffers"][0].update(data="?"),
    "no shape": lambda entry: entry["state"]["data"]["label"].pop("shape"),
    "two weights for three": setting(weights=[1, 1]),
    "no weights": setting(weights=None),
    "a weight is None": setting(weights=[1, None, 1]),
    "a weight is text": setting(weights=[1, "heavy", 1]),
    "a weight is negative": setting(weights=[1, -1, 1]),
    "unknown rule": setting(rule="median"),
    "no rule": setting(rule=None),
    "no prior": setting(prior=None),
    "prior out of range": setting(prior=1.5),
    "no threshold": setting(threshold=None, rule="vote"),
    "no names": setting(modalities=[]),
    "a learned weight too few": setting(learned={"mean": [1, 1]}),
    "module throws": setting(_esm="throw new Error('at the door');"),
    "module is no JavaScript": setting(_esm="export default {"),
    "module exports nothing": setting(_esm="export const x = 1;"),
    "render throws": setting(_esm="export default { render() { throw new Error('inside'); } };"),
    "render rejects": setting(_esm="export default { async render() { throw new Error('later'); } };"),
}


TOLD = """() => Array.from(document.querySelectorAll(".explorer-place"), (place) => ({
  sentences: Array.from(place.querySelectorAll(".fy-broken"), (node) => node.textContent),
  drawn: place.querySelectorAll("svg, canvas, input").length,
  label: place.querySelector("[data-ready=true]:not([data-broken])")?.getAttribute("aria-label") ?? null,
}))"""


def told(opened, count):
    """Scroll through a page; once every place has its sentence or its figure, return what stands in each."""
    eventually(lambda: _are(opened.page.locator(".explorer-place").count(), count))
    opened.draw_places("[data-ready], .fy-broken")
    opened.settle()  # the status line is told after a pause, and must not be tried where there is none
    return opened.page.evaluate(TOLD)


def _are(got, wanted):
    assert got == wanted


def check_place(place):
    """One sentence stands where the figure would, and nothing else."""
    (sentence,) = place["sentences"]
    assert "cannot be drawn" in sentence
    assert (place["drawn"], place["label"]) == (0, None)


def check_sentence(opened):
    """The page's only figure is a sentence; nothing was thrown at the reader's console."""
    (place,) = told(opened, 1)
    check_place(place)
    assert opened.problems == []


def test_broken_mixers_say_so(visit, tmp_path, subtests):
    """Whatever is broken, the reader gets a sentence, and the sound explorer below is drawn all the same."""
    entries = {}
    for name, harm in BREAKS.items():
        entries[name], entries[f"{name}: below"] = broken, _ = mixer(), mixer(label_text=f"below {name}")
        harm(broken)
    opened = visit(write_page(tmp_path, entries), haste=True)
    places = told(opened, 2 * len(BREAKS))
    for name, broken, sound in zip(BREAKS, places[::2], places[1::2], strict=True):
        with subtests.test(name):
            check_place(broken)
            assert sound["label"] == f"below {name}"
            assert sound["drawn"] > 0
    assert opened.problems == []


def test_any_broken_state_gets_a_sentence(visit, tmp_path, subtests):
    """Each state stands on one page, one below the other; none is drawn, and each says so."""
    broken = {}
    for number, (make, state) in enumerate(STATES):
        broken[str(number)] = entry = entry_of(make())
        entry["state"].update(state)
    opened = visit(write_page(tmp_path, broken), haste=True)
    for (make, state), place in zip(STATES, told(opened, len(STATES)), strict=True):
        with subtests.test(f"{make.__name__} {state}"):
            check_place(place)
    assert opened.problems == []


@pytest.mark.parametrize("trait", ["weights", "prior"])
def test_nan_is_no_json_and_still_gets_a_sentence(visit, tmp_path, trait):
    """Python writes NaN into JSON, which JSON.parse refuses: then every figure of the page owes a sentence."""
    entry = mixer()
    entry["state"][trait] = [1, float("nan"), 1] if trait == "weights" else float("nan")
    raw = json.dumps({"state": {"one": entry}})
    assert "NaN" in raw
    check_sentence(visit(write_page(tmp_path, {"one": entry}, raw=raw)))


def test_missing_state_gets_a_sentence(visit, tmp_path):
    """A view whose state is not in the page is a figure that cannot be drawn, not a gap in the text."""
    opened = visit(write_page(tmp_path, {"one": mixer()}, raw=json.dumps({"state": {}})))
    check_sentence(opened)


def test_python_refuses_what_the_page_cannot_carry():
    """NaN in any number that goes into the page is refused where it is made."""
    for wrong in (
        {"marks": {"best": np.nan}},
        {"weights": [1, np.nan, 1]},
        {"threshold": np.nan},
        {"learned": {"mean": [1, 1, np.nan]}},
    ):
        with pytest.raises(ValueError, match="nan"):
            mixer(**wrong)


# Draw every explorer of the page again, with each of its arrays in turn cut short or missing; tell what stands there.
HARMED = """async () => {
  const KIND = "application/vnd.jupyter.widget-", states = {}, found = [];
  for (const script of document.querySelectorAll(`script[type="${KIND}state+json"]`))
    Object.assign(states, JSON.parse(script.textContent).state);
  for (const view of document.querySelectorAll(`script[type="${KIND}view+json"]`)) {
    const { state, buffers = [] } = states[JSON.parse(view.textContent).model_id];
    if (!state._esm) continue;
    const module = await import(URL.createObjectURL(new Blob([state._esm], { type: "text/javascript" })));
    const arrays = Object.fromEntries(buffers.map(({ path, data }) =>
      [path[1], Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)).buffer]));
    for (const harmed of [null, ...Object.keys(arrays)]) for (const harm of harmed ? ["truncate", "drop"] : ["none"]) {
      const data = structuredClone(state.data), values = { ...structuredClone(state), data };
      for (const [name, buffer] of Object.entries(arrays)) {
        const cut = name === harmed && harm === "truncate" ? 8 : 0;
        data[name].buffer = new DataView(buffer, 0, Math.max(0, buffer.byteLength - cut));
      }
      if (harm === "drop") delete data[harmed];
      const el = document.createElement("div"), set = (name, value) => { values[name] = value; };
      document.querySelector("main").append(el);
      module.default.render({ el, model: { get: (name) => values[name], set, on() {}, off() {}, save_changes() {} } });
      found.push({ el, name: `${state.label}, ${harmed}: ${harm}` });
    }
  }
  await new Promise((done) => setTimeout(done, 170)); // no status line is tried where there is none
  return found.map(({ el, name }) => {
    const sentences = Array.from(el.querySelectorAll(".fy-broken"), (node) => node.textContent);
    const drawn = el.querySelectorAll("svg, canvas, input").length;
    el.remove();
    return { name, sentences, drawn, label: null };
  });
}"""


def test_every_explorer_breaks_with_a_sentence(drawn, subtests):
    """Every explorer of the book, with any one of its arrays cut short or missing, says so; whole, it is drawn."""
    places = drawn.page.evaluate(HARMED)
    arrays = [{buffer["path"][1] for buffer in entry.get("buffers", [])} for entry in drawn.entries]
    assert len(places) == sum(1 + 2 * len(names) for names in arrays)
    assert len([place for place in places if place["name"].endswith(": none")]) == len(drawn.entries)
    for place in places:
        with subtests.test(place["name"]):
            if place["name"].endswith(": none"):
                assert (place["sentences"], place["drawn"] > 0) == ([], True)
            else:
                check_place(place)
    assert drawn.problems == []


def test_names_are_text_never_markup(visit, tmp_path):
    """Markup in a name, a noun, a mark or a label is read out as it is written; nothing of it is run."""
    names = [f"{MARKUP}{number}" for number in range(3)]
    entry = mixer(names=names, noun=f"{MARKUP}s", label_text=MARKUP, marks={MARKUP: 0.7}, learned={"mean": [1, 1, 1]})
    opened = visit(write_page(tmp_path, {"one": entry}))
    (figure,) = opened.draw()
    figure.put({names[1]: 0.5})
    cells = figure.table()
    opened.settle()
    assert opened.page.evaluate("() => window.hit") is None
    assert opened.page.locator("img").count() == 0
    assert [control.name for control in figure.controls()][:3] == names
    assert figure.label == MARKUP
    assert cells[0][1:4] == names
    assert MARKUP in figure.status
    assert opened.problems == []


def test_error_messages_are_text(visit, tmp_path):
    """The sentence quotes the error without running it."""
    opened = visit(write_page(tmp_path, {"one": module_entry(f"throw new Error({json.dumps(MARKUP)});")}))
    check_sentence(opened)
    assert MARKUP in opened.page.locator(".fy-broken").text_content()
    assert opened.page.evaluate("() => window.hit") is None
