import { auc, clamp, fixed, logit, scale, sigmoid, sum, attrs, svg, colour } from "./plot.js";
import { explorer, html, need, numbersWithin, slider, checkbox } from "./controls.js";

const MOST = 100, CELLS = 28;
const figures3 = (x) => (Number.isFinite(x) ? (Math.abs(x) >= 1e5 || (x && Math.abs(x) < 1e-3) ? x.toExponential(1).replace("-", "\u2212") : String(Number(x.toPrecision(3)))) : "\u2013");

/** Mean logistic loss of weights (u, v), safe for any size. */
function lossOf({ x, y, label, bias }, u, v) {
  let total = 0;
  for (let i = 0; i < x.length; i++) {
    const z = bias + u * x[i] + v * y[i];
    total += Math.max(z, 0) - label[i] * z + Math.log1p(Math.exp(-Math.abs(z)));
  }
  return total / x.length;
}

/** Gradient and second derivative of that loss. */
function slopes({ x, y, label, bias }, u, v) {
  let gu = 0, gv = 0, uu = 0, uv = 0, vv = 0;
  const n = x.length;
  for (let i = 0; i < n; i++) {
    const p = sigmoid(bias + u * x[i] + v * y[i]), off = p - label[i], d = p * (1 - p);
    gu += off * x[i]; gv += off * y[i];
    uu += d * x[i] * x[i]; uv += d * x[i] * y[i]; vv += d * y[i] * y[i];
  }
  return { g: [gu / n, gv / n], h: [uu / n, uv / n, vv / n] };
}

/** The two eigenvalues of a symmetric 2 x 2 matrix, larger first. */
function eigen([a, b, c]) {
  const middle = (a + c) / 2, reach = Math.hypot((a - c) / 2, b), large = middle + reach;
  return [large, (a * c - b * b) / large]; // the product is the determinant: no cancellation
}

/** The lowest point, by Newton's method with halved steps. */
function lowest(rows) {
  let u = 0, v = 0, here = lossOf(rows, u, v);
  for (let k = 0; k < 30; k++) {
    const { g, h } = slopes(rows, u, v), det = h[0] * h[2] - h[1] * h[1], du = (h[2] * g[0] - h[1] * g[1]) / det, dv = (h[0] * g[1] - h[1] * g[0]) / det;
    for (let t = 1; t > 1e-4; t /= 2) {
      const next = lossOf(rows, u - t * du, v - t * dv);
      if (next <= here) { u -= t * du; v -= t * dv; here = next; break; }
    }
  }
  return { u, v, loss: here };
}

/** Both modalities as they are put together, and everything that depends on them alone. */
function prepare(base, factor, standardised) {
  const x = base.a.map((value) => (standardised ? value : value * factor)), rows = { x, y: base.b, label: base.label, bias: base.bias };
  const [large, small] = eigen(slopes(rows, 0, 0).h), best = lowest(rows), reach = 1.35 * Math.max(Math.abs(best.u), Math.abs(best.v));
  const field = new Float64Array(CELLS * CELLS);
  for (let i = 0; i < field.length; i++) field[i] = lossOf(rows, reach * (((i % CELLS) + 0.5) * (2 / CELLS) - 1), reach * (1 - (Math.floor(i / CELLS) + 0.5) * (2 / CELLS)));
  return { rows, best, reach, field, large, condition: large / small, limit: 2 / large };
}

/** Walk `steps` steps downhill from zero; stop where numbers end. */
function descend(rows, rate, steps) {
  const path = [[0, 0]];
  for (let k = 0; k < steps; k++) {
    const [u, v] = path.at(-1), { g } = slopes(rows, u, v), next = [u - rate * g[0], v - rate * g[1]];
    if (!next.every((w) => Math.abs(w) < 1e12)) break;
    path.push(next);
  }
  return path;
}

/** The applicants in the plane of the two modalities, both axes in the same units, and the line that says even. */
function drawCloud(parent, side, names) {
  const root = svg(parent, "svg", { viewBox: `0 0 ${side} ${side + 62}`, role: "img", "aria-label": "Applicants in the plane of the two modalities, both axes with the same units" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "What is put side by side" });
  svg(root, "rect", { x: 0.5, y: 24.5, width: side - 1, height: side - 1, rx: 8, class: "fc-frame" });
  const note = svg(root, "text", { x: side / 2, y: side + 40, class: "fy-tick" });
  svg(root, "text", { x: 0, y: side + 58, class: "fy-tick fy-left", text: "filled: default" });
  const marks = svg(root, "g");
  return ({ rows }) => {
    const reach = Math.max(...rows.x.map(Math.abs), ...rows.y.map(Math.abs)), at = scale(-reach, reach, 6, side - 6);
    marks.replaceChildren();
    rows.x.forEach((x, i) => svg(marks, "circle", { cx: at(x), cy: 24 + side - at(rows.y[i]), r: 2.6, class: rows.label[i] ? "fc-bad" : "fc-good" }));
    attrs(note, { text: `\u2190 ${names[0]} \u2192, upwards ${names[1]}` });
  };
}

/** The loss over the plane of weights as bands, the walk, and the lowest point. */
function drawLandscape(parent, side, names) {
  const box = html("div", { className: "fc-box" }), canvas = html("canvas", { width: CELLS, height: CELLS, role: "img", "aria-label": "The loss over the plane of the two weights, in bands" });
  box.append(canvas);
  parent.append(box);
  const root = svg(box, "svg", { viewBox: `0 0 ${side} ${side + 62}`, role: "img", "aria-label": "The walk of gradient descent over the loss, and its lowest point" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "Downhill, in the weights" });
  const clip = `fc-${Math.random().toString(36).slice(2)}`, frame = { x: 0.5, y: 24.5, width: side - 1, height: side - 1, rx: 8 };
  svg(svg(root, "clipPath", { id: clip }), "rect", frame);
  svg(root, "rect", { ...frame, class: "fc-frame" });
  const inside = svg(root, "g", { "clip-path": `url(#${clip})` }), line = svg(inside, "path", { class: "fc-walk" }), goal = svg(inside, "path", { class: "fy-diamond" }), now = svg(inside, "circle", { r: 5.5, class: "fy-yours" });
  svg(root, "text", { x: side / 2, y: side + 40, class: "fy-tick", text: `\u2190 ${names[0]} \u2192, upwards ${names[1]}` });
  svg(root, "text", { x: 0, y: side + 58, class: "fy-tick fy-left", text: "\u25c7 lowest   \u25cf now" });
  const context = canvas.getContext("2d"), image = context.createImageData(CELLS, CELLS);
  return (land, path, fresh) => {
    const x = (w) => ((clamp(w / land.reach, -40, 40) + 1) / 2) * side, y = (w) => 24 + ((1 - clamp(w / land.reach, -40, 40)) / 2) * side;
    if (fresh) {
      const top = Math.log1p((Math.max(...land.field) - land.best.loss) * 300);
      land.field.forEach((value, i) => { // bands, darker uphill, of equal height in the logarithm
        const band = Math.floor((9 * Math.log1p((value - land.best.loss) * 300)) / top);
        image.data.set([128, 120, 100, 14 + 13 * band], 4 * i);
      });
      context.putImageData(image, 0, 0);
    }
    attrs(line, { d: `M${path.map(([u, v]) => `${x(u).toFixed(1)} ${y(v).toFixed(1)}`).join("L")}` });
    const [u, v] = path.at(-1), gx = x(land.best.u), gy = y(land.best.v);
    attrs(now, { cx: x(u), cy: y(v) });
    attrs(goal, { d: `M${gx} ${gy - 7}l7 7l-7 7l-7 -7z` });
  };
}

export default explorer("scale-conflict", (card) => {
  const [a, b, label] = card.arrays("a", "b", "label"), names = card.get("names"), share = sum(Array.from(label)) / label.length;
  need(a.length > 1 && a.length === b.length && b.length === label.length && names.length === 2 && share > 0 && share < 1, "its two modalities and outcomes do not belong together");
  need(numbersWithin([card.get("scale")], 1, 0.01, 100) && numbersWithin([card.get("rate")], 1, 0.03, 30) && numbersWithin([card.get("steps")], 1, 0, MOST), "its scale, step size or number of steps is out of range");
  const base = { a: Array.from(a), b: Array.from(b), label, bias: logit(share) };
  card.title("Scale conflict", `Two features of ${a.length} applicants, ${names[0]} and ${names[1]}, in standard deviations, side by side, one weight each. Multiply the first, as other units would, and let gradient descent walk. Each panel has the same units on both axes.`);
  const power = (trait, low, high) => ({ min: Math.log10(low), max: Math.log10(high), step: 0.02, value: 0, say: (v) => figures3(10 ** v), onInput: (v) => card.set({ [trait]: clamp(10 ** v, low, high) }) });
  const factor = slider({ label: "multiply by", ...power("scale", 0.01, 100), tint: colour(names[0]) });
  const rate = slider({ label: "step size", ...power("rate", 0.03, 30) });
  const steps = slider({ label: "steps", min: 0, max: MOST, step: 1, value: 0, say: String, onInput: (k) => card.set({ steps: k }) });
  const standard = checkbox({ label: "standardise both first", value: false, onInput: (v) => card.set({ standardised: v }) });
  card.controls.append(factor.node, rate.node, steps.node, standard.node);
  let paint = () => {}, now, land, key = "";
  const draw = () => {
    const wanted = `${card.get("standardised") ? "standard" : card.get("scale")}`, fresh = wanted !== key;
    if (fresh) land = prepare(base, card.get("scale"), card.get("standardised"));
    key = wanted;
    const path = descend(land.rows, card.get("rate"), card.get("steps")), [u, v] = path.at(-1), scores = land.rows.x.map((x, i) => u * x + v * land.rows.y[i]);
    now = { path, u, v, loss: lossOf(land.rows, u, v), auc: auc(Array.from(label), scores), wild: path.length <= card.get("steps") || lossOf(land.rows, u, v) > 2 * lossOf(land.rows, 0, 0) };
    factor.show(Math.log10(card.get("scale")));
    rate.show(Math.log10(card.get("rate")));
    steps.show(card.get("steps"));
    standard.show(card.get("standardised"));
    paint(fresh);
  };
  card.fit((_, side) => {
    const two = side > 430, pair = html("div", { className: two ? "fc-pair fc-beside" : "fc-pair" }), wide = two ? (side - 18) / 2 : side;
    card.figure.replaceChildren(pair);
    const cloud = drawCloud(pair, wide, names), hills = drawLandscape(pair, wide, names);
    paint = (fresh) => { if (fresh) cloud(land); hills(land, now.path, fresh); };
    if (now) paint(true);
  });
  card.follow("scale", "rate", "steps", "standardised");
  const words = () => {
    const far = now.loss - land.best.loss, start = lossOf(land.rows, 0, 0) - land.best.loss, left = far / start;
    const verdict = now.wild ? "it has run away" : left < 0.01 ? "it has arrived" : left > 1 ? "it is higher than where it began" : `${Math.round(100 * left)}\u00a0% of the way down is still to go`;
    return [`Condition number ${figures3(land.condition)}; steps up to ${figures3(land.limit)} are safe at the start. After ${card.get("steps")} steps of size ${figures3(card.get("rate"))}, with ${card.get("standardised") ? "both standardised" : `${names[0]} times ${figures3(card.get("scale"))}`}, `, { b: verdict }, `: loss ${fixed(now.loss)}, lowest ${fixed(land.best.loss)}, AUC ${fixed(now.auc)}.`];
  };
  const line = (name, value, digits = 5) => [name, Number.isFinite(value) && Math.abs(value) < 1e7 ? fixed(value, digits) : figures3(value)];
  const rows = () => [["", "value"], line("condition number", land.condition, 4), line("largest eigenvalue", land.large), line("largest safe step", land.limit), line(`weight of ${names[0]}`, now.u), line(`weight of ${names[1]}`, now.v),
    line("loss", now.loss), line("lowest loss", land.best.loss), line(`its weight of ${names[0]}`, land.best.u), line(`its weight of ${names[1]}`, land.best.v), line("AUC", now.auc)];
  card.show({ draw, words, rows });
});
