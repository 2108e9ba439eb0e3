import { fixed, percent, scale, attrs, svg, colour } from "./plot.js";
import { explorer, html, need, numbersWithin, slider, select, named } from "./controls.js";
import { MODALITIES, viewsOf, viewFrame } from "./views.js";

const ALL = "all five";

/** One row a modality: a dot for what its expert says now, a ring for what it said undisturbed. */
function drawVerdicts(parent, width, prior) {
  const left = 104, x = scale(0, 0.8, left, width - 46), step = 26, foot = 46 + step * MODALITIES.length;
  const root = svg(parent, "svg", { viewBox: `0 0 ${width} ${foot + 42}`, role: "img", "aria-label": "What each expert says: the probability of default, now as a dot, undisturbed as a ring" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "What each expert says" });
  for (const tick of [0, 0.2, 0.4, 0.6, 0.8]) {
    svg(root, "line", { x1: x(tick), x2: x(tick), y1: 44, y2: foot, class: "fy-grid" });
    svg(root, "text", { x: x(tick), y: foot + 16, class: "fy-tick", text: percent(tick) });
  }
  svg(root, "line", { x1: x(prior), x2: x(prior), y1: 38, y2: foot, class: "fy-mark" });
  svg(root, "text", { x: x(prior), y: 34, class: "fy-tick", text: "base rate" });
  svg(root, "text", { x: 0, y: foot + 36, class: "fy-tick fy-left", text: "\u25cf now   \u25cb undisturbed" });
  const marks = MODALITIES.map((name, m) => {
    const y = 58 + m * step, style = `--tint: ${colour(name)}`;
    svg(root, "text", { x: left - 14, y: y + 4.5, class: "fy-right fy-row", text: name });
    return { line: svg(root, "line", { y1: y, y2: y, class: "fl-shift", style }), ring: svg(root, "circle", { cy: y, r: 5.5, class: "fy-ring", style }),
      dot: svg(root, "circle", { cy: y, r: 6, class: "fy-dot", style }), text: svg(root, "text", { x: width, y: y + 4.5, class: "fy-tick fy-right" }) };
  });
  return (now, before) => marks.forEach(({ line, ring, dot, text }, m) => {
    attrs(line, { x1: x(before[m]), x2: x(now[m]) });
    attrs(ring, { cx: x(before[m]) });
    attrs(dot, { cx: x(now[m]) });
    attrs(text, { text: percent(now[m]) });
  });
}

export default explorer("modality-lens", (card) => {
  const [verdicts, p] = card.arrays("verdicts", "p"), noises = card.get("noises"), shares = card.get("shares"), n = p.length, M = MODALITIES.length;
  need(noises?.length && shares?.length && verdicts.length === noises.length * shares.length * n * M && verdicts.every((v) => v >= 0 && v <= 1), "its verdicts do not fit its grid of noise and gaps");
  need(numbersWithin([card.get("applicant")], 1, 0, n - 1) && numbersWithin([card.get("noise")], 1, 0, noises.length - 1) && numbersWithin([card.get("gaps")], 1, 0, shares.length - 1), "there is no such applicant, noise or share of gaps");
  need([ALL, ...MODALITIES].includes(card.get("disturbed")), "it disturbs a modality that this page does not know");
  need(numbersWithin([card.get("prior")], 1, 0, 1) && noises.includes(1) && shares.includes(0), "its base rate or its undisturbed view is missing");
  const views = viewsOf(card, noises.length * shares.length * n), clean = [noises.indexOf(1), shares.indexOf(0)];
  const rowOf = (a, [noise, gap]) => (noise * shares.length + gap) * n + a;

  card.title("Modality lens", "One applicant, five views, and what the expert of each view says. Add noise, or hide a share of what is known, from all five or from one.");
  const who = slider({ label: "applicant", min: 1, max: n, step: 1, value: 1, say: (k) => `${k} of ${n}`, onInput: (k) => card.set({ applicant: k - 1 }) });
  const noise = slider({ label: "noise", min: 0, max: noises.length - 1, step: 1, value: 0, say: (k) => `\u00d7\u2009${noises[k] ?? ""}`, onInput: (k) => card.set({ noise: k }) });
  const gaps = slider({ label: "hidden", min: 0, max: shares.length - 1, step: 1, value: 0, say: (k) => percent(shares[k] ?? 0), onInput: (k) => card.set({ gaps: k }) });
  const where = select({ label: "disturb", options: named([ALL, ...MODALITIES]), value: ALL, onInput: (value) => card.set({ disturbed: value }) });
  card.controls.append(who.node, noise.node, gaps.node, where.node);

  const frames = MODALITIES.map(viewFrame), title = html("p", { className: "fv-title" }), grid = html("div", { className: "fv-grid" }, title, ...frames.map((frame) => frame.node));
  let paint = () => {}, now;
  const draw = () => {
    const a = card.get("applicant"), at = MODALITIES.map((name) => ([ALL, name].includes(card.get("disturbed")) ? [card.get("noise"), card.get("gaps")] : clean));
    now = { a, at, said: at.map((place, m) => verdicts[rowOf(a, place) * M + m]), before: at.map((_, m) => verdicts[rowOf(a, clean) * M + m]) };
    who.show(a + 1);
    noise.show(card.get("noise"));
    gaps.show(card.get("gaps"));
    where.show(card.get("disturbed"));
    title.textContent = `Applicant ${a + 1}: a default has a probability of ${percent(p[a])}`;
    frames.forEach((frame, m) => {
      frame.beside.textContent = `expert: ${percent(now.said[m])}`;
      frame.show(views.received(rowOf(a, at[m]), m) ? views.draw(m, rowOf(a, at[m])) : "Not received.");
    });
    paint();
  };
  card.fit((_, side) => {
    const plots = html("div", { className: "fy-plots" });
    card.figure.replaceChildren(plots, grid);
    const board = drawVerdicts(plots, side, card.get("prior"));
    paint = () => board(now.said, now.before);
    if (now) paint();
  });
  card.follow("applicant", "noise", "gaps", "disturbed");
  const words = () => {
    const moves = now.said.map((v, m) => Math.abs(v - now.before[m])), most = moves.indexOf(Math.max(...moves)), far = Math.max(...now.said.map((v) => Math.abs(v - card.get("prior"))));
    const clear = now.at.every(([k, g]) => k === clean[0] && g === clean[1]);
    const what = [...(card.get("noise") === clean[0] ? [] : [`noise \u00d7\u2009${noises[card.get("noise")]}`]), ...(card.get("gaps") === clean[1] ? [] : [`${percent(shares[card.get("gaps")])} hidden`])];
    const told = clear ? "undisturbed" : `${what.join(" and ")} in ${card.get("disturbed")}`, bold = MODALITIES[now.said.map((v) => Math.abs(v - card.get("prior"))).indexOf(far)];
    return [`Applicant ${now.a + 1}, ${told}: `, { b: MODALITIES.map((name, m) => `${name} ${percent(now.said[m])}`).join(", ") },
      `. ${moves[most] < 0.005 ? "No verdict has moved by a whole point" : `Most moved: ${MODALITIES[most]}, from ${percent(now.before[most])} to ${percent(now.said[most])}`}. Boldest: ${bold}, ${Math.round(100 * far)} points from the base rate, ${percent(card.get("prior"))}.`];
  };
  const rows = () => [["", "noise factor", "share hidden", "says now", "undisturbed"], ...MODALITIES.map((name, m) => [name, fixed(noises[now.at[m][0]], 2), fixed(shares[now.at[m][1]], 2), fixed(now.said[m], 4), fixed(now.before[m], 4)]),
    ["true probability", "", "", fixed(p[now.a], 4), ""], ["base rate", "", "", fixed(card.get("prior"), 4), ""]];
  card.show({ draw, words, rows });
});
