"""The static host: the model it hands to an explorer, when it draws, and what it keeps."""

import pytest
from groups import group_of
from own_pages import entries_of, module_entry, write_page
from visit import eventually, toc_pages

PAGES = toc_pages()
KEEP = """export default { render({ model, el }) {
  (window.models ??= []).push(model);
  el.append(Object.assign(document.createElement("p"), { className: "drawn", textContent: model.get("name") }));
} };"""
EVENTS = """() => {
  const [model] = window.models, heard = [];
  const one = () => heard.push(`one ${model.get("x")}`), any = () => heard.push("any"), y = () => heard.push("y");
  model.on("change:x", one); model.on("change", any); model.on("change:y", y);
  model.set("x", 1); model.set("x", 2); model.set("x", 2); model.save_changes();
  model.off("change:x", one); model.set("x", 3);
  model.on("change:x", one); model.on("change:x", y); model.off("change:x"); model.set("x", 4);
  model.off("never", one);
  return heard;
}"""
DURING = """() => {
  const [model] = window.models, heard = [];
  const later = () => heard.push("later");
  const once = () => { heard.push("once"); model.off("change:x", once); model.on("change:x", later); };
  model.on("change:x", once); model.set("x", 11); model.set("x", 12);
  return heard;
}"""


@pytest.fixture
def shown(visit, tmp_path):
    """shown(entries, apart): a page of our own with its first explorer drawn."""

    def go(entries, apart=0):
        opened = visit(write_page(tmp_path, entries, apart=apart))
        opened.page.locator(".drawn").first.wait_for()
        return opened

    return go


def test_change_events_and_off(shown):
    """change:x and change fire once for a new value, not for the same one; off takes one listener or all away."""
    opened = shown({"one": module_entry(KEEP, name="a", x=0, y=0)})
    assert opened.page.evaluate(EVENTS) == ["one 1", "any", "one 2", "any", "any", "any"]
    assert opened.problems == []


def test_listeners_may_change_listeners(shown):
    """A listener that is removed, or added, while an event is told leaves that telling in order."""
    opened = shown({"one": module_entry(KEEP, name="a", x=0)})
    assert opened.page.evaluate(DURING) == ["once", "later"]


def test_two_views_do_not_share_state(shown):
    """Two widgets of one class load one module and have a model each."""
    opened = shown({"a": module_entry(KEEP, name="a", x=0), "b": module_entry(KEEP, name="b", x=0)})
    eventually(lambda: _equal(opened.page.locator(".drawn").all_text_contents(), ["a", "b"]))
    values = opened.page.evaluate("() => { models[0].set('x', 5); return models.map((model) => model.get('x')); }")
    assert values == [5, 0]


def test_buffers_arrive_as_live_widgets_have_them(shown):
    """A buffer comes back as a DataView in its place, nested or not."""
    entry = module_entry(KEEP, name="a", data={"inner": {"dtype": "uint8"}}, flat=None)
    entry["buffers"] = [
        {"encoding": "base64", "path": ["data", "inner", "buffer"], "data": "AQID"},
        {"encoding": "base64", "path": ["flat"], "data": "/w=="},
    ]
    opened = shown({"one": entry})
    told = opened.page.evaluate(
        "() => { const views = [models[0].get('data').inner.buffer, models[0].get('flat')];"
        " return views.map((view) => [view.constructor.name, ...new Uint8Array(view.buffer)]); }"
    )
    assert told == [["DataView", 1, 2, 3], ["DataView", 255]]


def test_only_what_is_near_is_drawn(shown):
    """What lies far below waits until the reader comes near it; then it is drawn once."""
    opened = shown({name: module_entry(KEEP, name=name) for name in "abc"}, apart=4000)
    opened.settle()
    assert opened.page.locator(".drawn").all_text_contents() == ["a"]
    for wanted in (["a", "b", "c"], ["a", "b", "c"]):
        opened.draw_places()
        assert opened.page.locator(".drawn").all_text_contents() == wanted


def test_book_draws_only_what_is_near(drawn):
    """On every page, at first, an explorer less than a screen below is drawn, one many screens below is not."""
    assert len(drawn.at_first) >= len(drawn.entries)
    for below, there in drawn.at_first:
        assert there if below < 600 else not there or below < 4000, (below, there)


def test_state_survives_scrolling_away(drawn, subtests):
    """What the reader set is still set, and still shown, after a trip to the page's other end."""
    figures = drawn.explorers()
    for figure in figures:
        with subtests.test(figure.label):
            first, before = figure.controls()[0], figure.status
            first.press("Home", "ArrowRight", "ArrowRight")
            drawn.settle()
            assert figure.status != before
            kept = first.value, *figure.look()
            for place in ("0", "document.body.scrollHeight", "0"):
                drawn.page.evaluate(f"() => scrollTo({{ top: {place}, behavior: 'instant' }})")
                drawn.frames()
            assert (first.value, *figure.look()) == kept
    assert len(drawn.explorers()) == len(figures)


def _equal(got, wanted):
    assert got == wanted


def test_book_has_far_explorers(built_book):
    """The test of those near and far has something to look at."""
    assert max(len(entries_of(built_book / page)) for page in PAGES) >= 2


def test_all_tests_of_a_page_are_one_group(request):
    """So that a page is opened once, whichever worker that is; and every page has its group."""
    groups = {}
    for item in request.session.items:
        given = item.callspec.params if hasattr(item, "callspec") else {}
        if "driven" not in given and (page := given.get("opened_page", given.get("page"))):
            groups.setdefault(page, set()).add(group_of(item.nodeid))
    assert groups == {page: {page} for page in groups}
    assert group_of("tests/live/test_lab.py::test_x[a]") == "live"
    assert group_of("tests/browser/test_other_browsers.py::test_page_lives[webkit-book/index.html]") == "webkit"
    assert group_of("tests/browser/test_plot.py::test_auc") == "tests/browser/test_plot.py"
