import { clamp, expand, fixed, percent, argsort, scale, attrs, svg } from "./plot.js";
import { explorer, html, need, numbersWithin, slider, select, numbered } from "./controls.js";
import { player } from "./sound.js";

const BANDS = 32, BLUE = [86, 180, 233], YELLOW = [181, 168, 0];

/** Stop with a sentence unless the card's arrays belong together; return them, sounds last (none: null). */
function read(card) {
  const layers = card.get("layers"), things = card.get("things"), voices = card.get("voices"), groups = card.get("groups"), K = things.length;
  const names = ["pictures", "guesses", ...layers.map((_, k) => `maps${k}`)], arrays = card.arrays(...names), [pictures, guesses, ...maps] = arrays;
  const shapes = names.map((name) => card.get("data")[name].shape), F = shapes[2]?.[1];
  need(K && layers.length && shapes.every((shape) => shape[0] === K) && shapes.slice(2).every((shape) => shape.length === 4 && shape[1] === F) && guesses.length === K * groups.length, "its pictures, maps and names do not belong together");
  need(numbersWithin([card.get("thing")], 1, 0, K - 1) && numbersWithin([card.get("filter")], 1, 0, F - 1) && layers.includes(card.get("layer")), "there is no such thing, layer or filter");
  need(numbersWithin([card.get("moment")], 1, 0, 1) && numbersWithin([card.get("voice")], 1, 0, Math.max(0, voices.length - 1)), "there is no such moment or voice");
  const [samples, from, mels, melsFrom] = voices.length ? card.arrays("samples", "samples from", "mels", "mels from") : [];
  need(!voices.length || (from.length === K * voices.length + 1 && melsFrom.length === from.length && samples.length === from.at(-1) && mels.length === BANDS * melsFrom.at(-1)), "its sounds do not belong together");
  const part = (all, k) => all.subarray((k * all.length) / K, ((k + 1) * all.length) / K);
  return {
    F, sides: shapes.slice(2).map((shape) => shape.slice(2)), picture: (k) => part(pictures, k), side: shapes[0].slice(1, 3), guess: (k) => part(guesses, k), maps: (layer, k) => part(maps[layer], k),
    sound: (k, v) => { const i = k * voices.length + v; return { samples: expand(samples.subarray(from[i], from[i + 1])), mel: mels.subarray(BANDS * melsFrom[i], BANDS * melsFrom[i + 1]) }; },
  };
}

/** A canvas of height x width pixels, scaled up by CSS; fill(pixel) gives [r, g, b, alpha]. */
function paintPixels(canvas, height, width, fill) {
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d"), image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) image.data.set(fill(i), 4 * i);
  context.putImageData(image, 0, 0);
}

/** The picture with the chosen map over it, all maps beside, and the network's best guesses. */
function drawSight(parent, F, choose) {
  const picture = html("canvas", { className: "fs-picture" }), over = html("canvas", { className: "fs-picture fs-over" }), guess = html("p", { className: "fs-guess" });
  const tiles = Array.from({ length: F }, (_, f) => {
    const tile = html("canvas", { className: "fs-tile" });
    tile.addEventListener("click", () => choose(f));
    return tile;
  });
  parent.append(html("div", { className: "fs-sight" }, html("div", { className: "fs-frame", role: "img", "aria-label": "The picture, with the places where the chosen filter answers laid over it" }, picture, over),
    html("div", { className: "fs-maps", role: "img", "aria-label": "What each filter of the layer answers, brighter for a stronger answer" }, ...tiles)), guess);
  return (data, layer, k, f, groups) => {
    const [h, w] = data.side, pixels = data.picture(k), [height, width] = data.sides[layer], maps = data.maps(layer, k), size = height * width;
    paintPixels(picture, h, w, (i) => [pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2], 255]);
    paintPixels(over, height, width, (i) => [0, 60, 140, 0.8 * maps[f * size + i]]);
    tiles.forEach((tile, n) => {
      paintPixels(tile, height, width, (i) => [...BLUE, 255 * (maps[n * size + i] / 255) ** 0.6]);
      tile.classList.toggle("fs-chosen", n === f);
    });
    const best = argsort(data.guess(k)).reverse().slice(0, 3);
    guess.textContent = `The network's guess: ${best.map((g) => `${groups[g]} ${percent(data.guess(k)[g])}`).join(", ")}`;
  };
}

/** The waveform, the log-mel picture beneath, the moment as a line, and its bands as bars. */
function drawSound(parent, width) {
  const main = width - 76, top = svg(parent, "svg", { viewBox: `0 0 ${width} 92`, role: "img", "aria-label": "The waveform: pressure against time" });
  svg(top, "text", { x: 0, y: 14, class: "fy-caption", text: "The sound" });
  const length = svg(top, "text", { x: main, y: 14, class: "fy-tick fy-right" }), wave = svg(top, "path", { class: "fs-wave" });
  const canvas = html("canvas", { className: "fs-mel", role: "img", "aria-label": "The log-mel picture: time to the right, pitch upwards, stronger for louder" }), hold = html("div", { className: "fs-hold" }, canvas);
  hold.style.width = `${(100 * main) / width}%`;
  const bars = svg(hold, "svg", { viewBox: `0 0 ${width} 150`, class: "fs-bars", role: "img", "aria-label": "How loud each band is at this moment" });
  bars.style.width = `${(100 * width) / main}%`;
  parent.append(hold);
  const line = svg(top, "line", { y1: 22, y2: 92, class: "fs-now" }), lower = svg(bars, "line", { y1: 0, y2: 150, class: "fs-now" });
  const bands = Array.from({ length: BANDS }, (_, b) => svg(bars, "rect", { x: main + 10, y: 150 - ((b + 1) * 150) / BANDS + 0.6, height: 150 / BANDS - 1.2, class: "fs-band" }));
  const feet = svg(parent, "svg", { viewBox: `0 0 ${width} 22`, "aria-hidden": "true" });
  svg(feet, "text", { x: 0, y: 15, class: "fy-tick fy-left", text: "32 mel bands, low to high" });
  svg(feet, "text", { x: width, y: 15, class: "fy-tick fy-right", text: "now" });
  return ({ samples, mel }, rate, moment, fresh) => {
    const frames = mel.length / BANDS, frame = Math.min(frames - 1, Math.floor(moment * frames)), x = moment * main;
    if (fresh) {
      const step = samples.length / main, tall = Math.max(0.01, ...samples.map(Math.abs)), y = scale(-tall, tall, 90, 24);
      wave.setAttribute("d", Array.from({ length: Math.floor(main) }, (_, px) => {
        const part = samples.subarray(px * step, (px + 1) * step + 1);
        return `M${px} ${y(Math.max(...part)).toFixed(1)}V${(y(Math.min(...part)) + 0.5).toFixed(1)}`;
      }).join(""));
      paintPixels(canvas, BANDS, frames, (i) => [...YELLOW, mel[(i % frames) * BANDS + BANDS - 1 - Math.floor(i / frames)]]);
      attrs(length, { text: `${fixed(samples.length / rate, 2)} seconds` });
    }
    for (const one of [line, lower]) attrs(one, { x1: x, x2: x });
    bands.forEach((band, b) => attrs(band, { width: (60 * mel[frame * BANDS + b]) / 255 }));
  };
}

export default explorer("sight-and-sound-lens", (card) => {
  const things = card.get("things"), voices = card.get("voices"), layers = card.get("layers"), groups = card.get("groups"), data = read(card), { rate, hop } = card.get("sound");
  card.title("Sight and sound lens", voices.length ? "Pick a thing and a voice. Look at what the filters of a small network find in the picture; hear the word, and move through it." : "Pick a thing, and look at what the filters of a small network find in it. (No sounds here: the speech library could not be loaded where this was computed.)");
  let paint = () => {}, now, shown = "", frame = 0;
  const length = () => (now?.sound ? (1000 * now.sound.samples.length) / rate : 0); // in ms
  const thing = select({ label: "thing", options: numbered(things), value: 0, onInput: (k) => card.set({ thing: Number(k) }) });
  const layer = select({ label: "layer", options: numbered(layers), value: 0, onInput: (k) => card.set({ layer: layers[Number(k)] }) });
  const filter = slider({ label: "filter", min: 1, max: data.F, step: 1, value: 1, say: (k) => `${k} of ${data.F}`, onInput: (k) => card.set({ filter: k - 1 }) });
  const voice = select({ label: "voice", options: numbered(voices), value: 0, onInput: (k) => card.set({ voice: Number(k) }) });
  const moment = slider({ label: "moment", min: 0, max: 1, step: 0.01, value: 0, say: (m) => `${Math.round(m * length())} ms`, onInput: (m) => { stop(); card.set({ moment: m }); } });
  card.controls.append(thing.node, layer.node, filter.node);
  if (voices.length) card.controls.append(voice.node, moment.node);

  const speaker = player(card), stop = () => { cancelAnimationFrame(frame); frame = 0; speaker.stop(); };
  card.running(stop);
  const play = () => {
    stop();
    speaker.play(now.sound.samples, rate);
    const start = performance.now(), last = length();
    const step = () => {
      const at = matchMedia("(prefers-reduced-motion: reduce)").matches ? 1 : clamp((performance.now() - start) / last, 0, 1);
      card.set({ moment: at });
      frame = at < 1 ? requestAnimationFrame(step) : 0;
    };
    step();
  };
  const draw = () => {
    const k = card.get("thing"), v = card.get("voice"), key = `${k} ${v}`;
    now = { k, v, layer: layers.indexOf(card.get("layer")), f: card.get("filter"), sound: key === shown ? now.sound : voices.length ? data.sound(k, v) : null, fresh: key !== shown };
    if (now.fresh && shown) stop();
    shown = key;
    thing.show(k);
    voice.show(v);
    layer.show(now.layer);
    filter.show(now.f + 1);
    moment.show(card.get("moment"));
    paint(now.fresh);
  };
  card.fit((_, side) => {
    card.figure.replaceChildren();
    const sight = drawSight(card.figure, data.F, (f) => card.set({ filter: f })), sound = voices.length ? drawSound(card.figure, side) : () => {};
    paint = (fresh) => {
      sight(data, now.layer, now.k, now.f, groups);
      if (now.sound) sound(now.sound, rate, card.get("moment"), fresh);
    };
    if (now) paint(true);
  });
  card.follow("thing", "voice", "layer", "filter", "moment");
  if (voices.length) card.button("Play", play);
  const peak = () => {
    const [height, width] = data.sides[now.layer], map = data.maps(now.layer, now.k).subarray(now.f * height * width, (now.f + 1) * height * width), at = map.indexOf(Math.max(...map));
    return { value: map[at] / 255, row: Math.floor(at / width) + 1, column: (at % width) + 1, height, width };
  };
  const loudest = () => {
    const frames = now.sound.mel.length / BANDS, frame = Math.min(frames - 1, Math.floor(card.get("moment") * frames)), bands = now.sound.mel.subarray(frame * BANDS, (frame + 1) * BANDS);
    return { frame, frames, band: bands.indexOf(Math.max(...bands)) + 1, level: Math.max(...bands) / 255 };
  };
  const words = () => {
    const top = peak(), ear = now.sound && loudest();
    const seen = [`${things[now.k]}: filter ${now.f + 1} of ${layers[now.layer]} answers most in row ${top.row}, column ${top.column} of ${top.height} by ${top.width}, with `, { b: percent(top.value) }, " of the layer's strongest answer."];
    return now.sound ? [...seen, ` ${voices[now.v]}, at ${Math.round(card.get("moment") * length())} ms: band ${ear.band} of ${BANDS} is loudest.${speaker.refused() ? " This browser did not play the sound." : ""}`] : seen;
  };
  const rows = () => {
    const top = peak(), ear = now.sound && loudest();
    return [["", "value"], ["strongest answer, share of the layer's", fixed(top.value, 4)], ["its row", String(top.row)], ["its column", String(top.column)],
      ...groups.map((name, g) => [`guess: ${name}`, fixed(data.guess(now.k)[g], 4)]),
      ...(ear ? [["length, ms", fixed(length(), 1)], ["frame of the moment", `${ear.frame + 1} of ${ear.frames}, one each ${fixed(hop, 1)} ms`], ["loudest band", String(ear.band)], ["its level", fixed(ear.level, 4)]] : [])];
  };
  card.show({ draw, words, rows });
});
