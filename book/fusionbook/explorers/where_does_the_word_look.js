import { counted, fixed, percent, sigmoid, sum, scale, attrs, svg } from "./plot.js";
import { explorer, html, need, numbersWithin, uid, slider, select, checkbox, numbered } from "./controls.js";
import { linear, layerNorm, multiHead } from "./layers.js";
import { play } from "./film.js";
import { SIDE, PATCHES, IMAGE, TEXT, spot, pictures, drawStage } from "./scene.js";

const PARTS = ["query", "key", "value", "mix"];

/** Stop with a sentence unless the card holds a model, scenes and a state that can be drawn; return them. */
function read(card) {
  const english = card.get("english"), chinese = card.get("chinese"), K = english.length, S = card.get("epochs").length, heads = card.get("heads");
  const both = ["words", "patches"], names = ["words", "looks", "place", "norm", "tiles", "scenes", "captions", "reached", ...both.flatMap((side) => [`judge_${side}`, ...PARTS.map((part) => `ask_${side}.${part}`)])];
  const arrays = card.arrays(...names), data = Object.fromEntries(names.map((name, k) => [name, arrays[k]])), D = data.norm.length / (2 * S);
  const tile = Math.round(Math.sqrt(data.tiles.length / (3 * K))), n = data.scenes.length / PATCHES, W = data.captions.length / n;
  need(K > 0 && chinese.length === K && S > 0 && data.words.length === 2 * S * K * D && data.looks.length === S * (K + 1) * D && data.place.length === S * PATCHES * D && D % heads === 0, "its weights do not fit one another");
  need(both.every((side) => PARTS.every((part) => data[`ask_${side}.${part}`].length === S * D * (D + 1)) && data[`judge_${side}`].length === S * (D + 1)), "its weights do not fit one another");
  need(arrays.every((array) => array.every(Number.isFinite)) && data.reached.length === 2 * S, "one of its numbers is none, or missing");
  need(data.tiles.length === 3 * K * tile * tile && tile % card.get("side") === 0 && Number.isInteger(n) && Number.isInteger(W) && data.scenes.every((k) => k >= -1 && k < K) && data.captions.every((k) => k >= 0 && k < 2 * K), "its pictures, scenes and words do not belong together");
  const cells = card.get("cells"), caption = card.get("caption"), whole = [["scene", n], ["word", W], ["patch", PATCHES], ["moment", S], ["head", heads + 1]];
  need(whole.every(([name, size]) => Number.isInteger(card.get(name)) && card.get(name) >= 0 && card.get(name) < size) && ["word", "patch"].includes(card.get("asks")), "there is no such scene, word, patch, moment or head");
  need(Array.isArray(cells) && (!cells.length || numbersWithin(cells, PATCHES, -1, K - 1)) && Array.isArray(caption) && [0, W].includes(caption.length) && caption.every((word) => typeof word === "string"), "its scene or its words are not whole");
  const at = (name, s) => { const size = data[name].length / S; return data[name].subarray(s * size, (s + 1) * size); };
  const asker = (side, s) => Object.fromEntries(PARTS.map((part) => [part, at(`ask_${side}.${part}`, s)]));
  const models = Array.from({ length: S }, (_, s) => ({ K, D, heads, words: at("words", s), looks: at("looks", s), place: at("place", s), norm: at("norm", s), ...Object.fromEntries(both.flatMap((side) => [[`ask_${side}`, asker(side, s)], [`judge_${side}`, at(`judge_${side}`, s)]])) }));
  return { K, S, n, W, heads, tile, models, tiles: data.tiles, scenes: data.scenes, captions: data.captions, reached: data.reached, names: [...english, ...chinese] };
}

/** The model on nine cells and W codes (-1: no such word): the maps both ways, and p for every word and patch. */
function look(net, cells, codes) {
  const { K, D } = net, row = (array, k) => Array.from(array.subarray(k * D, (k + 1) * D)), known = codes.map((code) => code >= 0);
  const words = codes.map((code) => (code >= 0 ? row(net.words, code) : new Array(D).fill(0)));
  const patches = cells.map((k, i) => { const here = row(net.place, i); return layerNorm(row(net.looks, k < 0 ? K : k).map((v, d) => v + here[d]), net.norm.subarray(0, D), net.norm.subarray(D)); });
  const seen = multiHead(net.ask_patches, net.heads, words, patches, cells.map(() => true)), heard = multiHead(net.ask_words, net.heads, patches, words, known);
  const judge = (side, tokens, answers) => tokens.map((t, i) => sigmoid(linear(net[`judge_${side}`], t.map((v, d) => v * answers[i][d]), 1, true)[0]));
  return { seen: seen.maps.map((map) => map.map((weights, i) => (known[i] ? weights : weights.map(() => 0)))), heard: heard.maps, there: judge("words", words, seen.answers), named: judge("patches", patches, heard.answers) };
}

/** One small map a head: nine squares when a word asks, one bar a word when a patch does. */
function drawHeads(parent, width, heads, W, choose) {
  const room = width / heads, size = Math.min(96, room - 14), low = size + 46, root = svg(parent, "svg", { viewBox: `0 0 ${width} ${low}`, role: "img", "aria-label": "The map of each head" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "Head by head" });
  const all = Array.from({ length: heads }, (_, h) => {
    const group = svg(root, "g", { class: "fx-head" }), x = h * room;
    svg(group, "rect", { x, y: 24, width: size, height: size, class: "fx-pad" });
    const make = (count, place) => Array.from({ length: count }, (_, i) => { const box = place(i); svg(group, "rect", { ...box, rx: 3, class: "fa-cell" }); return svg(group, "rect", { ...box, rx: 3 }); });
    const part = size / SIDE, tall = size / W, squares = svg(group, "g"), bars = svg(group, "g");
    make(PATCHES, (i) => ({ x: x + (i % SIDE) * part, y: 24 + Math.floor(i / SIDE) * part, width: part - 2, height: part - 2 })).forEach((node, i, list) => { squares.append(node.previousSibling, list[i]); });
    make(W, (i) => ({ x, y: 24 + i * tall, width: size - 2, height: tall - 2 })).forEach((node, i, list) => { bars.append(node.previousSibling, list[i]); });
    const name = svg(group, "text", { x: x + size / 2 - 1, y: low - 6, class: "fy-tick", text: `head ${h + 1}` });
    group.addEventListener("click", () => choose(h + 1));
    return { squares, bars, name };
  });
  return (now) => all.forEach(({ squares, bars, name }, h) => {
    const byWord = now.asks === "word", [shown, other] = byWord ? [squares, bars] : [bars, squares];
    attrs(shown, { visibility: "visible" });
    attrs(other, { visibility: "hidden" });
    const fill = (group, weight) => group.childNodes.forEach((node, i) => { if (i % 2) attrs(node, { fill: byWord ? IMAGE : TEXT, "fill-opacity": Math.min(1, weight(i >> 1) ** 0.8 * 1.3).toFixed(3) }); });
    fill(shown, (i) => now.each[h][i]);
    fill(other, () => 0);
    attrs(name, { class: now.head === h + 1 ? "fy-tick fx-now" : "fy-tick" });
  });
}

/** Two curves through training, recorded on other scenes, and where we are. */
function drawCurve(parent, width, epochs, reached) {
  const right = width - 78, low = 130, x = scale(Math.min(epochs[0], epochs.at(-1) - 1), epochs.at(-1), 26, right), y = scale(0, 1, low, 34), S = epochs.length;
  const root = svg(parent, "svg", { viewBox: `0 0 ${width} ${low + 40}`, role: "img", "aria-label": "Share of words judged rightly, and share that look at their thing most, through training" });
  svg(root, "text", { x: 0, y: 14, class: "fy-caption", text: "Through training, on new scenes" });
  for (const v of [0, 0.5, 1]) {
    svg(root, "line", { x1: 26, x2: right, y1: y(v), y2: y(v), class: "fy-grid" });
    svg(root, "text", { x: 20, y: y(v) + 4, class: "fy-tick fy-right", text: v === 0.5 ? ".5" : String(v) });
  }
  const line = svg(root, "line", { y1: 30, y2: low, class: "fs-now" }), epoch = svg(root, "text", { y: low + 18, class: "fy-tick" }), ends = [reached[S - 1], reached[2 * S - 1]], apart = Math.max(0, 15 - Math.abs(y(ends[0]) - y(ends[1]))) / 2;
  const dots = ["right", "looks at it"].map((name, k) => {
    const values = reached.subarray(k * S, (k + 1) * S), tint = k ? IMAGE : "var(--fy-ink)";
    svg(root, "path", { d: Array.from(values, (v, s) => `${s ? "L" : "M"}${x(epochs[s]).toFixed(1)} ${y(v).toFixed(1)}`).join(""), class: "fx-curve", stroke: tint });
    svg(root, "text", { x: right + 8, y: y(ends[k]) + 4 + (ends[k] >= ends[1 - k] && !(k && ends[0] === ends[1]) ? -apart : apart), class: "fy-tick fy-left", text: name });
    return svg(root, "circle", { r: 4.5, fill: tint });
  });
  return (s) => {
    attrs(line, { x1: x(epochs[s]), x2: x(epochs[s]) });
    attrs(epoch, { x: x(epochs[s]), text: `epoch ${epochs[s]}` });
    dots.forEach((dot, k) => attrs(dot, { cx: x(epochs[s]), cy: y(reached[k * S + s]) }));
  };
}

export default explorer("where-does-the-word-look", (card) => {
  const data = read(card), { K, S, n, W, heads, names } = data, epochs = card.get("epochs"), images = pictures(data.tiles, K, data.tile, card.get("side"));
  const folded = names.map((name) => name.toLowerCase()), codeOf = (word) => folded.indexOf(word.trim().toLowerCase()), recorded = (scene) => [Array.from(data.scenes.subarray(scene * PATCHES, (scene + 1) * PATCHES)), Array.from(data.captions.subarray(scene * W, (scene + 1) * W), (code) => names[code])];
  const cellsNow = () => (card.get("cells").length ? card.get("cells") : recorded(card.get("scene"))[0]), captionNow = () => (card.get("caption").length ? card.get("caption") : recorded(card.get("scene"))[1]);
  card.title("Where does the word look?", "Point at a word: the patches that it looks at light up. Point at a patch, and it asks the words. Put other things in the scene, type other words, go back through training.");
  let hover = null, now, paint = () => {};
  const act = { hover: (what) => { if (JSON.stringify(what) !== JSON.stringify(hover)) { hover = what; card.redraw(); } }, ask: (what) => { hover = null; card.set(what); } };
  const scene = slider({ label: "scene", min: 1, max: n, step: 1, value: 1, say: (k) => `${k} of ${n}`, onInput: (k) => card.set({ scene: k - 1, cells: [], caption: [] }) });
  const moment = slider({ label: "epochs", min: 0, max: S - 1, step: 1, value: 0, say: (s) => String(epochs[s]), onInput: (s) => card.set({ moment: s }) });
  const head = select({ label: "heads", options: numbered(["the mean of all", ...Array.from({ length: heads }, (_, h) => `head ${h + 1}`)]), value: 0, onInput: (h) => card.set({ head: Number(h) }) });
  const asks = select({ label: "who asks", options: [...Array.from({ length: W }, (_, w) => [`w${w}`, ""]), ...Array.from({ length: PATCHES }, (_, i) => [`p${i}`, spot(i)])], value: "w0", onInput: (key) => card.set(key[0] === "w" ? { asks: "word", word: Number(key.slice(1)) } : { asks: "patch", patch: Number(key.slice(1)) }) });
  const list = html("datalist", { id: uid() }, ...names.map((name) => html("option", { value: name }))), typed = html("input", { type: "text", maxLength: 40, autocomplete: "off", "data-lm-suppress-shortcuts": "true" });
  typed.setAttribute("list", list.id);
  typed.addEventListener("input", () => card.set({ asks: "word", caption: captionNow().map((old, w) => (w === card.get("word") ? typed.value : old)) }));
  const holds = select({ label: "the patch", options: [[-1, "nothing"], ...numbered(card.get("english"))], value: "-1", onInput: (key) => card.set({ cells: cellsNow().map((old, i) => (i === card.get("patch") ? Number(key) : old)) }) });
  const coarse = checkbox({ label: "as the model sees it", value: false, onInput: (pixels) => card.set({ pixels }) });
  card.controls.append(scene.node, moment.node, head.node, asks.node, html("label", { className: "fy-select" }, html("span", { className: "fy-name" }, "the word"), typed), list, holds.node, coarse.node);

  const film = play(card, { trait: "moment", count: S, every: 700, label: "Play training" });
  const draw = () => {
    const pick = { asks: card.get("asks"), word: card.get("word"), patch: card.get("patch"), ...hover }, cells = cellsNow(), caption = captionNow(), codes = caption.map(codeOf), s = card.get("moment"), h = card.get("head");
    film(s);
    const result = look(data.models[s], cells, codes), byWord = pick.asks === "word", each = (byWord ? result.seen : result.heard).map((map) => map[byWord ? pick.word : pick.patch]);
    const weights = h ? each[h - 1] : each[0].map((_, i) => sum(each.map((row) => row[i])) / heads);
    now = { ...result, ...pick, cells, caption, codes, s, head: h, each, weights, some: sum(weights) > 0, pixels: card.get("pixels") };
    scene.show(card.get("scene") + 1);
    moment.show(s);
    head.show(h);
    caption.forEach((word, w) => { asks.input.options[w].textContent = `word ${w + 1}: ${word || "\u2026"}`; });
    asks.show(byWord ? `w${pick.word}` : `p${pick.patch}`);
    if (typed.value.trim() !== caption[card.get("word")].trim()) typed.value = caption[card.get("word")];
    holds.show(cells[card.get("patch")]);
    coarse.show(now.pixels);
    paint();
  };
  const below = html("div", { className: "fx-below" });
  card.fit((whole) => {
    const plots = html("div", { className: "fx-below" }), half = whole > 616 ? whole / 2 - 18 : whole, parts = [html("div"), html("div")];
    below.replaceChildren(...parts);
    below.classList.toggle("fx-beside", whole > 616);
    card.figure.replaceChildren(plots, below);
    const stage = drawStage(plots, whole, W, act), small = drawHeads(parts[0], half, heads, W, (h) => card.set({ head: card.get("head") === h ? 0 : h })), curve = drawCurve(parts[1], half, epochs, data.reached);
    paint = () => { stage(now, images[now.pixels ? 1 : 0]); small(now); curve(now.s); };
    if (now) paint();
  });
  card.follow("scene", "cells", "caption", "asks", "word", "patch", "moment", "head", "pixels");
  const thing = (k) => (k < 0 ? "empty" : names[k]), by = () => (now.head ? `head ${now.head}` : "the mean of the heads");
  const words = () => {
    const start = `After ${counted(epochs[now.s], "epoch")}, `, { cells, codes, caption, weights } = now, best = weights.indexOf(Math.max(...weights));
    const end = now.pixels ? ` Each patch is drawn as the model receives it, in ${card.get("side")} \u00d7 ${card.get("side")} pixels.` : "";
    if (now.asks === "patch") {
      const holder = `${spot(now.patch)} (${thing(cells[now.patch])})`, verdict = { b: percent(now.named[now.patch]) };
      if (!now.some) return [`${start}${holder} would ask, but the model knows none of the words: nobody can answer, every weight is 0, and it says `, verdict, ` that a word names it.${end}`];
      const own = codes.map((code, w) => [code, w]).filter(([code]) => code >= 0 && code % K === cells[now.patch]).map(([, w]) => w), got = fixed(sum(own.map((w) => weights[w])), 2);
      const story = own.length ? (own.includes(best) ? ` in ${by()}: its name` : ` in ${by()}, while its own ${own.length > 1 ? "names together get" : "name gets"} ${got}`) : cells[now.patch] < 0 ? ` in ${by()}: an empty patch has to look somewhere as well` : ` in ${by()}, though no word names what it holds`;
      return [`${start}${holder} looks most at \u201c${caption[best].trim()}\u201d, with ${fixed(weights[best], 2)}${story}. The model says `, verdict, ` that a word names it${(now.named[now.patch] >= 0.5) === own.length > 0 ? "" : ", and is wrong"}.${end}`];
    }
    const code = codes[now.word], word = `\u201c${caption[now.word].trim()}\u201d`, tail = ` The marked patch, ${spot(now.patch)} (${thing(cells[now.patch])}), gets ${fixed(weights[now.patch], 2)}.${end}`;
    if (code < 0) return [caption[now.word].trim() ? `The model has never met ${word}: it has no vector for it, so nothing is asked, and every weight is 0. ` : "There is no word here, so nobody asks. ", { b: `The model knows ${K} things by two names each` }, `, such as ${names[0]} and ${names[K]}.${tail}`];
    const places = cells.map((k, i) => (k === code % K ? i : -1)).filter((i) => i >= 0), got = fixed(sum(places.map((i) => weights[i])), 2), verdict = { b: percent(now.there[now.word]) };
    const target = `${spot(best)} (${thing(cells[best])}), with ${fixed(weights[best], 2)} in ${by()}`;
    if (!places.length) return [`${start}${word} looks most at ${target}. It is not in this scene, but a softmax has to look somewhere. The model says `, verdict, ` that it is there${now.there[now.word] >= 0.5 ? ", and is wrong" : ""}.${tail}`];
    const many = places.length > 1 ? ` It is there ${places.length === 2 ? "twice" : `${places.length} times`}, and these together get ${got}.` : places.includes(best) ? "" : ` It is in ${spot(places[0])}, which gets ${got}.`;
    return [`${start}${word} looks most at ${target}.${many} The model says `, verdict, ` that it is there${now.there[now.word] < 0.5 ? ", and is wrong" : ""}.${tail}`];
  };
  const rows = () => {
    const shown = now.asks === "word" ? now.cells.map((k, i) => `${spot(i)}: ${thing(k)}`) : now.caption.map((word, w) => `word ${w + 1}: ${word.trim()}`);
    return [["", "mean", ...now.each.map((_, h) => `head ${h + 1}`)], ...shown.map((name, i) => [`looks at ${name}`, ...[sum(now.each.map((row) => row[i])) / heads, ...now.each.map((row) => row[i])].map((v) => fixed(v, 5))]),
      ...now.caption.map((word, w) => [`p that word ${w + 1} (${word.trim()}) is there`, now.codes[w] < 0 ? fixed(NaN) : fixed(now.there[w], 5)]), ...now.named.map((p, i) => [`p that ${spot(i)} is named`, fixed(p, 5)]), ["words judged rightly, on new scenes", fixed(data.reached[now.s], 4)], ["words that look at their thing most", fixed(data.reached[S + now.s], 4)]];
  };
  card.show({ draw, words, rows });
});
