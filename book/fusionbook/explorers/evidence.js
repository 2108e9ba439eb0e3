import { sigmoid, logit, fixed, percent, sum, scale, attrs, svg } from "./plot.js";
import { explorer, need, numbersWithin, slider, checkbox } from "./controls.js";

const WITNESSES = ["first", "second", "third"];
const TICKS = [-6, -4, -2, 0, 2, 4, 6], CHANCES = [0.01, 0.1, 0.5, 0.9, 0.99];
const LABELLED = { 1: CHANCES, 2: [0.01, 0.5, 0.99], 4: [0.5] }; // by zoom: those with room beside one another
const signed = (x, digits = 2) => `${x < 0 ? "\u2212" : "+"}${Math.abs(x).toFixed(digits)}`;

const chance = (p) => (p > 0.9995 ? "above 0.999" : p < 0.0005 ? "below 0.001" : fixed(p, 3)); // never quite 0 or 1

/** The points passed on the way: the base rate's logit (0 when whole logits are added), one after each witness. */
function walk(prior, evidence, repeat) {
  const points = [repeat ? 0 : logit(prior)];
  for (const step of evidence) points.push(points.at(-1) + step + (repeat ? logit(prior) : 0));
  return points;
}

function drawLine(parent, width) {
  const left = 16, right = width - 16, place = scale(-7, 7, left, right);
  const root = svg(parent, "svg", { viewBox: `0 0 ${width} 236`, role: "img", "aria-label": "Steps of evidence on a line of log-odds, with the probability of each place below" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "Log-odds: evidence adds" });
  const ticks = TICKS.map((tick) => {
    svg(root, "line", { x1: place(tick), x2: place(tick), y1: 34, y2: 172, class: "fy-grid" });
    return svg(root, "text", { x: place(tick), y: 30, class: "fy-tick" });
  });
  const start = svg(root, "line", { y1: 36, y2: 172, class: "fy-mark" });
  const base = svg(root, "circle", { cy: 52, r: 6, class: "fy-hollow" });
  const baseText = svg(root, "text", { y: 57, class: "fy-tick" });
  const steps = WITNESSES.map((_, k) => ({
    line: svg(root, "line", { y1: 82 + 30 * k, y2: 82 + 30 * k, class: "fy-step" }),
    tip: svg(root, "circle", { cy: 82 + 30 * k, r: 5.5, class: "fy-yours" }),
    text: svg(root, "text", { class: "fy-tick" }),
  }));
  svg(root, "text", { x: 0, y: 196, class: "fy-caption", text: "Probability: squeezed at both ends" });
  svg(root, "line", { x1: left, x2: right, y1: 212, y2: 212, class: "fy-rail" });
  const chances = CHANCES.map((p) => svg(root, "text", { y: 232, class: "fy-tick", text: percent(p) }));
  const end = svg(root, "circle", { cy: 212, r: 8.5, class: "fy-yours" });
  /** Write beside the span from `a` to `b`: to its right, or to its left where the right has no room. */
  const beside = (node, a, b, y, text) => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)], room = high + 12 + 7 * text.length < width;
    attrs(node, { x: room ? high + 12 : low - 12, y, text, class: `fy-tick ${room ? "fy-left" : "fy-right"}` });
  };
  return (points, repeat) => {
    const zoom = [1, 2, 4].find((factor) => points.every((point) => Math.abs(point) <= 7 * factor)), x = (v) => place(v / zoom);
    ticks.forEach((node, k) => attrs(node, { text: fixed(zoom * TICKS[k], 0) }));
    chances.forEach((node, k) => attrs(node, { x: x(logit(CHANCES[k])), visibility: LABELLED[zoom].includes(CHANCES[k]) ? "visible" : "hidden" }));
    attrs(start, { x1: x(points[0]), x2: x(points[0]) });
    attrs(base, { cx: x(points[0]) });
    beside(baseText, x(points[0]), x(points[0]), 57, repeat ? "start at 0" : `base rate ${fixed(points[0], 2)}`);
    steps.forEach(({ line, tip, text }, k) => {
      const [from, to] = [points[k], points[k + 1]];
      attrs(line, { x1: x(from), x2: x(to) });
      attrs(tip, { cx: x(to) });
      beside(text, x(from), x(to), 87 + 30 * k, signed(to - from));
    });
    attrs(end, { cx: x(points[3]) });
  };
}

export default explorer("evidence", (card) => {
  const given = card.get("evidence");
  need(numbersWithin(given, 3, -3, 3) && numbersWithin([card.get("prior")], 1, 0.01, 0.99), "it needs a base rate and three steps of evidence");
  card.title("Evidence", "Three witnesses, one after another. Each moves you along the line by what it has seen.");
  const prior = slider({ label: "base rate", min: 0.01, max: 0.99, step: 0.01, value: card.get("prior"), say: percent, onInput: (value) => card.set({ prior: value }) });
  const steps = WITNESSES.map((name, k) => slider({
    label: name, min: -3, max: 3, step: 0.1, value: given[k], say: (v) => signed(v, 1),
    onInput: (value) => card.set({ evidence: card.get("evidence").map((old, m) => (m === k ? value : old)) }),
  }));
  const repeat = checkbox({ label: "add whole logits instead", value: card.get("repeat"), onInput: (value) => card.set({ repeat: value }) });
  card.controls.append(prior.node, ...steps.map((s) => s.node), repeat.node);
  let paint = () => {}, points;
  const draw = () => {
    points = walk(card.get("prior"), card.get("evidence"), card.get("repeat"));
    prior.show(card.get("prior"));
    steps.forEach((s, k) => s.show(card.get("evidence")[k]));
    repeat.show(card.get("repeat"));
    paint(points, card.get("repeat"));
  };
  card.fit((_, side) => {
    card.figure.replaceChildren();
    paint = drawLine(card.figure, side);
    if (points) paint(points, card.get("repeat"));
  });
  card.follow("prior", "evidence", "repeat");
  const words = () => {
    const seen = sum(card.get("evidence"));
    const told = card.get("repeat") ? "Adding the three logits counts the base rate three times: " : `Base rate ${percent(card.get("prior"))}, that is ${fixed(points[0], 2)}; evidence ${signed(seen)}: `;
    return [told, "together ", { b: fixed(points[3], 2) }, ", a probability of ", { b: chance(sigmoid(points[3])) }, card.get("repeat") ? `, where ${chance(sigmoid(logit(card.get("prior")) + seen))} would be right.` : "."];
  };
  const rows = () => [["", "step", "log-odds", "probability"], [card.get("repeat") ? "start" : "base rate", "", fixed(points[0], 4), fixed(sigmoid(points[0]), 4)],
    ...WITNESSES.map((name, k) => [name, signed(points[k + 1] - points[k], 4), fixed(points[k + 1], 4), fixed(sigmoid(points[k + 1]), 4)])];
  card.show({ draw, words, rows });
});
