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

/** `ModalityAttention` with a linear head on M vectors: maps (heads x M x M), their mean, what each receives, the logit. */
export function modalityAttention(net, features, present) {
  const { M, E, D, heads } = net, some = present.some(Boolean);
  const tokens = features.map((h, m) => linear(net.project.subarray(m * D * E, (m + 1) * D * E), present[m] ? h : h.map(() => 0), D, false).map((v, i) => v + net.embedding[m * D + i]));
  const heard = multiHead(net, heads, tokens, tokens, present), maps = heard.maps.map((map) => map.map((row, i) => (present[i] ? row : row.map(() => 0))));
  const asking = present.filter(Boolean).length, z = new Float64Array(D);
  if (some) heard.answers.forEach((a, i) => present[i] && a.forEach((v, d) => { z[d] += v / asking; }));
  const mean = tokens.map((_, i) => tokens.map((_, j) => sum(maps.map((map) => map[i][j])) / heads));
  return { maps, mean, received: tokens.map((_, j) => (some ? sum(mean.map((row) => row[j])) / asking : 0)), logit: net.bias + sum(Array.from(net.head, (w, d) => w * z[d])) };
}
