// Any chapter as slides: the page itself, one screen at a time, with its explorers and questions alive. Opened by the
// button in the page's head, or by ?slides in the address; arrows turn, Escape ends.
(() => {
  "use strict";
  const { make } = globalThis.fusionPage;
  const FULL = 0.74; // of the window's height is what one slide may hold, so that nobody has to scroll
  const TYPING = "input, select, textarea, button, summary, a, [contenteditable], [tabindex='0']";
  let slides = [], at = 0, bar = null, place = null, status = null;

  const article = () => document.querySelector("article.bd-article");
  const isHeading = (node) => /^H[1-4]$/.test(node.tagName);
  /** Whether a block has a slide of its own: a figure to look at, or a question to answer. */
  const isStage = (node) => node.matches(".predict, .own-calibration") || Boolean(node.querySelector(".explorer-place, .cell_output img"));
  /** Whether a block is left out: code that is folded away and shows nothing. */
  const isFolded = (node) => node.matches("script, style, [hidden]") || (node.matches(".cell:has(> details.hide)") && !isStage(node)
    && !node.querySelector(":scope > .cell_output")?.textContent.trim());

  /** The blocks of the article in reading order, each with the headings above it. */
  function* blocks(section, above = []) {
    let headings = above;
    for (const node of section.children) {
      if (node.tagName === "SECTION") yield* blocks(node, headings);
      else if (isHeading(node)) headings = [...above, node];
      else if (!isFolded(node)) yield { node, headings };
    }
  }

  /** Fill slides block by block; a new one where a heading changes, a figure begins, or the window is full. */
  function cut() {
    const room = FULL * innerHeight, found = [];
    let current = null, used = 0;
    for (const { node, headings } of blocks(article())) {
      const height = node.getBoundingClientRect().height, last = headings.at(-1);
      if (!current || current.last !== last || isStage(node) || current.stage || used + height > room) {
        current = { shown: [...headings.slice(-1)], last, stage: false };
        found.push(current);
        used = 0;
      }
      current.shown.push(node);
      current.stage ||= isStage(node);
      used += height;
    }
    return found;
  }

  function show(number) {
    at = Math.min(slides.length - 1, Math.max(0, number));
    document.querySelectorAll(".on-slide").forEach((node) => node.classList.remove("on-slide"));
    for (const node of slides[at].shown) node.classList.add("on-slide");
    place.textContent = `${at + 1} / ${slides.length}`;
    status.textContent = `Slide ${at + 1} of ${slides.length}: ${title(slides[at])}`;
    scrollTo(0, 0);
    dispatchEvent(new Event("resize"));
  }

  const title = ({ last }) => (last?.firstChild?.textContent ?? document.title).trim();

  function begin() {
    if (bar) return;
    const top = document.elementsFromPoint(innerWidth / 2, innerHeight / 3), kept = scrollY;
    document.documentElement.classList.add("slides");
    slides = cut();
    const button = (text, label, act) => {
      const one = make("button", { type: "button", textContent: text });
      one.setAttribute("aria-label", label);
      one.addEventListener("click", act);
      return one;
    };
    place = make("span");
    place.setAttribute("aria-hidden", "true");
    status = make("span", { className: "fy-unseen" });
    status.setAttribute("role", "status");
    bar = make("div", { className: "slide-bar" }, button("\u2190", "Previous slide", () => show(at - 1)), place,
      button("\u2192", "Next slide", () => show(at + 1)), button("End", "End the slides", end), status);
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "Slides");
    article().append(bar);
    const here = slides.findIndex(({ shown }) => kept && shown.some((node) => top.includes(node)));
    show(here < 0 ? 0 : here);
  }

  function end() {
    const node = slides[at]?.shown.at(-1);
    bar.remove();
    bar = null;
    document.documentElement.classList.remove("slides");
    document.querySelectorAll(".on-slide").forEach((one) => one.classList.remove("on-slide"));
    dispatchEvent(new Event("resize"));
    node?.scrollIntoView({ block: "center", behavior: "instant" });
    document.querySelector(".slides-button")?.focus({ preventScroll: true });
  }

  const KEYS = { ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1, Home: -Infinity, End: Infinity };
  document.addEventListener("keydown", (event) => {
    if (!bar || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") return void end();
    const busy = event.target.matches?.(TYPING) && !(bar.contains(event.target) && event.key !== " ");
    if (!(event.key in KEYS) || busy) return;
    event.preventDefault();
    const step = KEYS[event.key];
    show(Number.isFinite(step) ? at + step : step > 0 ? slides.length - 1 : 0);
  });

  addEventListener("load", () => {
    const head = document.querySelector(".article-header-buttons");
    if (!article()?.querySelector("h2") || !head) return;
    const open = make("button", { type: "button", className: "slides-button", textContent: "Slides" });
    open.addEventListener("click", begin);
    head.prepend(open);
    if (new URLSearchParams(location.search).has("slides")) begin();
  });
})();
