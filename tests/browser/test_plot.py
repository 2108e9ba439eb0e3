"""plot.js in Node against NumPy, SciPy and scikit-learn, on inputs that hypothesis chooses."""

import io
import math
import wave

import numpy as np
import pytest
import torch
from fusionbook import metrics
from fusionbook.attention import attention_weights
from fusionbook.data import speech
from hypothesis import given, settings
from hypothesis import strategies as st
from javascript import Module
from scipy.special import expit
from sklearn.metrics import roc_auc_score

CASES = settings(max_examples=60, deadline=None)
KINDS = ["float32", "float64", "int32", "uint16", "uint8"]
HELPERS = """
functions.seen = (values, order) => {
  const told = [];
  found.ties(values, order, (...ends) => told.push(ends));
  return told;
};
functions.wavBytes = (values, rate) => new Uint8Array(found.wav(Float32Array.from(values), rate));
functions.expanded = (bytes) => found.expand(Uint8Array.from(bytes));
functions.scaled = (a, b, c, d, x) => found.scale(a, b, c, d)(x);
functions.decoded = (bytes, dtype, shape, before, kind) => {
  const wide = new Uint8Array(bytes.length + before + 5).fill(255);
  wide.set(bytes, before);
  const View = kind === "DataView" ? DataView : Uint8Array;
  const buffer = kind === "ArrayBuffer" ? bytes.buffer : new View(wide.buffer, before, bytes.length);
  const values = found.decode({ dtype, shape, buffer });
  return [values.constructor.name, ...values];
};
"""

# Few distinct values, so that ties are common.
scores = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 12).map(lambda k: k / 12)), min_size=1, max_size=40)
numbers = st.floats(-1e6, 1e6)


@pytest.fixture(scope="module")
def plot(tmp_path_factory):
    """plot(name, *args): call a function of plot.js, or one of the helpers above, in Node."""
    module = Module("plot", tmp_path_factory, HELPERS)
    yield module
    module.close()


@pytest.fixture(scope="module")
def decode(plot):
    """decode(array, ...): pack an array's bytes somewhere in a buffer and let plot.js read them."""

    def go(array, *, shape=None, before=0, kind="DataView", dtype=None):
        data = array.astype(array.dtype.newbyteorder("<")).tobytes()
        shape = list(array.shape) if shape is None else shape
        return plot("decoded", data, dtype or array.dtype.name, shape, before, kind)

    return go


@CASES
@given(rows=scores)
def test_auc(plot, rows):
    """Ties count half, as in scikit-learn; one class only has no AUC."""
    labels, p = map(list, zip(*rows, strict=True))
    got = plot("auc", labels, p)
    if len(set(labels)) == 1:
        assert math.isnan(got)
    else:
        assert got == pytest.approx(roc_auc_score(labels, p), abs=1e-12)


@CASES
@given(rows=scores, bins=st.integers(1, 12))
def test_calibration_and_ece(plot, rows, bins):
    """Groups and error are those of metrics.calibration_curve and metrics.ece, ties and odd sizes included."""
    labels, p = map(list, zip(*rows, strict=True))
    bins = min(bins, len(p))
    groups = plot("calibration", labels, p, bins)
    wanted = metrics.calibration_curve(labels, p, bins)
    for name, values in zip(("said", "came", "count"), wanted, strict=True):
        np.testing.assert_allclose([group[name] for group in groups], values, atol=1e-12)
    assert plot("ece", groups) == pytest.approx(metrics.ece(labels, p, bins), abs=1e-12)


@CASES
@given(rows=scores, seed=st.integers(0, 2**32 - 1))
def test_order_of_rows_does_not_matter(plot, rows, seed):
    """Rows in another order give the same AUC and the same groups."""
    other = [rows[i] for i in np.random.default_rng(seed).permutation(len(rows))]
    (labels, p), (labels2, p2) = (map(list, zip(*some, strict=True)) for some in (rows, other))
    bins = min(10, len(p))
    assert plot("auc", labels, p) == pytest.approx(plot("auc", labels2, p2), nan_ok=True)
    for one, two in zip(plot("calibration", labels, p, bins), plot("calibration", labels2, p2, bins), strict=True):
        assert one == pytest.approx(two, abs=1e-12)


@CASES
@given(
    rows=st.lists(st.tuples(st.floats(-1000, 1000), st.booleans()), min_size=1, max_size=12),
    temperature=st.floats(0.1, 10),
)
def test_softmax_and_entropy(plot, rows, temperature):
    """Softmax over those present as torch has it, without overflow; nobody present: zeros; entropy in bits."""
    scores, present = map(list, zip(*rows, strict=True))
    got = plot("softmax", scores, temperature, present)
    wanted = attention_weights(
        torch.ones(1, 1).double(),
        torch.tensor(scores, dtype=torch.float64)[:, None] / temperature,
        torch.tensor(present),
    )
    np.testing.assert_allclose(got, wanted[0], atol=1e-12)
    assert plot("entropy", got) == pytest.approx(sum(-p * math.log2(p) for p in got if p), abs=1e-9)


@CASES
@given(values=st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=50), rate=st.sampled_from([8000, 22_050]))
def test_wav(plot, values, rate):
    """Python's own reader finds the samples, the rate and one channel of 16 bits."""
    with wave.open(io.BytesIO(bytes(plot("wavBytes", values, rate)))) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (rate, 2, 1)
        got = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    np.testing.assert_allclose(got, np.array(values) * 32_767, atol=0.51)


def test_expand(plot):
    """Every byte of μ-law, and what speech.compress wrote, by the formula."""
    y = (np.arange(255) - 127) / 127
    np.testing.assert_allclose(plot("expanded", list(range(255))), np.sign(y) * (256 ** np.abs(y) - 1) / 255, atol=1e-6)
    tone = 0.3 * np.sin(np.arange(4000) / 20)
    back = np.array(plot("expanded", speech.compress(tone, speech.SAMPLE_RATE).tolist()))
    assert np.abs(back - tone).max() < 0.02


@CASES
@given(values=st.lists(st.one_of(numbers, st.integers(-3, 3).map(float)), max_size=40))
def test_argsort(plot, values):
    """Ascending, equal values in their old order, as NumPy's stable sort."""
    assert plot("argsort", values) == np.argsort(values, kind="stable").tolist()


@CASES
@given(values=st.lists(st.integers(0, 4), max_size=30))
def test_ties(plot, values):
    """Each run of equal values is visited once, from its start to just past its end."""
    order = np.argsort(values, kind="stable").tolist()
    edges = [i for i in range(len(order)) if i == 0 or values[order[i]] != values[order[i - 1]]]
    told = list(zip(edges, [*edges[1:], len(order)], strict=True)) if order else []
    assert plot("seen", values, order) == [list(one) for one in told]


@CASES
@given(x=st.floats(-800, 800))
def test_sigmoid_and_logit(plot, x):
    """The logistic function without overflow, and its inverse where that is well conditioned."""
    assert plot("sigmoid", x) == pytest.approx(expit(x), rel=1e-12, abs=1e-300)
    if abs(x) < 20:
        assert plot("logit", float(expit(x))) == pytest.approx(x, abs=1e-6)


@CASES
@given(
    kind=st.sampled_from(KINDS),
    values=st.lists(st.integers(0, 255), min_size=1, max_size=20),
    before=st.integers(0, 9),
    holder=st.sampled_from(["DataView", "Uint8Array", "ArrayBuffer"]),
)
def test_decode_reads_what_numpy_wrote(decode, kind, values, before, holder):
    """Any dtype, any holder, starting anywhere in its buffer, aligned or not."""
    array = np.array(values, kind)
    name, *got = decode(array, before=before, kind=holder)
    assert name.lower() == f"{kind}array"
    assert got == values


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [[2], [4], [2, 2], [], [0]])
def test_decode_refuses_a_wrong_length(decode, kind, shape):
    """Three values are neither two nor four, nor any other shape's."""
    assert "bytes where its shape" in decode(np.arange(3, dtype=kind), shape=shape)["threw"]


@pytest.mark.parametrize(
    "packed", [None, {}, {"dtype": "float32", "shape": [1]}, {"dtype": "float16", "shape": [1], "buffer": {}}]
)
def test_decode_refuses_what_is_no_array(plot, packed):
    """Nothing, no buffer, or a type that the page does not know."""
    assert "missing or of a type" in plot("decode", packed)["threw"]


@CASES
@given(ends=st.tuples(numbers, numbers, numbers, numbers), share=st.floats(-0.5, 1.5))
def test_scale(plot, ends, share):
    """Linear between its ends, whichever way round, and clamped to them."""
    a, b, c, d = ends
    if abs(b - a) < 1e-3:
        return
    got = plot("scaled", a, b, c, d, a + share * (b - a))
    wanted = c + np.clip(share, 0, 1) * (d - c)
    assert got == pytest.approx(wanted, abs=1e-6 * (1 + abs(c) + abs(d)))
    assert min(c, d) <= got <= max(c, d)


@CASES
@given(x=st.one_of(numbers, st.sampled_from([math.nan, math.inf, -math.inf])), digits=st.integers(0, 5))
def test_fixed(plot, x, digits):
    """So many digits, a true minus sign, a dash for what is no number."""
    text = plot("fixed", x, digits)
    if not math.isfinite(x):
        assert text == "\u2013"
        return
    assert "-" not in text
    assert len(text.partition(".")[2]) == digits
    assert abs(float(text.replace("\u2212", "-")) - x) <= 0.5 * 10**-digits + 1e-9


def test_what_rounds_to_zero_has_no_minus(plot):
    assert [plot("fixed", x, 3) for x in (-0.0001, -0.0006, 0.0)] == ["0.000", "\u22120.001", "0.000"]


@CASES
@given(x=numbers, ends=st.tuples(numbers, numbers).map(sorted))
def test_clamp_and_percent(plot, x, ends):
    """Inside its limits always; a percentage is whole."""
    assert plot("clamp", x, *ends) == np.clip(x, *ends)
    assert plot("percent", 0.126) == "13\u00a0%"  # never parted at the end of a line


@pytest.mark.parametrize("name", ["text", "Behavioural", "a b;c", "x) , url(http://example.org", '"><script>', "名"])
def test_colour_is_one_variable_and_nothing_else(plot, name):
    """A name can choose a colour, never write CSS."""
    letters = "".join(letter for letter in name.lower() if letter in "abcdefghijklmnopqrstuvwxyz")
    assert plot("colour", name) == f"var(--fy-{letters}, var(--fy-ink))"
