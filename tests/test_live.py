import pytest
from fusionbook import live as module
from fusionbook.live import PAGE_BUILD, live, starting_values
from ipywidgets import Dropdown, FloatSlider, fixed, interactive

CONTROLS = [
    (1, 5),
    (1, 6),
    (-3, 2),
    (0.0, 1.0),
    (0, 1.5),
    (0, 10, 3),
    (0.1, 1.0, 0.25),
    (-5, 5, 2),
    ["late", "early"],
    [("Late", 5), ("Early", 4)],
    {"Late": 5, "Early": 4},
    True,
    "text",
    7,
    0.25,
    Dropdown(options=["a", "b"], value="b"),
    FloatSlider(value=0.3),
    fixed([1, 2]),
]


def take(k):
    return k


def take_default(k=2):
    return k


@pytest.mark.parametrize("control", CONTROLS)
def test_starts_where_interact_starts(control):
    assert starting_values(take, {"k": control}) == interactive(take, k=control).kwargs


@pytest.mark.parametrize("control", [(1, 5), (0, 10, 2), [1, 2, 3], ["a", "b"], {"two": 2}, {"one": 1}, 4])
def test_a_default_wins_where_interact_lets_it(control):
    assert starting_values(take_default, {"k": control}) == interactive(take_default, k=control).kwargs


def test_a_page_gets_the_figure_and_one_sentence(monkeypatch):
    monkeypatch.setenv(PAGE_BUILD, "1")
    calls, shown = [], []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))

    @live(k=(1, 5), learning_rate=[0.1, 1.0])
    def draw(k, learning_rate, *, seed=0):
        calls.append((k, learning_rate, seed))

    assert calls == [(3, 0.1, 0)]
    said = shown[0]["text/plain"]
    assert len(shown) == 1
    assert "k and learning rate" in said
    assert "make live" in said
    assert "Binder" in said
    assert said.count(".") == 1


def test_elsewhere_interact_gets_the_function_and_the_controls(monkeypatch):
    monkeypatch.delenv(PAGE_BUILD, raising=False)
    seen = {}
    monkeypatch.setattr("ipywidgets.interact", lambda function, **controls: seen.update(controls, function=function))

    @live(k=(1, 5))
    def draw(k):
        raise AssertionError("only interact calls it")

    assert seen == {"function": draw, "k": (1, 5)}


@pytest.mark.parametrize("page", ["1", None])
def test_a_wrong_control_stops_before_any_work(monkeypatch, page):
    monkeypatch.delenv(PAGE_BUILD, raising=False)
    if page:
        monkeypatch.setenv(PAGE_BUILD, page)

    def draw(k):
        raise AssertionError("not to be called")

    with pytest.raises(ValueError, match=r"temperature is no argument of draw, which takes \['k'\]"):
        live(k=(1, 5), temperature=(0, 1))(draw)
    with pytest.raises(ValueError, match="draw needs a control or a default for k"):
        live()(draw)


@pytest.mark.parametrize(
    ("control", "match"),
    [((1,), "needs"), ((1, "a"), "needs"), ((0, 1, 0), "step"), ([], "no options"), ({}, "no options")],
)
def test_a_control_that_cannot_start_is_named(control, match):
    with pytest.raises(ValueError, match=f"^k: .*{match}"):
        starting_values(take, {"k": control})


def test_the_function_comes_back(monkeypatch):
    monkeypatch.setenv(PAGE_BUILD, "1")
    assert live(k=1)(take) is take
    assert module.live is live
