"""Explorers on the Python side: what they refuse, what they send to the page, and that nothing is lost on the way."""

import base64
import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import traitlets
from fusionbook.explorers import base
from fusionbook.explorers.base import Explorer, module, pack
from fusionbook.explorers.calibration import Calibration
from fusionbook.explorers.evidence import Evidence
from fusionbook.explorers.late_mixer import LateMixer
from fusionbook.explorers.pairs import Pairs
from fusionbook.metrics import ece_floor
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from ipywidgets.embed import dependency_state

FOLDER = Path(base.__file__).parent
RNG = np.random.default_rng(0)
LOGITS, LABEL = RNG.normal(size=(12, 2)), np.arange(12) % 2
NAN = float("nan")


def mixer(**changes):
    arguments = {"logits": LOGITS, "label": LABEL, "modalities": ["numeric", "text"], "prior": 0.2}
    return LateMixer(**(arguments | changes))


def calibration(**changes):
    return Calibration(**({"logits": LOGITS[:, 0], "label": LABEL} | changes))


def pairs(**changes):
    return Pairs(**({"bad": [1.0, -0.5], "good": [0.0, 0.2, 2.0]} | changes))


MAKERS = {"late_mixer": mixer, "calibration": calibration, "evidence": Evidence, "pairs": pairs}
EACH = pytest.mark.parametrize("name", MAKERS)


def unpack(packed):
    """Read an array as the page does: little-endian, row by row."""
    flat = np.frombuffer(packed["buffer"], np.dtype(packed["dtype"]).newbyteorder("<"))
    return flat.reshape(packed["shape"])


def test_every_explorer_of_the_folder_is_tested_here():
    written = {path.stem for path in FOLDER.glob("*.py")} - {"__init__", "base"}
    assert written == set(MAKERS)
    assert {path.stem for path in FOLDER.glob("*.js")} - {"plot", "controls"} == written


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
    for shared in ("plot", "controls"):
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


@EACH
def test_a_built_page_holds_the_whole_state(name):
    """Through the JSON of a saved page, buffers in base64: the same values, and the same bytes of every array."""
    widget = MAKERS[name]()
    saved = dependency_state(widget, drop_defaults=False)[widget.model_id]
    text = json.dumps(saved, allow_nan=False)  # a browser reads no NaN
    page = json.loads(text)
    for buffer in page.get("buffers", []):
        target = page["state"]
        for step in buffer["path"][:-1]:
            target = target[step]
        target[buffer["path"][-1]] = base64.b64decode(buffer["data"])
    plain = without_style(widget.get_state())
    assert plain.keys() <= page["state"].keys()
    for key, value in plain.items():
        if key != "data":
            assert page["state"][key] == value, key
    for key, packed in widget.data.items():
        assert np.array_equal(unpack(page["state"]["data"][key]), unpack(packed))


CHANGES = {
    "late_mixer": {"weights": [0.0, 2.0], "rule": "vote", "threshold": 0.25, "applicant": 3},
    "calibration": {"temperature": 0.25, "shift": -3.0},
    "evidence": {"prior": 0.01, "evidence": [3.0, -3.0, 0.0], "repeat": True},
    "pairs": {"shift": 4.0, "rounding": 0.0},
}


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


BAD = {
    "logits shape": (lambda: mixer(logits=LOGITS[:, :1]), r"logits has shape \(12, 1\): .*\(12, 2\)"),
    "logits rows": (lambda: mixer(label=LABEL[:5]), r"logits has shape \(12, 2\): .*\(5, 2\)"),
    "logits gap": (lambda: mixer(logits=np.full((12, 2), NAN)), r"logits\[0, 0\] is nan"),
    "one class": (lambda: mixer(label=np.ones(12)), "label holds only 1"),
    "labels": (lambda: mixer(label=np.arange(12)), "label holds 2"),
    "prior": (lambda: mixer(prior=1.0), "prior is 1.0"),
    "mask": (lambda: mixer(present=np.ones((12, 3), bool)), r"present has shape \(12, 3\)"),
    "rule": (lambda: mixer(rule="median"), "rule is 'median'"),
    "threshold": (lambda: mixer(threshold=1.5), "threshold is 1.5"),
    "no threshold": (lambda: mixer(threshold=NAN), "threshold is nan"),
    "weights": (lambda: mixer(weights=[1.0]), "weights has 1 entries"),
    "weight too high": (lambda: mixer(weights=[1.0, 3.0]), "weights is .* from 0 to 2"),
    "weight below zero": (lambda: mixer(weights=[-1.0, 1.0]), "weights holds -1"),
    "learned weights": (lambda: mixer(learned={"mean": [1.0]}), "weights has 1 entries"),
    "learned too high": (lambda: mixer(learned={"mean": [1.0, 2.5]}), "learned"),
    "learned rule": (lambda: mixer(learned={"median": [1.0, 1.0]}), "learned.*median"),
    "mark": (lambda: mixer(marks={"oracle": NAN}), "marks"),
    "mark no AUC": (lambda: mixer(marks={"oracle": 85}), "marks"),
    "names twice": (lambda: mixer(modalities=["text", "text"]), "modalities"),
    "no label": (lambda: mixer(label_text="  "), "label is '  '"),
    "few rows": (lambda: calibration(logits=LOGITS[:5, 0], label=LABEL[:5]), "label has 5 entries"),
    "lengths": (lambda: calibration(label=LABEL[:11]), "logits 12, label 11"),
    "temperature": (lambda: calibration(temperature=0.0), "temperature is 0.0"),
    "shift": (lambda: calibration(shift=NAN), "shift is nan"),
    "evidence prior": (lambda: Evidence(1.0), "prior is 1.0"),
    "evidence steps": (lambda: Evidence(evidence=[1.0, 2.0]), "evidence is .*three"),
    "evidence size": (lambda: Evidence(evidence=[1.0, 2.0, 4.0]), "evidence is .*-3 to 3"),
    "evidence gap": (lambda: Evidence(evidence=[1.0, NAN, 0.0]), r"evidence\[1\] is nan"),
    "no pairs": (lambda: pairs(bad=[]), "bad has shape"),
    "many pairs": (lambda: pairs(good=np.zeros(31)), "good 31 entries"),
    "pairs shift": (lambda: pairs(shift=9.0), "shift is 9.0"),
    "rounding": (lambda: pairs(rounding=-0.1), "rounding is -0.1"),
    "base label": (lambda: Explorer(label=3), "label is 3"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_argument_is_named(case):
    call, named = BAD[case]
    with pytest.raises(ValueError, match=named):
        call()


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("late_mixer", {"weights": [1.0]}),
        ("late_mixer", {"weights": [3.0, 0.0]}),
        ("late_mixer", {"rule": "median"}),
        ("late_mixer", {"threshold": -0.1}),
        ("late_mixer", {"applicant": 12}),
        ("late_mixer", {"applicant": -1}),
        ("calibration", {"temperature": 5.0}),
        ("evidence", {"evidence": [0.0]}),
        ("pairs", {"rounding": 3.0}),
    ],
)
def test_a_page_cannot_set_what_python_would_refuse(name, state):
    widget = MAKERS[name]()
    before = {key: getattr(widget, key) for key in state}
    with pytest.raises((ValueError, traitlets.TraitError)):
        widget.set_state(state)
    assert {key: getattr(widget, key) for key in state} == before
