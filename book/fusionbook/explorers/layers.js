// Layers of a trained network, as torch computes them, for explorers that carry its weights as data.
import { softmax, sum } from "./plot.js";

/** W x + b for W packed row by row as (out, in), with a last column b if `shift`. */
export function linear(packed, x, out, shift) {
  const wide = x.length + (shift ? 1 : 0), y = new Float64Array(out);
  for (let i = 0; i < out; i++) {
    let total = shift ? packed[i * wide + x.length] : 0;
    for (let j = 0; j < x.length; j++) total += packed[i * wide + j] * x[j];
    y[i] = total;
  }
  return y;
}

/** Mean 0 and variance 1 over the entries of x, then times gain plus shift: torch's LayerNorm. */
export function layerNorm(x, gain, shift) {
  const mean = sum(x) / x.length, spread = Math.sqrt(sum(x.map((v) => (v - mean) ** 2)) / x.length + 1e-5);
  return x.map((v, i) => (gain[i] * (v - mean)) / spread + shift[i]);
}

/** Tokens ask others that are present: maps, one for each head (Q x K), and the mixed answers (Q vectors; 0 where nobody is). */
export function multiHead(net, heads, asking, answering, present) {
  const D = Math.round(Math.sqrt(net.mix.length + 0.25) - 0.5), part = D / heads, some = present.some(Boolean); // mix holds D (D + 1) numbers
  const query = asking.map((t) => linear(net.query, t, D, true)), [key, value] = [net.key, net.value].map((packed) => answering.map((t) => linear(packed, t, D, true)));
  const heard = asking.map(() => new Float64Array(D)), maps = [];
  for (let from = 0; from < D; from += part) {
    maps.push(query.map((q, i) => {
      const scores = key.map((k) => { let s = 0; for (let d = from; d < from + part; d++) s += q[d] * k[d]; return s / Math.sqrt(part); });
      const row = softmax(scores, 1, present);
      for (let d = from; d < from + part; d++) heard[i][d] = sum(row.map((w, j) => w * value[j][d]));
      return row;
    }));
  }
  return { maps, answers: heard.map((a) => (some ? linear(net.mix, a, D, true) : a)) };
}
