// A figure that can run by itself through a trait's values, when a reader presses Play.

/** Add a button that moves `trait` on, one step every so many ms, up to count - 1, and then stops; while it runs it
 * says Pause. Returns a function to call with each value drawn: if somebody else has moved the trait, the film stops. */
export function play(card, { trait, count, every, label = "Play" }) {
  let timer = 0, expected = 0;
  const stop = () => { clearInterval(timer); timer = 0; button.textContent = label; };
  const show = (value) => {
    card.set({ [trait]: (expected = value) });
    if (value >= count - 1) stop();
  };
  const button = card.button(label, () => {
    if (timer) return stop();
    button.textContent = "Pause";
    timer = setInterval(() => show(Math.min(count - 1, card.get(trait) + 1)), every);
    show(card.get(trait) < count - 1 ? card.get(trait) + 1 : 0);
  });
  card.running(stop);
  return (value) => { if (timer && value !== expected) stop(); };
}
