// One sound at a time, from samples that travelled in the page.
import { wav } from "./plot.js";

/** Returns { play(samples, rate), stop(), refused() }: refused() tells whether the browser would not play the last one. */
export function player(card) {
  let playing = null, refused = false;
  const stop = () => {
    if (!playing) return;
    playing.audio.pause();
    playing.audio.removeAttribute("src"); // or it would ask for an address that is no more
    playing.audio.load();
    URL.revokeObjectURL(playing.url);
    playing = null;
  };
  card.running(stop);
  const play = (samples, rate) => {
    stop();
    const url = URL.createObjectURL(new Blob([wav(samples, rate)], { type: "audio/wav" })), audio = new Audio(url);
    playing = { url, audio };
    audio.play().then(() => { refused = false; }, (error) => { refused = error.name !== "AbortError"; card.redraw(); });
  };
  return { play, stop, refused: () => refused };
}
