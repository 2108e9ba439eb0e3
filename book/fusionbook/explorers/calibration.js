import { sigmoid, fixed, argsort, auc, calibration, ece, scale, attrs, svg } from "./plot.js";
import { explorer, need, slider } from "./controls.js";

/** A reliability diagram: said to the right, came upwards, the diagonal is honesty. */
function drawDiagram(parent, width) {
  const side = Math.min(width, 400), x = scale(0, 1, 46, side - 8), y = scale(0, 1, side - 44, 26);
  const root = svg(parent, "svg", { viewBox: `0 0 ${width} ${side}`, role: "img", "aria-label": "Reliability diagram in ten groups; on the diagonal what was said came true" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "On the line, what was said came true" });
  for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
    svg(root, "line", { x1: x(0), x2: x(1), y1: y(tick), y2: y(tick), class: "fy-grid" });
    svg(root, "text", { x: x(0) - 6, y: y(tick) + 4, class: "fy-tick fy-right", text: fixed(tick, 2) });
    svg(root, "text", { x: x(tick), y: side - 26, class: "fy-tick", text: fixed(tick, 2) });
  }
  svg(root, "text", { x: x(1), y: side - 6, class: "fy-tick fy-right", text: "mean probability said" });
  svg(root, "text", { x: x(0) + 6, y: y(1) + 16, class: "fy-tick fy-left", text: "share that came" });
  svg(root, "line", { x1: x(0), y1: y(0), x2: x(1), y2: y(1), class: "fy-mark" });
  const gaps = Array.from({ length: 10 }, () => svg(root, "line", { class: "fy-gap" }));
  const path = svg(root, "path", { class: "fy-curve" }), dots = Array.from({ length: 10 }, () => svg(root, "circle", { r: 5, class: "fy-yours" }));
  return (groups) => {
    groups.forEach(({ said, came }, k) => {
      attrs(gaps[k], { x1: x(said), x2: x(said), y1: y(said), y2: y(came) });
      attrs(dots[k], { cx: x(said), cy: y(came) });
    });
    attrs(path, { d: `M${groups.map(({ said, came }) => `${x(said)} ${y(came)}`).join("L")}` });
  };
}

export default explorer("calibration", (card) => {
  const [logits, label] = card.arrays("logits", "label"), floor = card.get("floor");
  need(logits.length && logits.length === label.length, "its logits and outcomes do not belong together");
  need(card.get("temperature") > 0 && Number.isFinite(card.get("shift")), "its temperature or shift is not a number");
  card.title("Calibration", `${label.length.toLocaleString("en")} forecasts and what came. Stretch them, shift them.`);
  const temperature = slider({ label: "temperature", min: 0.25, max: 4, step: 0.05, value: card.get("temperature"), say: (v) => fixed(v, 2), onInput: (value) => card.set({ temperature: value }) });
  const shift = slider({ label: "shift", min: -3, max: 3, step: 0.1, value: card.get("shift"), say: (v) => fixed(v, 1), onInput: (value) => card.set({ shift: value }) });
  card.controls.append(temperature.node, shift.node);
  let paint = () => {}, now;
  const draw = () => {
    const p = Float64Array.from(logits, (l) => sigmoid(l / card.get("temperature") + card.get("shift"))), order = argsort(p);
    const groups = calibration(label, p, 10, order);
    now = { groups, ece: ece(groups), auc: auc(label, p, order) };
    temperature.show(card.get("temperature"));
    shift.show(card.get("shift"));
    paint(now.groups);
  };
  card.fit((_, side) => {
    card.figure.replaceChildren();
    paint = drawDiagram(card.figure, Math.min(430, side));
    if (now) paint(now.groups);
  });
  card.follow("temperature", "shift");
  const words = () => ["What is said is off by ", { b: fixed(now.ece) }, ` on average (ECE; luck alone would make it about ${fixed(floor)}). The order has not changed: AUC is still `, { b: fixed(now.auc) }, "."];
  const rows = () => [["group", "said", "came", "forecasts"], ...now.groups.map((g, k) => [String(k + 1), fixed(g.said, 4), fixed(g.came, 4), String(g.count)]), ["ECE", "", fixed(now.ece, 4), ""], ["AUC", "", fixed(now.auc, 4), ""]];
  card.show({ draw, words, rows });
});
