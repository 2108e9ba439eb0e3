import { clamp, fixed, percent, sigmoid, colour } from "./plot.js";
import { explorer, html, need, numbersWithin, slider, select, checkbox, named, numbered } from "./controls.js";
import { MODALITIES } from "./views.js";
import { FUSIONS, LOGGED, wordsOf, prepared, encoded, decide, sharesOf } from "./decisions.js";
import { drawAnswers, drawReasons, drawListening, numbersOf, levelsOf, textOf, drawEvents, drawMonths } from "./desk.js";

const PARTS = ["numeric", "categorical", "temporal", "text", "chat", "counts", "present"];
const KEY = "#desk=", MOST = 20000, STOPS = 100, LEVELS = 50, LEAST_COST = 1, MOST_COST = 20, MANY = 12;
const WEIGHTS = { early: ["mix", "head"], late: ["votes"], attention: ["project", "embedding", "query", "key", "value", "mix", "head"], gated: ["embed", "gates", "head"] };
const SENTENCES = ["purpose", "means", "claim", "chat"];

/** What stands in an address: JSON as UTF-8 in base64 without the signs that addresses give a meaning. */
const enclose = (value) => btoa(Array.from(new TextEncoder().encode(JSON.stringify(value)), (byte) => String.fromCharCode(byte)).join("")).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const disclose = (text) => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0))));

/** Whether a person and what is received of them can be judged by these networks. */
const sound = (desk, one) => numbersWithin(one.numeric, desk.numeric.length, -1e9, 1e9) && LOGGED.every((j) => one.numeric[j] > 0) && one.categorical?.length === desk.levels.length && one.categorical.every((k, j) => Number.isInteger(k) && k >= 0 && k < desk.levels[j][1].length)
  && numbersWithin(one.temporal, desk.monthsShown * desk.channels.length, 0, 1e6) && [one.text, one.chat].every((text) => typeof text === "string" && text.length <= MOST)
  && numbersWithin(one.counts, 2 * desk.events.length, 0, 99) && one.counts.every(Number.isInteger) && one.present?.length === MODALITIES.length && one.present.every((here) => typeof here === "boolean");

/** Stop with a sentence unless the card holds four networks and applicants that can be judged; return all that is fixed. */
function read(card) {
  const plain = ["scale", "months", "mean", "spread", "places", "ranges", "spans", "numeric", "categorical", "temporal", "counts"], named = FUSIONS.flatMap((f) => ["encode", ...WEIGHTS[f]].map((part) => `${f}.${part}`));
  const arrays = card.arrays(...plain, ...named), data = Object.fromEntries([...plain, ...named].map((name, k) => [name, arrays[k]])), words = card.get("words"), extra = card.get("constants"), heads = card.get("heads");
  need(arrays.every((array) => array.every(Number.isFinite)) && Object.values(extra ?? {}).every(Number.isFinite) && words?.vocabulary?.length > 1, "one of its numbers is none, or its words are missing");
  const levels = words.categorical, F = words.numeric.length, channels = words.temporal.length, n = data.numeric.length / F, sizes = levels.map(([, all]) => all.length), wide = [F, sizes.reduce((a, b) => a + b), data.temporal.length / n, words.vocabulary.length, 2 * words.events.length], total = wide.reduce((a, b) => a + b);
  const E = data["early.encode"].length / (total + MODALITIES.length), D = data["attention.head"].length, M = MODALITIES.length, hidden = data["early.head"].length;
  need(n > 0 && words.texts?.length === n && words.chats?.length === n && words.came?.length === n && data.categorical.length === n * levels.length && data.counts.length === n * wide[4] && Number.isInteger(wide[2] / channels), "its applicants are not whole");
  need(data.mean.length === total && data.spread.length === total && data.scale.length === 2 * F && data.months.length === 2 * channels && data.ranges.length === 2 * F && data.spans.length === 2 * channels && data.places.length % F === 0, "its statistics do not fit its applicants");
  need(Number.isInteger(E) && FUSIONS.every((f) => data[`${f}.encode`].length === E * (total + M)) && data["early.mix"].length === hidden * (M * E + 1) && data["late.votes"].length === M * (E + 1) && data["attention.project"].length === M * D * E && data["attention.embedding"].length === M * D && D % heads === 0
    && ["query", "key", "value", "mix"].every((part) => data[`attention.${part}`].length === D * (D + 1)) && data["gated.head"].length === D && data["gated.embed"].length === M * D * (E + 1) && data["gated.gates"].length === M * D * (M * E + 1), "its weights do not fit one another");
  const nets = Object.fromEntries(FUSIONS.map((f) => [f, { M, E, D, heads, base: extra.prior, bias: extra[f] ?? 0, encode: data[`${f}.encode`], ...Object.fromEntries(WEIGHTS[f].map((part) => [part, data[`${f}.${part}`]])) }]));
  const column = new Map(words.vocabulary.map((word, k) => [word, k])), row = (name, a) => Array.from(data[name].subarray((a * data[name].length) / n, ((a + 1) * data[name].length) / n));
  const statistics = { scale: data.scale, months: data.months, mean: data.mean, spread: data.spread, sizes, column };
  const desk = { n, nets, most: Math.max(MANY, ...data.counts), statistics, column, words, levels, numeric: words.numeric, channels: words.temporal, events: words.events, dayparts: words.dayparts, monthsShown: wide[2] / channels, places: data.places, quantiles: data.places.length / F, ranges: data.ranges, spans: data.spans,
    say: (j, v) => (words.shares.includes(j) ? percent(v) : `${words.before[j]}${Number(v).toLocaleString("en-US", { maximumFractionDigits: words.digits[j], minimumFractionDigits: Math.min(1, words.digits[j]) })}${words.after[j]}`),
    start: (a) => ({ numeric: row("numeric", a), categorical: row("categorical", a), temporal: row("temporal", a), text: words.texts[a], chat: words.chats[a], counts: row("counts", a), present: MODALITIES.map(() => true) }) };
  need(numbersWithin([card.get("applicant")], 1, 0, n - 1) && FUSIONS.includes(card.get("fusion")) && MODALITIES.includes(card.get("edit")) && numbersWithin([card.get("cost")], 1, LEAST_COST, MOST_COST), "there is no such applicant, fusion, modality or cost");
  need(numbersWithin([card.get("channel")], 1, 0, channels - 1) && numbersWithin([card.get("month")], 1, 0, desk.monthsShown - 1) && numbersWithin([card.get("event")], 1, 0, words.events.length - 1), "there is no such channel, month or event");
  need(sound(desk, Object.fromEntries(PARTS.map((part) => [part, card.get(part)]))), "its applicant is not one that can be judged");
  return desk;
}

/** The cell that computes in the notebook what is on the desk. */
function cellOf(person, tail) {
  const list = (values) => `[${values.join(", ")}]`, rows = Array.from({ length: person.temporal.length / 4 }, (_, t) => `        ${list(person.temporal.slice(4 * t, 4 * t + 4))},`).join("\n");
  return `from fusionbook.data.applicants import typed\n\nsomeone = typed(\n    numeric=${list(person.numeric)},\n    categorical=${list(person.categorical)},\n    temporal=[\n${rows}\n    ],\n    text=${JSON.stringify(person.text)},\n    chat=${JSON.stringify(person.chat)},\n    counts=${list(person.counts)},\n    present=${list(person.present.map((here) => (here ? "True" : "False")))},\n)\n${tail}\n`;
}

export default explorer("credit-desk", (card) => {
  const desk = read(card), { n, nets, words } = desk, channels = desk.channels.length, person = () => Object.fromEntries(PARTS.map((part) => [part, card.get(part)])), put = (part, k, value) => card.set({ [part]: card.get(part).map((old, i) => (i === k ? value : old)) });
  card.title("Credit desk", "One applicant, four fusions, and the reasons of one. Change what the applicant earns, pays, writes and clicks, or withhold a modality, and see who would still lend.");
  const who = slider({ label: "applicant", min: 1, max: n, step: 1, value: 1, say: (k) => `${k} of ${n}`, onInput: (k) => card.set({ applicant: k - 1, ...desk.start(k - 1) }) });
  const fusion = select({ label: "reasons of", options: named(FUSIONS), value: "early", onInput: (value) => card.set({ fusion: value }) });
  const cost = slider({ label: "a default costs", min: LEAST_COST, max: MOST_COST, step: 1, value: 5, say: (v) => `${v} refusals`, onInput: (v) => card.set({ cost: v }) });
  const given = MODALITIES.map((name, m) => checkbox({ label: name, value: true, onInput: (v) => put("present", m, v) }));
  given.forEach(({ node }, m) => node.style.setProperty("--tint", colour(MODALITIES[m])));
  const edit = select({ label: "change", options: named(MODALITIES), value: "text", onInput: (value) => card.set({ edit: value }) });

  const stops = desk.numeric.map((_, j) => (LOGGED.includes(j) ? STOPS : Math.min(STOPS, Math.round((desk.ranges[2 * j + 1] - desk.ranges[2 * j]) * 10 ** words.digits[j]))));
  const along = (j, k) => { const [low, high] = desk.ranges.subarray(2 * j, 2 * j + 2), v = LOGGED.includes(j) ? low * (high / low) ** (k / STOPS) : low + ((high - low) * k) / stops[j]; return Number(v.toFixed(words.digits[j])); };
  const stop = (j, v) => { const [low, high] = desk.ranges.subarray(2 * j, 2 * j + 2); return clamp(Math.round(stops[j] * (LOGGED.includes(j) ? Math.log(v / low) / Math.log(high / low) : (v - low) / (high - low))), 0, stops[j]); };
  const numeric = desk.numeric.map((name, j) => slider({ label: name, min: 0, max: stops[j], step: 1, value: 0, say: () => desk.say(j, card.get("numeric")[j]), onInput: (k) => put("numeric", j, along(j, k)) }));
  const categorical = desk.levels.map(([name, levels], j) => select({ label: name, options: numbered(levels), value: 0, onInput: (k) => put("categorical", j, Number(k)) }));
  const round = (c, share) => { const [low, high] = desk.spans.subarray(2 * c, 2 * c + 2); return Number((low + (high - low) * share).toFixed(high > 1 ? 0 : 2)); }, shareOf = (c, v) => clamp((v - desk.spans[2 * c]) / (desk.spans[2 * c + 1] - desk.spans[2 * c]), 0, 1);
  const write = (c, t, share) => card.set({ channel: c, month: t, temporal: card.get("temporal").map((old, k) => (k === t * channels + c ? round(c, share) : old)) });
  const levelsOfChannel = (c) => { const [low, high] = desk.spans.subarray(2 * c, 2 * c + 2); return high > 1 ? Math.min(LEVELS, Math.round(high - low)) : LEVELS; }; // days and calls are whole: a step between two would move nothing
  const sayMonth = (c, v) => (desk.spans[2 * c + 1] > 1 ? `${v.toLocaleString("en-US")}${words.units[c]}` : percent(v)), here = () => card.get("temporal")[card.get("month") * channels + card.get("channel")];
  const channel = select({ label: "channel", options: numbered(desk.channels), value: 0, onInput: (c) => card.set({ channel: Number(c) }) });
  const month = slider({ label: "month", min: 1, max: desk.monthsShown, step: 1, value: 1, say: (t) => `${t} of ${desk.monthsShown}`, onInput: (t) => card.set({ month: t - 1 }) });
  const level = slider({ label: "in it", min: 0, max: LEVELS, step: 1, value: 0, say: () => sayMonth(card.get("channel"), here()), onInput: (k) => write(card.get("channel"), card.get("month"), k / levelsOfChannel(card.get("channel"))) });
  const typed = html("textarea", { rows: 4, maxLength: MOST, "data-lm-suppress-shortcuts": "true", spellcheck: false }), typing = html("label", { className: "fd-typing" }, html("span", { className: "fy-name" }, "in their words"), typed);
  typed.addEventListener("input", () => card.set({ text: typed.value }));
  const holds = (kind) => words.sentences[kind].findIndex((one) => card.get(kind === "chat" ? "chat" : "text").includes(one));
  const choose = (kind, k) => { // put a prepared sentence in the place of the one that is there, or behind
    if (kind === "chat") return card.set({ chat: k < 0 ? "" : words.sentences.chat[k] });
    const old = words.sentences[kind][holds(kind)], text = card.get("text"), sentence = k < 0 ? "" : words.sentences[kind][k];
    card.set({ text: (old ? text.replace(old, () => sentence) : `${text} ${sentence}`).replace(/ {2,}/g, " ").trim() });
  };
  const chosen = SENTENCES.map((kind) => select({ label: kind, options: [[-1, kind === "chat" ? "(nothing)" : "(none of these)"], ...numbered(words.sentences[kind])], value: -1, onInput: (k) => choose(kind, Number(k)) }));
  const events = () => card.get("counts").reduce((a, b) => a + b, 0), dusks = () => clamp(events(), 1, 20); // no more steps than events that can move
  const evening = () => { const counts = card.get("counts"), all = events(); return all ? counts.reduce((a, v, k) => a + (k % 2 ? v : 0), 0) / all : 0; };
  const move = (share) => { // keep how often each event occurred, and spread so many of them over the evenings, event by event
    const counts = card.get("counts"), sums = desk.events.map((_, k) => counts[2 * k] + counts[2 * k + 1]);
    let seen = 0, late = 0;
    card.set({ counts: sums.flatMap((all) => { seen += all; const own = Math.round(share * seen) - late; late += own; return [all - own, own]; }) });
  };
  const dusk = slider({ label: "evenings", min: 0, max: 20, step: 1, value: 0, say: () => percent(evening()), onInput: (k) => move(k / dusks()) });
  const event = select({ label: "event", options: numbered(desk.events), value: 0, onInput: (k) => card.set({ event: Number(k) }) });
  const often = [0, 1].map((d) => slider({ label: desk.dayparts[d], min: 0, max: desk.most, step: 1, value: 0, say: () => String(card.get("counts")[2 * card.get("event") + d]), onInput: (v) => put("counts", 2 * card.get("event") + d, v) }));
  const panels = { numeric, categorical, temporal: [channel, month, level], text: [...chosen, { node: typing }], behavioural: [dusk, event, ...often] };
  const boxes = Object.entries(panels).map(([name, all]) => { const box = html("div", { className: "fd-panel" }, ...all.map(({ node }) => node)); box.style.setProperty("--tint", colour(name)); box.hidden = name !== card.get("edit"); return box; });
  card.controls.append(who.node, fusion.node, cost.node, html("div", { className: "fa-given", role: "group", "aria-label": "received" }, ...given.map(({ node }) => node)), edit.node, ...boxes);

  let paint = () => {}, now, wanted = "", timer = 0, trouble = "", unread = false; // wanted: what the address holds, or soon will
  const opened = { applicant: card.get("applicant"), fusion: card.get("fusion"), cost: card.get("cost"), ...person() };
  const begun = { a: card.get("applicant"), f: card.get("fusion"), c: card.get("cost") };
  const address = () => { // the built page keeps the desk in its address, so that it can be shared; a notebook's address is left alone
    if (!card.section.closest(".explorer-place")) return;
    if (unread) { unread = false; return; } // an address that cannot be read stays until something changes
    const kept = { a: card.get("applicant"), f: card.get("fusion"), c: card.get("cost"), ...Object.fromEntries(changed().map((part) => [part, now.one[part]])) };
    const text = JSON.stringify(kept) === JSON.stringify(begun) ? "" : KEY + enclose(kept);
    if (text === wanted) return;
    wanted = text;
    trouble = "";
    clearTimeout(timer);
    timer = setTimeout(() => { try { history.replaceState(null, "", text || location.href.split("#")[0]); } catch { /* some browsers allow only so many a minute: the next change tries again */ } }, 400);
  };
  const arrive = () => {
    if (!location.hash && wanted && card.section.closest(".explorer-place")) { // back to where nothing was changed
      clearTimeout(timer);
      wanted = "";
      trouble = "";
      card.set(opened);
    }
    if (!location.hash.startsWith(KEY) || location.hash === wanted) return;
    try {
      const kept = disclose(location.hash.slice(KEY.length)), one = { ...desk.start(kept.a), ...Object.fromEntries(PARTS.filter((part) => part in kept).map((part) => [part, kept[part]])) };
      need(numbersWithin([kept.a], 1, 0, n - 1) && FUSIONS.includes(kept.f) && numbersWithin([kept.c], 1, LEAST_COST, MOST_COST) && sound(desk, one), "not an applicant");
      clearTimeout(timer); // or what was to be written before would take its place
      wanted = location.hash;
      trouble = "";
      card.set({ applicant: kept.a, fusion: kept.f, cost: kept.c, ...one });
    } catch {
      trouble = "The page\u2019s address holds an applicant that cannot be read; the desk is as it was. ";
      wanted = location.hash;
      unread = true;
      card.redraw();
    }
  };
  card.onReset(() => { if (trouble) { trouble = ""; card.redraw(); } });
  const judge = (one) => {
    const inputs = prepared(one, desk.statistics);
    return FUSIONS.map((f) => { const net = nets[f], features = encoded(net.encode, inputs, net.E); return { ...decide(f, net, features, one.present), value: (present) => decide(f, net, features, present).logit }; });
  };
  const firsts = Array.from({ length: n }, (_, a) => { const one = desk.start(a); return { one, said: judge(one).map(({ logit }) => sigmoid(logit)) }; });
  const changed = () => PARTS.filter((part) => JSON.stringify(now.one[part]) !== JSON.stringify(now.first.one[part]));
  const draw = () => {
    const one = person(), all = judge(one), k = FUSIONS.indexOf(card.get("fusion"));
    const limit = 1 / (1 + card.get("cost"));
    now = { one, all, first: firsts[card.get("applicant")], k, limit, said: all.map(({ logit }) => sigmoid(logit)), shares: sharesOf(all[k].value, one.present), m: MODALITIES.indexOf(card.get("edit")) };
    who.show(card.get("applicant") + 1); fusion.show(FUSIONS[k]); cost.show(card.get("cost")); edit.show(MODALITIES[now.m]); edit.node.style.setProperty("--dot", colour(MODALITIES[now.m]));
    given.forEach((box, m) => box.show(one.present[m]));
    boxes.forEach((box, m) => { box.hidden = m !== now.m; });
    numeric.forEach((control, j) => control.show(stop(j, one.numeric[j])));
    categorical.forEach((control, j) => control.show(String(one.categorical[j])));
    channel.show(String(card.get("channel"))); month.show(card.get("month") + 1); level.reach(levelsOfChannel(card.get("channel"))); level.show(Math.round(levelsOfChannel(card.get("channel")) * shareOf(card.get("channel"), here())));
    if (typed.value !== one.text) typed.value = one.text;
    chosen.forEach((control, k2) => control.show(String(holds(SENTENCES[k2]))));
    dusk.reach(dusks()); dusk.input.disabled = !events(); dusk.show(Math.round(dusks() * evening())); event.show(String(card.get("event"))); often.forEach((control, d) => control.show(Math.min(desk.most, one.counts[2 * card.get("event") + d])));
    onward.hidden = MODALITIES[now.m] !== "temporal";
    paint();
    address();
  };
  const cell = html("div", { className: "fd-cell fa-below" }); // no pre: the theme would make it a tab stop
  card.fit((_, side) => {
    const plots = html("div", { className: "fy-plots fd-plots" }), picture = html("div", { className: "fd-picture", role: "group" }), room = html("div");
    const answers = drawAnswers(plots, side), pair = html("div", { className: side > 480 ? "fa-maps fd-beside" : "fa-maps" }), part = side > 480 ? 0.56 * side - 12 : side;
    plots.append(pair, picture);
    card.figure.replaceChildren(plots, cell);
    const reasons = drawReasons(pair, part, MODALITIES), listening = drawListening(pair, side > 480 ? 0.44 * side - 12 : side, MODALITIES);
    const curves = drawMonths(side, desk, write), bars = drawEvents(Math.min(side, 560), desk);
    const views = { numeric: () => numbersOf(now.one, desk), categorical: () => levelsOf(now.one, desk), text: () => textOf(now.one, desk), temporal: () => curves.root, behavioural: () => bars.root };
    paint = () => {
      const name = MODALITIES[now.m];
      answers(now.said, now.first.said, now.limit, now.k);
      reasons(FUSIONS[now.k], now.shares, now.one.present);
      listening(now.all[FUSIONS.indexOf("attention")], now.one.present);
      picture.setAttribute("aria-label", name);
      picture.style.setProperty("--tint", colour(name));
      curves.show(now.one.temporal, card.get("channel"), card.get("month"));
      bars.show(now.one.counts, card.get("event"));
      room.replaceChildren(views[name]());
      picture.replaceChildren(html("p", { className: "fd-head" }, now.one.present[now.m] ? name : `${name} (withheld)`), room);
      cell.hidden = !card.get("written");
      cell.textContent = card.get("written") ? cellOf(now.one, card.get("tail")) : "";
    };
    if (now) paint();
  });
  const onward = card.button("From here on", () => card.set({ temporal: card.get("temporal").map((old, k) => (k % channels === card.get("channel") && k > card.get("month") * channels ? here() : old)) }));
  card.button("Copy as PyTorch", () => {
    card.set({ written: !card.get("written") });
    if (card.get("written")) navigator.clipboard?.writeText(cellOf(person(), card.get("tail"))).catch(() => {}); // where it may not, the cell can still be read
  });
  card.follow("applicant", ...PARTS, "fusion", "cost", "edit", "channel", "month", "event", "written");
  const detail = {
    numeric: () => `log-odds ${fixed(now.all[now.k].logit, 3)}`,
    categorical: () => desk.levels.map(([name, levels], j) => `${name} ${levels[now.one.categorical[j]]}`).join(", "),
    temporal: () => `${desk.channels[card.get("channel")]} in month ${card.get("month") + 1} is ${sayMonth(card.get("channel"), here())}`,
    text: () => { const all = wordsOf(`${now.one.text} ${now.one.chat}`), lost = all.filter((word) => !desk.column.has(word)); return `${all.length} words, ${lost.length ? `${lost.length} of them unknown, \u201c${lost[0].slice(0, 30)}\u201d the first` : "none unknown"}`; },
    behavioural: () => `${desk.events[card.get("event")]}: ${now.one.counts[2 * card.get("event")]} times in office hours and ${now.one.counts[2 * card.get("event") + 1]} later; ${percent(evening())} of all in the evening or at night`,
  };
  const told = () => {
    const name = MODALITIES[now.m], refused = FUSIONS.filter((_, k) => now.said[k] > now.limit), gone = MODALITIES.filter((_, m) => !now.one.present[m]), same = !changed().length;
    const adds = now.one.present[now.m] ? `${name} adds ${fixed(now.shares[now.m], 3)} to its log-odds` : `${name} is withheld and adds nothing`;
    return [`${trouble}Applicant ${card.get("applicant") + 1}${same ? `, who ${words.came[card.get("applicant")]}` : ", changed"}${gone.length ? `, ${gone.length === MODALITIES.length ? "everything" : gone.join(", ")} withheld` : ""}: `, { b: FUSIONS.map((f, k) => `${f} ${fixed(100 * now.said[k], 1)}\u00a0%`).join(", ") },
      `. ${refused.length ? `${refused.length === FUSIONS.length ? "All four" : refused.join(", ")} would refuse` : "All four would lend"} (from ${fixed(100 * now.limit, 1)}\u00a0%). By ${FUSIONS[now.k]}, ${adds}. ${detail[name]()}.${card.get("written") ? " The cell below computes this in the notebook." : ""}`];
  };
  const line = (name, values) => [name, ...values.map((v) => (v === null ? "\u2013" : fixed(v, 5)))];
  const rows = () => {
    const shares = now.all.map(({ value }) => sharesOf(value, now.one.present)), attention = FUSIONS.indexOf("attention"), nobody = MODALITIES.map(() => false);
    return [["", ...FUSIONS], line("probability of default", now.said), line("as received", now.first.said), line("log-odds", now.all.map(({ logit }) => logit)), line("log-odds with nothing received", now.all.map(({ value }) => value(nobody))),
      ...MODALITIES.map((name, m) => line(`${name} adds`, shares.map((all) => all[m]))), ...MODALITIES.map((name, m) => line(`${name} receives`, FUSIONS.map((_, k) => (k === attention ? now.all[k].received[m] : null))))];
  };
  card.show({ draw, words: told, rows });
  arrive();
  addEventListener("hashchange", arrive);
  card.cleanups.push(() => { removeEventListener("hashchange", arrive); clearTimeout(timer); });
});
