import { sigmoid, logit, fixed, percent, sum, scale, attrs, svg } from "./plot.js";
import { explorer, need, numbersWithin, slider, checkbox } from "./controls.js";

const WITNESSES = ["first", "second", "third"];
const signed = (x, digits = 2) => `${x < 0 ? "\u2212" : "+"}${Math.abs(x).toFixed(digits)}`;

/** The points passed on the way: the base rate's logit (0 when whole logits are added), one after each witness. */
function walk(prior, evidence, repeat) {
  const points = [repeat ? 0 : logit(prior)];
  for (const step of evidence) points.push(points.at(-1) + step + (repeat ? logit(prior) : 0));
  return points;
}

function drawLine(parent, width) {
  const left = 16, right = width - 16, x = scale(-7, 7, left, right);
  const root = svg(parent, "svg", { viewBox: `0 0 ${width} 236`, role: "img", "aria-label": "Steps of evidence on a line of log-odds, with the probability of each place below" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "Log-odds: evidence adds" });
  for (const tick of [-6, -4, -2, 0, 2, 4, 6]) {
    svg(root, "line", { x1: x(tick), x2: x(tick), y1: 34, y2: 172, class: "fy-grid" });
    svg(root, "text", { x: x(tick), y: 30, class: "fy-tick", text: fixed(tick, 0) });
  }
  const start = svg(root, "line", { y1: 36, y2: 172, class: "fy-mark" });
  const base = svg(root, "circle", { cy: 52, r: 6, class: "fy-hollow" });
  const baseText = svg(root, "text", { y: 57, class: "fy-tick fy-left" });
  const steps = WITNESSES.map((_, k) => ({
    line: svg(root, "line", { y1: 82 + 30 * k, y2: 82 + 30 * k, class: "fy-step" }),
    tip: svg(root, "circle", { cy: 82 + 30 * k, r: 5.5, class: "fy-yours" }),
    text: svg(root, "text", { class: "fy-tick fy-left" }),
  }));
  svg(root, "text", { x: 0, y: 196, class: "fy-caption", text: "Probability: squeezed at both ends" });
  svg(root, "line", { x1: left, x2: right, y1: 212, y2: 212, class: "fy-rail" });
  for (const p of [0.01, 0.1, 0.5, 0.9, 0.99]) svg(root, "text", { x: x(logit(p)), y: 232, class: "fy-tick", text: percent(p) });
  const end = svg(root, "circle", { cy: 212, r: 8.5, class: "fy-yours" });
  return (points, repeat) => {
    attrs(start, { x1: x(points[0]), x2: x(points[0]) });
    attrs(base, { cx: x(points[0]) });
    attrs(baseText, { x: x(points[0]) + 12, text: repeat ? "start at 0" : `base rate ${fixed(points[0], 2)}` });
    steps.forEach(({ line, tip, text }, k) => {
      const [from, to] = [points[k], points[k + 1]];
      attrs(line, { x1: x(from), x2: x(to) });
      attrs(tip, { cx: x(to) });
      attrs(text, { x: Math.max(x(from), x(to)) + 11, y: 87 + 30 * k, text: signed(to - from) });
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
    return [told, "together ", { b: fixed(points[3], 2) }, ", a probability of ", { b: fixed(sigmoid(points[3]), 3) }, card.get("repeat") ? `, where ${fixed(sigmoid(logit(card.get("prior")) + seen), 3)} would be right.` : "."];
  };
  const rows = () => [["", "step", "log-odds", "probability"], [card.get("repeat") ? "start" : "base rate", "", fixed(points[0], 4), fixed(sigmoid(points[0]), 4)],
    ...WITNESSES.map((name, k) => [name, signed(points[k + 1] - points[k], 4), fixed(points[k + 1], 4), fixed(sigmoid(points[k + 1]), 4)])];
  card.show({ draw, words, rows });
});
