// Five views of an applicant, one for each modality, as HTML and SVG. The arrays and words are those of views.py.
import { svg, colour, percent } from "./plot.js";
import { html, need } from "./controls.js";

export const MODALITIES = ["numeric", "categorical", "temporal", "text", "behavioural"];
const NOTHING = 255, STEPS = 250; // those of views.py

/** A name, a value and, with `at`, a short rail with a tick where the value lies; null: not known, no tick. */
export function railLine(name, value, at) {
  const rail = html("span", { className: "fv-rail", "aria-hidden": "true" }, ...(at === null ? [] : [html("i")]));
  rail.style.setProperty("--at", `${100 * at}%`);
  return html("li", {}, html("span", {}, name), html("b", {}, value), ...(at === undefined ? [] : [rail]));
}

function numbers(at) {
  return html("ul", { className: "fv-lines" }, ...at.words.numeric.map((name, k) => railLine(name, at.words.values[at.row][k], at.place[k] === NOTHING ? null : at.place[k] / STEPS)));
}

function categories(at) {
  return html("ul", { className: "fv-lines" }, ...at.words.categorical.map(([name, levels], k) =>
    at.levels[k] === NOTHING ? railLine(name, "not given") : railLine(name, levels[at.levels[k]])));
}

function months(at) {
  const channels = at.words.temporal, count = at.months.length / channels.length, box = html("div", { className: "fv-months" });
  channels.forEach((name, c) => {
    let path = "", pen = "M"; // a gap lifts the pen; a month between two gaps is a dot
    for (let t = 0; t < count; t++) {
      const value = at.months[t * channels.length + c];
      if (value === NOTHING) pen = "M";
      else { path += `${pen}${((300 * t) / (count - 1)).toFixed(1)} ${(32 - (28 * value) / STEPS).toFixed(1)}${pen === "M" ? "h0.01" : ""}`; pen = "L"; }
    }
    const row = html("div", {}, html("span", {}, name)), root = svg(row, "svg", { viewBox: "0 0 300 36", "aria-hidden": "true", preserveAspectRatio: "none" });
    svg(root, "path", { d: path || "M0 0", class: "fv-curve" });
    box.append(row);
  });
  const known = Array.from({ length: count }, (_, t) => at.months[t * channels.length] !== NOTHING).filter(Boolean).length;
  box.append(html("p", { className: "fv-note" }, known < count ? `${known} of ${count} months known` : `${count} months, the last one on the right`));
  return box;
}

function words(at) {
  return html("div", { className: "fv-words" }, html("p", {}, `\u201c${at.words.text[at.row]}\u201d`),
    html("p", { className: "fv-note" }, "Asked in the chat: ", html("q", {}, at.words.chat[at.row])));
}

function behaviour(at) {
  const shown = [...at.events].map((event, t) => [event, at.dayparts[t]]).filter(([event]) => event !== NOTHING);
  const late = shown.length ? shown.filter(([, part]) => part).length / shown.length : 0;
  const root = svg(html("div"), "svg", { viewBox: "0 0 300 30", "aria-hidden": "true", preserveAspectRatio: "none" });
  shown.forEach(([, part], t) => svg(root, "rect", { x: (t * 300) / shown.length + 0.6, width: 300 / shown.length - 1.2, y: part ? 17 : 3, height: 10, rx: 1.5, class: part ? "fv-late" : "fv-day" }));
  const lanes = html("div", { className: "fv-lanes" }, html("span", {}, at.words.dayparts[0]), html("span", {}, at.words.dayparts[1]), root);
  const counts = at.words.events.map((name, k) => [name, shown.filter(([event]) => event === k).length]), most = Math.max(8, ...counts.map(([, n]) => n));
  return html("div", { className: "fv-behaviour" }, html("div", {}, lanes, html("p", { className: "fv-note" }, shown.length ? `${shown.length} events in order, ${percent(late)} of them in the evening or at night` : "no event is known")),
    ...(shown.length ? [html("ul", { className: "fv-lines fv-counts" }, ...counts.map(([name, n]) => railLine(name, String(n), n / most)))] : []));
}

const VIEWS = { numeric: numbers, categorical: categories, temporal: months, text: words, behavioural: behaviour };

/** Read a card's views: { received(row, m), draw(m, row) }; `rows` is how many applicants there need to be. */
export function viewsOf(card, rows) {
  const [place, level, month, event, daypart, received] = card.arrays("place", "levels", "months", "events", "dayparts", "received");
  const said = card.get("words"), n = said?.text?.length;
  need(n && n === rows && received.length === n * MODALITIES.length && said.values?.length === n && [place, level, month, event, daypart].every((all) => all.length % n === 0 && all.length)
    && event.length === daypart.length, "its applicants' views do not belong together");
  need(place.length === n * said.numeric.length && level.length === n * said.categorical.length && month.length % (n * said.temporal.length) === 0, "its applicants' views lack a column");
  const part = (all, row) => all.subarray((row * all.length) / n, ((row + 1) * all.length) / n), drawn = new Map();
  const draw = (m, row) => VIEWS[MODALITIES[m]]({ row, words: said, place: part(place, row), levels: part(level, row), months: part(month, row), events: part(event, row), dayparts: part(daypart, row) });
  return {
    received: (row, m) => Boolean(received[row * MODALITIES.length + m]),
    /** The view of modality m of a row; drawn once, so that a slider can go back and forth over it. */
    draw(m, row) {
      const key = row * MODALITIES.length + m;
      if (!drawn.has(key)) drawn.set(key, draw(m, row));
      return drawn.get(key);
    },
  };
}

/** A frame for one modality's view: its name in its colour, room for what stands beside it, and show(view or words). */
export function viewFrame(name) {
  const beside = html("div", { className: "fv-beside" }), room = html("div", { className: "fv-room" });
  const node = html("div", { className: `fv-view fv-${name}`, role: "group", "aria-label": name }, html("div", { className: "fv-head" }, html("span", { className: "fv-name" }, name), beside), room);
  node.style.setProperty("--tint", colour(name));
  const show = (view) => {
    if (typeof view === "string" ? room.firstElementChild || room.textContent !== view : room.firstChild !== view) room.replaceChildren(view);
  };
  return { node, beside, show };
}

