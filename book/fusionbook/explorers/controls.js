// The frame around a figure: card, native controls, status line, numbers as a table. Everything an explorer
// promises to a reader with a keyboard or a screen reader is kept here, once.
import { decode } from "./plot.js";

let made = 0; // for ids of SVG titles and the like: unique within this module, random across modules
export const uid = () => `fy-${Math.random().toString(36).slice(2, 8)}-${++made}`;

/** Make an HTML element with properties, data and children; text is always text, never markup. */
export function html(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.includes("-") || name === "for" || name === "role") node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children);
  return node;
}

/** An element that takes keys itself: without the mark JupyterLab would take them for its own shortcuts. */
const control = (tag, props, ...children) => html(tag, { "data-lm-suppress-shortcuts": "true", ...props }, ...children);

/** Stop with a sentence unless `sound`: an explorer checks its state with this before it draws. */
export function need(sound, sentence) {
  if (!sound) throw new Error(sentence);
}

/** Whether `values` is a list of `size` finite numbers from `low` to `high`. */
export const numbersWithin = (values, size, low, high) =>
  Array.isArray(values) && values.length === size && values.every((value) => Number.isFinite(value) && value >= low && value <= high);

/** A labelled range; `say` turns its value into words and units. Returns { node, input, show }. */
export function slider({ label, min, max, step, value, say, onInput, tint }) {
  const input = control("input", { type: "range", min, max, step });
  const output = html("output", { "aria-hidden": "true" });
  const node = html("label", { className: "fy-slider" }, html("span", { className: "fy-name" }, label), input, output);
  if (tint) node.style.setProperty("--tint", tint);
  const show = (now) => {
    if (Number(input.value) !== now) input.value = now;
    input.setAttribute("aria-valuetext", say(now));
    output.textContent = say(now);
    input.style.setProperty("--at", `${(100 * (now - min)) / (input.max - min || 1)}%`);
  };
  input.addEventListener("input", () => onInput(Number(input.value)));
  show(value);
  return { node, input, show, reach: (most) => { input.max = most; } };
}

/** Options of a choice: names that stand for themselves, or for their numbers. */
export const named = (names) => names.map((name) => [name, name]);
export const numbered = (names) => names.map((name, k) => [k, name]);

/** A labelled choice among `options`, a list of [value, words]. Returns { node, input, show }. */
export function select({ label, options, value, onInput }) {
  const input = control("select", {});
  for (const [key, words] of options) input.append(html("option", { value: key }, words));
  const node = html("label", { className: "fy-select" }, html("span", { className: "fy-name" }, label), input);
  input.addEventListener("change", () => onInput(input.value));
  const show = (now) => { input.value = now; };
  show(value);
  return { node, input, show };
}

/** A labelled checkbox. Returns { node, input, show }. */
export function checkbox({ label, value, onInput }) {
  const input = control("input", { type: "checkbox" });
  const node = html("label", { className: "fy-check" }, input, html("span", { className: "fy-name" }, label));
  input.addEventListener("change", () => onInput(input.checked));
  const show = (now) => { input.checked = now; };
  show(value);
  return { node, input, show };
}

// settle(part): let a part keep the greatest height it has needed at its present width. What stands below a figure
// then stays where it is while a slider moves, and the browser need not lay out and paint the whole page again.
function keeper() {
  const kept = new Map();
  return (part) => {
    const width = part.offsetWidth, same = kept.get(part)?.width === width;
    if (!same) part.style.minHeight = "";
    const height = Math.ceil(part.getBoundingClientRect().height);
    if (same && height <= kept.get(part).height) return;
    kept.set(part, { width, height });
    part.style.minHeight = `${height}px`;
  };
}

/** What a figure draws on: the card's parts, the model's traits, and one redraw a frame. */
function makeCard(kind, model, el) {
  const cleanups = [], stops = [];
  const status = html("p", { role: "status", className: "fy-status" });
  const buttons = html("div", { className: "fy-buttons" });
  const table = html("table");
  const numbers = html("details", { className: "fy-numbers" }, control("summary", {}, "The numbers"),
    control("div", { className: "fy-scroll", tabIndex: 0, role: "region", "aria-label": `${model.get("label")}: the numbers` }, table));
  const head = html("header"), controls = html("div", { className: "fy-controls" }), figure = html("div", { className: "fy-figure" });
  const body = html("div", { className: "fy-body" }, controls, figure);
  const section = html("section", { className: `explorer ${kind}`, "data-explorer": kind, "aria-label": model.get("label") || kind }, head,
    body, html("footer", {}, status, buttons), numbers);
  el.append(section);

  const settle = keeper();
  let frame = 0, timer = 0, draw = () => {}, rows = () => [], words = () => [], started = {};
  const run = () => {
    frame = 0;
    guarded(section, () => {
      draw();
      settle(body);
      if (numbers.open) fill();
      clearTimeout(timer);
      if (section.dataset.ready) timer = setTimeout(() => guarded(section, tell), 150);
      else tell();
      section.dataset.ready = "true";
    });
  };
  const tell = () => {
    status.replaceChildren(...words().map((part) => (typeof part === "string" ? part : html("b", {}, part.b))));
    settle(status);
  };
  const fill = () => {
    const [top, ...rest] = rows();
    table.replaceChildren(html("thead", {}, html("tr", {}, ...top.map((cell) => (cell ? html("th", { scope: "col" }, cell) : html("td"))))),
      html("tbody", {}, ...rest.map((row) => html("tr", {}, ...row.map((cell, i) => (i ? html("td", {}, cell) : html("th", { scope: "row" }, cell)))))));
  };
  numbers.addEventListener("toggle", () => numbers.open && guarded(section, fill));
  cleanups.push(() => cancelAnimationFrame(frame), () => clearTimeout(timer));

  return {
    section, head, controls, figure, cleanups,
    /** Title and one sentence on what to do. */
    title(name, lead) { head.append(html("p", { className: "fy-title" }, name), html("p", { className: "fy-lead" }, lead)); },
    get: (trait) => model.get(trait),
    /** The arrays of these names, decoded. */
    arrays(...names) {
      const packed = model.get("data");
      need(packed && typeof packed === "object", "its data is missing");
      return names.map((name) => decode(packed[name]));
    },
    set(values) { for (const [trait, value] of Object.entries(values)) model.set(trait, value); model.save_changes(); },
    /** Redraw when one of these traits changes, from here or from Python; remember their first values for Reset. */
    follow(...traits) {
      for (const trait of traits) {
        started[trait] = model.get(trait);
        model.on(`change:${trait}`, this.redraw);
        cleanups.push(() => model.off(`change:${trait}`, this.redraw));
      }
    },
    redraw: () => { if (!frame) frame = requestAnimationFrame(run); },
    /** Remember what ends something that runs by itself: Reset calls it, and the card's end. */
    running(stop) { stops.push(stop); cleanups.push(stop); },
    /** Remember what Reset does beside setting the traits. */
    onReset(act) { stops.push(act); },
    /** draw() paints, words() is the status line in parts, rows() the table, header first. Draws once, now. */
    show(parts) {
      ({ draw, words, rows } = parts);
      this.button("Reset", () => { for (const stop of stops) stop(); this.set(started); });
      run();
    },
    button(label, onClick) {
      const node = control("button", { type: "button" });
      node.append(label);
      node.addEventListener("click", onClick);
      buttons.append(node);
      return node;
    },
    // Call paint(whole, side) now and whenever one of the two has changed by 5 %, so that text keeps its size.
    // whole is the card's inner width, side what is left beside the controls (all of it where they stand above).
    fit(paint) {
      let last = [0, 0];
      const look = () => {
        const { paddingLeft, paddingRight } = getComputedStyle(body);
        const whole = Math.max(280, (body.clientWidth || 900) - parseFloat(paddingLeft || 0) - parseFloat(paddingRight || 0));
        const beside = whole > 616, now = [whole, beside ? whole - 36 - Math.max(270, 0.36 * whole) : whole];
        if (now.every((width, i) => Math.abs(width - last[i]) <= 0.05 * last[i])) return;
        last = now;
        body.classList.toggle("fy-above", !beside);
        paint(...now);
        settle(body);
        settle(status);
      };
      look();
      if (typeof ResizeObserver === "undefined") return;
      const observer = new ResizeObserver(() => guarded(section, look));
      observer.observe(body);
      cleanups.push(() => observer.disconnect());
    },
  };
}

/** Run `work`; if it throws, show a sentence in place of the figure. */
function guarded(section, work) {
  try {
    work();
  } catch (error) {
    section.replaceChildren(html("p", { className: "fy-broken", role: "status" }, `This figure cannot be drawn: ${error.message}. Run its cell again, or reload the page.`));
    section.dataset.ready = "true";
    section.dataset.broken = "true";
  }
}

/** Make the module's default export from a name and a function that sets up one figure on a card. */
export function explorer(kind, setUp) {
  return {
    render({ model, el }) {
      const card = makeCard(kind, model, el);
      guarded(card.section, () => setUp(card));
      return () => { for (const cleanup of card.cleanups) cleanup(); card.section.remove(); };
    },
  };
}
