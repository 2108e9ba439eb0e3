import { fixed, percent, sum, expand, argsort, attrs, svg, colour } from "./plot.js";
import { explorer, html, need, numbersWithin, slider, select, named, numbered } from "./controls.js";
import { pictures } from "./scene.js";
import { fitParts, noun } from "./parts.js";
import { player } from "./sound.js";

const MEASURES = ["angle", "distance"];
const nth = (k) => `${k}${k % 100 > 10 && k % 100 < 14 ? "th" : ["th", "st", "nd", "rd"][k % 10] ?? "th"}`;

/** Stop with a sentence unless the card holds spaces and a state that can be drawn; return the points of each view. */
function read(card) {
  const spaces = card.get("spaces"), modalities = card.get("modalities"), english = card.get("english"), S = spaces.length, M = modalities.length, n = english.length;
  const [vectors, axes, centres, tiles] = card.arrays("vectors", "axes", "centres", "tiles"), d = vectors.length / (S * M * n), side = Math.sqrt(tiles.length / (3 * n));
  need(S > 0 && M > 0 && n > 2 && Number.isInteger(d) && axes.length === 2 * S * 3 * d && centres.length === 2 * S * d, "its points and axes do not fit one another");
  need([vectors, axes, centres].every((array) => array.every(Number.isFinite)), "one of its numbers is none");
  need(Number.isInteger(side) && [card.get("chinese"), card.get("groups")].every((list) => list.length === n), "its pictures and names do not belong together");
  const sounds = card.get("sounded") ? card.arrays("samples", "samples from") : null;
  need(!sounds || (sounds[1].length === n + 1 && sounds[0].length === sounds[1][n]), "its sounds do not belong together");
  need([["space", S], ["thing", n], ["modality", M]].every(([name, size]) => numbersWithin([card.get(name)], 1, 0, size - 1) && Number.isInteger(card.get(name))), "there is no such space, thing or modality");
  need(MEASURES.includes(card.get("measure")) && Number.isInteger(card.get("neighbours")) && numbersWithin([card.get("neighbours")], 1, 1, card.get("most")) && numbersWithin([card.get("turn")], 1, 0, 180), "its measure, its neighbours or its turn is out of range");
  need(["", ...card.get("groups")].includes(card.get("group")), "there is no such group");
  const view = (s, measure) => {
    const v = 2 * s + MEASURES.indexOf(measure), axis = [0, 1, 2].map((k) => axes.subarray((3 * v + k) * d, (3 * v + k + 1) * d)), centre = centres.subarray(v * d, (v + 1) * d);
    const all = Array.from({ length: M * n }, (_, i) => {
      const x = Array.from(vectors.subarray((s * M * n + i) * d, (s * M * n + i + 1) * d)), length = measure === "angle" ? Math.hypot(...x) || 1 : 1;
      return x.map((value) => value / length);
    });
    const centred = all.map((x) => x.map((value, k) => value - centre[k])), flat = centred.map((x) => axis.map((a) => sum(x.map((value, k) => value * a[k]))));
    return { all, flat, total: sum(centred.map((x) => sum(x.map((value) => value * value)))), reach: Math.max(...flat.map(([a, , c]) => Math.hypot(a, c)), 1e-9), tall: Math.max(...flat.map(([, b]) => Math.abs(b)), 1e-9) };
  };
  return { S, M, n, side, view, tiles, sounds };
}

/** Who is near point i: for every modality all other things, nearest first, and how far: [{ order, far, own }]. */
function around(points, i, M, n, far) {
  return Array.from({ length: M }, (_, m) => {
    const away = Array.from({ length: n }, (_, k) => (m * n + k === i ? Infinity : far(points[i], points[m * n + k]))), order = argsort(away).filter((k) => m * n + k !== i);
    return { away, order, own: order.indexOf(i % n) + 1 };
  });
}

/** The points of all modalities, the picked one with lines to its true neighbours, and their pictures at the ends. */
function drawSpace(parent, width, modalities, images, most, pick) {
  const high = Math.max(300, Math.min(0.86 * width, 520)), root = svg(parent, "svg", { viewBox: `0 0 ${width} ${high}`, role: "img", class: "fe-space", "aria-label": "Points of every modality, projected; lines lead from the picked point to its true nearest neighbours" });
  svg(root, "rect", { width, height: high, class: "fe-pad" });
  const dots = modalities.map((name) => ["fe-rest", "fe-lit"].map((kind) => svg(root, "path", { class: kind, stroke: colour(name) })));
  const own = svg(root, "path", { class: "fe-own" }), lines = modalities.map((name) => svg(root, "path", { class: "fe-line", stroke: colour(name) }));
  const picture = (name, size) => { const group = svg(root, "g"); svg(group, "rect", { x: -size / 2 - 2, y: -size / 2 - 2, width: size + 4, height: size + 4, rx: 6, class: "fe-tile", stroke: colour(name) }); return { group, image: svg(group, "image", { x: -size / 2, y: -size / 2, width: size, height: size }) }; };
  const ends = modalities.map((name) => Array.from({ length: most }, () => picture(name, width < 420 ? 15 : 20))), chosen = picture("", width < 420 ? 28 : 34), loud = svg(root, "circle", { r: 11, class: "fe-loud" });
  let placed = [];
  root.addEventListener("click", (event) => {
    const box = root.getBoundingClientRect(), unit = width / box.width, px = (event.clientX - box.left) * unit, py = (event.clientY - box.top) * unit, off = placed.map(([a, b]) => Math.hypot(a - px, b - py));
    pick(off.indexOf(Math.min(...off)));
  });
  return (now, n) => {
    const zoom = Math.min((width / 2 - 26) / now.reach, (high / 2 - 26) / now.tall);
    placed = now.screen.map(([a, b]) => [width / 2 + zoom * a, high / 2 - zoom * b]);
    const at = (i) => `${placed[i][0].toFixed(1)} ${placed[i][1].toFixed(1)}`;
    dots.forEach((pair, m) => pair.forEach((path, lit) => attrs(path, { d: now.lit.map((on, k) => (Number(on) === lit ? `M${at(m * n + k)}h0.01` : "")).join("") || "M0 -20" })));
    attrs(own, { d: modalities.map((_, m) => `${m ? "L" : "M"}${at(m * n + now.thing)}`).join("") });
    now.near.forEach(({ order }, m) => {
      attrs(lines[m], { d: order.slice(0, now.k).map((k) => `M${at(now.i)}L${at(m * n + k)}`).join("") });
      ends[m].forEach(({ group, image }, r) => attrs(group, { visibility: r < now.k ? "visible" : "hidden", transform: `translate(${at(m * n + order[Math.min(r, order.length - 1)])})` }) && attrs(image, { href: images[order[Math.min(r, order.length - 1)]] }));
    });
    attrs(loud, { visibility: now.loud < 0 ? "hidden" : "visible", cx: now.loud < 0 ? 0 : placed[now.loud][0], cy: now.loud < 0 ? 0 : placed[now.loud][1] });
    attrs(chosen.group, { transform: `translate(${at(now.i)})` });
    attrs(chosen.image, { href: images[now.thing] });
    attrs(chosen.group.firstChild, { stroke: colour(modalities[now.m]) });
  };
}

/** Beside the points: the picked thing, and who is nearest to it in each modality. */
function drawPicked(modalities, most, images, english) {
  const picture = html("img", { className: "fe-picture", width: 72, height: 72 }), name = html("b"), also = html("span", { lang: "zh", className: "fe-chinese" }), rest = html("span", { className: "fe-rest-of-it" });
  const caption = html("p", { className: "fe-caption" }), rows = modalities.map((modality) => { const list = html("dd"), title = html("dt"); title.style.setProperty("--tint", colour(modality)); return { modality, title, list }; });
  const node = html("div", { className: "fe-picked" }, html("div", { className: "fe-head" }, picture, html("p", {}, name, also, rest)), caption, html("dl", {}, ...rows.flatMap(({ title, list }) => [title, list])));
  const tiles = rows.map(({ modality }) => (modality === "image" ? Array.from({ length: most }, () => html("img", { width: 24, height: 24 })) : []));
  return { node, show: (now) => {
    picture.src = images[now.thing];
    picture.alt = `Picture of ${english[now.thing]}`;
    name.textContent = english[now.thing];
    also.textContent = now.chinese;
    rest.textContent = now.about;
    caption.textContent = `Nearest to its ${noun(modalities[now.m])}:`;
    rows.forEach(({ modality, title, list }, m) => {
      const nearest = now.near[m].order.slice(0, now.k);
      title.textContent = `${noun(modality)}s`;
      if (tiles[m].length) list.replaceChildren(...nearest.map((k, r) => Object.assign(tiles[m][r], { src: images[k], alt: english[k], title: english[k] })));
      else list.textContent = nearest.map((k) => english[k]).join(", ");
    });
  } };
}

export default explorer("embedding-space", (card) => {
  const data = read(card), { M, n } = data, spaces = card.get("spaces"), modalities = card.get("modalities"), english = card.get("english"), chinese = card.get("chinese"), groups = card.get("groups"), most = card.get("most");
  const images = pictures(data.tiles, n, data.side, data.side)[0], views = new Map();
  const view = (s, measure) => { const key = `${s} ${measure}`; if (!views.has(key)) views.set(key, data.view(s, measure)); return views.get(key); };
  card.title("Embedding space", `Pick a thing, or press on a point. Lines lead to its true nearest neighbours in ${data.S > 1 ? "each" : "the"} space; turn the space, and see who only looked near.${data.sounds ? "" : " (No sounds here: the speech library could not be loaded where this was computed.)"}`);
  const space = select({ label: "space", options: numbered(spaces), value: 0, onInput: (k) => card.set({ space: Number(k) }) });
  const thing = select({ label: "thing", options: numbered(english), value: 0, onInput: (k) => card.set({ thing: Number(k), heard: -1 }) });
  const asks = select({ label: "who asks", options: numbered(modalities.map((name) => `its ${noun(name)}`)), value: 0, onInput: (k) => card.set({ modality: Number(k) }) });
  const measure = select({ label: "near by", options: named(["angle", "distance"]), value: "angle", onInput: (value) => card.set({ measure: value }) });
  const lit = select({ label: "light up", options: [["", "all groups"], ...named([...new Set(groups)].sort())], value: "", onInput: (value) => card.set({ group: value }) });
  const turn = slider({ label: "turn", min: 0, max: 180, step: 1, value: 0, say: (v) => `${Math.round(v)}\u00b0`, onInput: (v) => card.set({ turn: v }) });
  const many = slider({ label: "neighbours", min: 1, max: most, step: 1, value: 1, say: (k) => String(k), onInput: (k) => card.set({ neighbours: k }) });
  card.controls.append(turn.node, ...(data.S > 1 ? [space.node] : []), thing.node, asks.node, many.node, measure.node, lit.node);
  const picked = drawPicked(modalities, most, images, english);

  let paint = () => {}, now;
  const speaker = player(card);
  const seconds = (k) => (data.sounds[1][k + 1] - data.sounds[1][k]) / card.get("rate");
  const hear = () => {
    const [samples, from] = data.sounds, k = card.get("thing");
    speaker.play(expand(samples.subarray(from[k], from[k + 1])), card.get("rate"));
    card.set({ heard: k });
  };
  const straight = (a, b) => Math.sqrt(sum(a.map((value, k) => (value - b[k]) ** 2)));
  const draw = () => {
    const s = card.get("space"), k = card.get("thing"), m = card.get("modality"), by = card.get("measure"), turned = (card.get("turn") * Math.PI) / 180, here = view(s, by), i = m * n + k;
    const screen = here.flat.map(([a, b, c]) => [a * Math.cos(turned) + c * Math.sin(turned), b]), near = around(here.all, i, M, n, straight), seen = around(screen, i, M, n, straight);
    now = { s, i, m, by, screen, near, seen, reach: here.reach, tall: here.tall, points: here.all, thing: k, k: card.get("neighbours"), chinese: chinese[k], lit: groups.map((name) => card.get("group") === "" || name === card.get("group")), kept: here.total ? sum(screen.flat().map((value) => value * value)) / here.total : 0 };
    now.hears = card.get("heard") === k;
    now.loud = now.hears && modalities.includes("audio") ? modalities.indexOf("audio") * n + k : -1;
    now.about = `${groups[k]}${data.sounds ? `; spoken: \u201c${english[k]}\u201d, ${fixed(seconds(k), 1)} seconds` : ""}`;
    space.show(s);
    thing.show(k);
    asks.show(m);
    asks.node.style.setProperty("--tint", colour(modalities[m]));
    measure.show(by);
    lit.show(card.get("group"));
    turn.show(card.get("turn"));
    many.show(now.k);
    picked.show(now);
    paint();
  };
  fitParts(card, ({ main, hold, mainWidth }) => {
    const points = drawSpace(main, mainWidth, modalities, images, most, (i) => card.set({ thing: i % n, modality: Math.floor(i / n), heard: -1 }));
    hold.append(picked.node);
    paint = () => points(now, n);
    if (now) paint();
  });
  card.follow("space", "thing", "modality", "measure", "neighbours", "turn", "group", "heard");
  if (data.sounds) card.button("Hear it", hear);
  const among = (list, k) => list.slice(0, now.k).filter((one) => k.order.slice(0, now.k).includes(one)).length;
  const words = () => {
    const { order } = now.near[now.m], alike = order.slice(0, now.k).filter((k) => groups[k] === groups[now.thing]).length, shown = sum(now.near.map((near, m) => among(now.seen[m].order, near)));
    const own = modalities.map((name, m) => `its own ${noun(name)} is the ${nth(now.near[m].own)} nearest`).filter((_, m) => m !== now.m);
    const partners = own.length ? `: of ${n}, ${own.join(", ")} (at random, about the ${nth(Math.round((n + 1) / 2))}).` : ".";
    const where = spaces[now.s][0].toUpperCase() + spaces[now.s].slice(1);
    return [`${data.S > 1 ? `${where}, from` : "From"} the ${noun(modalities[now.m])} of `, { b: english[now.thing] }, `${partners} ${alike || "None"} of its ${now.k} nearest ${noun(modalities[now.m])}${now.k > 1 ? "s" : ""} ${alike === 1 ? "is" : "are"} of its group. Turned by ${Math.round(card.get("turn"))}\u00b0, the screen keeps ${percent(now.kept)} of the spread: of ${now.k * M} that look nearest, ${shown} ${shown === 1 ? "is" : "are"}.${card.get("group") ? ` ${now.lit.filter(Boolean).length} things are lit: ${card.get("group")}.` : ""}${speaker.refused() ? " This browser did not play the sound." : !now.hears ? "" : ` You hear \u201c${english[now.thing]}\u201d${now.loud < 0 ? "" : "; the ring is around its sound"}.`}`];
  };
  const rows = () => {
    const columns = Array.from({ length: now.k }, (_, r) => r);
    return [["", ...columns.map((r) => nth(r + 1))], ...modalities.flatMap((name, m) => {
      const { order, away, own } = now.near[m], value = (k) => (now.by === "angle" ? 1 - away[k] ** 2 / 2 : away[k]), looks = now.seen[m].order;
      return [[`nearest ${noun(name)}s, ${now.by === "angle" ? "cosine" : "distance"}`, ...columns.map((r) => `${english[order[r]]} ${fixed(value(order[r]), 5)}`)], [`nearest ${noun(name)}s on the screen, true place`, ...columns.map((r) => `${english[looks[r]]} ${order.indexOf(looks[r]) + 1}`)],
        ...(m === now.m ? [] : [[`place of its own ${noun(name)}`, String(own), ...columns.slice(1).map(() => "")]])];
    }), ["across the screen", fixed(now.screen[now.i][0], 5), ...columns.slice(1).map(() => "")], ["up the screen", fixed(now.screen[now.i][1], 5), ...columns.slice(1).map(() => "")]];
  };
  card.show({ draw, words, rows });
});
