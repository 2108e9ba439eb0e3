import { counted, fixed, percent, scale, attrs, svg } from "./plot.js";
import { explorer, need, slider, select, numbered } from "./controls.js";
import { play } from "./film.js";
import { fitParts } from "./parts.js";

const AXES = ["world", "amount", "weight", "step", "thing"];
const times = (a) => (a >= 1 || a === 0 ? String(a) : String(a).replace(/^0/, ""));

/** Stop with a sentence unless the card holds a whole film; return how to look things up in it. */
function read(card) {
  const [p, cosine, label, losses, shares, accuracy] = card.arrays("p", "cosine", "label", "losses", "shares", "accuracy");
  const [W, L, A, S] = ["worlds", "amounts", "weights", "epochs"].map((name) => card.get(name).length), K = card.get("kept").length, n = label.length / W, cells = W * L * A * S;
  need(cells > 0 && K > 0 && Number.isInteger(n) && n > 0 && p.length === cells * n && cosine.length === cells * n && losses.length === 3 * cells && shares.length === K * cells && accuracy.length === 2 * W * L * A, "its film is not whole");
  need([losses, shares, accuracy].every((array) => array.every(Number.isFinite)), "one of its numbers is none");
  need([W, L, A, S, n].every((size, k) => Number.isInteger(card.get(AXES[k])) && card.get(AXES[k]) >= 0 && card.get(AXES[k]) < size), "there is no such world, number of labels, weight, epoch or thing");
  const at = (w, l, a, s) => ((w * L + l) * A + a) * S + s;
  return {
    W, L, A, S, K, n, label: (w, i) => label[w * n + i],
    p: (cell, i) => p[cell * n + i] / 255, cosine: (cell, i) => cosine[cell * n + i] / 127.5 - 1, losses: (cell) => Array.from(losses.subarray(3 * cell, 3 * cell + 3)), shares: (cell) => Array.from(shares.subarray(K * cell, K * (cell + 1))),
    accuracy: (w, l, a) => Array.from(accuracy.subarray(2 * ((w * L + l) * A + a), 2 * ((w * L + l) * A + a) + 2)), at,
  };
}

/** Every held-out thing: what the task makes of it to the right, what the alignment makes of it upwards. */
function drawThings(parent, width, n, pick) {
  const high = Math.max(300, Math.min(width * 0.86, 430)), left = 44, bottom = high - 44, root = svg(parent, "svg", { viewBox: `0 0 ${width} ${high}`, role: "img", class: "fj-things", "aria-label": "Held-out things: probability of label 1 to the right, cosine of the two embeddings upwards" });
  const x = scale(0, 1, left, width - 12), y = scale(-1, 1, bottom, 34);
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "Right: the task. Up: the alignment." });
  for (const v of [-1, 0, 1]) {
    svg(root, "line", { x1: left, x2: width - 12, y1: y(v), y2: y(v), class: "fy-grid" });
    svg(root, "text", { x: left - 8, y: y(v) + 4, class: "fy-tick fy-right", text: v < 0 ? "\u22121" : String(v) });
  }
  for (const v of [0, 0.5, 1]) svg(root, "text", { x: x(v), y: bottom + 18, class: v === 1 ? "fy-tick fy-right" : v ? "fy-tick" : "fy-tick fy-left", text: String(v) });
  svg(root, "line", { x1: x(0.5), x2: x(0.5), y1: 34, y2: bottom, class: "fy-mark" });
  svg(root, "text", { x: width - 12, y: bottom + 38, class: "fy-tick fy-right", text: "probability of label 1 \u2192" });
  svg(root, "text", { x: left + 6, y: bottom - 10, class: "fy-tick fy-left", text: "\u2191 cosine of its two embeddings" });
  const zero = svg(root, "path", { class: "fj-zero" }), core = svg(root, "path", { class: "fj-core" }), one = svg(root, "path", { class: "fj-one" }), ring = svg(root, "circle", { r: 8, class: "fj-ring" });
  let placed = [];
  root.addEventListener("click", (event) => {
    const box = root.getBoundingClientRect(), unit = width / box.width, off = placed.map(([px, py]) => Math.hypot(px - (event.clientX - box.left) * unit, py - (event.clientY - box.top) * unit));
    pick(off.indexOf(Math.min(...off)));
  });
  return (now) => {
    placed = Array.from({ length: n }, (_, i) => [x(now.p[i]), y(now.cosine[i])]);
    const path = (label) => placed.map(([px, py], i) => (now.labels[i] === label ? `M${px.toFixed(1)} ${py.toFixed(1)}h0.01` : "")).join("") || "M0 -20";
    attrs(zero, { d: path(0) });
    attrs(core, { d: path(0) });
    attrs(one, { d: path(1) });
    attrs(ring, { cx: placed[now.thing][0], cy: placed[now.thing][1] });
  };
}

/** Below: what the embeddings keep of each cause, and the accuracy at every weight, mean and spread over samples. */
function drawKept(parent, width, kept) {
  const row = 26, root = svg(parent, "svg", { viewBox: `0 0 ${width} ${28 + row * kept.length}`, role: "img", "aria-label": "How much of each cause can be read off the embeddings" }), left = Math.min(140, 0.42 * width), x = scale(0, 1, left, width - 44);
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "What the embeddings keep" });
  const bars = kept.map((name, k) => {
    const y = 28 + row * k;
    svg(root, "text", { x: 0, y: y + 16, class: "fy-tick fy-left", text: name });
    svg(root, "rect", { x: left, y: y + 4, width: x(1) - left, height: 15, rx: 3, class: "fj-track" });
    return { bar: svg(root, "rect", { x: left, y: y + 4, height: 15, rx: 3, class: "fj-bar" }), text: svg(root, "text", { x: width, y: y + 16, class: "fy-tick fy-right" }) };
  });
  return (now) => bars.forEach(({ bar, text }, k) => { attrs(bar, { width: x(Math.max(0, now.shares[k])) - left }); attrs(text, { text: fixed(now.shares[k], 2) }); });
}

function drawAccuracy(parent, width, data, weights) {
  const high = 190, left = 40, bottom = high - 40, root = svg(parent, "svg", { viewBox: `0 0 ${width} ${high}`, role: "img", "aria-label": "Held-out accuracy against the weight of the alignment, mean and standard deviation over samples" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "Accuracy in the end, eight samples" });
  const x = (a) => left + 14 + (a * (width - left - 28)) / Math.max(1, data.A - 1), y = scale(0.45, 0.95, bottom, 30);
  for (const v of [0.5, 0.7, 0.9]) { svg(root, "line", { x1: left, x2: width, y1: y(v), y2: y(v), class: "fy-grid" }); svg(root, "text", { x: left - 8, y: y(v) + 4, class: "fy-tick fy-right", text: fixed(v, 1) }); }
  weights.forEach((alpha, a) => svg(root, "text", { x: x(a), y: bottom + 18, class: "fy-tick", text: times(alpha) }));
  svg(root, "text", { x: width, y: bottom + 36, class: "fy-tick fy-right", text: "\u03b1, weight of the alignment" });
  const line = svg(root, "path", { class: "fi-line fi-chosen" }), whiskers = svg(root, "path", { class: "fj-whisker" }), dots = weights.map((_, a) => svg(root, "circle", { cx: x(a), r: 4 }));
  return (now) => {
    const ends = weights.map((_, a) => data.accuracy(now.w, now.l, a));
    attrs(line, { d: ends.map(([mean], a) => `${a ? "L" : "M"}${x(a).toFixed(1)} ${y(mean).toFixed(1)}`).join("") });
    attrs(whiskers, { d: ends.map(([mean, sd], a) => `M${x(a).toFixed(1)} ${y(mean - sd).toFixed(1)}V${y(mean + sd).toFixed(1)}`).join("") });
    dots.forEach((dot, a) => attrs(dot, { cy: y(ends[a][0]), r: a === now.a ? 7 : 4, class: a === now.a ? "fy-yours" : "fy-hollow" }));
  };
}

export default explorer("joint-loss", (card) => {
  const data = read(card), { n, S } = data, worlds = card.get("worlds"), amounts = card.get("amounts"), weights = card.get("weights"), epochs = card.get("epochs"), kept = card.get("kept");
  card.title("Joint loss", "The task moves things to the right or to the left, the alignment moves them up. Set how much the alignment counts, and watch the training. Does it help?");
  const weight = slider({ label: "\u03b1", min: 0, max: data.A - 1, step: 1, value: 0, say: (a) => times(weights[a]), onInput: (a) => card.set({ weight: a }) });
  const step = slider({ label: "epochs", min: 0, max: S - 1, step: 1, value: 0, say: (s) => String(epochs[s]), onInput: (s) => card.set({ step: s }) });
  const world = select({ label: "the label", options: numbered(worlds), value: 0, onInput: (k) => card.set({ world: Number(k) }) });
  const amount = select({ label: "labels", options: numbered(amounts.map((k) => k.toLocaleString("en"))), value: 0, onInput: (k) => card.set({ amount: Number(k) }) });
  const thing = slider({ label: "thing", min: 1, max: n, step: 1, value: 1, say: (k) => `${k} of ${n}`, onInput: (k) => card.set({ thing: k - 1 }) });
  card.controls.append(weight.node, step.node, world.node, amount.node, thing.node);
  let paint = () => {}, now;
  const draw = () => {
    const [w, l, a, s, i] = AXES.map(card.get), cell = data.at(w, l, a, s), all = (f) => Array.from({ length: n }, (_, k) => f(k));
    const [task, align, fight] = data.losses(cell);
    now = { w, l, a, s, thing: i, cell, task, align, fight, shares: data.shares(cell), p: all((k) => data.p(cell, k)), cosine: all((k) => data.cosine(cell, k)), labels: all((k) => data.label(w, k)) };
    weight.show(a);
    step.show(s);
    world.show(w);
    amount.show(l);
    thing.show(i + 1);
    seen(s);
    paint();
  };
  fitParts(card, ({ main, hold, mainWidth, holdWidth }) => {
    const things = drawThings(main, mainWidth, n, (i) => card.set({ thing: i })), bars = drawKept(hold, holdWidth, kept), ends = drawAccuracy(hold, holdWidth, data, weights);
    paint = () => { things(now); bars(now); ends(now); };
    if (now) paint();
  });
  card.follow("weight", "step", "world", "amount", "thing");
  const seen = play(card, { trait: "step", count: S, every: 400, label: "Play training" });
  const right = () => now.p.filter((p, i) => (p > 0.5) === (now.labels[i] === 1)).length;
  const total = () => now.task + weights[now.a] * now.align;
  const words = () => [`The label: ${worlds[now.w]}; ${amounts[now.l].toLocaleString("en")} labels, \u03b1 = ${times(weights[now.a])}, after ${counted(epochs[now.s], "epoch")}: L = ${fixed(now.task, 3)} + ${times(weights[now.a])} \u00b7 ${fixed(now.align, 3)} = `, { b: fixed(total(), 3) }, `. Of ${n} held-out things, ${percent(right() / n)} are right; on training things the two gradients have cosine ${fixed(now.fight, 2)}. Thing ${now.thing + 1}, with label ${now.labels[now.thing]}: probability ${fixed(now.p[now.thing], 2)}, cosine ${fixed(now.cosine[now.thing], 2)}.`];
  const rows = () => {
    const each = (f) => weights.map((_, a) => f(data.at(now.w, now.l, a, now.s), a));
    return [["", ...weights.map((alpha) => `\u03b1 = ${times(alpha)}`)], ["L_task", ...each((c) => fixed(data.losses(c)[0], 4))], ["L_align", ...each((c) => fixed(data.losses(c)[1], 4))], ["L", ...each((c, a) => fixed(data.losses(c)[0] + weights[a] * data.losses(c)[1], 4))],
      ["cosine of the gradients", ...each((c) => fixed(data.losses(c)[2], 4))], ...kept.map((name, k) => [`kept of ${name}`, ...each((c) => fixed(data.shares(c)[k], 4))]), ["accuracy in the end, mean", ...weights.map((_, a) => fixed(data.accuracy(now.w, now.l, a)[0], 4))], ["its standard deviation", ...weights.map((_, a) => fixed(data.accuracy(now.w, now.l, a)[1], 4))],
      [`p of thing ${now.thing + 1}`, ...each((c) => fixed(data.p(c, now.thing), 3))], [`cosine of thing ${now.thing + 1}`, ...each((c) => fixed(data.cosine(c, now.thing), 3))]];
  };
  card.show({ draw, words, rows });
});
