// A scene of nine patches with its words: pictures from tiles, and who looks at whom as light and threads.
import { fixed, percent, attrs, svg, colour } from "./plot.js";
import { html } from "./controls.js";

export const SIDE = 3, PATCHES = SIDE * SIDE, IMAGE = colour("image"), TEXT = colour("text");
/** Where patch i is, in words. */
export const spot = (i) => `row ${Math.floor(i / SIDE) + 1}, column ${(i % SIDE) + 1}`;

/** Every thing as a data address, sharp and as the model receives it: squares of pixels averaged. */
export function pictures(tiles, K, side, cell) {
  return [side, cell].map((size) => Array.from({ length: K }, (_, k) => {
    const canvas = html("canvas", { width: size, height: size }), context = canvas.getContext("2d"), image = context.createImageData(size, size), step = side / size;
    for (let i = 0; i < size * size; i++) {
      for (let c = 0; c < 3; c++) {
        let total = 0;
        for (let a = 0; a < step; a++) for (let b = 0; b < step; b++) total += tiles[3 * (k * side * side + (Math.floor(i / size) * step + a) * side + (i % size) * step + b) + c];
        image.data[4 * i + c] = Math.round(total / step ** 2);
      }
      image.data[4 * i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
    return canvas.toDataURL();
  }));
}

/** The scene, the words beside it (below, where it is narrow), and threads from who asks to those that answer. */
export function drawStage(parent, width, W, act) {
  const beside = width > 480, size = beside ? Math.min(400, 0.54 * width) : Math.min(width, 400), cell = size / SIDE, left = beside ? size + 0.16 * width : 0, tall = beside ? Math.min(64, size / W) : 46;
  const height = beside ? size : size + 14 + W * tall, y0 = beside ? (size - W * tall) / 2 : size + 14;
  const root = svg(parent, "svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "A scene of nine patches, and words; whoever is asked lights up, the more it is listened to" });
  const cells = Array.from({ length: PATCHES }, (_, i) => {
    const box = { x: (i % SIDE) * cell + 2, y: Math.floor(i / SIDE) * cell + 2, width: cell - 4, height: cell - 4 }, group = svg(root, "g", { class: "fx-cell" });
    svg(group, "rect", { ...box, rx: 8, class: "fx-paper" });
    const image = svg(group, "image", { x: box.x + 6, y: box.y + 6, width: cell - 16, height: cell - 16 }), veil = svg(group, "rect", { ...box, rx: 8, class: "fx-veil" }), ring = svg(group, "rect", { ...box, rx: 8, class: "fx-ring" }), mark = svg(group, "rect", { x: box.x + 5, y: box.y + 5, width: box.width - 10, height: box.height - 10, rx: 5, class: "fx-mark" });
    return { group, image, veil, ring, mark, x: box.x + box.width / 2, y: box.y + box.height / 2 };
  });
  const words = Array.from({ length: W }, (_, w) => {
    const y = y0 + w * tall, group = svg(root, "g", { class: "fx-word" }), box = { x: left, y: y + 3, width: width - left, height: tall - 6, rx: 8 };
    const chip = svg(group, "rect", { ...box, class: "fx-chip" }), light = svg(group, "rect", { ...box, class: "fx-light" });
    const text = svg(group, "text", { x: left + 12, y: y + tall / 2 + 5, class: "fx-name" }), verdict = svg(group, "text", { x: width - 12, y: y + tall / 2 + 5, class: "fy-tick fy-right" });
    return { group, chip, light, text, verdict, x: left, y: y + tall / 2 };
  });
  const threads = Array.from({ length: Math.max(PATCHES, W) }, () => svg(root, "path", { class: "fx-thread" })), told = cells.map(({ x, y }) => svg(root, "text", { x: x + cell / 2 - 10, y: y + cell / 2 - 9, class: "fx-told fy-right" }));
  [["patch", cells], ["word", words]].forEach(([kind, all]) => all.forEach(({ group }, i) => {
    group.addEventListener("pointerenter", (event) => { if (event.pointerType !== "touch") act.hover({ asks: kind, [kind]: i }); });
    group.addEventListener("click", () => act.ask({ asks: kind, [kind]: i }));
  }));
  root.addEventListener("pointerleave", () => act.hover(null));
  return (now, images) => {
    const byWord = now.asks === "word", most = Math.max(...now.weights, 1e-9), lit = (w) => Math.min(1, w / Math.max(0.35, most));
    cells.forEach((one, i) => {
      const asking = !byWord && i === now.patch;
      attrs(one.image, { href: images[Math.max(0, now.cells[i])], visibility: now.cells[i] < 0 ? "hidden" : "visible", class: now.pixels ? "fx-pixels" : "" });
      attrs(one.veil, { opacity: byWord ? (0.72 * (1 - lit(now.weights[i]))).toFixed(3) : asking ? 0 : 0.45 });
      attrs(one.ring, { class: asking ? "fx-ring fx-asks" : "fx-ring", stroke: IMAGE, "stroke-opacity": asking ? 1 : byWord ? lit(now.weights[i]).toFixed(3) : 0 });
      attrs(one.mark, { visibility: byWord && i === now.patch ? "visible" : "hidden" });
      attrs(told[i], { text: byWord ? (now.some ? fixed(now.weights[i], 2) : "") : asking ? `named: ${percent(now.named[i])}` : "" });
    });
    words.forEach((one, w) => {
      const unknown = now.codes[w] < 0;
      attrs(one.chip, { class: `fx-chip${unknown ? " fx-unknown" : ""}${byWord && w === now.word ? " fx-asks" : ""}` });
      attrs(one.light, { "fill-opacity": byWord ? 0 : (0.55 * lit(now.weights[w])).toFixed(3) });
      attrs(one.text, { text: now.caption[w] || "\u2026" });
      attrs(one.verdict, { class: byWord || unknown ? "fy-tick fy-right" : "fy-tick fy-right fx-now", text: unknown ? (now.caption[w].trim() ? "not known" : "no word") : byWord ? `there: ${percent(now.there[w])}` : fixed(now.weights[w], 2) });
    });
    threads.forEach((thread, i) => {
      const weight = now.weights[i] ?? 0, from = beside && weight > 0.02 ? (byWord ? [cells[i], words[now.word]] : [cells[now.patch], words[i]]) : null;
      const middle = from && (from[0].x + from[1].x) / 2;
      attrs(thread, { d: from ? `M${from[0].x} ${from[0].y}C${middle} ${from[0].y} ${middle} ${from[1].y} ${from[1].x} ${from[1].y}` : "M0 0", stroke: byWord ? IMAGE : TEXT, "stroke-width": (1 + 9 * weight).toFixed(2), "stroke-opacity": (0.25 + 0.55 * lit(weight)).toFixed(3) });
    });
  };
}
