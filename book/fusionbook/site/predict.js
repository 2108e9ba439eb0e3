// Predict, then look. A question's choices stand in the page as details that unfold their reasons; here they become
// choices to commit to, with a word on how sure one is. What was said is kept in this browser and nowhere else.
(() => {
  "use strict";
  const { make } = globalThis.fusionPage;
  const KEY = "fusion-you-can-see predictions"; // { "book/05_late_fusion predict-1": { text, choice, sure, right } }
  const LEVELS = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99]; // above the chance of a guess; nobody is ever quite sure
  const percent = (p) => `${Math.round(100 * p)}\u00a0%`;
  let unkept = null; // stands in where the browser keeps nothing

  const isAnswer = (one) => Boolean(one) && typeof one.right === "boolean" && one.sure > 0 && one.sure < 1 && Number.isInteger(one.choice);

  /** Everything said so far, by question; what is damaged or was written by somebody else is left out. */
  function answers() {
    let found = unkept;
    if (!found) {
      try { found = JSON.parse(localStorage.getItem(KEY) ?? "{}"); } catch { found = {}; }
    }
    return Object.fromEntries(Object.entries(found ?? {}).filter(([, one]) => isAnswer(one)));
  }

  /** Keep the answers; without a browser that keeps them they last as long as the page. */
  function keep(all) {
    try {
      localStorage.setItem(KEY, JSON.stringify(all));
      unkept = null;
    } catch { unkept = all; }
  }

  const isKept = () => unkept === null && !localStorage.passing; // the page's head has seen to it that there is one

  /** A number for a text, so that an answer to a question that was changed since does not count. */
  function mark(text) {
    let hash = 0x811c9dc5;
    for (const letter of text.replace(/\s+/g, " ").trim()) hash = Math.imul(hash ^ letter.codePointAt(0), 0x01000193) >>> 0;
    return hash.toString(36);
  }

  /** Turn one question into choices to commit to; `page` names the page it stands on. */
  function enliven(question, page) {
    const choices = [...question.querySelectorAll("details")], text = mark(question.textContent), place = `${page} ${question.id}`;
    const isRight = (choice) => /^\s*Right\b/.test(choice.querySelector("p")?.textContent ?? "");
    const levels = [Math.round(100 / choices.length) / 100, ...LEVELS.filter((p) => p > 1 / choices.length + 0.05)];
    const status = make("p", { className: "predict-status" });
    status.setAttribute("role", "status");

    const options = choices.map((choice, i) => {
      const radio = make("input", { type: "radio", name: question.id, value: String(i) });
      return make("label", {}, radio, make("span", {}, ...[...choice.querySelector("summary").childNodes].map((node) => node.cloneNode(true))));
    });
    const sure = make("input", { type: "range", min: 0, max: levels.length - 1, step: 1, value: 0 }), said = make("output");
    const tell = () => {
      said.textContent = sure.value === "0" ? "a guess" : percent(levels[sure.value]);
      sure.setAttribute("aria-valuetext", sure.value === "0" ? `a guess, ${percent(levels[0])}` : `${percent(levels[sure.value])} sure`);
      sure.style.setProperty("--at", percent(sure.value / (levels.length - 1)).replace("\u00a0", ""));
    };
    sure.addEventListener("input", tell);
    tell();
    const commit = make("button", { type: "submit", textContent: "Commit" });
    const form = make("form", {}, make("fieldset", {}, make("legend", { className: "fy-unseen", textContent: "Your prediction" }), ...options),
      make("div", { className: "predict-commit" }, make("label", {}, make("span", { textContent: "How sure are you?" }), sure, said), commit));
    const back = make("button", { type: "button", textContent: "Take it back" });

    function reveal({ choice, sure: level, right }) {
      choices.forEach((one, i) => {
        one.hidden = false;
        one.open = true;
        one.classList.toggle("chosen", i === choice);
        one.classList.toggle("right", isRight(one));
      });
      const kept = isKept() ? "Kept in this browser only." : "This browser lets no page keep anything, so it is forgotten when you leave.";
      status.textContent = `You were ${percent(level)} sure, and ${right ? "right" : "it is another one"}. ${kept}`;
      form.remove();
      question.append(make("p", { className: "predict-after" }, back, ...overview()));
      question.dataset.committed = "true";
    }

    function overview() {
      const link = document.querySelector("nav.bd-links a[href*='your_predictions']");
      return link ? [make("a", { href: link.href, textContent: "How sure you were, and how often right" })] : [];
    }

    function ask() {
      question.querySelector(".predict-after")?.remove();
      delete question.dataset.committed;
      for (const one of choices) {
        one.hidden = true;
        one.open = false;
        one.classList.remove("chosen", "right");
      }
      status.textContent = "";
      status.before(form);
    }

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const chosen = form.querySelector("input[type=radio]:checked");
      if (!chosen) {
        status.textContent = "Choose one of the answers first: a guess is welcome.";
        return;
      }
      const choice = Number(chosen.value), answer = { text, choice, sure: levels[sure.value], right: isRight(choices[choice]) };
      keep({ ...answers(), [place]: answer });
      reveal(answer);
      choices[choice].querySelector("summary").focus();
    });
    back.addEventListener("click", () => {
      const all = answers();
      delete all[place];
      keep(all);
      ask();
      form.querySelector("input").focus();
    });

    question.append(status);
    const before = answers()[place];
    if (before && before.text === text && before.choice < choices.length) {
      form.querySelectorAll("input[type=radio]")[before.choice].checked = true;
      reveal({ ...before, right: isRight(choices[before.choice]) });
    } else ask();
  }

  globalThis.fusionPredictions = { answers, isKept, clear: () => keep({}), percent };
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(".predict[id]").forEach((question) => enliven(question, question.dataset.page));
  });
})();
