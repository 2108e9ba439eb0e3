// Runs the page's explorers without a kernel. MyST-NB leaves each widget's state in the page; this finds the
// views, gives each a small model, and draws it when it comes near the viewport. A classic script: a module or a
// fetch would be refused when the page is opened from disk.
(() => {
  "use strict";
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

  const modules = new Map(); // source text -> promise of its module: each is imported once
  function load(source) {
    if (!modules.has(source)) modules.set(source, import(URL.createObjectURL(new Blob([source], { type: "text/javascript" }))));
    return modules.get(source);
  }

  const styles = new Set();
  function dress(css) {
    if (!css || styles.has(css)) return;
    styles.add(css);
    document.head.append(Object.assign(document.createElement("style"), { textContent: css }));
  }

  async function show(place, entry) {
    try {
      const values = restore(entry);
      const module = await load(values._esm);
      await module.default.render({ model: makeModel(values), el: place });
    } catch (error) {
      const sentence = Object.assign(document.createElement("p"), { className: "explorer fy-broken" });
      sentence.textContent = `This figure cannot be drawn here (${error.message}). The text around it says what it shows.`;
      place.replaceChildren(sentence);
    }
  }

  /** Predict, then look: opening one choice commits to it and unfolds the reasons of the others too. */
  function commitOnOpen(question) {
    const choices = [...question.querySelectorAll("details")];
    for (const choice of choices) {
      choice.addEventListener("toggle", () => {
        if (!choice.open || question.dataset.committed) return;
        question.dataset.committed = "true";
        choice.classList.add("chosen");
        for (const one of choices) {
          one.open = true;
          one.classList.toggle("right", /^\s*Right\b/.test(one.querySelector("p")?.textContent ?? ""));
        }
      });
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(".predict").forEach(commitOnOpen);
    const states = Object.assign({}, ...[...document.querySelectorAll(STATE)].map((script) => JSON.parse(script.textContent).state));
    const near = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        show(target, waiting.get(target));
      }
    }, { rootMargin: "600px" });
    const waiting = new Map();
    for (const script of document.querySelectorAll(VIEW)) {
      const entry = states[JSON.parse(script.textContent).model_id];
      if (!entry?.state?._esm) continue;
      dress(entry.state._css);
      const place = document.createElement("div");
      place.className = "explorer-place";
      script.after(place);
      waiting.set(place, entry);
      near.observe(place);
    }
  });
})();
