import { clamp, fixed, percent, softmax, entropy, scale, sum, attrs, svg, colour } from "./plot.js";
import { explorer, need, numbersWithin, slider, select, named, numbered } from "./controls.js";

const LOSSES = ["squared", "cross-entropy"];
const SPAN = 4, RATE = 4, STEPS = 10;

/** Weights, their own slopes ∂w_m/∂s_m, the loss against the target and its gradient by the scores. */
function evaluate(scores, temperature, present, target, loss) {
  const w = softmax(scores, temperature, present), off = w.map((value, m) => value - target[m]), lean = sum(off.map((d, m) => d * w[m]));
  const gradient = loss === "squared" ? w.map((value, m) => (value * (off[m] - lean)) / temperature) : off.map((d) => d / temperature);
  const height = loss === "squared" ? sum(off.map((d) => d * d)) / 2 : -sum(target.map((t, m) => (t ? t * Math.log(w[m]) : 0)));
  return { w, slope: w.map((value) => (value * (1 - value)) / temperature), gradient: gradient.map((g, m) => (present[m] ? g : 0)), height, bits: entropy(w) };
}

/** Descend in scores / temperature: each step takes RATE times that gradient off, within the sliders' span. */
function descend(scores, temperature, present, target, loss) {
  let now = scores;
  for (let k = 0; k < STEPS; k++) {
    const { gradient } = evaluate(now, temperature, present, target, loss);
    now = now.map((score, m) => clamp(score - RATE * temperature ** 2 * gradient[m], -SPAN, SPAN));
  }
  return now;
}

/** One person's weights as columns, the target as an outline, and beneath how far one score moves its own weight. */
function drawPerson(parent, width, names, who, present) {
  const step = width / names.length, y = scale(0, 1, 152, 46), thick = Math.min(54, step - 12);
  const root = svg(parent, "svg", { viewBox: `0 0 ${width} 262`, role: "img", "aria-label": `${who}: weights as columns, target outlined, slopes beneath` });
  const caption = svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: who }), note = svg(root, "text", { x: width, y: 14, class: "fy-tick fy-right" });
  svg(root, "line", { x1: 0, x2: width, y1: 152, y2: 152, class: "fy-grid" });
  svg(root, "line", { x1: 0, x2: width, y1: 202, y2: 202, class: "fy-grid" });
  svg(root, "text", { x: 0, y: 256, class: "fy-tick fy-left", text: width < 420 ? "lower bars: slope \u2202w/\u2202s" : "lower bars: \u2202w/\u2202s, how fast a weight follows its score" });
  const slope = scale(0, 0.5, 0, 22);
  const columns = names.map((name, m) => {
    const middle = (m + 0.5) * step, style = `--tint: ${colour(name)}`;
    svg(root, "text", { x: middle, y: 168, class: "fy-tick", style: step < 84 ? "font-size: 11px" : "", text: name });
    if (!present[m]) svg(root, "text", { x: middle, y: 146, class: "fy-tick", text: "absent" });
    return {
      bar: svg(root, "rect", { x: middle - thick / 2, width: thick, rx: 3, class: "fd-bar", style }), slope: svg(root, "rect", { x: middle - thick / 2, width: thick, y: 202, rx: 2, class: "fd-slope", style }),
      aim: svg(root, "rect", { x: middle - thick / 2 - 4, width: thick + 8, rx: 4, class: "fd-aim" }), text: svg(root, "text", { x: middle, class: "fd-value" }), rate: svg(root, "text", { x: middle, class: "fy-tick" }), score: svg(root, "text", { x: middle, y: 185, class: "fy-tick" }),
    };
  });
  return (at, scores, target, chosen, loss) => {
    attrs(caption, { class: chosen ? "fy-caption" : "fy-caption fd-other" });
    attrs(note, { text: `entropy ${fixed(at.bits, 2)}, loss ${fixed(at.height, 3)}${loss === "squared" ? "" : " (c.-e.)"}` });
    columns.forEach((column, m) => {
      const visibility = present[m] ? "visible" : "hidden";
      attrs(column.bar, { y: y(at.w[m]), height: 152 - y(at.w[m]) });
      attrs(column.score, { text: present[m] ? `s ${fixed(scores[m], 1)}` : "" });
      attrs(column.rate, { y: 216 + slope(at.slope[m]), text: present[m] ? fixed(at.slope[m], 2) : "" });
      attrs(column.text, { y: y(Math.max(at.w[m], target[m])) - 6, text: present[m] ? fixed(at.w[m], 2) : "" });
      attrs(column.slope, { height: slope(at.slope[m]), visibility });
      attrs(column.aim, { y: y(target[m]), height: 152 - y(target[m]), class: chosen ? "fd-aim" : "fd-aim fd-faint", visibility: target[m] ? "visible" : "hidden" });
    });
  };
}

export default explorer("softmax-dial", (card) => {
  const names = card.get("modalities"), people = card.get("people"), size = names.length, [flags] = card.arrays("present"), targets = card.get("target");
  need(size > 1 && flags.length === 2 * size && people.length === 2, "its people and modalities do not belong together");
  need(numbersWithin(card.get("temperature") === null ? [] : [card.get("temperature")], 1, 0.1, 10), "its temperature needs to be a number from 0.1 to 10");
  need([0, 1].every((k) => numbersWithin(card.get("scores")?.[k], size, -SPAN, SPAN) && numbersWithin(targets?.[k], size, 0, 1)), `its scores need to be two rows of ${size} numbers from \u22124 to 4`);
  need([0, 1].includes(card.get("row")) && LOSSES.includes(card.get("loss")), "its loss or its choice of a person is not one that this page knows");
  const present = [0, 1].map((k) => Array.from(flags.subarray(k * size, (k + 1) * size), Boolean));
  card.title("Softmax dial", "Scores go in, weights come out. Turn the temperature; move the scores of one applicant; or let gradient descent bring the weights to the outlined target.");
  const row = select({ label: "scores of", options: numbered(people), value: "0", onInput: (k) => card.set({ row: Number(k) }) });
  const sliders = names.map((name, m) => slider({
    label: name, min: -SPAN, max: SPAN, step: 0.1, value: 0, tint: colour(name), say: (s) => fixed(s, 2),
    onInput: (s) => put(card.get("scores")[card.get("row")].map((old, k) => (k === m ? s : old))),
  }));
  const put = (scores) => card.set({ scores: card.get("scores").map((old, k) => (k === card.get("row") ? scores : old)) });
  const heat = slider({ label: "temperature", min: -1, max: 1, step: 0.02, value: 0, say: (v) => `τ ${fixed(10 ** v, 2)}`, onInput: (v) => card.set({ temperature: clamp(10 ** v, 0.1, 10) }) });
  const loss = select({ label: "distance", options: named(LOSSES), value: "squared", onInput: (value) => card.set({ loss: value }) });
  card.controls.append(heat.node, row.node, ...sliders.map((one) => one.node), loss.node);
  card.button(`${STEPS} gradient steps`, () => put(descend(card.get("scores")[card.get("row")], card.get("temperature"), present[card.get("row")], targets[card.get("row")], card.get("loss"))));
  card.button("Raise all by \u00bd", () => put(card.get("scores")[card.get("row")].map((score) => Math.min(SPAN, score + 0.5))));
  let paint = () => {}, now;
  const draw = () => {
    now = [0, 1].map((k) => evaluate(card.get("scores")[k], card.get("temperature"), present[k], targets[k], card.get("loss")));
    const k = card.get("row");
    row.show(String(k));
    sliders.forEach((one, m) => { one.show(card.get("scores")[k][m]); one.node.hidden = !present[k][m]; });
    heat.show(Math.log10(card.get("temperature")));
    loss.show(card.get("loss"));
    paint();
  };
  card.fit((_, side) => {
    card.figure.replaceChildren();
    const panels = people.map((who, k) => drawPerson(card.figure, side, names, who, present[k]));
    paint = () => panels.forEach((panel, k) => panel(now[k], card.get("scores")[k], targets[k], card.get("row") === k, card.get("loss")));
    if (now) paint();
  });
  card.follow("scores", "temperature", "row", "loss");
  const words = () => {
    const k = card.get("row"), at = now[k], most = at.w.indexOf(Math.max(...at.w)), pull = Math.max(...at.gradient.map(Math.abs)), here = sum(present[k].map(Number));
    const least = card.get("loss") === "squared" ? 0 : -sum(targets[k].map((t) => (t ? t * Math.log(t) : 0))); // cross-entropy's is the target's entropy
    const verdict = at.height - least < 1e-3 ? "The target is reached." : pull < 1e-3 ? "The gradient has died, though the target is far: the softmax is saturated." : `The steepest slope of that distance is ${fixed(pull, 3)}.`;
    return [`${people[k]}: most weight on `, { b: `${names[most]}, ${percent(at.w[most])}` }, ` (score ${fixed(card.get("scores")[k][most], 1)}); entropy ${fixed(at.bits, 2)} of at most ${fixed(Math.log2(here), 2)} bits at τ = ${fixed(card.get("temperature"), 2)}. ${card.get("loss") === "squared" ? "Half the squared distance" : "Cross-entropy"} to the target ${fixed(at.height, 3)}. ${verdict}`];
  };
  const table = () => [["", "score", "weight", "target", "\u2202w/\u2202s", "\u2202loss/\u2202s"],
    ...now.flatMap((at, k) => [...names.map((name, m) => [`${people[k]}: ${name}`, present[k][m] ? fixed(card.get("scores")[k][m], 4) : "absent", fixed(at.w[m], 4), fixed(targets[k][m], 4), fixed(at.slope[m], 4), fixed(at.gradient[m], 5)]),
      [`${people[k]}: loss`, "", "", "", "", fixed(at.height, 5)], [`${people[k]}: entropy, bits`, "", fixed(at.bits, 4), "", "", ""]])];
  card.show({ draw, words, rows: table });
});
