// The page on the reader's own predictions: how sure they were against how often they were right, drawn from what
// predict.js has kept in this browser. The list of all questions stands in the page.
(() => {
  "use strict";
  const { make } = globalThis.fusionPage;
  const GROUPS = [[0, 0.45, "guesses"], [0.45, 0.65, "50 to 60 %"], [0.65, 0.85, "70 to 80 %"], [0.85, 1, "90 % and more"]];
  const SIDE = 340, LEFT = 44, FOOT = 40, Z = 1.96; // the plot's square, its margins, 95 % of a normal distribution
  const { answers, isKept, clear, percent } = globalThis.fusionPredictions;
  const mean = (values) => values.reduce((total, value) => total + value, 0) / values.length;

  /** Where a share lies, with 95 % confidence, after `won` of `n` (Wilson 1927). */
  function interval(won, n) {
    const share = won / n, middle = (share + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n);
    const half = (Z / (1 + Z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2));
    return [Math.max(0, middle - half), Math.min(1, middle + half)];
  }

  /** The groups of answers that hold any: how sure, how often right, and the interval of the latter. */
  function groups(all) {
    return GROUPS.map(([low, high, name]) => {
      const inside = all.filter(({ sure }) => sure >= low && sure < high), won = inside.filter(({ right }) => right).length;
      return { name, n: inside.length, won, sure: mean(inside.map(({ sure }) => sure)), share: won / inside.length, range: interval(won, inside.length) };
    }).filter(({ n }) => n);
  }

  /** The whole in sentences. `chance` is by how much the two means differ by luck if every word was meant well. */
  function words(all) {
    if (!all.length) return "No prediction is kept here yet. Every chapter asks two to four times; commit to an answer there, and come back.";
    const sure = mean(all.map((one) => one.sure)), won = all.filter(({ right }) => right).length, gap = sure - won / all.length;
    const chance = (Z * Math.sqrt(all.reduce((total, { sure: p }) => total + p * (1 - p), 0))) / all.length;
    const brier = mean(all.map(({ sure: p, right }) => (p - right) ** 2));
    const points = Math.round(100 * Math.abs(gap)), luck = Math.round(100 * chance);
    const verdict = Math.abs(gap) <= chance
      ? `That is ${points} points apart; up to ${luck} come about by luck alone with so many answers, so nothing speaks against you.`
      : `That is ${points} points too ${gap > 0 ? "sure" : "unsure"}, more than the ${luck} that come about by luck alone with so many answers.`;
    return `You were right in ${won} of ${all.length}, ${percent(won / all.length)}, and ${percent(sure)} sure on average. ${verdict} Your Brier score is ${brier.toFixed(3)}: 0 is best, and 0.25 is what saying 50\u00a0% each time brings.`;
  }

  /** The reliability plot: a diagonal, a dot a group with its interval, as large as the group. */
  function plot(found) {
    const node = (tag, values, text = "") => {
      const one = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(values)) one.setAttribute(name, value);
      one.textContent = text;
      return one;
    };
    const x = (p) => LEFT + p * (SIDE - LEFT - 12), y = (p) => SIDE - FOOT - p * (SIDE - FOOT - 12);
    const root = node("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, role: "img", "aria-label": "Share right against how sure; the table beside it has the numbers." });
    root.append(node("path", { d: `M${x(0)} ${y(0)}L${x(1)} ${y(1)}`, class: "oc-even" }), node("path", { d: `M${x(0)} ${y(1)}V${y(0)}H${x(1)}`, class: "oc-axis" }));
    for (const p of [0, 0.5, 1]) {
      root.append(node("text", { x: x(p), y: SIDE - FOOT + 17, "text-anchor": "middle" }, percent(p)), node("text", { x: LEFT - 7, y: y(p) + 4, "text-anchor": "end" }, percent(p)));
    }
    root.append(node("text", { x: x(0.5), y: SIDE - 5, "text-anchor": "middle" }, "how sure you were"), node("text", { x: x(0.02), y: y(0.96) }, "share right"));
    root.append(node("text", { x: x(0.04), y: y(0.07), transform: `rotate(-45 ${x(0.04)} ${y(0.07)})`, class: "oc-soft" }, "well calibrated"));
    for (const { sure, share, range, n } of found) {
      root.append(node("path", { d: `M${x(sure)} ${y(range[0])}V${y(range[1])}`, class: "oc-range" }), node("circle", { cx: x(sure), cy: y(share), r: 4 + Math.sqrt(n) }));
    }
    return root;
  }

  const table = (head, rows) => make("table", { className: "table" },
    make("thead", {}, make("tr", {}, ...head.map((cell) => make("th", { textContent: cell, scope: "col" })))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((cell) => make("td", {}, cell))))));

  function draw(place) {
    const questions = JSON.parse(place.querySelector("script").textContent), kept = answers();
    const said = questions.filter(({ name }) => kept[name]).map((one) => ({ ...one, ...kept[one.name] })), found = groups(said);
    const status = make("p", { className: "oc-status", textContent: words(said) });
    status.setAttribute("role", "status");
    const parts = [status];
    if (said.length) {
      const rows = found.map(({ name, n, sure, won, range }) => [name, String(n), percent(sure), `${won} of ${n}`, `${percent(range[0])} to ${percent(range[1])}`]);
      parts.push(make("div", { className: "oc-both" }, plot(found), table(["you were", "times", "mean", "right", "that could be"], rows)));
      const list = said.map((one) => [make("a", { href: one.href, textContent: `${one.title}, ${one.number}` }), percent(one.sure), one.right ? "right" : "not right"]);
      parts.push(make("details", {}, make("summary", { textContent: `All ${said.length} of ${questions.length}` }), table(["question", "sure", "was"], list)));
      parts.push(eraser(place, said.length));
    }
    if (!isKept()) parts.push(make("p", { textContent: "This browser lets no page keep anything, so there is nothing to show here." }));
    else if (!said.length && location.protocol === "file:") parts.push(make("p", { textContent: "The book was opened from a disk. Some browsers then keep each page apart from the others; there this page stays empty, and a copy of the book on a web server fills it." }));
    place.querySelectorAll(":scope > :not(script, noscript)").forEach((node) => node.remove());
    place.append(...parts);
  }

  /** A button that clears everything when pressed twice. */
  function eraser(place, n) {
    const button = make("button", { type: "button", textContent: "Clear all" });
    button.addEventListener("click", () => {
      if (!button.dataset.sure) {
        button.dataset.sure = "true";
        button.textContent = `Clear all ${n} for good? Press again`;
        return;
      }
      clear();
      draw(place);
      place.querySelector("[role=status]").tabIndex = -1;
      place.querySelector("[role=status]").focus();
    });
    return button;
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".own-calibration").forEach(draw));
})();
