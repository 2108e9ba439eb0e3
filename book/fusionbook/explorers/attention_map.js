import { clamp, fixed, percent, scale, sigmoid, attrs, svg, colour } from "./plot.js";
import { explorer, html, need, numbersWithin, slider, select, checkbox, named } from "./controls.js";
import { modalityAttention } from "./layers.js";
import { drawMap } from "./parts.js";

/** The averaged map with names, and beneath each column what that modality receives and how far the logit moves without it. */
function drawMain(parent, names, width) {
  const left = 98, cell = (width - left) / names.length, top = 40, low = top + names.length * cell, M = names.length;
  const root = svg(parent, "svg", { viewBox: `0 0 ${width} ${low + 58}`, role: "img", "aria-label": "Weights of attention, averaged over the heads: rows ask, columns answer" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "All heads, averaged" });
  const labels = names.map((name, i) => svg(root, "text", { x: left - 8, y: top + (i + 0.5) * cell + 4, class: "fy-row fy-right", text: name }));
  names.forEach((name, j) => svg(root, "circle", { cx: left + (j + 0.5) * cell - 1, cy: top - 10, r: 5, fill: colour(name) }));
  const grid = drawMap(root, names, left, top, cell);
  ["receives", "if removed"].forEach((text, k) => svg(root, "text", { x: left - 8, y: low + [22, 46][k], class: "fy-tick fy-right", text }));
  const told = names.map((_, j) => [22, 46].map((dy) => svg(root, "text", { x: left + (j + 0.5) * cell, y: low + dy, class: "fy-tick" })));
  return (now, present, without) => {
    grid(now.mean);
    labels.forEach((node, i) => attrs(node, { class: present[i] ? "fy-row fy-right" : "fy-row fy-right fa-away" }));
    for (let j = 0; j < M; j++) {
      attrs(told[j][0], { text: present[j] ? fixed(now.received[j], 2) : "\u2013" });
      attrs(told[j][1], { text: present[j] ? `${without[j] >= 0.05 ? "+" : ""}${fixed(without[j], 1)}` : "\u2013" });
    }
  };
}

/** One small map a head. */
function drawHeads(parent, names, heads, width, columns) {
  const gap = 16, side = (width - gap * (columns - 1)) / columns, high = side + 24;
  const root = svg(parent, "svg", { viewBox: `0 0 ${width} ${Math.ceil(heads / columns) * (high + 8)}`, role: "img", "aria-label": "Weights of attention of every head: rows ask, columns answer" });
  const grids = Array.from({ length: heads }, (_, k) => {
    const x = (k % columns) * (side + gap), y = Math.floor(k / columns) * (high + 8);
    svg(root, "text", { x, y: y + 14, class: "fy-caption", text: `Head ${k + 1}` });
    return drawMap(root, names, x, y + 24, side / names.length);
  });
  return (maps) => maps.forEach((map, k) => grids[k](map));
}

/** What the model says now, and what it said with everything as received. */
function drawSaid(parent, width) {
  const x = scale(0, 1, 10, width - 10), root = svg(parent, "svg", { viewBox: `0 0 ${width} 74`, role: "img", "aria-label": "Probability of default that the model gives: now, and as received" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "Probability of default" });
  svg(root, "line", { x1: x(0), x2: x(1), y1: 44, y2: 44, class: "fy-grid" });
  for (const tick of [0, 0.25, 0.5, 0.75, 1]) svg(root, "text", { x: x(tick), y: 68, class: tick ? (tick === 1 ? "fy-tick fy-right" : "fy-tick") : "fy-tick fy-left", text: percent(tick) });
  const first = svg(root, "circle", { cy: 44, r: 6, class: "fy-hollow" }), now = svg(root, "circle", { cy: 44, r: 8, class: "fy-yours" });
  return (before, after) => { attrs(first, { cx: x(before) }); attrs(now, { cx: x(after) }); };
}

/** Every applicant: attention received by the modality under study against how far the logit moves without it. */
function drawCloud(parent, width, cloud, { pick, brush }) {
  const high = 250, top = 30, bottom = high - 42, root = svg(parent, "svg", { viewBox: `0 0 ${width} ${high}`, role: "img", class: "fa-cloud", "aria-label": "Applicants: attention received by the modality under study, and the change of the logit without it" });
  const caption = svg(root, "text", { x: 0, y: 14, class: "fy-caption" }), x = scale(0, cloud.right, 40, width - 12), y = scale(0, cloud.upper, bottom, top);
  const corner = svg(root, "rect", { y: 0, class: "fa-corner" });
  for (let k = 0; k <= cloud.upper; k++) {
    svg(root, "line", { x1: 40, x2: width - 12, y1: y(k), y2: y(k), class: "fy-grid" });
    svg(root, "text", { x: 32, y: y(k) + 4, class: "fy-tick fy-right", text: String(k) });
  }
  for (let v = 0; v < cloud.right + 1e-9; v += 0.1) svg(root, "text", { x: x(v), y: bottom + 19, class: "fy-tick", text: v ? fixed(v, 1) : "0" });
  svg(root, "text", { x: width - 12, y: bottom + 38, class: "fy-tick fy-right", text: "attention it receives \u2192" });
  svg(root, "text", { x: 46, y: top + 16, class: "fy-tick fy-left", text: "\u2191 change of the logit without it" });
  const [rest, marked] = ["fa-rest", "fa-marked"].map((kind) => svg(root, "path", { class: kind })), ring = svg(root, "circle", { r: 7.5, class: "fa-ring" });
  const pad = svg(root, "rect", { x: 30, y: top - 10, width: width - 30, height: bottom - top + 20, class: "fa-pad" }), grip = svg(root, "rect", { width: 14, height: 14, rx: 2, class: "fa-grip" });
  const spot = (event) => { const box = root.getBoundingClientRect(), unit = width / box.width; return [(event.clientX - box.left) * unit, (event.clientY - box.top) * unit]; };
  const drag = (event) => { const [px, py] = spot(event); brush(clamp(Math.round((100 * (px - 40) * cloud.right) / (width - 52)) / 100, 0, cloud.right), clamp(Math.round((20 * (bottom - py) * cloud.upper) / (bottom - top)) / 20, 0, cloud.upper)); };
  grip.addEventListener("pointerdown", (event) => grip.setPointerCapture(event.pointerId));
  grip.addEventListener("pointermove", (event) => { if (event.buttons) drag(event); });
  pad.addEventListener("pointerdown", (event) => {
    const [px, py] = spot(event), far = cloud.points.map(([a, c]) => Math.hypot(x(a) - px, y(c) - py));
    pick(far.indexOf(Math.min(...far)));
  });
  return (name, points, inside, chosen, least, most) => {
    cloud.points = points;
    const path = (wanted) => points.filter((_, i) => inside[i] === wanted).map(([a, c]) => `M${x(a).toFixed(1)} ${y(c).toFixed(1)}h0.01`).join("") || "M0 -20";
    attrs(caption, { text: `${name}: listened to, and missed?` });
    attrs(corner, { x: x(least), width: x(cloud.right) - x(least), y: y(most), height: y(0) - y(most) });
    attrs(rest, { d: path(false) });
    attrs(marked, { d: path(true), stroke: colour(name) });
    attrs(ring, { cx: x(points[chosen][0]), cy: y(points[chosen][1]) });
    attrs(grip, { x: x(least) - 7, y: y(most) - 7 });
  };
}

/** Stop with a sentence unless the card holds a model and a state that can be drawn; return the model. */
function read(card) {
  const parts = ["project", "embedding", "query", "key", "value", "mix", "head", "features", "direction", "attention", "change"], arrays = card.arrays(...parts);
  const net = Object.fromEntries(parts.map((name, k) => [name, arrays[k]])), M = card.get("modalities").length, D = net.head.length, heads = card.get("heads"), E = net.project.length / (M * D), n = net.features.length / (M * E);
  need(M > 1 && Number.isInteger(n) && n > 0 && net.embedding.length === M * D && ["query", "key", "value", "mix"].every((name) => net[name].length === D * (D + 1)) && D % heads === 0, "its weights do not fit one another");
  need(net.direction.length === n * M * E && net.attention.length === n * M && net.change.length === n * M && card.get("came").length === n, "its applicants are not whole");
  need(arrays.every((array) => array.every(Number.isFinite)) && Number.isFinite(card.get("bias")), "one of its numbers is none");
  need(numbersWithin([card.get("applicant")], 1, 0, n - 1) && card.get("modalities").includes(card.get("modality")), "there is no such applicant or modality");
  need(card.get("present").length === M && numbersWithin([card.get("noise")], 1, 0, 3) && numbersWithin([card.get("least")], 1, 0, 1) && numbersWithin([card.get("most")], 1, 0, 1e6), "its modalities, its noise or its corner is out of range");
  return { ...net, M, D, E, n, heads, bias: card.get("bias") };
}

export default explorer("attention-map", (card) => {
  const net = read(card), { M, E, n, heads } = net, names = card.get("modalities");
  const tenths = (v) => Math.ceil(10 * v - 1e-9) / 10, cloud = { right: tenths(Math.max(...net.attention)), upper: Math.ceil(Math.max(...net.change.map(Math.abs))), points: [] };
  card.title("Attention map", "One applicant, a model that attends. Take modalities away, add noise to one, and see who listens to whom. Below: are those that are listened to also missed? Drag the square, or press on an applicant: the ring.");
  const who = slider({ label: "applicant", min: 1, max: n, step: 1, value: 1, say: (k) => `${k} of ${n}`, onInput: (k) => card.set({ applicant: k - 1 }) });
  const given = names.map((name, m) => checkbox({ label: name, value: true, onInput: (v) => card.set({ present: card.get("present").map((old, k) => (k === m ? v : old)) }) }));
  given.forEach(({ node }, m) => node.style.setProperty("--tint", colour(names[m])));
  const study = select({ label: "study", options: named(names), value: names[0], onInput: (value) => card.set({ modality: value }) });
  const noise = slider({ label: "noise on it", min: 0, max: 3, step: 0.05, value: 0, say: (v) => fixed(v, 2), onInput: (v) => card.set({ noise: v }) });
  const least = slider({ label: "attention from", min: 0, max: cloud.right, step: 0.01, value: 0, say: (v) => fixed(v, 2), onInput: (v) => card.set({ least: v }) });
  const most = slider({ label: "change up to", min: 0, max: cloud.upper, step: 0.05, value: 0, say: (v) => fixed(v, 2), onInput: (v) => card.set({ most: v }) });
  card.controls.append(who.node, html("div", { className: "fa-given", role: "group", "aria-label": "received" }, ...given.map(({ node }) => node)), study.node, noise.node, least.node, most.node);

  const rows3 = (array, i) => names.map((_, m) => Array.from(array.subarray((i * M + m) * E, (i * M + m + 1) * E)));
  const everything = names.map(() => true);
  let paint = () => {}, now;
  const draw = () => {
    const i = card.get("applicant"), m = names.indexOf(card.get("modality")), present = card.get("present"), size = card.get("noise"), clean = rows3(net.features, i), push = rows3(net.direction, i)[m];
    const features = clean.map((h, k) => (k === m ? h.map((v, d) => v + size * push[d]) : h)), result = modalityAttention(net, features, present), first = modalityAttention(net, clean, everything);
    const without = names.map((_, k) => (present[k] ? modalityAttention(net, features, present.map((p, q) => p && q !== k)).logit - result.logit : 0));
    const points = Array.from({ length: n }, (_, k) => [net.attention[k * M + m], Math.abs(net.change[k * M + m])]), inside = points.map(([a, c]) => a >= card.get("least") && c <= card.get("most"));
    now = { ...result, i, m, present, size, first, without, points, inside };
    who.show(i + 1);
    given.forEach((box, k) => box.show(present[k]));
    study.show(names[m]);
    study.node.style.setProperty("--tint", colour(names[m]));
    noise.show(size);
    least.show(Math.min(card.get("least"), cloud.right));
    most.show(Math.min(card.get("most"), cloud.upper));
    paint();
  };
  const below = html("div", { className: "fa-below" });
  card.fit((whole, side) => {
    const plots = html("div", { className: "fy-plots" }), maps = html("div", { className: side > 430 ? "fa-maps fa-beside" : "fa-maps" }), wide = side > 430 ? 0.62 * side - 12 : side, rest = side > 430 ? 0.38 * side - 12 : side;
    plots.append(maps);
    below.replaceChildren();
    card.figure.replaceChildren(plots, below);
    const main = drawMain(maps, names, wide), small = drawHeads(maps, names, heads, rest, side > 430 ? Math.ceil(Math.sqrt(heads)) : heads), said = drawSaid(plots, side);
    const scatter = drawCloud(below, whole, cloud, { pick: (applicant) => card.set({ applicant }), brush: (from, to) => card.set({ least: from, most: to }) });
    paint = () => {
      main(now, now.present, now.without);
      small(now.maps);
      said(sigmoid(now.first.logit), sigmoid(now.logit));
      scatter(names[now.m], now.points, now.inside, now.i, card.get("least"), card.get("most"));
    };
    if (now) paint();
  });
  card.follow("applicant", "present", "modality", "noise", "least", "most");
  const words = () => {
    const name = names[now.m], away = names.filter((_, k) => !now.present[k]), p = percent(sigmoid(now.logit)), marked = now.inside.filter(Boolean).length;
    const gone = away.length === M ? "everything withheld" : away.length ? `${away.join(", ")} withheld` : "everything received";
    const state = `Applicant ${now.i + 1}, who ${card.get("came")[now.i]}, with ${gone}${now.size && now.present[now.m] ? ` and noise ${fixed(now.size, 2)} on ${name}` : ""}: the model says `;
    const tail = ` Of ${n} applicants, ${marked} give ${name} at least ${fixed(card.get("least"), 2)} of their attention and move by at most ${fixed(card.get("most"), 2)} without it.`;
    if (away.length === M) return [state, { b: p }, `, the same for everybody: nobody can be asked, every weight is 0, and only the head\u2019s bias is left.${tail}`];
    if (away.length === M - 1) return [state, { b: p }, `. Only ${names[now.present.indexOf(true)]} is there, so its weight is 1 whatever is asked.${tail}`];
    const share = now.present[now.m] ? `${name} receives ${fixed(now.received[now.m], 3)} of the attention (${fixed(now.first.received[now.m], 3)} as received), and without it the logit would move by ${fixed(now.without[now.m], 2)}` : `${name} is withheld and receives nothing`;
    return [state, { b: p }, ` (${percent(sigmoid(now.first.logit))} as received); ${share}.${tail}`];
  };
  const line = (name, values) => [name, ...values.map((v) => fixed(v, 5))];
  const rows = () => [["", ...names], line("receives", now.received), line("change without it", now.without), ...names.map((name, i) => line(`all heads: ${name} asks`, now.mean[i])),
    ...now.maps.flatMap((map, k) => names.map((name, i) => line(`head ${k + 1}: ${name} asks`, map[i]))), ["logit", fixed(now.logit, 5), ...names.slice(1).map(() => "")]];
  card.show({ draw, words, rows });
});
