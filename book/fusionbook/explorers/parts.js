// A figure in two parts: the main one beside the controls, the other below them; one under the other where it is narrow.
import { html } from "./controls.js";

const NOUNS = { image: "picture", audio: "sound" };
/** What one of a modality's things is called; text is what the figure says it is. */
export const noun = (modality, text = "word") => (modality === "text" ? text : NOUNS[modality] ?? `${modality} vector`);

/** Call paint({ main, hold, mainWidth, holdWidth }) now, with both parts empty, and whenever the card's width changes. */
export function fitParts(card, paint) {
  card.section.classList.add("fy-parts");
  card.fit((whole, side) => {
    const main = html("div", { className: "fy-main" }), hold = html("div", { className: "fy-hold" });
    card.figure.replaceChildren(main, hold);
    paint({ main, hold, mainWidth: side, holdWidth: side < whole ? whole - 36 - side : side });
  });
}
