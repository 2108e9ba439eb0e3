import { clamp, fixed, softmax, sum, attrs, svg } from "./plot.js";
import { explorer, html, need, numbersWithin, slider, select, checkbox } from "./controls.js";
import { pictures, IMAGE, TEXT } from "./scene.js";
import { fitParts } from "./parts.js";

const SHOWN = ["cosine", "picture asks", "caption asks"], RAD = Math.PI / 180;
// A step goes this many degrees where a point is pulled with full force from a right angle; see `moved`.
const STRIDE = 8;

/** Everything the loss says of angles (radians) a of pictures and b of captions; pairs of one group are positives of one another. */
function alignment(a, b, tau, groups) {
  const N = a.length, cosine = a.map((x) => b.map((y) => Math.cos(x - y)));
  const asks = cosine.map((row) => softmax(row, tau)), columns = b.map((_, j) => softmax(cosine.map((row) => row[j]), tau));
  const target = groups.map((g) => { const same = groups.map((h) => (h === g ? 1 : 0)), total = sum(same); return same.map((v) => v / total); });
  // log softmax straight from the scores: a probability may be too small for a number, its logarithm is not
  const missed = (scores, row) => { const top = Math.max(...scores), all = Math.log(sum(scores.map((s) => Math.exp((s - top) / tau)))); return sum(row.map((y, j) => (y ? y * (all - (scores[j] - top) / tau) : 0))); };
  const ab = sum(cosine.map((row, i) => missed(row, target[i]))) / N, ba = sum(b.map((_, j) => missed(cosine.map((row) => row[j]), target[j]))) / N;
  const force = a.map((_, i) => b.map((__, j) => (asks[i][j] + columns[j][i] - target[i][j] - target[j][i]) / (2 * N * tau)));
  const slopeA = a.map((x, i) => sum(b.map((y, j) => -force[i][j] * Math.sin(x - y)))), slopeB = b.map((y, j) => sum(a.map((x, i) => force[i][j] * Math.sin(x - y))));
  return { cosine, asks, caption: a.map((_, i) => b.map((__, j) => columns[j][i])), ab, ba, loss: (ab + ba) / 2, force, slopes: [...slopeA, ...slopeB] };
}

/** The angles (degrees) after one step of gradient descent; its size is N tau STRIDE, so that it suits every temperature. */
const moved = (angles, slopes, N, tau) => angles.map((angle, i) => (((angle - slopes[i] * N * tau * STRIDE) % 360) + 360) % 360);

/** Stop with a sentence unless the card holds pairs and a state that can be drawn; return tiles and sizes. */
function read(card) {
  const K = card.get("names").length, [tiles] = card.arrays("tiles"), side = Math.sqrt(tiles.length / (3 * K)), [low, high] = card.get("limits");
  need(K > 0 && K < 7 && card.get("captions").length === K && Number.isInteger(side), "its pictures, names and captions do not belong together");
  need(numbersWithin(card.get("angles"), 2 * K, 0, 360), "its points are not all on the circle");
  need(numbersWithin([card.get("temperature")], 1, low, high) && low > 0 && Number.isInteger(card.get("pairs")) && numbersWithin([card.get("pairs")], 1, 1, K), "its temperature or its number of pairs is out of range");
  need(Number.isInteger(card.get("point")) && numbersWithin([card.get("point")], 1, 0, 2 * K - 1) && SHOWN.includes(card.get("shown")), "there is no such point or table");
  return { K, low, high, images: pictures(tiles, K, side, side)[0] };
}

/** The circle with pictures outside and captions inside it; arrows say where the loss would move each. */
function drawCircle(parent, width, K, images, act) {
  const size = Math.min(width, 440), R = size / 2 - 48, root = svg(parent, "svg", { viewBox: `0 0 ${width} ${size}`, role: "img", class: "fp-circle", "aria-label": "Pictures and captions on a circle; arrows show where the loss would move them" });
  const cx = width / 2, cy = size / 2, at = (degrees, r) => [cx + r * Math.cos(degrees * RAD), cy - r * Math.sin(degrees * RAD)];
  svg(root, "circle", { cx, cy, r: R, class: "fp-ring" });
  const threads = Array.from({ length: K }, () => svg(root, "path", { class: "fp-thread" }));
  const points = Array.from({ length: 2 * K }, (_, i) => {
    const group = svg(root, "g", { class: "fp-point" }), arrow = svg(root, "path", { class: "fp-arrow" }), picture = i < K;
    const spoke = svg(group, "path", { class: "fp-spoke", stroke: picture ? IMAGE : TEXT }), dot = svg(group, "circle", { r: 6, fill: picture ? IMAGE : TEXT, class: "fp-dot" });
    const box = picture ? svg(group, "rect", { width: 34, height: 34, rx: 8, class: "fp-tile", stroke: IMAGE }) : null, body = picture ? svg(group, "image", { width: 26, height: 26, href: images[i] }) : svg(group, "text", { class: "fp-caption" });
    group.addEventListener("pointerdown", (event) => { group.setPointerCapture(event.pointerId); act.pick(i); });
    group.addEventListener("pointermove", (event) => {
      if (!event.buttons) return;
      const frame = root.getBoundingClientRect(), unit = width / frame.width, angle = Math.atan2(cy - (event.clientY - frame.top) * unit, (event.clientX - frame.left) * unit - cx) / RAD;
      act.drag(i, Math.round(angle + 360) % 360);
    });
    return { group, spoke, dot, box, body, arrow };
  });
  return (now) => {
    points.forEach((one, i) => {
      const picture = i < K, there = (picture ? i : i - K) < now.N, angle = now.angles[i], [x, y] = at(angle, R), [ox, oy] = at(angle, picture ? R + 27 : R - 22), slope = there ? now.slopes[picture ? i : now.N + i - K] : 0;
      attrs(one.group, { visibility: there ? "visible" : "hidden", class: `fp-point${i === now.point ? " fp-chosen" : ""}` });
      attrs(one.dot, { cx: x, cy: y });
      attrs(one.spoke, { d: `M${x} ${y}L${ox} ${oy}` });
      if (picture) { attrs(one.box, { x: ox - 17, y: oy - 17 }); attrs(one.body, { x: ox - 13, y: oy - 13 }); }
      else attrs(one.body, { x: ox, y: oy + 5, text: now.captions[i - K], "text-anchor": Math.cos(angle * RAD) > 0.35 ? "end" : Math.cos(angle * RAD) < -0.35 ? "start" : "middle" });
      const sweep = clamp(-slope * now.N * now.tau * 40, -75, 75), long = Math.abs(sweep) > 1.5, r = picture ? R + 6 : R - 6, [ax, ay] = at(angle + sweep, r), [sx, sy] = at(angle, r), back = Math.sign(sweep) * Math.min(7, Math.abs(sweep)), [lx, ly] = at(angle + sweep - back, r - 5), [mx, my] = at(angle + sweep - back, r + 5);
      attrs(one.arrow, { visibility: there && long ? "visible" : "hidden", d: `M${sx} ${sy}A${r} ${r} 0 0 ${sweep > 0 ? 0 : 1} ${ax} ${ay}M${lx} ${ly}L${ax} ${ay}L${mx} ${my}`, stroke: picture ? IMAGE : TEXT });
    });
    threads.forEach((thread, k) => {
      const picture = now.point < K, force = k < now.N && now.chosen < 2 * now.N ? (picture ? now.force[now.point][k] : now.force[k][now.point - K]) : 0, share = Math.min(1, Math.abs(force) * now.N * now.tau);
      const [x1, y1] = at(now.angles[now.point], R), [x2, y2] = at(now.angles[picture ? K + k : k], R);
      attrs(thread, { d: `M${x1} ${y1}L${x2} ${y2}`, class: force < 0 ? "fp-thread fp-pull" : "fp-thread fp-push", "stroke-width": (7 * share).toFixed(2), visibility: share > 0.004 ? "visible" : "hidden" });
    });
  };
}

/** The N x N squares: who asks, who answers; the pairs that belong together are framed. */
function drawTable(parent, width, K, images) {
  const size = Math.min(width, 330), head = 34, root = svg(parent, "svg", { viewBox: `0 0 ${size} ${size}`, role: "img", class: "fp-table", "aria-label": "A table: a row for every picture, a column for every caption" });
  const cells = Array.from({ length: K * K }, () => ({ box: svg(root, "rect", { rx: 5 }), text: svg(root, "text", {}) }));
  const rows = Array.from({ length: K }, (_, i) => svg(root, "image", { width: 24, height: 24, href: images[i] })), tops = Array.from({ length: K }, () => svg(root, "text", { class: "fy-tick" }));
  return (now) => {
    const unit = (size - head) / now.N, values = now[{ cosine: "cosine", "picture asks": "asks", "caption asks": "caption" }[now.shown]];
    cells.forEach(({ box, text }, c) => {
      const i = Math.floor(c / K), j = c % K, there = i < now.N && j < now.N, value = there ? values[i][j] : 0, positive = there && now.groups[i] === now.groups[j];
      attrs(box, { x: head + j * unit + 2, y: head + i * unit + 2, width: unit - 4, height: unit - 4, visibility: there ? "visible" : "hidden", class: positive ? "fp-cell fp-positive" : "fp-cell", "fill-opacity": (0.3 * Math.max(0, value)).toFixed(3) });
      attrs(text, { x: head + (j + 0.5) * unit, y: head + (i + 0.5) * unit + 5, text: there ? fixed(value, 2) : "", "font-size": unit < 56 ? 12 : 14 });
    });
    rows.forEach((image, i) => attrs(image, { x: 2, y: head + (i + 0.5) * unit - 12, visibility: i < now.N ? "visible" : "hidden" }));
    tops.forEach((text, j) => attrs(text, { x: head + (j + 0.5) * unit, y: 20, text: j < now.N ? now.short[j] : "", style: unit < 56 ? "font-size: 10px" : "" }));
  };
}

export default explorer("pull-and-push", (card) => {
  const { K, low, high, images } = read(card), names = card.get("names"), captions = card.get("captions");
  card.title("Pull and push", "Drag pictures and captions around the circle. Each arrow follows the true gradient of the loss: where it would move that point (its length is scaled to the temperature).");
  const pairs = slider({ label: "pairs", min: 1, max: K, step: 1, value: 1, say: (n) => String(n), onInput: (n) => set({ pairs: n }) });
  const heat = slider({ label: "temperature", min: Math.log10(low), max: Math.log10(high), step: 0.01, value: 0, say: (v) => fixed(10 ** v, 10 ** v < 0.1 ? 3 : 2), onInput: (v) => set({ temperature: clamp(10 ** v, low, high) }) });
  const which = select({ label: "point", options: [], value: 0, onInput: (v) => set({ point: Number(v) }) });
  const angle = slider({ label: "its angle", min: 0, max: 359, step: 1, value: 0, say: (v) => `${Math.round(v)}\u00b0`, onInput: (v) => set({ angles: card.get("angles").map((old, i) => (i === now.point ? v : old)) }) });
  const table = select({ label: "table", options: [["cosine", "cosines"], ["picture asks", "each picture asks"], ["caption asks", "each caption asks"]], value: "cosine", onInput: (v) => set({ shown: v }) });
  const alike = checkbox({ label: "the first two mean the same", value: false, onInput: (v) => set({ alike: v }) });
  let paint = () => {}, now, timer = 0, offered = 0;
  const stop = () => { clearInterval(timer); timer = 0; run.firstChild.textContent = "Let go"; };
  const set = (values) => { stop(); card.set(values); };
  card.controls.append(pairs.node, heat.node, which.node, angle.node, alike.node, table.node);
  const next = (angles) => {
    const N = card.get("pairs"), tau = card.get("temperature"), used = [...angles.slice(0, N), ...angles.slice(K, K + N)], { slopes } = alignment(used.slice(0, N).map((v) => v * RAD), used.slice(N).map((v) => v * RAD), tau, now.groups), to = moved(used, slopes, N, tau);
    return angles.map((old, i) => (i < N ? to[i] : i >= K && i < K + N ? to[N + i - K] : old));
  };
  const step = () => card.set({ angles: next(card.get("angles")) });
  card.button("One step", () => { stop(); step(); });
  const run = card.button("Let go", () => {
    if (timer) return stop();
    let left = 24; // frames of ten steps each
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) { let angles = card.get("angles"); for (let k = 0; k < 240; k++) angles = next(angles); return card.set({ angles }); }
    const frame = () => { let angles = card.get("angles"); for (let k = 0; k < 10; k++) angles = next(angles); card.set({ angles }); if (!--left) stop(); };
    run.firstChild.textContent = "Stop";
    timer = setInterval(frame, 50);
    frame();
  });
  card.running(stop);
  const draw = () => {
    const N = card.get("pairs"), tau = card.get("temperature"), angles = card.get("angles"), groups = names.slice(0, N).map((_, i) => (card.get("alike") && i === 1 ? 0 : i));
    const point = (card.get("point") % K) < N ? card.get("point") : 0;
    now = { N, tau, angles, groups, point, chosen: point < K ? point : N + point - K, shown: card.get("shown"), captions, short: names, ...alignment(angles.slice(0, N).map((v) => v * RAD), angles.slice(K, K + N).map((v) => v * RAD), tau, groups) };
    if (offered !== N) {
      which.input.replaceChildren(...[...names.slice(0, N).map((name, i) => html("option", { value: i }, `picture: ${name}`)), ...captions.slice(0, N).map((text, i) => html("option", { value: K + i }, text))]);
      offered = N;
    }
    pairs.show(N);
    heat.show(Math.log10(tau));
    which.show(point);
    angle.show(Math.min(359, angles[point]));
    alike.show(card.get("alike"));
    alike.input.disabled = N < 2;
    table.show(now.shown);
    paint();
  };
  fitParts(card, ({ main, hold, mainWidth, holdWidth }) => {
    const circle = drawCircle(main, mainWidth, K, images, { pick: (i) => set({ point: i }), drag: (i, v) => set({ angles: card.get("angles").map((old, k) => (k === i ? v : old)) }) });
    const squares = drawTable(hold, holdWidth, K, images);
    paint = () => { circle(now); squares(now); };
    if (now) paint();
  });
  card.follow("pairs", "angles", "temperature", "point", "alike", "shown");
  const title = (i) => (i < K ? `the picture of ${names[i]}` : `\u201c${captions[i - K]}\u201d`);
  const words = () => {
    if (now.N === 1) return ["With a single pair there is nothing to choose from: both softmaxes are 1, the loss is ", { b: "0" }, ", and no point is moved, wherever it lies."];
    const slope = now.slopes[now.chosen], forces = now.point < K ? now.force[now.point] : now.force.map((row) => row[now.point - K]), weight = (keep) => sum(forces.filter(keep).map(Math.abs));
    const way = Math.abs(slope) < 5e-4 ? "stays where it is" : `is moved ${slope < 0 ? "anticlockwise" : "clockwise"}, with a slope of ${fixed(Math.abs(slope), 3)} a radian`, floor = now.groups[1] === 0 ? `; no loss is below ${fixed((2 / now.N) * Math.log(2), 3)} while two mean the same` : "";
    return ["Loss ", { b: fixed(now.loss, 3) }, ` (if all were alike: log ${now.N} = ${fixed(Math.log(now.N), 3)}${floor}). At temperature ${fixed(now.tau, now.tau < 0.1 ? 3 : 2)}, ${title(now.point)} is pulled with ${fixed(weight((f) => f < 0), 3)} and pushed with ${fixed(weight((f) => f > 0), 3)}; it ${way}. The table, ${{ cosine: "cosines", "picture asks": "each picture asking", "caption asks": "each caption asking" }[now.shown]}, has ${fixed(now[{ cosine: "cosine", "picture asks": "asks", "caption asks": "caption" }[now.shown]][now.point % K][now.point % K], 3)} for its own pair.`];
  };
  const rows = () => {
    const pad = (values) => [...values, ...Array.from({ length: now.N - values.length }, () => "")], five = (values) => values.map((v) => fixed(v, 5));
    return [["", ...captions.slice(0, now.N)], ...names.slice(0, now.N).flatMap((name, i) => [[`cosine: ${name}`, ...five(now.cosine[i])], [`${name} asks`, ...five(now.asks[i])], [`captions ask: ${name}`, ...five(now.caption[i])]]),
      ["slope of the pictures, a radian", ...five(now.slopes.slice(0, now.N))], ["slope of the captions, a radian", ...five(now.slopes.slice(now.N))], pad(["loss, pictures ask", fixed(now.ab, 5)].slice(0, 2)), pad(["loss, captions ask", fixed(now.ba, 5)]), pad(["loss", fixed(now.loss, 5)])];
  };
  card.show({ draw, words, rows });
});
