"""Explorers on the Python side: what they refuse, what they send to the page, and that nothing is lost on the way."""

import base64
import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import traitlets
from explorer_cases import BAD, CHANGES, MAKERS, REFUSED
from explorer_makers import LABEL, LOGITS, NAN, calibration, mixer, pairs
from fusionbook.explorers import base
from fusionbook.explorers.base import SHARED, module, pack
from fusionbook.metrics import ece_floor
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from ipywidgets.embed import dependency_state

FOLDER = Path(base.__file__).parent

EACH = pytest.mark.parametrize("name", MAKERS)


def unpack(packed):
    """Read an array as the page does: little-endian, row by row."""
    flat = np.frombuffer(packed["buffer"], np.dtype(packed["dtype"]).newbyteorder("<"))
    return flat.reshape(packed["shape"])


def test_every_explorer_of_the_folder_is_tested_here():
    written = {path.stem for path in FOLDER.glob("*.py")} - {"__init__", "base", "views"}
    assert written == set(MAKERS)
    assert {path.stem for path in FOLDER.glob("*.js")} - set(SHARED) == written


@settings(max_examples=60, deadline=None)
@given(
    values=arrays(np.float32, array_shapes(max_dims=3, max_side=5), elements=st.floats(-1e6, 1e6, width=32)),
    turned=st.booleans(),
)
def test_a_packed_array_comes_back(values, turned):
    values = values.T if turned else values  # also when it does not lie in memory row by row
    assert np.array_equal(unpack(pack(values)), values)
    assert np.array_equal(unpack(pack(values, "float64")), values.astype(float))
    assert np.array_equal(unpack(pack(values > 0, "uint8")), (values > 0).astype(np.uint8))
    assert np.array_equal(unpack(pack(values.astype(">f4"))), values)


@pytest.mark.parametrize(
    ("values", "dtype", "named"),
    [
        ([], "float32", r"values has shape \(0,\)"),
        (np.zeros((3, 0)), "float32", r"values has shape \(3, 0\)"),
        ([1, NAN], "float32", r"values\[1\] is nan"),
        ([[0, -np.inf]], "float32", r"values\[0, 1\] is -inf"),
        ([1e39], "float32", "values"),  # would become infinite on its way
        ([256], "uint8", "values"),  # would become 0
        ([-1], "uint8", "values"),
        ([1], "int64", "dtype is 'int64'"),  # plot.js cannot read it
    ],
)
def test_what_cannot_be_sent_whole_is_refused(values, dtype, named):
    with pytest.raises(ValueError, match=named):
        pack(values, dtype)


@EACH
def test_the_joined_module_imports_nothing_exports_once_and_names_nothing_twice(name):
    text = module(name)
    assert not re.search(r"^\s*import\b", text, re.MULTILINE)
    assert re.findall(r"^export .*", text, re.MULTILINE) == re.findall(r"^export default .*", text, re.MULTILINE)
    assert text.count("\nexport default ") == 1
    named = re.findall(r"^(?:async )?(?:function\*?|class|const|let|var) (\w+)", text, re.MULTILINE)
    assert [one for one, count in Counter(named).items() if count > 1] == []


@EACH
def test_a_module_uses_only_what_it_imports(name):
    """Joined, a forgotten import would go unseen; read alone, it would stop the page's tools."""
    own = (FOLDER / f"{name}.js").read_text(encoding="utf-8")
    imported = {w for group in re.findall(r"^import \{([^}]*)\}", own, re.MULTILINE) for w in re.findall(r"\w+", group)}
    body = re.sub(r"^import .*$", "", own, flags=re.MULTILINE)
    for shared in SHARED:
        text = (FOLDER / f"{shared}.js").read_text(encoding="utf-8")
        exported = set(re.findall(r"^export (?:function|const) (\w+)", text, re.MULTILINE))
        called = {word for word in exported if re.search(rf"(?<![\w.\"'-]){word}\(", body)}
        defined = set(re.findall(r"(?:function|const|let) (\w+)", body))
        assert called - defined <= imported
        assert imported & exported <= set(re.findall(r"\w+", body)), "imported for nothing"


@EACH
def test_an_explorer_carries_its_own_module_and_the_shared_style(name):
    state = MAKERS[name]().get_state()
    assert state["_esm"] == module(name)
    assert state["_css"] == (FOLDER / "explorer.css").read_text(encoding="utf-8")


@EACH
def test_its_text_is_its_name_and_its_label_and_changes_in_no_other_run(name):
    one, other = MAKERS[name](), MAKERS[name]()
    assert one.model_id != other.model_id
    assert repr(one) == repr(other) == f"{type(one).__name__}({one.label!r})"
    shown = one._repr_mimebundle_()
    assert (shown[0] if isinstance(shown, tuple) else shown)["text/plain"] == repr(one)


def without_style(state):
    return {key: value for key, value in state.items() if not key.startswith("_") and key not in ("layout", "tabbable")}


def through_the_cache(widget):
    """A widget's state as a page reads it: through the cache, which sorts the keys of its JSON, and back."""
    saved = dependency_state(widget, drop_defaults=False)[widget.model_id]
    page = json.loads(json.dumps(saved, allow_nan=False, sort_keys=True))  # a browser reads no NaN
    for buffer in page.get("buffers", []):
        target = page["state"]
        for step in buffer["path"][:-1]:
            target = target[step]
        target[buffer["path"][-1]] = base64.b64decode(buffer["data"])
    return page["state"]


@EACH
def test_a_built_page_holds_the_whole_state(name):
    """Through the JSON of a saved page, buffers in base64: the same values in the same order, the same bytes."""
    widget = MAKERS[name]()
    page, plain = through_the_cache(widget), without_style(widget.get_state())
    assert plain.keys() <= page.keys()
    for key, value in plain.items():
        if key != "data":
            assert json.dumps(page[key]) == json.dumps(value), f"{key}: the cache sorts keys, so send a list"
    for key, packed in widget.data.items():
        assert np.array_equal(unpack(page["data"][key]), unpack(packed))


def test_keys_are_sorted_at_every_depth_and_lists_are_left_alone():
    given = {"b": [{"d": 1, "c": (3, 1, 2)}], "a": {"z": {"y": 0, "x": []}}}
    assert json.dumps(base.in_cache_order(given)) == '{"a": {"z": {"x": [], "y": 0}}, "b": [{"c": [3, 1, 2], "d": 1}]}'


@EACH
def test_what_the_reader_sets_arrives_in_python(name):
    widget = MAKERS[name]()
    widget.set_state(CHANGES[name])
    assert {key: getattr(widget, key) for key in CHANGES[name]} == CHANGES[name]


def test_the_mixer_sends_logits_labels_and_mask():
    present = np.ones((12, 2), bool)
    present[0, 1] = False
    data = mixer(logits=np.where(present, LOGITS, np.nan), present=present).data
    assert np.allclose(unpack(data["logits"]), np.where(present, LOGITS, 0), atol=1e-6)
    assert np.array_equal(unpack(data["label"]), LABEL)
    assert np.array_equal(unpack(data["present"]), present)


def test_pairs_are_sorted_and_calibration_knows_its_floor():
    data = pairs().data
    assert unpack(data["bad"]).tolist() == [-0.5, 1.0]
    assert unpack(data["good"]).tolist() == [0.0, 0.2, 2.0]
    assert calibration().floor == ece_floor(1 / (1 + np.exp(-LOGITS[:, 0])))


@pytest.mark.parametrize("case", BAD)
def test_a_bad_argument_is_named(case):
    call, named = BAD[case]
    with pytest.raises(ValueError, match=named):
        call()


@pytest.mark.parametrize(
    ("name", "state"),
    REFUSED,
)
def test_a_page_cannot_set_what_python_would_refuse(name, state):
    widget = MAKERS[name]()
    before = {key: getattr(widget, key) for key in state}
    with pytest.raises((ValueError, traitlets.TraitError)):
        widget.set_state(state)
    assert {key: getattr(widget, key) for key in state} == before
