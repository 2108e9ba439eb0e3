import { fixed, percent, scale, sum, attrs, svg, colour } from "./plot.js";
import { explorer, html, need, numbersWithin, slider, checkbox } from "./controls.js";
import { MODALITIES, viewsOf, viewFrame } from "./views.js";

const INSIDE = { numeric: "ten numbers", categorical: "three categories", temporal: "four curves over 24 months", text: "what they wrote", behavioural: "what they did in the form, and when" };
const DONE = { lend: "lent", refuse: "refused" };
const coins = (x) => `${Number(fixed(x, 2))} coin${x === 1 ? "" : "s"}`;

/** Stop with a sentence unless the card holds a state that can be drawn. */
function check(card, rows) {
  const n = rows.label.length, names = card.get("policies"), within = (values) => [...values].every((p) => p >= 0 && p <= 1);
  need(n && rows.p.length === n && rows.verdicts.length === n * MODALITIES.length && within(rows.p) && within(rows.verdicts), "its verdicts and outcomes do not belong together");
  need(rows.said.length === n * names.length && rows.paid.length === MODALITIES.length * names.length && within(rows.said), "its policies do not fit its applicants");
  need(numbersWithin(card.get("opened"), n, 0, 31), `what was opened needs to be ${n} numbers from 0 to 31`);
  need(Array.isArray(card.get("decisions")) && card.get("decisions").length === n && card.get("decisions").every((one) => one === "" || one in DONE), "a decision is neither lend nor refuse");
  need(numbersWithin([card.get("price")], 1, 0, 3), "the price of a look needs to be a number from 0 to 3");
  need(numbersWithin(card.get("costs"), 2, 1e-9, 1e9), "its costs need to be two numbers above 0");
  need(numbersWithin([card.get("applicant")], 1, 0, n - 1), "there is no such applicant");
}

/** What lending (or refusing) costs if the probability of default is p. */
const cost = ([lost, missed], lend, p) => (lend ? lost * p : missed * (1 - p));

/** The mean over `chosen` applicants of looks, of the cost on average over luck, and of the cost as it came. */
function judge(rows, costs, price, chosen, lends, looks) {
  const mean = (of) => sum(chosen.map(of)) / chosen.length;
  return { looks: mean(looks), lent: sum(chosen.map((i) => Number(lends(i)))),
    expected: mean((i) => cost(costs, lends(i), rows.p[i]) + price * looks(i)), came: mean((i) => cost(costs, lends(i), rows.label[i]) + price * looks(i)) };
}

/** Every policy's judgement: refuse everybody, each expert alone, those given, the oracle. */
function policiesOf(card, rows, views, chosen) {
  const costs = card.get("costs"), price = card.get("price"), limit = costs[1] / (costs[0] + costs[1]), n = rows.label.length;
  const seen = (i, m) => Number(views.received(i, m)), of = (lends, looks) => judge(rows, costs, price, chosen, lends, looks);
  return [
    ["refuse all", of(() => false, () => 0)],
    ...MODALITIES.map((name, m) => [name, of((i) => rows.verdicts[i * 5 + m] < limit, (i) => seen(i, m))]),
    ...card.get("policies").map((name, k) => [name, of((i) => rows.said[k * n + i] < limit, (i) => sum(MODALITIES.map((_, m) => rows.paid[k * 5 + m] * seen(i, m))))]),
    ["oracle", of((i) => rows.p[i] < limit, () => 0)],
  ];
}

/** One row a policy: a dot for the cost on average over luck, a ring for the cost as it came. */
function drawScore(parent, width, names) {
  const left = 148, x = scale(0, 30, left, width - 44), step = 22, foot = 30 + step * names.length;
  const root = svg(parent, "svg", { viewBox: `0 0 ${width} ${foot + 42}`, role: "img", "aria-label": "Coins an applicant costs you and every policy: a dot on average over luck, a ring as it came" });
  const caption = svg(root, "text", { x: 0, y: 14, class: "fy-caption" });
  for (const tick of [0, 10, 20, 30]) {
    svg(root, "line", { x1: x(tick), x2: x(tick), y1: 24, y2: foot, class: "fy-grid" });
    svg(root, "text", { x: x(tick), y: foot + 16, class: "fy-tick", text: tick === 30 ? "30+" : String(tick) });
  }
  svg(root, "text", { x: 0, y: foot + 36, class: "fy-tick fy-left", text: "\u25cf on average over luck   \u25cb as it came" });
  const marks = names.map((name, k) => {
    const y = 36 + k * step, you = name === "you", style = `--tint: ${colour(name)}`;
    svg(root, "text", { x: left - 14, y: y + 4.5, class: you ? "fy-mine fy-right" : "fy-right fy-row", text: name });
    return { ring: svg(root, "circle", { cy: y, r: 5, class: "fy-ring", style }), dot: svg(root, "circle", { cy: y, r: you ? 7 : 5.5, class: "fy-dot", style }), text: svg(root, "text", { x: width, y: y + 4.5, class: "fy-tick fy-right" }) };
  });
  return (title, values) => {
    attrs(caption, { text: title });
    marks.forEach(({ ring, dot, text }, k) => {
      const value = values[k], visibility = value ? "visible" : "hidden";
      attrs(ring, { cx: x(value?.came ?? 0), visibility });
      attrs(dot, { cx: x(value?.expected ?? 0), visibility });
      attrs(text, { text: value ? fixed(value.expected, 1) : "\u2013" });
    });
  };
}

/** One mark an applicant: a disc where you lent, a square where you refused; filled where they default. */
function drawRound(parent, width, n, look) {
  const step = width / n, side = Math.min(14, step - 3), root = svg(parent, "svg", { viewBox: `0 0 ${width} 78`, role: "img", "aria-label": "Your decisions, one mark an applicant" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "Your decisions" });
  svg(root, "text", { x: width, y: 14, class: "fy-tick fy-right", text: "\u25cb lent  \u25a1 refused" });
  svg(root, "text", { x: 0, y: 72, class: "fy-tick fy-left", text: "filled: they defaulted" });
  const band = svg(root, "rect", { y: 26, width: step, height: 28, rx: 5, class: "fy-band" });
  const marks = Array.from({ length: n }, (_, i) => svg(root, "rect", { x: (i + 0.5) * step - side / 2, y: 40 - side / 2, width: side, height: side }));
  root.addEventListener("click", (event) => {
    const box = root.getBoundingClientRect();
    look(Math.min(n - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * n))));
  });
  return (decisions, label, applicant) => {
    attrs(band, { x: applicant * step });
    marks.forEach((mark, i) => attrs(mark, { rx: decisions[i] === "refuse" ? 2 : side, class: decisions[i] ? `fu-decided ${label[i] ? "fu-bad" : ""}` : "fu-waiting" }));
  };
}

export default explorer("underwriter", (card) => {
  const [p, label, verdicts] = card.arrays("p", "label", "verdicts"), any = card.get("policies").length > 0;
  const [said, paid] = any ? card.arrays("said", "paid") : [[], []], rows = { p, label, verdicts, said, paid }, n = label.length;
  check(card, rows);
  const views = viewsOf(card, n), costs = card.get("costs"), limit = costs[1] / (costs[0] + costs[1]);
  card.title("The underwriter", `A default costs ${coins(costs[0])}, a good customer refused ${coins(costs[1])}, and every look has its price. Open what you want to see, then lend or refuse.`);
  const who = slider({ label: "applicant", min: 1, max: n, step: 1, value: 1, say: (k) => `${k} of ${n}`, onInput: (k) => card.set({ applicant: k - 1 }) });
  const price = slider({ label: "a look costs", min: 0, max: 3, step: 0.25, value: 0, say: coins, onInput: (v) => card.set({ price: v }) });
  const experts = checkbox({ label: "a look brings its expert's verdict", value: true, onInput: (v) => card.set({ experts: v }) });
  card.controls.append(who.node, price.node, experts.node);

  const swap = (trait, i, value) => card.set({ [trait]: card.get(trait).map((old, k) => (k === i ? value : old)) });
  const isOpen = (i, m) => Boolean(card.get("opened")[i] & (1 << m)), looksOf = (i) => sum(MODALITIES.map((_, m) => Number(isOpen(i, m))));
  const frames = MODALITIES.map(viewFrame), desk = html("p", { className: "fv-title" }), grid = html("div", { className: "fv-grid" }, desk, ...frames.map((frame) => frame.node));
  const openers = MODALITIES.map((name, m) => {
    const button = card.button("", () => swap("opened", card.get("applicant"), card.get("opened")[card.get("applicant")] | (1 << m)));
    frames[m].beside.append(button, html("span", { className: "fu-verdict" }));
    return button;
  });
  const decide = (word) => () => swap("decisions", card.get("applicant"), word);
  const lend = card.button("Lend", decide("lend")), refuse = card.button("Refuse", decide("refuse"));
  const next = card.button("Next applicant", () => card.set({ applicant: (card.get("applicant") + 1) % n }));

  const showView = (m, i, decided) => {
    const open = decided || isOpen(i, m), got = views.received(i, m), [button, verdict] = frames[m].beside.children, name = MODALITIES[m];
    const leaving = button === button.getRootNode().activeElement && (open || !got);
    if (button.dataset.price !== String(card.get("price"))) button.replaceChildren("Open", html("span", { className: "fy-unseen" }, ` ${name}`), `, ${coins(card.get("price"))}`);
    button.dataset.price = card.get("price");
    button.hidden = open || !got;
    frames[m].node.classList.toggle("fu-sealed", !open || !got);
    const word = open && got && card.get("experts") ? `expert: ${percent(verdicts[i * 5 + m])}` : "";
    if (verdict.textContent !== word) verdict.textContent = word;
    frames[m].show(!got ? "Not received." : open ? views.draw(m, i) : `${INSIDE[name]}${card.get("experts") ? ", and a verdict" : ""}`);
    if (leaving) (openers.find((one) => !one.hidden) ?? lend).focus();
  };
  let paint = () => {}, now;
  const draw = () => {
    const i = card.get("applicant"), decisions = card.get("decisions"), decided = decisions[i] !== "", chosen = [...decisions.keys()].filter((k) => decisions[k]);
    const others = policiesOf(card, rows, views, chosen.length ? chosen : [...decisions.keys()]);
    const you = chosen.length ? judge(rows, costs, card.get("price"), chosen, (k) => decisions[k] === "lend", looksOf) : null;
    now = { i, decisions, decided, chosen, others, you };
    who.show(i + 1);
    price.show(card.get("price"));
    experts.show(card.get("experts"));
    if (decided && [lend, refuse].includes(lend.getRootNode().activeElement)) next.focus(); // before focus is lost
    lend.disabled = refuse.disabled = decided;
    desk.textContent = `On the desk: applicant ${i + 1}${decided ? `, ${DONE[decisions[i]]}` : ""}`;
    MODALITIES.forEach((_, m) => showView(m, i, decided));
    paint();
  };
  const rounds = html("div");
  card.controls.append(rounds);
  card.fit((width, side) => {
    const score = html("div", { className: "fy-plots" });
    card.figure.replaceChildren(score, grid);
    rounds.replaceChildren();
    const round = drawRound(rounds, side < width ? width - 36 - side : width, n, (i) => card.set({ applicant: i })), names = ["you", "refuse all", ...MODALITIES, ...card.get("policies"), "oracle"];
    const board = drawScore(score, side, names);
    paint = () => {
      round(now.decisions, label, now.i);
      board(now.you ? `Coins each, on your ${now.chosen.length}` : "Coins each, once you have decided", now.you ? [now.you, ...now.others.map(([, value]) => value)] : []);
    };
    if (now) paint();
  });
  card.follow("applicant", "opened", "decisions", "price", "experts");
  const words = () => {
    const { i, decided, you, chosen } = now, looks = looksOf(i), lent = now.decisions[i] === "lend", seen = MODALITIES.filter((_, m) => isOpen(i, m));
    const oracle = now.others.at(-1)[1], total = you ? ` On the ${chosen.length} you have decided you pay ${fixed(you.expected, 1)} coins each, the oracle ${fixed(oracle.expected, 1)}.` : "";
    if (!decided) {
      const told = seen.map((name) => `${name}${card.get("experts") ? ` (${percent(verdicts[i * 5 + MODALITIES.indexOf(name)])})` : ""}`).join(", ");
      return [`Applicant ${i + 1} of ${n}: `, { b: looks ? `${told} opened for ${coins(looks * card.get("price"))}` : "nothing opened yet" }, `, a look costs ${coins(card.get("price"))}${card.get("experts") ? "" : ", and verdicts are covered"}. Lending pays while a default is less likely than ${percent(limit)}.${total}`];
    }
    const [here, other] = [lent, !lent].map((lend) => cost(costs, lend, p[i])), better = here <= other ? "it was the better choice" : "it was the worse choice";
    return [`Applicant ${i + 1}: you ${DONE[now.decisions[i]]} after ${looks} look${looks === 1 ? "" : "s"}, `, { b: `${label[i] ? "they default" : "they pay"}: ${coins(cost(costs, lent, label[i]) + looks * card.get("price"))}` },
      `. With a default probability of ${percent(p[i])}, ${lent ? "lending" : "refusing"} costs ${fixed(here, 1)} on average and ${lent ? "refusing" : "lending"} ${fixed(other, 1)}: ${better}.${card.get("experts") ? "" : " (Verdicts are covered.)"}${total}`];
  };
  const line = ([name, value]) => [name, ...(value ? [fixed(value.looks, 4), String(value.lent), fixed(value.expected, 4), fixed(value.came, 4)] : ["", "", "", ""])];
  const table = () => [["", "looks", "lent to", "coins on average", "coins as it came"], ...(now.you ? [line(["you", now.you])] : []), ...now.others.map(line)];
  card.show({ draw, words, rows: table });
});
