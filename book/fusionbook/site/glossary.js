// The sentence of a glossary term, beside its first use on a page: on hover, on focus, gone with Escape. The link
// itself leads to the glossary, so without scripts nothing is missing but the shortcut.
(() => {
  "use strict";
  const tip = Object.assign(document.createElement("div"), { className: "term-tip", id: "term-tip", hidden: true });
  tip.setAttribute("role", "tooltip");
  let shown = null, soon = 0;

  /** Show the sentence of `link` below it, or above where there is no room. */
  function show(link) {
    clearTimeout(soon);
    if (shown && shown !== link) shown.removeAttribute("aria-describedby");
    shown = link;
    tip.textContent = link.dataset.tip;
    tip.hidden = false;
    link.setAttribute("aria-describedby", tip.id);
    const line = link.getClientRects()[0], box = tip.getBoundingClientRect(), wide = document.documentElement.clientWidth;
    const below = line.bottom + 6 + box.height < innerHeight;
    tip.style.left = `${Math.max(8, Math.min(line.left, wide - box.width - 8)) + scrollX}px`;
    tip.style.top = `${(below ? line.bottom + 4 : line.top - box.height - 4) + scrollY}px`;
  }

  function hide() {
    clearTimeout(soon);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    tip.hidden = true;
  }

  const linkOf = (event) => event.target.closest?.("a.term");
  document.addEventListener("DOMContentLoaded", () => {
    (document.querySelector("main") ?? document.body).append(tip);
    document.addEventListener("mouseover", (event) => {
      const link = linkOf(event);
      if (link) show(link);
      else if (event.target === tip) clearTimeout(soon); // the pointer may rest on the sentence
      else if (shown && shown !== document.activeElement) { clearTimeout(soon); soon = setTimeout(hide, 200); }
    });
    document.addEventListener("focusin", (event) => (linkOf(event) ? show(linkOf(event)) : hide()));
    document.addEventListener("focusout", hide);
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  });
})();
