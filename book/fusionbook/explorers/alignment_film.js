import { counted, fixed, scale, attrs, svg, colour } from "./plot.js";
import { explorer, need, numbersWithin, slider, select, named, numbered } from "./controls.js";
import { play } from "./film.js";
import { pictures } from "./scene.js";
import { fitParts, noun } from "./parts.js";

const TILT = 0.35; // radians, so that the poles are seen
const called = (modality) => noun(modality, "caption");
const heat = (tau) => fixed(tau, tau < 0.1 ? 2 : tau < 1 ? 1 : 0);

/** Stop with a sentence unless the card holds a whole film; return its parts. */
function read(card) {
  const [positions, places, measures, tiles] = card.arrays("positions", "places", "measures", "tiles"), n = card.get("names").length, T = card.get("temperatures").length, S = card.get("epochs").length;
  const side = Math.sqrt(tiles.length / (3 * n));
  need(n > 0 && T > 0 && S > 0 && positions.length === T * S * 6 * n && places.length === T * S * 2 * n && measures.length === card.get("measures").length * T * S && card.get("measures").length > 0, "its film is not whole");
  need(Number.isInteger(side) && [card.get("chinese"), card.get("kinds")].every((list) => list.length === n) && card.get("modalities").length === 2, "its pictures and names do not belong together");
  need(measures.every(Number.isFinite) && places.every((place) => place > 0), "one of its numbers is none");
  need([["setting", T], ["step", S], ["thing", n]].every(([name, size]) => Number.isInteger(card.get(name)) && numbersWithin([card.get(name)], 1, 0, size - 1)), "there is no such temperature, epoch or thing");
  need(["", ...card.get("kinds")].includes(card.get("kind")) && card.get("measures").includes(card.get("curve")) && numbersWithin([card.get("turn")], 1, 0, 360), "its curve, its kind or its turn is out of range");
  const frame = (t, s) => Array.from({ length: 2 * n }, (_, i) => [0, 1, 2].map((k) => positions[((t * S + s) * 2 * n + i) * 3 + k] / 32767.5 - 1));
  return { n, T, S, frame, place: (t, s, m, i) => places[((t * S + s) * 2 + m) * n + i], measure: (k, t, s) => measures[(k * T + t) * S + s], images: pictures(tiles, n, side, side)[0] };
}

/** The sphere, its pairs, and the chosen pair on top. */
function drawSphere(parent, width, n, names, images, pick) {
  const size = Math.min(width, 460), R = size / 2 - 24, cx = width / 2, cy = size / 2, root = svg(parent, "svg", { viewBox: `0 0 ${width} ${size}`, role: "img", class: "fi-sphere", "aria-label": "Pairs of points on a sphere, each pair joined by a line" });
  svg(root, "circle", { cx, cy, r: R, class: "fi-ball" });
  const grid = svg(root, "path", { class: "fi-grid" }), links = svg(root, "path", { class: "fi-links" });
  const dots = names.map((name) => ["fi-back", "fi-front"].map((kind) => svg(root, "path", { class: kind, stroke: colour(name) })));
  const link = svg(root, "path", { class: "fi-link" }), ends = names.map((name) => svg(root, "circle", { r: 8, class: "fi-end", fill: colour(name) })), frame = svg(root, "rect", { width: 38, height: 38, rx: 8, class: "fi-tile" }), picture = svg(root, "image", { width: 30, height: 30 });
  let placed = [], lit = [];
  root.addEventListener("click", (event) => {
    const box = root.getBoundingClientRect(), unit = width / box.width, px = (event.clientX - box.left) * unit, py = (event.clientY - box.top) * unit, off = placed.map(([x, y, depth], i) => Math.hypot(x - px, y - py) + (depth < 0 ? 1000 : 0) + (lit[i % n] ? 0 : 1e6));
    pick(off.indexOf(Math.min(...off)) % n);
  });
  return (now) => {
    const turned = (now.turn * Math.PI) / 180, [c, s, ct, st] = [Math.cos(turned), Math.sin(turned), Math.cos(TILT), Math.sin(TILT)];
    const see = ([x, y, z]) => { const a = x * c + z * s, d = z * c - x * s; return [cx + R * a, cy - R * (y * ct - d * st), y * st + d * ct]; };
    placed = now.points.map(see);
    lit = now.lit;
    const line = (points) => points.map(([x, y, depth], k) => `${k && points[k - 1][2] >= 0 && depth >= 0 ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
    const ring = (place) => line(Array.from({ length: 49 }, (_, k) => see(place((k * Math.PI) / 24))));
    attrs(grid, { d: [0, 1, 2, 3].map((k) => ring((v) => [Math.cos(v) * Math.cos((k * Math.PI) / 4), Math.sin(v), Math.cos(v) * Math.sin((k * Math.PI) / 4)])).join("") + [-0.5, 0, 0.5].map((y) => ring((v) => [Math.sqrt(1 - y * y) * Math.cos(v), y, Math.sqrt(1 - y * y) * Math.sin(v)])).join("") });
    const at = ([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`;
    attrs(links, { d: Array.from({ length: n }, (_, i) => (lit[i] ? `M${at(placed[i])}L${at(placed[n + i])}` : "")).join("") || "M0 -20" });
    dots.forEach((pair, m) => pair.forEach((path, front) => attrs(path, { d: placed.slice(m * n, (m + 1) * n).map((p, i) => (lit[i] && Number(p[2] >= 0) === front ? `M${at(p)}h0.01` : "")).join("") || "M0 -20" })));
    const one = placed[now.thing], other = placed[n + now.thing], up = one[1] > 70 ? -46 : 10;
    attrs(link, { d: `M${at(one)}L${at(other)}` });
    ends.forEach((end, m) => attrs(end, { cx: placed[m * n + now.thing][0], cy: placed[m * n + now.thing][1] }));
    attrs(frame, { x: one[0] - 19, y: one[1] + up });
    attrs(picture, { x: one[0] - 15, y: one[1] + up + 4, href: images[now.thing] });
  };
}

/** One measure against the epochs, every temperature a line, the chosen one strong, the moment marked. */
function drawCurve(parent, width, data, epochs, temperatures) {
  const high = 210, left = 46, right = width - 54, root = svg(parent, "svg", { viewBox: `0 0 ${width} ${high}`, role: "img", "aria-label": "The chosen measure against the epochs, one line for each temperature" });
  const caption = svg(root, "text", { x: 0, y: 14, class: "fy-caption" }), x = scale(epochs[0], Math.max(epochs.at(-1), epochs[0] + 1), left, right), ticks = [0, 1, 2].map(() => ({ line: svg(root, "line", { x1: left, x2: right, class: "fy-grid" }), text: svg(root, "text", { x: left - 8, class: "fy-tick fy-right" }) }));
  for (const k of [0, epochs.length - 1]) svg(root, "text", { x: x(epochs[k]), y: high - 8, class: "fy-tick", text: String(epochs[k]) });
  svg(root, "text", { x: (left + right) / 2, y: high - 8, class: "fy-tick", text: "epochs" });
  const lines = temperatures.map(() => svg(root, "path", { class: "fi-line" })), cursor = svg(root, "line", { y1: 26, y2: high - 30, class: "fy-mark" }), dot = svg(root, "circle", { r: 5.5, class: "fy-yours" }), name = svg(root, "text", { x: right + 10, class: "fy-tick fy-left fi-name" });
  return (now) => {
    const all = temperatures.flatMap((_, t) => epochs.map((__, s) => data.measure(now.k, t, s))), low = Math.min(...all), top = Math.max(...all), span = top - low || 1, y = scale(low, low + span, high - 34, 34);
    attrs(caption, { text: now.curve });
    ticks.forEach(({ line, text }, i) => { const v = low + (span * i) / 2; attrs(line, { y1: y(v), y2: y(v) }); attrs(text, { y: y(v) + 4, text: fixed(v, span < 0.5 ? 2 : 1) }); });
    lines.forEach((line, t) => attrs(line, { d: epochs.map((epoch, s) => `${s ? "L" : "M"}${x(epoch).toFixed(1)} ${y(data.measure(now.k, t, s)).toFixed(1)}`).join(""), class: t === now.t ? "fi-line fi-chosen" : "fi-line" }));
    attrs(cursor, { x1: x(epochs[now.s]), x2: x(epochs[now.s]) });
    attrs(dot, { cx: x(epochs[now.s]), cy: y(data.measure(now.k, now.t, now.s)) });
    attrs(name, { y: y(data.measure(now.k, now.t, epochs.length - 1)) + 4, text: `\u03c4 = ${heat(temperatures[now.t])}` });
  };
}

export default explorer("alignment-film", (card) => {
  const data = read(card), { n, T, S, images } = data, temperatures = card.get("temperatures"), epochs = card.get("epochs"), names = card.get("names"), chinese = card.get("chinese"), measures = card.get("measures"), modalities = card.get("modalities"), candidates = card.get("candidates");
  card.title("Alignment film", `Each ${called(modalities[0])} and its ${called(modalities[1])} are two points on a sphere, joined by a line. Let the training run, cold or warm; turn the sphere; press on a point.`);
  const setting = slider({ label: "temperature", min: 0, max: T - 1, step: 1, value: 0, say: (t) => heat(temperatures[t]), onInput: (t) => card.set({ setting: t }) });
  const step = slider({ label: "epochs", min: 0, max: S - 1, step: 1, value: 0, say: (s) => String(epochs[s]), onInput: (s) => card.set({ step: s }) });
  const turn = slider({ label: "turn", min: 0, max: 360, step: 1, value: 0, say: (v) => `${Math.round(v)}\u00b0`, onInput: (v) => card.set({ turn: v }) });
  const thing = select({ label: "pair", options: numbered(names.map((name, k) => `${name} \u00b7 ${chinese[k]}`)), value: 0, onInput: (k) => card.set({ thing: Number(k) }) });
  const curve = select({ label: "curve", options: numbered(measures), value: 0, onInput: (k) => card.set({ curve: measures[Number(k)] }) });
    const kinds = card.get("kinds"), sorts = [...new Set(kinds)], kind = select({ label: "show", options: [["", "all pairs"], ...named(sorts)], value: "", onInput: (value) => card.set({ kind: value }) });
  card.controls.append(setting.node, step.node, turn.node, ...(sorts.length > 1 ? [kind.node] : []), thing.node, curve.node);
  let paint = () => {}, now;
  const draw = () => {
    const t = card.get("setting"), s = card.get("step");
    now = { t, s, thing: card.get("thing"), turn: card.get("turn"), curve: card.get("curve"), lit: kinds.map((name) => card.get("kind") === "" || name === card.get("kind")), k: measures.indexOf(card.get("curve")), points: now?.t === t && now.s === s ? now.points : data.frame(t, s) };
    setting.show(t);
    step.show(s);
    turn.show(now.turn);
    thing.show(now.thing);
    curve.show(now.k);
    kind.show(card.get("kind"));
    seen(s);
    paint();
  };
  fitParts(card, ({ main, hold, mainWidth, holdWidth }) => {
    const sphere = drawSphere(main, mainWidth, n, modalities, images, (i) => card.set({ thing: i }));
    const line = drawCurve(hold, holdWidth, data, epochs, temperatures);
    paint = () => { sphere(now); line(now); };
    if (now) paint();
  });
  card.follow("setting", "step", "turn", "thing", "curve", "kind");
  const seen = play(card, { trait: "step", count: S, every: 350, label: "Play training" });
  const value = (k) => fixed(data.measure(k, now.t, now.s), 3);
  const words = () => [`${card.get("kind") ? `Shown: ${card.get("kind")}. ` : ""}At temperature ${heat(temperatures[now.t])}, after ${counted(epochs[now.s], "epoch")}, turned by ${Math.round(now.turn)}\u00b0: the ${called(modalities[0])} of `, { b: names[now.thing] }, `${sorts.length > 1 ? ` (${kinds[now.thing]})` : ""} finds its ${called(modalities[1])} at place ${data.place(now.t, now.s, 0, now.thing)} of ${candidates}, the ${called(modalities[1])} its ${called(modalities[0])} at place ${data.place(now.t, now.s, 1, now.thing)}. ${now.curve[0].toUpperCase()}${now.curve.slice(1)}: ${value(now.k)}.`];
  const rows = () => [["", ...temperatures.map((tau) => `\u03c4 = ${heat(tau)}`)], ...measures.map((name, k) => [name, ...temperatures.map((_, t) => fixed(data.measure(k, t, now.s), 4))]),
    ...[0, 1].map((m) => [`place of ${names[now.thing]}, the ${called(modalities[m])} asks`, ...temperatures.map((_, t) => String(data.place(t, now.s, m, now.thing)))]),
    ["cosine of the pair", ...temperatures.map((_, t) => { const points = data.frame(t, now.s); return fixed(points[now.thing].reduce((total, v, k) => total + v * points[n + now.thing][k], 0), 3); })]];
  card.show({ draw, words, rows });
});
