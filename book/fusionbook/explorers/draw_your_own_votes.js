import { auc, clamp, dotsOf, drawDots, entropy, fixed, scale, sigmoid, sum, attrs, svg } from "./plot.js";
import { explorer, html, need, numbersWithin, slider, select, checkbox, named } from "./controls.js";

const KNOTS = [-3, -2, -1, 0, 1, 2, 3], SPAN = 3, CELLS = 48;
const sign = (x) => (x > 0 ? "+" : x < 0 ? "\u2212" : "");

/** The height of a curve at x: straight lines between its points, level beyond them. */
function height(curve, x) {
  const at = clamp(x, -SPAN, SPAN) + SPAN, k = Math.min(KNOTS.length - 2, Math.floor(at));
  return curve[k] + (at - k) * (curve[k + 1] - curve[k]);
}

/** Entropy of the label less the least log loss of sigmoid(k * score + shift) with k >= 0, in bits; by Newton's method. */
function bitsOf(label, scores) {
  const n = scores.length, share = sum(Array.from(label)) / n, all = entropy([share, 1 - share]), mean = sum(scores) / n;
  const spread = Math.sqrt(sum(scores.map((s) => (s - mean) ** 2)) / n);
  if (spread < 1e-9) return 0;
  const x = scores.map((s) => (s - mean) / spread);
  if (sum(x.map((v, i) => v * label[i])) / n < 1e-9) return 0; // the loss is convex in k and does not fall from 0
  const lossAt = (k, shift) => {
    let total = 0;
    for (let i = 0; i < n; i++) {
      const z = k * x[i] + shift;
      total += Math.max(z, 0) - label[i] * z + Math.log1p(Math.exp(-Math.abs(z)));
    }
    return total / n;
  };
  let k = 0, shift = Math.log(share / (1 - share)), loss = lossAt(k, shift);
  for (let round = 0; round < 40; round++) {
    let gk = 0, gs = 0, kk = 1e-12, ks = 0, ss = 1e-12;
    for (let i = 0; i < n; i++) {
      const p = sigmoid(k * x[i] + shift), off = p - label[i], d = p * (1 - p);
      gk += off * x[i]; gs += off; kk += d * x[i] * x[i]; ks += d * x[i]; ss += d;
    }
    const det = kk * ss - ks * ks, dk = (ss * gk - ks * gs) / det, ds = (kk * gs - ks * gk) / det;
    let t = 1, next = lossAt(k - dk, shift - ds);
    while (!(next <= loss) && t > 1e-6) { t /= 2; next = lossAt(k - t * dk, shift - t * ds); }
    const gained = loss - next;
    if (!(gained > 1e-9)) break;
    k -= t * dk; shift -= t * ds; loss = next;
  }
  return Math.max(0, all - loss / Math.LN2);
}

/** Everything the figure says about one setting: every value of A met with every value of B, corner by corner. */
function evaluate({ a, b, K }, corners, { f, g, c }) {
  const fa = Array.from(a, (x) => height(f, x)), gb = Array.from(b, (x) => height(g, x)), scores = [], label = [];
  for (const [i, j, y] of corners)
    for (let p = i * K; p < (i + 1) * K; p++)
      for (let q = j * K; q < (j + 1) * K; q++) { scores.push(fa[p] + gb[q] + c * a[p] * b[q]); label.push(y); }
  const at = (i, j) => height(f, 2 * i - 1) + height(g, 2 * j - 1) + c * (2 * i - 1) * (2 * j - 1);
  return { auc: auc(label, scores), bits: bitsOf(label, scores), mean: sum(scores) / scores.length, corner: [at(0, 0), at(0, 1), at(1, 0), at(1, 1)] };
}

/** A line from 0 to 1: what others reach, and yours. */
function drawRail(parent, width, title) {
  const x = scale(0, 1, 14, width - 14), root = svg(parent, "svg", { viewBox: `0 0 ${width} 118`, role: "img", "aria-label": `${title}, on a line from 0 to 1` });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: title });
  svg(root, "line", { x1: 14, x2: width - 14, y1: 62, y2: 62, class: "fy-rail" });
  for (const tick of [0, 0.5, 1]) svg(root, "text", { x: x(tick), y: 104, class: "fy-tick", text: String(tick) });
  const others = svg(root, "g"), yours = svg(root, "circle", { cy: 62, r: 8.5, class: "fy-yours" }), text = svg(root, "text", { y: 40, class: "fy-mine" });
  return (value, marks, fresh) => {
    if (fresh) {
      others.replaceChildren();
      const groups = []; // marks that would meet share one name
      for (const [name, value] of [...marks].sort((one, two) => one[1] - two[1])) {
        svg(others, "line", { x1: x(value), x2: x(value), y1: 52, y2: 72, class: "fy-mark" });
        if (groups.length && x(value) - x(groups.at(-1).value) < 76) groups.at(-1).names.push(name);
        else groups.push({ names: [name], value });
      }
      for (const { names, value } of groups) svg(others, "text", { x: clamp(x(value), 14 + 3.4 * names.join(", ").length, width - 14 - 3.4 * names.join(", ").length), y: 87, class: "fy-tick", text: names.join(", ") });
    }
    attrs(yours, { cx: x(value) });
    attrs(text, { x: clamp(x(value), 48, width - 48), text: `yours ${fixed(value)}` });
  };
}

/** A strip in which a curve is drawn by dragging: beneath the plane for f, turned beside it for g. */
function drawCurve(root, turned, place, onDrag) {
  const { x, y, along, across } = place, to = scale(-SPAN, SPAN, 0, along), up = scale(-SPAN, SPAN, 0, across);
  const spot = (k, v) => (turned ? [x + up(v), y + along - to(k)] : [x + to(k), y + across - up(v)]);
  const [w, h] = turned ? [across, along] : [along, across], middle = spot(-SPAN, 0), end = spot(SPAN, 0);
  svg(root, "rect", { x, y, width: w, height: h, rx: 8, class: "fw-strip" });
  svg(root, "line", { x1: middle[0], y1: middle[1], x2: end[0], y2: end[1], class: "fy-grid" });
  const line = svg(root, "path", { class: "fw-curve" }), dots = KNOTS.map(() => svg(root, "circle", { r: 5, class: "fw-knot" }));
  const pad = svg(root, "rect", { x: x - 8, y: y - 8, width: w + 16, height: h + 16, class: "fw-pad" });
  const drag = (event) => {
    const box = root.getBoundingClientRect(), unit = root.viewBox.baseVal.width / box.width, px = (event.clientX - box.left) * unit, py = (event.clientY - box.top) * unit;
    const [far, high] = turned ? [y + along - py, px - x] : [px - x, y + across - py];
    onDrag(clamp(Math.round((far / along) * 6), 0, 6), clamp(Math.round((((high / across) * 2 - 1) * SPAN) * 20) / 20, -SPAN, SPAN));
  };
  pad.addEventListener("pointerdown", (event) => { pad.setPointerCapture(event.pointerId); drag(event); });
  pad.addEventListener("pointermove", (event) => { if (event.buttons) drag(event); });
  return (curve, chosen) => {
    attrs(line, { d: `M${curve.map((v, k) => spot(KNOTS[k], v).map((z) => z.toFixed(1)).join(" ")).join("L")}` });
    dots.forEach((dot, k) => { const [cx, cy] = spot(KNOTS[k], curve[k]); attrs(dot, { cx, cy, class: k === chosen ? "fw-knot fw-chosen" : "fw-knot" }); });
  };
}

/** The plane of a and b: the score as colour, examples as dots, the four corners in numbers, the curves at its sides. */
function drawPlane(parent, width, onDrag) {
  const strip = Math.round(0.22 * width), gap = 12, side = width - strip - gap, top = 26, left = strip + gap;
  const box = html("div", { className: "fw-box" }), canvas = html("canvas", { width: CELLS, height: CELLS, "aria-hidden": "true" });
  const total = top + side + gap + strip + 20;
  Object.assign(canvas.style, { left: `${(100 * left) / width}%`, top: `${(100 * top) / total}%`, width: `${(100 * side) / width}%` });
  box.append(canvas);
  parent.append(box);
  const root = svg(box, "svg", { viewBox: `0 0 ${width} ${total}`, role: "img", "aria-label": "The plane of a and b: the score as colour, examples as dots; f drawn beneath, g beside" });
  const x = scale(-SPAN, SPAN, left, left + side), y = scale(-SPAN, SPAN, top + side, top);
  svg(root, "text", { x: left, y: 14, class: "fy-caption", text: "The score, over A and B" });
  svg(root, "text", { x: strip / 2, y: 14, class: "fy-tick", text: "g(b)" });
  svg(root, "text", { x: left + side / 2, y: total - 2, class: "fy-tick", text: "f(a)" });
  for (const v of [-1, 1]) {
    svg(root, "text", { x: x(v), y: total - 2, class: "fy-tick", text: `${sign(v)}1` });
    svg(root, "text", { x: left - gap - 6, y: y(v) + 4, class: "fy-tick fy-right", text: `${sign(v)}1` });
  }
  svg(root, "text", { x: 0, y: top + side + 40, class: "fy-tick fy-left", text: "\u25cf label 1" });
  svg(root, "text", { x: 0, y: top + side + 58, class: "fy-tick fy-left", text: "\u25cb label 0" });
  const [zero, one] = ["fw-zero", "fw-one"].map((kind) => svg(root, "path", { class: kind }));
  const corners = [[-1, -1], [-1, 1], [1, -1], [1, 1]].map(([a, b]) => svg(root, "text", { x: x(a), y: y(b) + 5, class: "fy-mine" }));
  svg(root, "rect", { x: left, y: top, width: side, height: side, rx: 8, class: "fc-frame" });
  const f = drawCurve(root, false, { x: left, y: top + side + gap, along: side, across: strip }, (k, v) => onDrag(k, v)), g = drawCurve(root, true, { x: 0, y: top, along: side, across: strip }, (k, v) => onDrag(k + 7, v));
  const context = canvas.getContext("2d"), image = context.createImageData(CELLS, CELLS), middle = (i) => -SPAN + ((i + 0.5) * 2 * SPAN) / CELLS;
  return (setting, now, dots, fresh) => {
    const fa = Array.from({ length: CELLS }, (_, i) => height(setting.f, middle(i))), gb = Array.from({ length: CELLS }, (_, j) => height(setting.g, -middle(j)));
    for (let j = 0, at = 0; j < CELLS; j++)
      for (let i = 0; i < CELLS; i++, at += 4) {
        const s = fa[i] + gb[j] - setting.c * middle(i) * middle(j) - now.mean, tint = s > 0 ? [214, 120, 38] : [46, 110, 158];
        image.data.set([...tint, Math.round(205 * Math.tanh(Math.abs(s) / 1.6))], at);
      }
    context.putImageData(image, 0, 0);
    if (fresh) drawDots(zero, one, dots, x, y);
    corners.forEach((node, k) => attrs(node, { text: `${sign(now.corner[k])}${fixed(Math.abs(now.corner[k]), 1)}` }));
    f(setting.f, setting.point);
    g(setting.g, setting.point - 7);
  };
}

/** Stop with a sentence unless the card holds a state that can be drawn; return each world's dots. */
function check(card, a, b, examples) {
  const worlds = card.get("worlds") ?? [], names = worlds.map(([name]) => name), marks = card.get("marks"), curves = [card.get("f"), card.get("g"), ...Object.values(card.get("best") ?? {}).flat()];
  need(a.length && a.length % 2 === 0 && a.length === b.length, "its two modalities do not belong together");
  need(names.length && names.includes(card.get("world")), "there is no such world");
  need(worlds.every(([, corners]) => corners.every((corner) => corner.length === 3 && corner.every((bit) => bit === 0 || bit === 1)) && new Set(corners.map((corner) => corner[2])).size === 2), "a world's corners are not bits with two labels");
  need(curves.every((curve) => numbersWithin(curve, KNOTS.length, -SPAN, SPAN)), "a curve needs seven numbers from \u22123 to 3");
  need(numbersWithin([card.get("product")], 1, -SPAN, SPAN) && numbersWithin([card.get("point")], 1, 0, 13), "its product or its point is out of range");
  need(names.every((name) => (marks?.[name] ?? []).every(([, bits]) => bits >= 0 && bits <= 1)), "its marks are not bits of a label");
  return Object.fromEntries(names.map((name, k) => [name, dotsOf(examples, k)]));
}

export default explorer("draw-your-own-votes", (card) => {
  const [a, b, examples] = card.arrays("a", "b", "dots"), data = { a, b, K: a.length / 2 }, dots = check(card, a, b, examples), worlds = new Map(card.get("worlds")), best = card.get("best");
  card.title("Draw your own votes", "One curve for each modality. The score of a point is f(a) + g(b): drag the curves beneath and beside the plane, and try to say 1 where the full dots are.");
  const put = (point, value) => card.set({ point, [point < 7 ? "f" : "g"]: card.get(point < 7 ? "f" : "g").map((old, k) => (k === point % 7 ? value : old)) });
  const world = select({ label: "world", options: named([...worlds.keys()]), value: card.get("world"), onInput: (value) => card.set({ world: value }) });
  const where = (k) => `${k < 8 ? "f" : "g"} at ${fixed(KNOTS[(k - 1) % 7], 0)}`;
  const point = slider({ label: "point", min: 1, max: 14, step: 1, value: 1, say: where, onInput: (k) => card.set({ point: k - 1 }) });
  const level = slider({ label: "its height", min: -SPAN, max: SPAN, step: 0.05, value: 0, say: (v) => fixed(v, 2), onInput: (v) => put(card.get("point"), v) });
  const allow = checkbox({ label: "let in one product, c\u2009\u00b7\u2009a\u2009\u00b7\u2009b", value: false, onInput: (v) => card.set({ allowed: v }) });
  const weight = slider({ label: "c", min: -SPAN, max: SPAN, step: 0.05, value: 0, say: (v) => fixed(v, 2), onInput: (v) => card.set({ product: v }) });
  const rail = html("div", { className: "fw-rails" });
  card.controls.append(world.node, point.node, level.node, allow.node, weight.node, rail);
  let paint = () => {}, now, shown = "";
  const draw = () => {
    const c = card.get("allowed") ? card.get("product") : 0, name = card.get("world"), setting = { f: card.get("f"), g: card.get("g"), c, point: card.get("point") }, fresh = name !== shown;
    now = { ...evaluate(data, worlds.get(name), setting), setting, name, marks: card.get("marks")[name] ?? [] };
    shown = name;
    world.show(name);
    point.show(setting.point + 1);
    level.show(setting.point < 7 ? setting.f[setting.point] : setting.g[setting.point - 7]);
    allow.show(card.get("allowed"));
    weight.node.hidden = !card.get("allowed");
    weight.show(card.get("product"));
    bestSum.disabled = !best[name];
    paint(fresh);
  };
  card.fit((whole, side) => {
    rail.replaceChildren();
    card.figure.replaceChildren();
    const room = side < whole ? whole - 36 - side : whole, bits = drawRail(rail, room, "Bits that your score brings"), ranks = drawRail(rail, room, "How well it ranks (AUC)");
    const plane = drawPlane(card.figure, Math.min(side, 560), put);
    paint = (fresh) => { bits(now.bits, now.marks, fresh); ranks(now.auc, [["coin", 0.5]], fresh); plane(now.setting, now, dots[now.name], fresh); };
    if (now) paint(true);
  });
  card.follow("world", "f", "g", "product", "allowed", "point");
  const bestSum = card.button("Best sum", () => card.set({ f: best[card.get("world")][0], g: best[card.get("world")][1], allowed: false }));
  card.button("Flat curves", () => card.set({ f: KNOTS.map(() => 0), g: KNOTS.map(() => 0) }));
  const flat = (curve) => Math.max(...curve) - Math.min(...curve) < 1e-9;
  const words = () => {
    const { f, g, c } = now.setting, [mm, mp, pm, pp] = now.corner, most = Math.max(0, ...now.marks.map(([, bits]) => bits)), silent = [["f", "A", f], ["g", "B", g]].filter(([, , curve]) => flat(curve));
    const tied = silent.length === 2 && !c ? " Both curves are flat: every point has the same score." : silent.map(([name, who]) => ` ${name} is flat: ${who} has no vote of its own.`).join("");
    const apart = mm + pp - mp - pm, upside = now.auc < 0.5 && !now.bits && c ? " It ranks upside down: turn its sign." : "", told = Math.abs(apart) < 1e-9 ? "the same, as in every sum" : `${fixed(Math.abs(apart), 2)} ${apart > 0 ? "less" : "more"}: the product pulls them apart`;
    return [`World ${now.name}: your score ${c ? "f(a) + g(b) + c\u2009a\u2009b" : "f(a) + g(b)"} brings `, { b: `${fixed(now.bits)} bits` }, `${most ? ` of the ${fixed(most)} that can be known` : ""}, AUC `, { b: fixed(now.auc) },
      `.${upside} The corners (\u2212, \u2212) and (+, +) add up to ${fixed(mm + pp, 2)}, the other two to ${told}.${tied} Point chosen: ${where(now.setting.point + 1)}, ${fixed([...f, ...g][now.setting.point], 2)}.`];
  };
  const rows = () => [["", "value"], ["bits", fixed(now.bits, 5)], ["AUC", fixed(now.auc, 5)], ...now.marks.map(([name, value]) => [`bits: ${name}`, fixed(value, 5)]), ["product c", fixed(now.setting.c, 2)],
    ...["(\u2212, \u2212)", "(\u2212, +)", "(+, \u2212)", "(+, +)"].map((name, k) => [`score at ${name}`, fixed(now.corner[k], 4)]), ...KNOTS.map((k, i) => [`f at ${fixed(k, 0)}`, fixed(now.setting.f[i], 2)]), ...KNOTS.map((k, i) => [`g at ${fixed(k, 0)}`, fixed(now.setting.g[i], 2)])];
  card.show({ draw, words, rows });
});
