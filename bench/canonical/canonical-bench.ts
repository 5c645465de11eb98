/**
 * What canonical bytes and their SHA-256 cost, against the `canonicalize` package and against JSON.stringify, and what
 * strict parsing costs against JSON.parse. Everything in one process, in interleaved rounds; medians.
 *
 * Alone: `node --expose-gc bench/canonical/canonical-bench.ts`.
 */
import { createHash, hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { canonicalRawData } from '../../src/domain/canonical/hash.ts';
import { parseJson } from '../../src/domain/canonical/parse-json.ts';
import { collectGarbage } from '../measure/contest.ts';
import { sampleProducts } from './sample-products.ts';

/** One line of the report: times in microseconds per document. */
export interface BenchRow {
  readonly id: string;
  readonly ours: number;
  readonly reference: number;
  /** ours / reference: below 1, ours is faster. */
  readonly ratio: number;
  /** The 10th and 90th percentile of the rounds' ratios. */
  readonly spread: readonly [number, number];
  /** The most that `ratio` may be; absent in rows that only inform. */
  readonly target?: number;
  readonly ok?: boolean;
}

interface Contest<Item> {
  readonly id: string;
  readonly items: readonly Item[];
  readonly ours: (item: Item) => unknown;
  readonly reference: (item: Item) => unknown;
  readonly target?: number;
}

const SCHEMA = { id: 'product', version: '2.1.0' };
const DOCUMENTS = 500;
const WARM_UP_ROUNDS = 12;
const ROUNDS = 60;

export function benchCanonical(): readonly BenchRow[] {
  const products = sampleProducts(DOCUMENTS);
  const texts = products.map((product) => JSON.stringify(product));
  const encoder = new TextEncoder();
  const parsed = texts.map((text): unknown => JSON.parse(text));
  return [
    runContest({
      id: 'canonical bytes + SHA-256 against canonicalize + createHash',
      items: products,
      ours: (product) => canonicalRawData(product, SCHEMA),
      reference: (product) =>
        createHash('sha256')
          .update(canonicalize(product) ?? '')
          .digest('hex'),
      target: 1 / 2.5,
    }),
    runContest({
      id: 'canonical bytes + SHA-256 against JSON.stringify + crypto.hash',
      items: products,
      ours: (product) => canonicalRawData(product, SCHEMA),
      reference: (product) => hash('sha256', JSON.stringify(product), 'hex'),
      target: 1.8,
    }),
    runContest({
      id: 'the same on objects from JSON.parse',
      items: parsed,
      ours: (product) => canonicalRawData(product, SCHEMA),
      reference: (product) => hash('sha256', JSON.stringify(product), 'hex'),
    }),
    runContest({
      id: 'parseJson against JSON.parse, strings',
      items: texts,
      ours: (text) => parseJson(text),
      reference: (text) => JSON.parse(text),
    }),
    runContest({
      id: 'parseJson against TextDecoder + JSON.parse, bytes',
      items: texts.map((text) => encoder.encode(text)),
      ours: (bytes) => parseJson(bytes),
      reference: (bytes) => JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)),
    }),
  ];
}

function runContest<Item>(contest: Contest<Item>): BenchRow {
  const ours: number[] = [];
  const reference: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    collectGarbage();
    const oursUs = timePerItemUs(contest.items, contest.ours);
    collectGarbage();
    const referenceUs = timePerItemUs(contest.items, contest.reference);
    if (round < 0) continue;
    ours.push(oursUs);
    reference.push(referenceUs);
  }
  // Both lists have one entry per round.
  const ratios = ours.map((time, round) => time / (reference[round] as number));
  const ratio = quantile(ours, 0.5) / quantile(reference, 0.5);
  return {
    id: contest.id,
    ours: quantile(ours, 0.5),
    reference: quantile(reference, 0.5),
    ratio,
    spread: [quantile(ratios, 0.1), quantile(ratios, 0.9)],
    ...(contest.target !== undefined && { target: contest.target, ok: ratio <= contest.target }),
  };
}

/** Keeps the last result alive, so that no work can be optimised away. */
let sink: unknown;

function timePerItemUs<Item>(items: readonly Item[], run: (item: Item) => unknown): number {
  const start = process.hrtime.bigint();
  for (const item of items) sink = run(item);
  const elapsedNs = Number(process.hrtime.bigint() - start);
  if (sink === undefined) throw new Error('The benchmark did nothing.');
  return elapsedNs / 1000 / items.length;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
}

if (process.argv[1] === import.meta.filename) {
  for (const { id, ours, reference, ratio, spread, target, ok } of benchCanonical()) {
    const verdict = target === undefined ? '' : ` target ≤ ${target.toFixed(2)} ${ok ? 'ok' : 'MISSED'}`;
    const range = `${spread[0].toFixed(2)}–${spread[1].toFixed(2)}`;
    console.log(
      `${id.padEnd(64)} ${ours.toFixed(2)} µs / ${reference.toFixed(2)} µs = ${ratio.toFixed(2)} (${range})${verdict}`,
    );
  }
}
