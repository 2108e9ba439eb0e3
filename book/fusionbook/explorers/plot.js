// Pure functions that explorers share: reading data, the chapter's formulas, scales, SVG. No state, no listeners.

const ARRAYS = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint16: Uint16Array, uint8: Uint8Array };

/** Read a packed array; the view may start anywhere in its buffer, so the bytes are copied to an aligned one. */
export function decode(packed) {
  const Kind = packed && ARRAYS[packed.dtype];
  if (!Kind || !packed.buffer || !Array.isArray(packed.shape)) throw new Error("an array is missing or of a type this page cannot read");
  const { buffer, byteOffset = 0, byteLength } = packed.buffer;
  const bytes = buffer instanceof ArrayBuffer ? buffer.slice(byteOffset, byteOffset + byteLength) : packed.buffer;
  const size = packed.shape.reduce((product, side) => product * side, 1);
  if (bytes.byteLength !== size * Kind.BYTES_PER_ELEMENT)
    throw new Error(`an array holds ${bytes.byteLength} bytes where its shape [${packed.shape}] needs ${size * Kind.BYTES_PER_ELEMENT}`);
  return new Kind(bytes);
}

export const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
export const sigmoid = (x) => 1 / (1 + Math.exp(-x));
export const logit = (p) => Math.log(p / (1 - p));
/** Decimals with a true minus sign; what rounds to zero has none; a dash for what is no number. */
export function fixed(x, digits = 3) {
  if (!Number.isFinite(x)) return "\u2013";
  const text = Math.abs(x).toFixed(digits);
  return x < 0 && Number(text) ? `\u2212${text}` : text;
}
export const percent = (p) => `${Math.round(100 * p)}\u00a0%`;
/** "1 epoch", "2 epochs". */
export const counted = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;
export const sum = (values) => values.reduce((total, value) => total + value, 0);

/** softmax(scores / temperature) over those present; all zeros where nobody is. Large scores do not overflow. */
export function softmax(scores, temperature = 1, present = scores.map(() => true)) {
  const top = Math.max(...scores.filter((_, i) => present[i]));
  const raised = scores.map((score, i) => (present[i] ? Math.exp((score - top) / temperature) : 0)), total = sum(raised);
  return raised.map((value) => (total ? value / total : 0));
}

/** Entropy of a distribution in bits. */
export const entropy = (p) => sum(p.map((value) => (value > 0 ? -value * Math.log2(value) : 0)));

/** Samples in [-1, 1] of μ-law bytes, as `speech.compress` writes them: 127 is silence. */
export const expand = (bytes) => Float32Array.from(bytes, (byte) => Math.sign(byte - 127) * ((256 ** (Math.abs(byte - 127) / 127) - 1) / 255));

/** A WAV file, 16 bits a sample, of samples in [-1, 1]: its bytes. */
export function wav(samples, rate) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const head = [0x52494646, 36 + 2 * samples.length, 0x57415645, 0x666d7420, 16, 0x10001, rate, 2 * rate, 0x100002, 0x64617461, 2 * samples.length];
  head.forEach((word, i) => view.setUint32(4 * i, word, ![0, 2, 3, 9].includes(i))); // names are read forwards, numbers little-endian
  samples.forEach((x, i) => view.setInt16(44 + 2 * i, Math.round(32767 * clamp(x, -1, 1)), true));
  return view.buffer;
}

/** Row numbers in ascending order of their values; rows with equal values keep their order. */
export function argsort(values) {
  return Array.from(values, (_, i) => i).sort((a, b) => values[a] - values[b]);
}

/** Walk `order` in groups of equal value: visit(start, end) with end past the last. */
export function ties(values, order, visit) {
  for (let start = 0, end; start < order.length; start = end) {
    end = start + 1;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    visit(start, end);
  }
}

/** Share of (bad, good) pairs in which the bad one scores higher, ties half; NaN with one class only. */
export function auc(labels, scores, order = argsort(scores)) {
  let won = 0, good = 0, bad = 0;
  ties(scores, order, (start, end) => {
    let b = 0;
    for (let i = start; i < end; i++) b += labels[order[i]];
    const g = end - start - b;
    won += b * (good + g / 2);
    good += g;
    bad += b;
  });
  return won / (good * bad);
}

/** Groups of about equal size by ascending p: [{ said, came, count }]; equal p share their mean label first. */
export function calibration(labels, p, bins = 10, order = argsort(p)) {
  const shared = new Float64Array(p.length);
  ties(p, order, (start, end) => {
    let b = 0;
    for (let i = start; i < end; i++) b += labels[order[i]];
    for (let i = start; i < end; i++) shared[order[i]] = b / (end - start);
  });
  const base = Math.floor(p.length / bins), extra = p.length % bins, groups = [];
  for (let k = 0, start = 0; k < bins; k++) {
    const count = base + (k < extra), rows = order.slice(start, (start += count));
    groups.push({ said: sum(rows.map((i) => p[i])) / count, came: sum(rows.map((i) => shared[i])) / count, count });
  }
  return groups;
}

/** Expected calibration error of such groups. */
export function ece(groups) {
  return sum(groups.map((g) => g.count * Math.abs(g.said - g.came))) / sum(groups.map((g) => g.count));
}

/** A linear map from [a, b] to [c, d], clamped to it. */
export function scale(a, b, c, d) {
  return (x) => clamp(c + ((x - a) / (b - a)) * (d - c), Math.min(c, d), Math.max(c, d));
}

/** Set attributes; undefined leaves one alone, `text` sets the text content. */
export function attrs(node, values) {
  for (const [name, value] of Object.entries(values)) {
    if (name === "text") { if (node.textContent !== value) node.textContent = value; }
    else if (value !== undefined) node.setAttribute(name, value);
  }
  return node;
}

/** Make an SVG element inside `parent`. */
export function svg(parent, tag, values = {}) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  parent.append(node);
  return attrs(node, values);
}

/** The CSS colour of a modality, the same on every page; ink for anything else. */
export function colour(name) {
  return `var(--fy-${String(name).toLowerCase().replace(/[^a-z]/g, "")}, var(--fy-ink))`;
}

/** The rows (a, b, label) of one world out of packed rows (a, b, label, world). */
export const dotsOf = (rows, world) => Array.from({ length: rows.length / 4 }, (_, k) => rows.subarray(4 * k, 4 * k + 4)).filter((row) => row[3] === world);

/** Set two paths: rings for the rows with label 0, full dots (short strokes with round ends) for those with label 1. */
export function drawDots(zero, one, rows, x, y, r = 2.2) {
  const at = ([a, b]) => [x(a).toFixed(1), y(b).toFixed(1)], path = (label, mark) => rows.filter((row) => row[2] === label).map((row) => mark(...at(row))).join("") || "M0 0";
  attrs(zero, { d: path(0, (cx, cy) => `M${cx} ${cy}m${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`) });
  attrs(one, { d: path(1, (cx, cy) => `M${cx} ${cy}h0.01`) });
}
