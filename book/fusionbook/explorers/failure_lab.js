import { fixed, scale, sum, attrs, svg } from "./plot.js";
import { explorer, html, need, numbersWithin, slider, select, checkbox, numbered } from "./controls.js";
import { viewFrame } from "./views.js";

const LOSSES = { name: "the losses", does: "in training and on new rows, epoch by epoch", sound: "both fall; on new rows it then stays near its lowest" }; // test 0

/** Stop with a sentence unless the card holds what can be drawn; return how to look up what the tests found. */
function read(card) {
  const [losses, results] = card.arrays("losses", "results"), patients = card.get("patients"), tests = card.get("tests"), diseases = card.get("diseases");
  need([patients, tests, diseases].every(Array.isArray) && patients.length > 1 && tests.every((test) => Array.isArray(test.rows) && test.rows.length && test.low < test.high), "its patients or tests are missing");
  need(patients.every((one) => diseases.includes(one?.disease) && ["complaint", "cause", "broken", "mended"].every((name) => typeof one[name] === "string")), "a patient's history is missing");
  const P = patients.length, rows = tests.flatMap((test) => test.rows.map((name) => ({ test, name }))), E = losses.length / (4 * P), most = 2 ** (tests.length + 1) - 1;
  need(Number.isInteger(E) && E > 1 && results.length === 4 * P * rows.length && [losses, results].every((all) => all.every(Number.isFinite)), "what its tests found is not whole");
  need(numbersWithin([card.get("patient")], 1, 0, P - 1), "there is no such patient");
  need(numbersWithin(card.get("ordered"), P, 0, most) && numbersWithin(card.get("misses"), P, 0, 1e6) && ["suspected", "named"].every((name) => numbersWithin(card.get(name), P, -1, diseases.length - 1)), "its record of tests and names is not whole");
  const found = (p, twin, r, k = 0) => results[((2 * p + twin) * rows.length + r) * 2 + k];
  return {
    P, E, rows, found, is: (p) => diseases.indexOf(patients[p].disease),
    loss: (p, twin, kind) => losses.subarray(((2 * p + twin) * 2 + kind) * E, ((2 * p + twin) * 2 + kind + 1) * E),
    /** What tells patient p most clearly from the one who has disease d: a row's number. */
    against(p, d) {
      const other = patients.findIndex((one) => one.disease === diseases[d]), far = rows.map(({ test }, r) => Math.abs(found(p, 0, r) - found(other, 0, r)) / (test.high - test.low));
      const r = far.indexOf(Math.max(...far));
      return { row: rows[r], here: found(p, 0, r), there: found(other, 0, r) };
    },
  };
}

/** Four curves: thick on new rows, thin on training rows; dotted those of the repaired twin. */
function lossChart(data) {
  const node = html("div", { className: "fl-course" }), width = 150, high = 88, left = 26, foot = high - 18, root = svg(node, "svg", { viewBox: `0 0 ${width} ${high}`, role: "img", "aria-label": "Loss against epochs" });
  const y = (top) => scale(0, top, foot, 8), x = scale(1, data.E, left, width - 4), ticks = [0, 1].map(() => svg(root, "text", { x: left - 5, class: "fy-tick fy-right" })), lines = [0, 1].map(() => svg(root, "line", { x1: left, x2: width, class: "fy-grid" }));
  for (const e of [1, data.E]) svg(root, "text", { x: x(e), y: high - 2, class: e === 1 ? "fy-tick fy-left" : "fy-tick fy-right", text: e === 1 ? "epoch 1" : String(e) });
  const curves = [[1, 0], [1, 1], [0, 0], [0, 1]].map(([twin, kind]) => ({ twin, kind, path: svg(root, "path", { class: `fl-curve ${kind ? "fl-new" : ""} ${twin ? "fl-twin" : ""}` }) })), said = html("p", { className: "fv-note" });
  node.append(said);
  return { node, show(p, beside) {
    const top = Math.max(...[0, 1].flatMap((twin) => [0, 1].flatMap((kind) => [...data.loss(p, twin, kind)]))), up = y(top);
    [0, top].forEach((value, k) => { attrs(ticks[k], { y: up(value) + 4, text: fixed(value, k) }); attrs(lines[k], { y1: up(value), y2: up(value) }); });
    for (const { twin, kind, path } of curves) attrs(path, { d: Array.from(data.loss(p, twin, kind), (v, e) => `${e ? "L" : "M"}${x(e + 1).toFixed(1)} ${up(v).toFixed(1)}`).join(""), visibility: twin && !beside ? "hidden" : "visible" });
    const words = `thin: training, ${fixed(data.loss(p, 0, 0).at(-1), 2)}; thick: new rows, ${fixed(data.loss(p, 0, 1).at(-1), 2)}`;
    if (said.textContent !== words) said.textContent = words;
  } };
}

/** One line a number: name, value, and its place on the test's scale; a ring for the repaired twin. */
function lineChart(data, test) {
  const list = html("ul", { className: "fv-lines fl-lines" }), first = data.rows.findIndex((row) => row.test === test);
  const lines = test.rows.map((name) => {
    const value = html("b"), dot = html("i"), ring = html("u");
    list.append(html("li", {}, html("span", {}, name), value, html("span", { className: "fv-rail", "aria-hidden": "true" }, ring, dot)));
    return { value, dot, ring };
  });
  const place = (v) => `${scale(test.low, test.high, 0, 100)(v)}%`;
  return { node: list, show: (p, beside) => lines.forEach(({ value, dot, ring }, k) => {
    const [ill, well] = [0, 1].map((twin) => data.found(p, twin, first + k)), words = beside ? `${fixed(ill, 2)} \u2192 ${fixed(well, 2)}` : fixed(ill, 2);
    if (value.textContent !== words) value.textContent = words;
    dot.style.left = place(ill);
    ring.style.left = place(well);
    ring.hidden = !beside;
  }) };
}

/** The ward: one mark a patient, full once its disease is named; the band is under the one looked at. */
function ward(parent, P, look) {
  const step = 30, root = svg(parent, "svg", { viewBox: `0 0 ${step * P} 34`, role: "img", "aria-label": "The ward: a full mark for each patient whose disease you have named", class: "fl-ward" });
  const band = svg(root, "rect", { y: 2, width: step, height: 30, rx: 7, class: "fy-band" }), marks = Array.from({ length: P }, (_, p) => ({ mark: svg(root, "circle", { cx: (p + 0.5) * step, cy: 17, r: 10 }), text: svg(root, "text", { x: (p + 0.5) * step, y: 21.5 }) }));
  root.addEventListener("click", (event) => {
    const box = root.getBoundingClientRect();
    look(Math.min(P - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * P))));
  });
  return (now, solved) => {
    attrs(band, { x: now * step });
    marks.forEach(({ mark, text }, p) => { attrs(mark, { class: solved[p] ? "fy-won" : "fy-hollow" }); attrs(text, { text: solved[p] ? "\u2713" : String(p + 1), class: solved[p] ? "fl-done" : "fy-tick" }); });
  };
}

export default explorer("failure-lab", (card) => {
  const data = read(card), { P } = data, patients = card.get("patients"), diseases = card.get("diseases"), tests = card.get("tests"), T = tests.length + 1;
  card.title("Failure lab", "A network has failed, and this is all that its owner can say. Order tests, as few as you need, and name the cause.");
  const swap = (trait, value) => ({ [trait]: card.get(trait).map((old, p) => (p === card.get("patient") ? value : old)) }), own = (trait) => card.get(trait)[card.get("patient")];
  const who = slider({ label: "patient", min: 1, max: P, step: 1, value: 1, say: (k) => `${k} of ${P}`, onInput: (k) => card.set({ patient: k - 1 }) });
  const what = select({ label: "it is", options: [[-1, "\u2026"], ...numbered(diseases)], value: "-1", onInput: (key) => card.set(swap("suspected", Number(key))) });
  const twin = checkbox({ label: "beside it, the same network repaired", value: false, onInput: (v) => card.set({ twin: v }) });
  const strip = html("div"), say = card.button("Say so", () => {
    const d = own("suspected"), right = d === data.is(card.get("patient"));
    if (d < 0) what.input.focus();
    else if (d !== own("named")) card.set({ ...swap("named", d), ...swap("misses", own("misses") + Number(!right)), ...(right ? { twin: true } : {}) });
  });
  card.controls.append(strip, who.node, what.node, html("div", { className: "fl-say" }, say), twin.node);
  const next = card.button("Next patient", () => card.set({ patient: (card.get("patient") + 1) % P }));
  const marks = ward(strip, P, (p) => card.set({ patient: p }));

  const complaint = html("blockquote", { className: "fl-complaint" }), verdict = html("p", { className: "fl-verdict" }), cause = html("p", { className: "fl-cause" }), was = html("code"), should = html("code"), legend = html("p", { className: "fl-legend" }, html("u"), "the same network repaired: rings, dotted lines, second numbers");
  const lines = html("dl", { className: "fl-code" }, html("dt", {}, "was"), html("dd", {}, was), html("dt", {}, "repaired"), html("dd", {}, should));
  const all = [LOSSES, ...tests], frames = all.map((test) => viewFrame(test.name)), charts = [lossChart(data), ...tests.map((test) => lineChart(data, test))], grid = html("div", { className: "fv-grid" }, ...frames.map((frame) => frame.node));
  card.figure.append(html("div", { className: "fy-plots fl-bed" }, complaint, verdict, cause, lines, legend), grid);
  const rooms = charts.map((chart, t) => html("div", {}, chart.node, html("p", { className: "fv-note" }, `sound: ${all[t].sound}`)));
  const openers = frames.map((frame, t) => {
    const button = card.button("Order", () => card.set(swap("ordered", own("ordered") | (1 << t))));
    button.append(html("span", { className: "fy-unseen" }, ` ${all[t].name}`));
    frame.beside.append(button);
    return button;
  });

  let now;
  const draw = () => {
    const p = card.get("patient"), d = own("suspected"), named = own("named"), solved = patients.map((_, k) => card.get("named")[k] === data.is(k)), beside = card.get("twin");
    now = { p, d, named, solved, beside, open: frames.map((_, t) => solved[p] || Boolean(own("ordered") & (1 << t))), wrong: !solved[p] && named >= 0 && named === d };
    who.show(p + 1);
    what.show(d);
    twin.show(beside);
    marks(p, solved);
    if (complaint.textContent !== patients[p].complaint) complaint.textContent = patients[p].complaint;
    verdict.replaceChildren(...said());
    cause.hidden = lines.hidden = !solved[p];
    legend.hidden = !beside;
    cause.textContent = solved[p] ? patients[p].cause : "";
    was.textContent = solved[p] ? patients[p].broken : "";
    should.textContent = solved[p] ? patients[p].mended : "";
    if (solved[p] && [say, what.input].includes(say.getRootNode().activeElement)) next.focus(); // before focus is lost
    what.node.hidden = say.hidden = solved[p];
    frames.forEach((frame, t) => {
      const leaving = openers[t] === openers[t].getRootNode().activeElement && now.open[t];
      openers[t].hidden = now.open[t];
      frame.node.classList.toggle("fl-sealed", !now.open[t]);
      if (now.open[t]) charts[t].show(p, beside);
      frame.show(now.open[t] ? rooms[t] : all[t].does);
      if (leaving) (openers.slice(t).find((one) => !one.hidden) ?? openers.find((one) => !one.hidden) ?? next).focus();
    });
  };
  const said = () => {
    const { p, d, solved, wrong } = now;
    if (solved[p]) return [html("b", {}, "Yes: "), diseases[data.is(p)], "."];
    if (!wrong) return d < 0 ? ["Nothing is suspected yet."] : ["You suspect: ", html("b", {}, diseases[d]), "."];
    const { row, here, there } = data.against(p, d);
    return [html("b", {}, "Not that. "), `The patient with “${diseases[d]}” shows ${fixed(there, 2)} under “${row.test.name}: ${row.name}”; this one shows ${fixed(here, 2)}.`];
  };
  card.follow("patient", "ordered", "suspected", "named", "misses", "twin");
  const count = () => now.open.filter(Boolean).length;
  const words = () => {
    const { p, d, solved, wrong, beside } = now, misses = sum(card.get("misses"));
    const told = solved[p] ? `named: ${patients[p].disease}` : wrong ? `it is not ${diseases[d]}` : d < 0 ? "nothing suspected yet" : `you suspect ${diseases[d]}`;
    return [`Patient ${p + 1} of ${P}, ${count()} of ${T} tests seen: `, { b: told }, `.${beside ? " Rings, dotted lines and the second numbers are of the same network repaired." : ""} You have named ${solved.filter(Boolean).length} of ${P}${misses ? `, after ${misses} wrong name${misses === 1 ? "" : "s"}` : ""}.`];
  };
  const rows = () => {
    const { p, open, beside } = now, both = beside ? [0, 1] : [0], pair = (of) => both.flatMap(of), ends = ["training", "new rows"].map((name, kind) => [`the losses: ${name}, last`, ...pair((w) => [fixed(data.loss(p, w, kind).at(-1), 4), ""])]);
    return [["", "patient", "standard deviation", ...(beside ? ["repaired", "standard deviation"] : [])], ["tests seen", String(count()), ...Array(beside ? 3 : 1).fill("")], ...(open[0] ? ends : []),
      ...data.rows.flatMap(({ test, name }, r) => (open[tests.indexOf(test) + 1] ? [[`${test.name}: ${name}`, ...pair((w) => [fixed(data.found(p, w, r), 4), fixed(data.found(p, w, r, 1), 4)])]] : []))];
  };
  card.show({ draw, words, rows });
});
