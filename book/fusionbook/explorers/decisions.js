// Four fusions of an applicant's five modalities, from what was typed to a logit, as the book's Python and torch do it.
import { sigmoid, sum } from "./plot.js";
import { linear, modalityAttention } from "./layers.js";

export const FUSIONS = ["early", "late", "attention", "gated"];
export const LOGGED = [0, 2, 5]; // income, amount, savings
const LATE_DAYS = 2; // the channel
const NO_WORD = /[!"#$%&()*+,\-./:;<=>?@[\\\]^_`{|}~]/g, SPACES = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** The lower-case words of a text; white space and punctuation other than an apostrophe separate them, as in prepare.py. */
export const wordsOf = (text) => text.toLowerCase().replace(NO_WORD, " ").split(SPACES).filter(Boolean);

/** What the networks take of a person: for each modality a vector, standardised as `statistics` say. */
export function prepared(person, statistics) {
  const { scale, months, mean, spread, sizes, column } = statistics, channels = months.length / 2;
  const numeric = person.numeric.map((v, j) => ((LOGGED.includes(j) ? Math.log(v) : v) - scale[j]) / scale[person.numeric.length + j]);
  const categorical = sizes.flatMap((size, j) => Array.from({ length: size }, (_, k) => Number(k === person.categorical[j])));
  const temporal = person.temporal.map((v, k) => { const c = k % channels; return ((c === LATE_DAYS ? Math.log1p(v) : v) - months[c]) / months[channels + c]; });
  const text = new Array(column.size).fill(0);
  for (const word of wordsOf(`${person.text} ${person.chat}`)) text[column.get(word) ?? 0] += 1;
  let at = 0;
  return [numeric, categorical, temporal, text, person.counts].map((values) => values.map((v) => { const one = (v - mean[at]) / spread[at]; at += 1; return one; }));
}

/** Each modality's vector of E numbers, by the linear maps that `packed` holds end to end, a bias with each row. */
export function encoded(packed, inputs, E) {
  let at = 0;
  return inputs.map((x) => { const from = at; at += E * (x.length + 1); return linear(packed.subarray(from, at), x, E, true); });
}

const SAYS = {
  early(net, features) {
    const hidden = linear(net.mix, features.flatMap((h) => [...h]), net.head.length, true);
    return { logit: net.bias + sum(Array.from(hidden, (v, d) => net.head[d] * Math.max(0, v))) };
  },
  late(net, features, present) {
    const E = net.E, votes = features.map((h, m) => net.votes[m * (E + 1) + E] + sum(Array.from(h, (v, d) => net.votes[m * (E + 1) + d] * v)));
    return { logit: net.base + sum(votes.map((vote, m) => (present[m] ? vote - net.base : 0))) };
  },
  attention: (net, features, present) => modalityAttention(net, features, present),
  gated(net, features, present) {
    const { M, E, D } = net, all = features.flatMap((h) => [...h]), wide = M * E + 1, z = new Float64Array(D);
    for (let m = 0; m < M; m++) {
      if (!present[m]) continue;
      const gate = linear(net.gates.subarray(m * D * wide, (m + 1) * D * wide), all, D, true), own = linear(net.embed.subarray(m * D * (E + 1), (m + 1) * D * (E + 1)), features[m], D, true);
      for (let d = 0; d < D; d++) z[d] += sigmoid(gate[d]) * Math.tanh(own[d]);
    }
    return { logit: net.bias + sum(Array.from(net.head, (w, d) => w * z[d])) };
  },
};

/** What a fusion says of encoded features when only some modalities are received: { logit }, of attention its maps too. */
export function decide(name, net, features, present) {
  return SAYS[name](net, features.map((h, m) => (present[m] ? h : h.map(() => 0))), present);
}

/** Shapley's shares of value(all received) - value(nobody), one a modality; what is not received has none. */
export function sharesOf(value, present) {
  const members = present.flatMap((here, m) => (here ? [m] : [])), size = members.length, shares = present.map(() => 0);
  const worth = Array.from({ length: 2 ** size }, (_, code) => value(present.map((_, m) => members.some((member, k) => member === m && (code >> k) & 1))));
  const factorial = (n) => (n < 2 ? 1 : n * factorial(n - 1));
  worth.forEach((without, code) => members.forEach((m, k) => {
    if ((code >> k) & 1) return;
    const others = members.filter((_, i) => (code >> i) & 1).length;
    shares[m] += ((factorial(others) * factorial(size - others - 1)) / factorial(size)) * (worth[code | (1 << k)] - without);
  }));
  return shares;
}
