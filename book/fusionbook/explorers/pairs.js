import { fixed, auc, scale, attrs, svg } from "./plot.js";
import { explorer, need, slider } from "./controls.js";

const MEANING = { won: "won", tied: "tied", lost: "lost" };

function drawScores(parent, width, bad, good) {
  const x = scale(-4, 6.5, 10, width - 10);
  const root = svg(parent, "svg", { viewBox: `0 0 ${width} 96`, role: "img", "aria-label": "Scores on a line: filled above for defaults, hollow below for those who paid" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "Scores" });
  svg(root, "text", { x: width, y: 14, class: "fy-tick fy-right", text: "filled: default, hollow: paid" });
  svg(root, "line", { x1: 10, x2: width - 10, y1: 56, y2: 56, class: "fy-rail" });
  const dots = [...bad].map(() => svg(root, "circle", { cy: 42, r: 6, class: "fy-yours" }));
  const rings = [...good].map(() => svg(root, "circle", { cy: 71, r: 5.5, class: "fy-hollow" }));
  return ({ b, g }) => {
    dots.forEach((dot, i) => attrs(dot, { cx: x(b[i]) }));
    rings.forEach((ring, j) => attrs(ring, { cx: x(g[j]) }));
  };
}

function drawPairs(parent, width, bad, good) {
  const left = 74, side = Math.min(24, (width - left) / good.length), root = svg(parent, "svg", { viewBox: `0 0 ${width} ${side * bad.length + 66}`, role: "img", "aria-label": "One cell for each pair of a default and one who paid: strong if the default scores higher, faint if not, between the two if they tie" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "Every pair is a small contest" });
  svg(root, "text", { x: left, y: 36, class: "fy-tick fy-left", text: "paid, lowest score first" });
  for (const [k, word] of ["won", "tied", "lost"].entries()) {
    svg(root, "rect", { x: left + 62 * k, y: side * bad.length + 50, width: 12, height: 12, rx: 3, class: `fy-${word}` });
    svg(root, "text", { x: left + 62 * k + 17, y: side * bad.length + 61, class: "fy-tick fy-left", text: word });
  }
  svg(root, "text", { x: left - 8, y: 56, class: "fy-tick fy-right", text: "default," });
  svg(root, "text", { x: left - 8, y: 73, class: "fy-tick fy-right", text: "lowest first" });
  const cells = Array.from(bad, (_, i) => Array.from(good, (_, j) => svg(root, "rect", { x: left + j * side + 1, y: 42 + i * side + 1, width: side - 2, height: side - 2, rx: 3 })));
  return ({ b, g }) => cells.forEach((row, i) => row.forEach((cell, j) => attrs(cell, { class: b[i] > g[j] ? "fy-won" : b[i] < g[j] ? "fy-lost" : "fy-tied" })));
}

export default explorer("pairs", (card) => {
  const [bad, good] = card.arrays("bad", "good");
  need(Number.isFinite(card.get("shift")) && card.get("rounding") >= 0, "its shift or rounding is not a number");
  const labels = [...bad].map(() => 1).concat([...good].map(() => 0));
  card.title("Pairs", `${bad.length} applicants who defaulted, ${good.length} who paid, ${bad.length * good.length} pairs. Move the defaults' scores, or make the score coarser.`);
  const shift = slider({ label: "shift defaults", min: -1, max: 4, step: 0.1, value: card.get("shift"), say: (v) => fixed(v, 1), onInput: (value) => card.set({ shift: value }) });
  const rounding = slider({ label: "round to", min: 0, max: 2, step: 0.25, value: card.get("rounding"), say: (v) => (v ? fixed(v, 2) : "exact"), onInput: (value) => card.set({ rounding: value }) });
  card.controls.append(shift.node, rounding.node);
  let paint = () => {}, now;
  const draw = () => {
    const step = card.get("rounding"), round = (v) => (step ? Math.round(v / step) * step : v);
    const b = Array.from(bad, (v) => round(v + card.get("shift"))), g = Array.from(good, round), count = { won: 0, tied: 0, lost: 0 };
    for (const one of b) for (const other of g) count[one > other ? "won" : one < other ? "lost" : "tied"]++;
    now = { b, g, count, auc: auc(labels, [...b, ...g]) };
    shift.show(card.get("shift"));
    rounding.show(step);
    paint(now);
  };
  card.fit((_, side) => {
    card.figure.replaceChildren();
    const parts = [drawScores(card.figure, side, bad, good), drawPairs(card.figure, side, bad, good)];
    paint = (state) => parts.forEach((part) => part(state));
    if (now) paint(now);
  });
  card.follow("shift", "rounding");
  const words = () => [`Of ${bad.length * good.length} pairs the default scores higher in ${now.count.won}, lower in ${now.count.lost}, and ${now.count.tied} tie: AUC = (${now.count.won} + ${now.count.tied}/2) / ${bad.length * good.length} = `, { b: fixed(now.auc) }, "."];
  const rows = () => [["", "pairs", "share"], ...Object.keys(MEANING).map((key) => [MEANING[key], String(now.count[key]), fixed(now.count[key] / (bad.length * good.length), 4)]), ["AUC", "", fixed(now.auc, 4)]];
  card.show({ draw, words, rows });
});
