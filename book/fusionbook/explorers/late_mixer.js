import { clamp, sigmoid, logit, fixed, percent, sum, argsort, auc, calibration, ece, scale, attrs, svg, colour } from "./plot.js";
import { explorer, html, need, numbersWithin, slider, select } from "./controls.js";

const RULES = [["mean", "mean"], ["logits", "sum, prior once"], ["plain", "sum, plain"], ["vote", "vote"]];
const BINS = 10;

/** Stop with a sentence unless the card holds a state that can be drawn. */
function check(card, rows) {
  const size = card.get("modalities").length, learned = card.get("learned");
  need(size && rows.logits.length === rows.label.length * size && rows.present.length === rows.logits.length && rows.label.length, "its votes, names and outcomes do not belong together");
  need(numbersWithin(card.get("weights"), size, 0, 2), `its weights need to be ${size} numbers from 0 to 2`);
  need(RULES.some(([rule]) => rule === card.get("rule")), "its rule is not one that this page knows");
  need(numbersWithin([card.get("prior")], 1, 1e-9, 1 - 1e-9), "its base rate needs to be a number between 0 and 1");
  need(numbersWithin([card.get("threshold")], 1, 0, 1), "its threshold needs to be a number from 0 to 1");
  need(Object.values(learned).every((weights) => numbersWithin(weights, size, 0, 2)), `each set of learned weights needs ${size} numbers from 0 to 2`);
}

/** Combine one row's decisions under a rule; where nobody with a weight is present, the base rate. */
function mix(rule, p, logits, present, weights, prior, threshold, row) {
  const size = weights.length, at = row * size;
  let total = 0, value = 0;
  for (let m = 0; m < size; m++) {
    const w = present[at + m] * weights[m];
    total += w;
    if (rule === "logits") value += w * (logits[at + m] - logit(prior));
    else if (rule === "plain") value += w * logits[at + m];
    else value += w * (rule === "mean" ? p[at + m] : p[at + m] > threshold);
  }
  if (rule === "logits") return sigmoid(logit(prior) + value);
  if (!(total > 0)) return prior;
  if (rule === "plain") return sigmoid(value);
  return rule === "vote" ? Math.round((1e9 * value) / total) / 1e9 : value / total; // equal votes stay equal
}

/** Everything the figure shows, for one setting. */
function evaluate(rows, { rule, weights, threshold, prior }) {
  const mixed = Float64Array.from(rows.label, (_, row) => mix(rule, rows.p, rows.logits, rows.present, weights, prior, threshold, row));
  const order = argsort(mixed), groups = calibration(rows.label, mixed, Math.min(BINS, mixed.length), order);
  return { mixed, order, groups, auc: auc(rows.label, mixed, order), ece: ece(groups) };
}

/** AUC of every modality alone; where it is absent it says the base rate. */
function aloneAuc(rows, size, prior) {
  return Array.from({ length: size }, (_, m) =>
    auc(rows.label, Float64Array.from(rows.label, (_, row) => (rows.present[row * size + m] ? rows.p[row * size + m] : prior))));
}

/** The AUC line: each modality alone, marks, learned weights, yours. */
function drawRanking(parent, width, names, alone, marks) {
  const best = Math.max(0.9, ...alone, ...marks.map(([, value]) => value)), x = scale(0.5, Math.min(1, best + 0.03), 20, width - 20);
  const root = svg(parent, "svg", { viewBox: `0 0 ${width} 118`, role: "img", "aria-label": "AUC of each modality alone and of your mix, on a line from 0.5 upwards" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "How well the mix ranks (AUC)" });
  svg(root, "line", { x1: 20, x2: width - 20, y1: 78, y2: 78, class: "fy-rail" });
  for (let tick = 0.5; tick <= best + 0.03; tick += 0.1) svg(root, "text", { x: x(tick), y: 114, class: "fy-tick", text: tick < 0.51 ? "0.5 coin" : tick.toFixed(1) });
  for (const [i, [name, value]] of [...marks].sort((a, b) => a[1] - b[1]).entries()) {
    const low = i === 0 && marks.length > 1; // two labels would meet: the lower one leans left
    svg(root, "line", { x1: x(value), x2: x(value), y1: 60, y2: 92, class: "fy-mark" });
    svg(root, "text", { x: x(value) + (low ? 3 : -3), y: 55, class: `fy-tick ${low ? "fy-right" : "fy-left"}`, text: name });
  }
  names.forEach((name, m) => svg(root, "circle", { cx: x(alone[m]), cy: 78, r: 6, class: "fy-dot", style: `--tint: ${colour(name)}` }));
  const learned = svg(root, "path", { class: "fy-diamond" }), learnedText = svg(root, "text", { y: 101, class: "fy-tick", text: "learned" });
  const yours = svg(root, "circle", { cy: 78, r: 8.5, class: "fy-yours" }), text = svg(root, "text", { y: 38, class: "fy-mine" });
  return (value, found) => {
    attrs(yours, { cx: x(value) });
    attrs(text, { x: clamp(x(value), 44, width - 44), text: `yours ${fixed(value)}` });
    const at = x(found ?? 0.5), visibility = found === undefined ? "hidden" : "visible";
    attrs(learned, { d: `M${at} 69l8 9l-8 9l-8 -9z`, visibility });
    attrs(learnedText, { x: at, visibility });
  };
}

/** Ten groups by what was said: the bar is what came, the line is what was said. */
function drawCalibration(parent, width, label) {
  const root = svg(parent, "svg", { viewBox: `0 0 ${width} 132`, role: "img", "aria-label": "Calibration in ten groups: the line is the mean probability said, the bar the share that defaulted" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "Are the probabilities honest?" });
  const bar = svg(root, "text", { x: width, y: 14, class: "fy-tick fy-right" });
  const step = (width - 20) / BINS, y = scale(0, 0.85, 112, 22);
  const cells = Array.from({ length: BINS }, (_, k) => ({
    bar: svg(root, "rect", { x: 20 + k * step + 3, width: step - 6, class: "fy-bar", rx: 2 }),
    line: svg(root, "line", { x1: 20 + k * step, x2: 20 + (k + 1) * step, class: "fy-said" }),
  }));
  svg(root, "text", { x: 20, y: 128, class: "fy-tick fy-left", text: "line: said" });
  svg(root, "text", { x: width, y: 128, class: "fy-tick fy-right", text: `bar: ${label}` });
  return (groups, error) => {
    attrs(bar, { text: `ECE ${fixed(error)}` });
    cells.forEach(({ bar, line }, k) => {
      const { said, came } = groups[k] ?? { said: 0, came: 0 };
      attrs(bar, { y: y(came), height: 112 - y(came) });
      attrs(line, { y1: y(said), y2: y(said) });
    });
  };
}

/** One column an applicant, sorted by the mix: dots are votes, the dash is the mix, a filled foot is a default. */
function drawVotes(parent, width, names, rows, shown, noun, look) {
  const left = 44, step = (width - left - 6) / shown.length, y = scale(logit(0.02), logit(0.85), 200, 30), up = (p) => y(logit(clamp(p, 1e-6, 1 - 1e-6)));
  const root = svg(parent, "svg", { viewBox: `0 0 ${width} ${width < 420 ? 270 : 254}`, role: "img", "aria-label": "Every modality's probability and your mix, one column each, sorted by your mix" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: `${shown.length} ${noun}, sorted by your mix` });
  svg(root, "text", { x: left, y: 249, class: "fy-tick fy-left", text: "dots: votes, dash: your mix" });
  const [x, lower, side] = width < 420 ? [left, 265, "fy-left"] : [width, 249, "fy-right"]; // beneath, where there is no room beside
  svg(root, "text", { x, y: lower, class: `fy-tick ${side}`, text: "filled foot: went bad" });
  for (const p of [0.02, 0.05, 0.2, 0.5, 0.8]) {
    svg(root, "line", { x1: left, x2: width, y1: up(p), y2: up(p), class: "fy-grid" });
    svg(root, "text", { x: left - 6, y: up(p) + 4, class: "fy-tick fy-right", text: `${p > 0.02 ? "" : "\u2264 "}${percent(p)}` });
  }
  const band = svg(root, "rect", { y: 22, width: step, height: 210, rx: 4, class: "fy-band" });
  const limit = svg(root, "line", { x1: left, x2: width, class: "fy-mark" });
  const columns = shown.map((row) => {
    const group = svg(root, "g");
    names.forEach((name, m) => {
      const at = row * names.length + m;
      if (rows.present[at]) svg(group, "circle", { cx: step / 2, cy: up(rows.p[at]), r: Math.min(4.2, step / 3), class: "fy-dot", style: `--tint: ${colour(name)}` });
    });
    svg(group, "circle", { cx: step / 2, cy: 222, r: Math.min(4.6, step / 3), class: rows.label[row] ? "fy-foot fy-bad" : "fy-foot" });
    const dash = svg(group, "line", { x1: 1, x2: step - 1, y1: 0, y2: 0, class: "fy-dash" });
    return { group, dash };
  });
  root.addEventListener("pointermove", (event) => {
    const box = root.getBoundingClientRect(), at = Math.floor((((event.clientX - box.left) / box.width) * width - left) / step);
    if (at >= 0 && at < shown.length) look(at);
  });
  return (mixed, ranked, threshold, chosen) => {
    ranked.forEach((k, place) => {
      columns[k].group.style.transform = `translateX(${left + place * step}px)`;
      columns[k].dash.style.transform = `translateY(${up(mixed[shown[k]])}px)`;
    });
    attrs(limit, { y1: up(threshold ?? 0.5), y2: up(threshold ?? 0.5), visibility: threshold === null ? "hidden" : "visible" });
    attrs(band, { x: left + chosen * step });
  };
}

export default explorer("late-mixer", (card) => {
  const names = card.get("modalities"), size = names.length, prior = card.get("prior"), noun = card.get("noun");
  const [logits, label, present] = card.arrays("logits", "label", "present"), rows = { logits, label, present };
  check(card, rows);
  rows.p = Float64Array.from(rows.logits, sigmoid);
  const alone = aloneAuc(rows, size, prior), marks = card.get("marks"), learned = card.get("learned");
  const setting = () => ({ rule: card.get("rule"), weights: card.get("weights"), threshold: card.get("threshold"), prior });
  const found = {}; // AUC of learned weights by rule and threshold, computed when first asked for
  const foundFor = (rule) => learned[rule] && (found[`${rule} ${card.get("threshold")}`] ??= evaluate(rows, { ...setting(), rule, weights: learned[rule] }).auc);

  card.title("Late mixer", `Give each modality a weight. Everything is computed anew for ${rows.label.length.toLocaleString("en")} ${noun} the networks have never seen.`);
  const weights = names.map((name, m) => slider({
    label: name, min: 0, max: 2, step: 0.05, value: card.get("weights")[m], tint: colour(name), say: (w) => (w ? fixed(w, 2) : "0, silent"),
    onInput: (w) => card.set({ weights: card.get("weights").map((old, k) => (k === m ? w : old)) }),
  }));
  const rule = select({ label: "combined by", options: RULES, value: card.get("rule"), onInput: (value) => card.set({ rule: value }) });
  const threshold = slider({ label: "yes above", min: 0, max: 1, step: 0.01, value: card.get("threshold"), say: percent, onInput: (value) => card.set({ threshold: value }) });
  const shownCount = Math.min(32, rows.label.length), one = noun.replace(/s$/, "");
  const look = slider({ label: one, min: 1, max: shownCount, step: 1, value: card.get("applicant") + 1, say: (k) => `${k} of ${shownCount}`, onInput: (k) => card.set({ applicant: k - 1 }) });
  card.controls.append(...weights.map((w) => w.node), rule.node, threshold.node, look.node);

  const start = evaluate(rows, setting()).order, shown = Array.from({ length: shownCount }, (_, k) => start[Math.floor(((k + 0.5) * start.length) / shownCount)]);
  let paint = () => {}, now;
  const draw = () => {
    const at = setting();
    now = evaluate(rows, at);
    now.ranked = argsort(shown.map((row) => now.mixed[row]));
    now.chosen = clamp(card.get("applicant"), 0, shownCount - 1);
    weights.forEach((w, m) => w.show(at.weights[m]));
    rule.show(at.rule);
    threshold.show(at.threshold);
    threshold.node.hidden = at.rule !== "vote";
    teach.hidden = !learned[at.rule];
    look.show(now.chosen + 1);
    card.section.classList.toggle("fy-silent", !sum(at.weights));
    paint();
  };
  card.fit((width, side) => {
    const plots = html("div", { className: "fy-plots" }), all = html("div", { className: "fy-all" });
    card.figure.replaceChildren(plots, all);
    const ranking = drawRanking(plots, side, names, alone, marks), honest = drawCalibration(plots, side, "came");
    const votes = drawVotes(all, width, names, rows, shown, noun, (applicant) => applicant !== card.get("applicant") && card.set({ applicant }));
    paint = () => {
      ranking(now.auc, foundFor(card.get("rule")));
      honest(now.groups, now.ece);
      votes(now.mixed, now.ranked, card.get("rule") === "vote" ? card.get("threshold") : null, now.chosen);
    };
    if (now) paint();
  });
  card.follow("weights", "rule", "threshold", "applicant");
  const teach = card.button("Learned weights", () => card.set({ weights: learned[card.get("rule")] }));
  const votesOf = (row) => names.map((_, m) => (rows.present[row * size + m] ? rows.p[row * size + m] : NaN));
  const words = () => {
    if (!sum(card.get("weights"))) return ["Nobody has a weight, so every ", one, " gets the base rate, ", { b: percent(prior) }, ", and AUC is that of a coin, ", { b: "0.500" }, "."];
    const best = Math.max(...alone), row = shown[now.ranked[now.chosen]], said = votesOf(row).map((p, m) => `${names[m]} ${Number.isNaN(p) ? "absent" : percent(p)}`).join(", ");
    const than = now.auc > best ? "above every modality alone" : `not above ${names[alone.indexOf(best)]} alone, ${fixed(best)}`;
    return ["Your mix reaches AUC ", { b: fixed(now.auc) }, `, ${than}; what it says is off by `, { b: fixed(now.ece) }, ` on average (ECE). ${one[0].toUpperCase()}${one.slice(1)} ${now.chosen + 1}: ${said}; your mix ${percent(now.mixed[row])}; ${rows.label[row] ? "went bad" : "paid"}.`];
  };
  const table = () => [["", ...names, "your mix", "outcome"],
    ["weight", ...card.get("weights").map((w) => fixed(w, 2)), "", ""],
    ["AUC", ...alone.map((a) => fixed(a, 4)), fixed(now.auc, 4), ""],
    ["ECE", ...names.map(() => ""), fixed(now.ece, 4), ""],
    ...now.ranked.map((k, place) => [`${one} ${place + 1}`, ...votesOf(shown[k]).map((p) => (Number.isNaN(p) ? "absent" : fixed(p, 4))), fixed(now.mixed[shown[k]], 4), rows.label[shown[k]] ? "bad" : "paid"])];
  card.show({ draw, words, rows: table });
});
