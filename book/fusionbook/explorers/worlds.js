import { counted, dotsOf, drawDots, fixed, percent, scale, attrs, svg } from "./plot.js";
import { explorer, html, need, numbersWithin, slider, select, named } from "./controls.js";
import { play } from "./film.js";

const EDGE = 3, ALL = ["A alone", "B alone", "together"];

/** Three bars: bits of the label that A, B, and both together say in the noise-free world. */
function drawBits(parent, width) {
  const x = scale(0, 1, 84, width - 44), root = svg(parent, "svg", { viewBox: `0 0 ${width} 92`, role: "img", "aria-label": "Bits of the label in the world without noise: A alone, B alone, both together" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "Bits, were there no noise" });
  const bars = ALL.map((name, k) => {
    const y = 30 + 22 * k;
    svg(root, "text", { x: 0, y: y + 10, class: "fy-row fy-left", text: name });
    return { bar: svg(root, "rect", { x: x(0), y, height: 13, rx: 2, class: k < 2 ? "fo-part" : "fo-whole" }), text: svg(root, "text", { y: y + 11, class: "fy-tick fy-left" }) };
  });
  return (bits) => bars.forEach(({ bar, text }, k) => { attrs(bar, { width: Math.max(1, x(bits[k]) - x(0)) }); attrs(text, { x: x(bits[k]) + 7, text: fixed(bits[k], 3) }); });
}

/** The chosen fusion's AUC through training: a thin line for each start, a thick one for the chosen start. */
function drawCurves(parent, width, epochs, starts) {
  const last = epochs.length - 1, x = scale(0, last, 34, width - 12), y = scale(0.4, 1, 138, 26);
  const root = svg(parent, "svg", { viewBox: `0 0 ${width} 176`, role: "img", "aria-label": "AUC of the chosen fusion through training, one line a start" });
  const caption = svg(root, "text", { x: 0, y: 14, class: "fy-caption" });
  for (const tick of [0.5, 0.75, 1]) {
    svg(root, "line", { x1: 34, x2: width - 12, y1: y(tick), y2: y(tick), class: "fy-grid" });
    svg(root, "text", { x: 28, y: y(tick) + 4, class: "fy-tick fy-right", text: tick === 0.5 ? "0.5" : String(tick) });
  }
  epochs.forEach((epoch, t) => svg(root, "text", { x: x(t), y: 156, class: "fy-tick", text: String(epoch) }));
  svg(root, "text", { x: (width + 22) / 2, y: 173, class: "fy-tick", text: "epochs" });
  const bayes = svg(root, "line", { x1: 34, x2: width - 12, class: "fy-mark" }), lines = Array.from({ length: starts }, () => svg(root, "path", { class: "fo-thin" }));
  const mine = svg(root, "path", { class: "fo-thick" }), now = svg(root, "circle", { r: 6.5, class: "fy-yours" });
  return (name, curves, start, step, best) => {
    const path = (values) => `M${Array.from(values, (v, t) => `${x(t).toFixed(1)} ${y(v).toFixed(1)}`).join("L")}`;
    attrs(caption, { text: `${name}: AUC` });
    attrs(bayes, { y1: y(best), y2: y(best) });
    lines.forEach((line, n) => attrs(line, { d: path(curves[n]) }));
    attrs(mine, { d: path(curves[start]) });
    attrs(now, { cx: x(step), cy: y(curves[start][step]) });
  };
}

/** A tile for each fusion: the field on a small canvas, the examples over it, its AUC beneath. */
function drawTiles(parent, fusions, additive, parameters, G, look) {
  return fusions.map((name, k) => {
    const canvas = html("canvas", { width: G, height: G, "aria-hidden": "true" }), frame = html("div", { className: "fo-frame" }, canvas);
    const over = svg(frame, "svg", { viewBox: "-100 -100 200 200", "aria-hidden": "true" }), [zero, one] = ["fo-zero", "fo-one"].map((kind) => svg(over, "path", { class: kind }));
    const told = html("b"), tile = html("div", { className: "fo-tile", role: "group" }, frame, html("div", { className: "fo-name" }, name), html("div", { className: "fo-kind" }, told, ` AUC, ${additive[k] ? "adds up" : "interacts"}`));
    tile.addEventListener("click", () => look(name));
    parent.append(tile);
    const context = canvas.getContext("2d"), image = context.createImageData(G, G);
    return {
      paint(field, value, chosen) {
        for (let i = 0; i < G; i++) // a to the right, b upwards
          for (let j = 0; j < G; j++) {
            const p = field[i * G + j] / 100, tint = p > 0.5 ? [214, 120, 38] : [46, 110, 158];
            image.data.set([...tint, Math.round(430 * Math.abs(p - 0.5))], 4 * ((G - 1 - j) * G + i));
          }
        context.putImageData(image, 0, 0);
        told.textContent = fixed(value, 2);
        tile.setAttribute("aria-label", `${name}: AUC ${fixed(value, 3)}`);
        tile.classList.toggle("fo-chosen", chosen);
      },
      dots: (dots) => drawDots(zero, one, dots, (a) => (100 * a) / EDGE, (b) => (-100 * b) / EDGE),
    };
  });
}

/** Stop with a sentence unless the card holds a state that can be drawn; return its sizes. */
function check(card, fields, auc) {
  const worlds = card.get("worlds"), fusions = card.get("fusions"), epochs = card.get("epochs"), shape = card.get("data").fields.shape ?? [], [W, F, S, T, G] = shape;
  const N = auc.length / (worlds.length * fusions.length * epochs.length);
  need(shape.length === 6 && W === worlds.length && F === fusions.length && T === epochs.length && G === shape[5] && G > 1, "its fields do not fit its worlds, fusions and moments");
  need(Number.isInteger(N) && N >= S && auc.every((v) => v >= 0 && v <= 1) && fields.every((p) => p <= 100), "its AUC do not fit its fields");
  need(card.get("additive").length === F && card.get("parameters").length === F && numbersWithin(card.get("bayes"), W, 0, 1) && card.get("bits").length === W && card.get("bits").every((three) => numbersWithin(three, 3, 0, 1)), "what it says about its worlds or fusions is not whole");
  need(worlds.includes(card.get("world")) && fusions.includes(card.get("fusion")), "there is no such world or fusion");
  need(numbersWithin([card.get("start")], 1, 0, S - 1) && numbersWithin([card.get("step")], 1, 0, T - 1), "there is no such start or moment");
  return { W, F, S, T, G, N };
}

export default explorer("worlds", (card) => {
  const [fields, auc, examples] = card.arrays("fields", "auc", "dots"), size = check(card, fields, auc), { F, S, T, G, N } = size;
  const worlds = card.get("worlds"), fusions = card.get("fusions"), additive = card.get("additive"), epochs = card.get("epochs"), parameters = card.get("parameters");
  const dots = worlds.map((_, w) => dotsOf(examples, w));
  card.title("Worlds", "Ways to fuse two modalities, each trained on the same examples. Choose a world, then let them train. A grows to the right and B upwards. Orange says 1, blue says 0; full dots are examples with label 1.");
  const world = select({ label: "world", options: named(worlds), value: worlds[0], onInput: (value) => card.set({ world: value }) });
  const step = slider({ label: "epochs", min: 0, max: T - 1, step: 1, value: 0, say: (t) => String(epochs[t]), onInput: (t) => card.set({ step: t }) });
  const start = slider({ label: "start", min: 1, max: S, step: 1, value: 1, say: (k) => `${k} of ${S}`, onInput: (k) => card.set({ start: k - 1 }) });
  const fusion = select({ label: "look at", options: named(fusions), value: fusions[0], onInput: (value) => card.set({ fusion: value }) });
  card.controls.append(world.node, step.node, start.node, fusion.node);

  const film = play(card, { trait: "step", count: T, every: 600 });
  const field = (w, f, s, t) => { const at = (((w * F + f) * S + s) * T + t) * G * G; return fields.subarray(at, at + G * G); };
  const curve = (w, f, n) => { const at = ((w * F + f) * N + n) * T; return auc.subarray(at, at + T); };
  const gallery = html("div", { className: "fo-tiles" }), tiles = drawTiles(gallery, fusions, additive, parameters, G, (name) => card.set({ fusion: name }));
  let paint = () => {}, now, shown = -1;
  const draw = () => {
    const w = worlds.indexOf(card.get("world")), f = fusions.indexOf(card.get("fusion")), s = card.get("start"), t = card.get("step");
    film(t);
    now = { w, f, s, t, reached: fusions.map((_, k) => curve(w, k, s)[t]) };
    world.show(worlds[w]);
    step.show(t);
    start.show(s + 1);
    fusion.show(fusions[f]);
    if (w !== shown) for (const tile of tiles) tile.dots(dots[w]);
    shown = w;
    tiles.forEach((tile, k) => tile.paint(field(w, k, s, t), now.reached[k], k === f));
    paint();
  };
  card.fit((_, side) => {
    const plots = html("div", { className: "fy-plots" });
    card.figure.replaceChildren(plots, gallery);
    const bits = drawBits(plots, side), curves = drawCurves(plots, side, epochs, N);
    paint = () => {
      bits(card.get("bits")[now.w]);
      curves(fusions[now.f], Array.from({ length: N }, (_, n) => curve(now.w, now.f, n)), now.s, now.t, card.get("bayes")[now.w]);
    };
    if (now) paint();
  });
  card.follow("world", "fusion", "start", "step");
  const range = (kind) => { const all = now.reached.filter((_, k) => additive[k] === kind); return all.length ? `${fixed(Math.min(...all), 2)} to ${fixed(Math.max(...all), 2)}` : "none"; };
  const words = () => [`World ${worlds[now.w]} after ${counted(epochs[now.t], "epoch")}, start ${now.s + 1}. Those that add up reach AUC ${range(true)}, those that can interact ${range(false)}; the true probability ${fixed(card.get("bayes")[now.w])}. `,
    { b: `${fusions[now.f]}: ${fixed(now.reached[now.f])}` }, `, and at the corners it says ${corners().map(([name, p]) => `${name} ${percent(p / 100)}`).join(", ")}.`];
  const corners = () => {
    const at = (v) => Math.round(((v + EDGE) / (2 * EDGE)) * (G - 1)), here = field(now.w, now.f, now.s, now.t);
    return [["(\u2212, \u2212)", -1, -1], ["(\u2212, +)", -1, 1], ["(+, \u2212)", 1, -1], ["(+, +)", 1, 1]].map(([name, a, b]) => [name, here[at(a) * G + at(b)]]);
  };
  const rows = () => [["", "adds up", "parameters", "AUC now", ...epochs.map((epoch) => `mean after ${epoch}`)],
    ...fusions.map((name, k) => [name, additive[k] ? "yes" : "no", String(parameters[k]), fixed(now.reached[k], 4), ...epochs.map((_, t) => fixed(Array.from({ length: N }, (_, n) => curve(now.w, k, n)[t]).reduce((x, y) => x + y) / N, 3))])];
  card.show({ draw, words, rows });
});
