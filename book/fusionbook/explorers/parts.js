// Parts of figures that several explorers share.
import { attrs, svg, colour } from "./plot.js";
import { html } from "./controls.js";

const NOUNS = { image: "picture", audio: "sound" };
/** What one of a modality's things is called; text is what the figure says it is. */
export const noun = (modality, text = "word") => (modality === "text" ? text : NOUNS[modality] ?? `${modality} vector`);

/** A figure in two parts, the main one beside the controls, the other below them; one under the other where it is narrow.
 * Call paint({ main, hold, mainWidth, holdWidth }) now, with both parts empty, and whenever the card's width changes. */
export function fitParts(card, paint) {
  card.section.classList.add("fy-parts");
  card.fit((whole, side) => {
    const main = html("div", { className: "fy-main" }), hold = html("div", { className: "fy-hold" });
    card.figure.replaceChildren(main, hold);
    paint({ main, hold, mainWidth: side, holdWidth: side < whole ? whole - 36 - side : side });
  });
}

/** A square of M x M cells, a column in the colour of the modality that answers, darker for more weight. */
export function drawMap(root, names, x, y, cell) {
  const cells = names.map((_, i) => names.map((name, j) => {
    svg(root, "rect", { x: x + j * cell, y: y + i * cell, width: cell - 1.5, height: cell - 1.5, rx: cell / 8, class: "fa-cell" });
    return svg(root, "rect", { x: x + j * cell, y: y + i * cell, width: cell - 1.5, height: cell - 1.5, rx: cell / 8, fill: colour(name) });
  }));
  return (map) => cells.forEach((row, i) => row.forEach((node, j) => attrs(node, { "fill-opacity": Math.min(1, map[i][j] ** 0.8 * 1.5).toFixed(3) })));
}
