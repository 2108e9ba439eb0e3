// The pictures of the credit desk: four answers, the reasons of one, and the applicant's modalities as they now stand.
import { clamp, fixed, percent, scale, attrs, svg, colour } from "./plot.js";
import { html } from "./controls.js";
import { railLine } from "./views.js";
import { FUSIONS, wordsOf } from "./decisions.js";
import { drawMap } from "./parts.js";

const MOST_WORDS = 300, FARTHEST = 3; // words shown; where the axis of reasons ends

/** One row a fusion: a dot for what it says now, a ring for what it said of the applicant as received; refusing begins at the line. */
export function drawAnswers(parent, width) {
  const left = 84, right = width - 108, x = scale(0, 1, left, right), step = 30, top = 44, foot = top + step * FUSIONS.length;
  const root = svg(parent, "svg", { viewBox: `0 0 ${width} ${foot + 24}`, role: "img", "aria-label": "Probability of default by each fusion: now as a dot, as received as a ring; and where refusing begins" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "Probability of default" });
  const zone = svg(root, "rect", { y: top - 8, height: foot - top + 8, class: "fd-zone" }), edge = svg(root, "line", { y1: top - 8, y2: foot, class: "fy-mark" }), word = svg(root, "text", { y: top - 14, class: "fy-tick fy-left" });
  for (const tick of right - left > 220 ? [0, 0.25, 0.5, 0.75, 1] : [0, 0.5, 1]) {
    svg(root, "line", { x1: x(tick), x2: x(tick), y1: top - 8, y2: foot, class: "fy-grid" });
    svg(root, "text", { x: x(tick), y: foot + 17, class: "fy-tick", text: percent(tick) });
  }
  const marks = FUSIONS.map((name, k) => {
    const y = top + 8 + k * step;
    return { name: svg(root, "text", { x: left - 14, y: y + 4.5, text: name }), line: svg(root, "line", { y1: y, y2: y, class: "fd-shift" }),
      ring: svg(root, "circle", { cy: y, r: 5.5, class: "fy-hollow" }), dot: svg(root, "circle", { cy: y, r: 6.5, class: "fd-dot" }), told: svg(root, "text", { x: width, y: y + 4.5 }) };
  });
  return (now, before, limit, chosen) => {
    attrs(zone, { x: x(limit), width: right - x(limit) });
    attrs(edge, { x1: x(limit), x2: x(limit) });
    attrs(word, { x: x(limit) + 4, text: `refuse from ${percent(limit)}` });
    marks.forEach(({ name, line, ring, dot, told }, k) => {
      attrs(name, { class: k === chosen ? "fy-right fy-row fd-chosen" : "fy-right fy-row" });
      attrs(line, { x1: x(before[k]), x2: x(now[k]) });
      attrs(ring, { cx: x(before[k]) });
      attrs(dot, { cx: x(now[k]) });
      attrs(told, { text: `${fixed(100 * now[k], 1)}\u00a0%  ${now[k] > limit ? "refuse" : "lend"}`, class: now[k] > limit ? "fy-right fy-row fd-refused" : "fy-right fy-row" });
    });
  };
}

/** One bar a modality: what it adds to the log-odds of default, by Shapley's rule. */
export function drawReasons(parent, width, names) {
  const left = 98, x = scale(-FARTHEST, FARTHEST, left, width - 52), step = 25, top = 44, foot = top + step * names.length;
  const root = svg(parent, "svg", { viewBox: `0 0 ${width} ${foot + 26}`, role: "img", "aria-label": "What each modality adds to the log-odds of default" }), caption = svg(root, "text", { x: 0, y: 14, class: "fy-caption" });
  for (const tick of [-2, 0, 2]) {
    svg(root, "line", { x1: x(tick), x2: x(tick), y1: top - 10, y2: foot, class: "fy-grid" });
    svg(root, "text", { x: x(tick), y: foot + 16, class: "fy-tick", text: tick > 0 ? `+${tick}` : fixed(tick, 0) });
  }
  svg(root, "text", { x: x(0) - 6, y: top - 14, class: "fy-tick fy-right", text: "\u2190 safer" });
  svg(root, "text", { x: x(0) + 6, y: top - 14, class: "fy-tick fy-left", text: "riskier \u2192" });
  const bars = names.map((name, m) => {
    const y = top + m * step, label = svg(root, "text", { x: left - 10, y: y + 9, class: "fy-row fy-right", text: name });
    return { label, bar: svg(root, "rect", { y: y - 4, height: 17, rx: 3, fill: colour(name) }), told: svg(root, "text", { x: width, y: y + 9, class: "fy-tick fy-right" }) };
  });
  return (fusion, shares, present) => {
    attrs(caption, { text: `Reasons, by ${fusion}` });
    bars.forEach(({ label, bar, told }, m) => {
      attrs(label, { class: present[m] ? "fy-row fy-right" : "fy-row fy-right fa-away" });
      attrs(bar, { x: Math.min(x(0), x(shares[m])), width: Math.max(0.5, Math.abs(x(shares[m]) - x(0))) });
      attrs(told, { text: present[m] ? `${shares[m] >= 0.005 ? "+" : ""}${fixed(shares[m], 2)}` : "\u2013" });
    });
  };
}

/** Who listens to whom in the fusion by attention, all heads averaged, and what each receives. */
export function drawListening(parent, width, names) {
  const left = 98, cell = Math.min(30, (width - left) / names.length), top = 46, low = top + names.length * cell;
  const root = svg(parent, "svg", { viewBox: `0 0 ${width} ${low + 28}`, role: "img", "aria-label": "Weights of attention, averaged over the heads: rows ask, columns answer" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "Attention: who hears whom" });
  names.forEach((name, i) => { svg(root, "text", { x: left - 10, y: top + (i + 0.5) * cell + 4, class: "fy-row fy-right", text: name }); svg(root, "circle", { cx: left + (i + 0.5) * cell - 1, cy: top - 10, r: 5, fill: colour(name) }); });
  const paint = drawMap(root, names, left, top, cell), told = names.map((_, j) => svg(root, "text", { x: left + (j + 0.5) * cell, y: low + 18, class: "fy-tick" }));
  svg(root, "text", { x: left - 10, y: low + 18, class: "fy-tick fy-right", text: "receives" });
  return ({ mean, received }, present) => { paint(mean); told.forEach((node, j) => attrs(node, { text: present[j] ? fixed(received[j], 2).slice(1) : "\u2013" })); };
}

/** Numbers, each with a tick where it lies among earlier applicants. */
export function numbersOf(person, desk) {
  return html("ul", { className: "fv-lines fd-numbers" }, ...desk.numeric.map((name, j) => {
    const steps = desk.places.subarray(j * desk.quantiles, (j + 1) * desk.quantiles), below = steps.filter((q) => q < person.numeric[j]).length;
    return railLine(name, desk.say(j, person.numeric[j]), clamp(below / (desk.quantiles - 1), 0, 1));
  }));
}

/** Categories: every level, the applicant's marked. */
export function levelsOf(person, desk) {
  return html("dl", { className: "fd-levels" }, ...desk.levels.flatMap(([name, levels], j) => [html("dt", {}, name), html("dd", {}, ...levels.map((level, k) => html("span", { className: k === person.categorical[j] ? "fd-is" : "" }, level)))]));
}

/** A text word by word; what the vocabulary lacks is marked. Never markup: every word is set as text. */
export function textOf(person, desk) {
  const spelled = (text) => {
    const tokens = text.split(/(\s+)/).filter(Boolean), shown = tokens.slice(0, 2 * MOST_WORDS), more = tokens.length - shown.length;
    return [...shown.map((token) => (wordsOf(token).some((word) => !desk.column.has(word)) ? html("mark", { title: "not in the vocabulary" }, token) : token)), ...(more > 0 ? [` \u2026 and ${Math.ceil(more / 2)} more words`] : [])];
  };
  return html("div", { className: "fv-words fd-words" }, html("p", {}, ...spelled(person.text || "(nothing written)")), html("p", { className: "fv-note" }, "Asked in the chat: ", html("q", {}, ...spelled(person.chat))));
}

/** Events, a bar to the left for office hours and one to the right for the evening or the night: { root, show }. */
export function drawEvents(width, desk) {
  const middle = width / 2, room = middle - 66, step = 22, root = svg(html("div"), "svg", { viewBox: `0 0 ${width} ${desk.events.length * step + 24}`, role: "img", "aria-label": "How often each event occurred, in office hours and in the evening or at night" });
  desk.dayparts.forEach((name, d) => svg(root, "text", { x: d ? middle + 64 : middle - 64, y: 14, class: d ? "fy-tick fy-left" : "fy-tick fy-right", text: name }));
  const rows = desk.events.map((name, k) => {
    const y = 22 + k * step, label = svg(root, "text", { x: middle, y: y + 13, class: "fy-tick", text: name });
    return { label, bars: [0, 1].map((d) => [svg(root, "rect", { y: y + 2, height: 14, rx: 3, class: d ? "fv-late" : "fv-day" }), svg(root, "text", { y: y + 13, class: d ? "fy-tick fy-left" : "fy-tick fy-right" })]) };
  });
  const show = (counts, chosen) => rows.forEach(({ label, bars }, k) => {
    attrs(label, { class: k === chosen ? "fy-tick fd-chosen" : "fy-tick" });
    bars.forEach(([bar, told], d) => {
      const n = counts[2 * k + d], long = (Math.min(n, desk.most) / desk.most) * (room - 24);
      attrs(bar, { x: d ? middle + 64 : middle - 64 - long, width: long });
      attrs(told, { x: d ? middle + 68 + long : middle - 68 - long, text: String(n) });
    });
  });
  return { root, show };
}

/** The months of every channel; press or drag in one to write its history: { root, show }. */
export function drawMonths(width, desk, write) {
  const names = desk.channels, count = desk.monthsShown, left = 96, high = 46, x = scale(0, count - 1, left + 6, width - 8), root = svg(html("div"), "svg", { viewBox: `0 0 ${width} ${names.length * high + 24}`, role: "img", class: "fd-months", "aria-label": "24 months of each channel, the last one on the right" });
  const at = svg(root, "line", { y1: 4, y2: names.length * high, class: "fy-mark" });
  const rows = names.map((name, c) => {
    const y = scale(desk.spans[2 * c], desk.spans[2 * c + 1], (c + 1) * high - 6, c * high + 8), label = svg(root, "text", { x: left - 10, y: (c + 0.5) * high + 5, text: name });
    svg(root, "line", { x1: left, x2: width, y1: (c + 1) * high - 2, y2: (c + 1) * high - 2, class: "fy-grid" });
    const path = svg(root, "path", { class: "fd-curve" }), pad = svg(root, "rect", { x: left, y: c * high, width: width - left, height: high, class: "fa-pad" });
    const drag = (event) => {
      const box = root.getBoundingClientRect(), unit = width / box.width, px = (event.clientX - box.left) * unit, py = (event.clientY - box.top) * unit;
      write(c, clamp(Math.round(((px - left - 6) / (width - left - 14)) * (count - 1)), 0, count - 1), clamp(((c + 1) * high - 6 - py) / (high - 14), 0, 1));
    };
    pad.addEventListener("pointerdown", (event) => { pad.setPointerCapture(event.pointerId); drag(event); });
    pad.addEventListener("pointermove", (event) => { if (event.buttons) drag(event); });
    return { label, path, y };
  });
  svg(root, "text", { x: x(count - 1), y: names.length * high + 17, class: "fy-tick fy-right", text: "last month" });
  const show = (months, channel, month) => {
    attrs(at, { x1: x(month), x2: x(month) });
    rows.forEach(({ label, path, y }, c) => {
      attrs(label, { class: c === channel ? "fy-right fy-row fd-chosen" : "fy-right fy-row" });
      attrs(path, { d: Array.from({ length: count }, (_, t) => `${t ? "L" : "M"}${x(t).toFixed(1)} ${y(months[t * names.length + c]).toFixed(1)}`).join(""), class: c === channel ? "fd-curve fd-now" : "fd-curve" });
    });
  };
  return { root, show };
}
