// Runs the page's explorers without a kernel. MyST-NB leaves each widget's state in the page; this finds the
// views, gives each a small model, and draws it: the first at once, the others as they come near the viewport.
// A classic script: a module or a fetch would be refused when the page is opened from disk.
(() => {
  "use strict";

  /** An element with properties and children: for this script, and for those that come after it on a page. */
  function make(tag, values = {}, ...children) {
    const node = Object.assign(document.createElement(tag), values);
    node.append(...children);
    return node;
  }
  globalThis.fusionPage = { make };

  const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
  const VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]';

  /** Put the base64 buffers back where they were taken out, as the live widget has them: as DataViews. */
  function restore({ state, buffers = [] }) {
    const values = structuredClone(state);
    for (const { path, data } of buffers) {
      const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
      const owner = path.slice(0, -1).reduce((inner, key) => inner[key], values);
      owner[path.at(-1)] = new DataView(bytes.buffer);
    }
    return values;
  }

  /** The part of a widget's model that an explorer uses. */
  function makeModel(values) {
    const listeners = new Map();
    const heard = (event) => listeners.get(event) ?? listeners.set(event, new Set()).get(event);
    return {
      get: (name) => values[name],
      set(name, value) {
        if (Object.is(values[name], value)) return;
        values[name] = value;
        for (const event of [`change:${name}`, "change"]) for (const listener of [...heard(event)]) listener();
      },
      on: (event, listener) => void heard(event).add(listener),
      off: (event, listener) => void (listener ? heard(event).delete(listener) : listeners.delete(event)),
      save_changes() {},
      send() {},
    };
  }

  let read; // the page's widgets: id -> { state, buffers }, read when the first is drawn
  function states() {
    read ??= Object.assign({}, ...[...document.querySelectorAll(STATE)].map((script) => JSON.parse(script.textContent).state));
    return read;
  }

  const modules = new Map(); // source text -> promise of its module: each is imported once
  function load(source) {
    if (!modules.has(source)) modules.set(source, import(URL.createObjectURL(new Blob([source], { type: "text/javascript" }))));
    return modules.get(source);
  }

  const styles = new Set();
  function dress(css) {
    if (!css || styles.has(css) || document.querySelector('link[href*="explorer.css"]')) return;
    styles.add(css);
    document.head.append(make("style", { textContent: css }));
  }

  /** Draw the figure of `view` in `place`; whatever goes wrong, a sentence stands there instead. */
  async function show(place, view) {
    try {
      const id = JSON.parse(view.textContent).model_id, entry = states()[id];
      if (!entry?.state?._esm) throw new Error("its data is not in this page");
      dress(entry.state._css);
      const values = restore(entry);
      const module = await load(values._esm);
      await module.default.render({ model: makeModel(values), el: place });
    } catch (error) {
      const sentence = `This figure cannot be drawn here (${error.message}). The text around it says what it shows.`;
      place.replaceChildren(make("p", { className: "explorer fy-broken", textContent: sentence }));
    }
  }

  /** What is too wide for its place can be scrolled by keyboard, and nothing else takes a tab stop for it. */
  function reachScrollers() {
    for (const box of document.querySelectorAll("main :is(div.math, mjx-container[display], div.cell_output, .pst-scrollable-table-container)")) {
      const wide = box.scrollWidth > box.clientWidth;
      if (wide) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
      box.classList.toggle("scrolls", wide);
    }
  }
  for (const event of ["load", "typeset", "resize"]) addEventListener(event, reachScrollers);

  /** The line under a figure leads to the cell that made it, and opens its code where that is folded away. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".made-by a[href^='#']");
    const folded = link && document.getElementById(link.hash.slice(1))?.closest("details");
    if (folded) folded.open = true;
  });

  /** Paper is white, and explorers that were never near the window are drawn for it too. */
  let theme = null;
  addEventListener("beforeprint", () => {
    theme ??= document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = "light";
    document.querySelectorAll("img.still").forEach((image) => { image.loading = "eager"; });
    for (const room of document.querySelectorAll(".explorer-place:empty")) {
      near.unobserve(room);
      show(room, room.previousElementSibling);
    }
  });
  addEventListener("afterprint", () => {
    if (theme === null) return;
    document.documentElement.dataset.theme = theme;
    theme = null;
  });

  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      show(target, target.previousElementSibling);
    }
  }, { rootMargin: "600px" });
  const placed = new Set();

  /** Make room for the figure of `view`; draw the page's first one now, the others as they come near. */
  function place(view) {
    if (placed.has(view)) return;
    const room = make("div", { className: "explorer-place" });
    view.after(room);
    if (placed.size) near.observe(room);
    else show(room, view);
    placed.add(view);
  }

  /** Importing takes turns that a long page leaves rarely, so the page's modules are asked for before its text. */
  function warm() {
    for (const { state } of Object.values(states())) if (state?._esm) load(state._esm).catch(() => {}); // show() tells
  }

  /** The first figure need not wait for the rest of a long page: its data stand in the head. */
  let warmed = false;
  const early = new MutationObserver(() => {
    if (!warmed && document.querySelector(`head ${STATE}`)?.nextSibling) {
      warmed = true;
      try { warm(); } catch { return; } // damaged data: show() tells where the figure should stand
    }
    const view = document.querySelector(`body ${VIEW}`);
    if (!view?.parentNode.nextSibling || !document.querySelector(`head ${STATE}`)) return; // not yet read to its end
    early.disconnect();
    place(view);
  });

  function start() {
    early.disconnect();
    document.querySelectorAll(VIEW).forEach(place);
  }

  if (document.readyState === "loading") {
    early.observe(document, { childList: true, subtree: true });
    document.addEventListener("DOMContentLoaded", start);
  } else start();
})();
