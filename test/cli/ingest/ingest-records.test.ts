import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type IngestRun, ingestRecords } from '../../../src/cli/ingest/ingest-records.ts';
import {
  addOutcome,
  EMPTY_TALLY,
  type IngestTally,
  type RecordOutcome,
} from '../../../src/cli/ingest/record-outcome.ts';
import type { SplitRecord } from '../../../src/cli/input/split-records.ts';
import { SlicewiseError, validationError } from '../../../src/domain/errors.ts';
import { runBatch } from '../../../src/flows/runtime/batch.ts';
import type { IngestInput, IngestResult, Runtime } from '../../../src/flows/runtime/runtime.ts';

type Answer = (input: IngestInput) => Promise<Partial<IngestResult>>;

const inserted: Answer = async () => ({ outcome: 'inserted', slicing: 'settled', ruleSets: [] });

/** A runtime of which only the batch is called. */
function runtimeOf(answer: Answer): Runtime {
  const ingest = (items: AsyncIterable<IngestInput>, options: object) =>
    runBatch(items, { run: answer, laneOf: (input: IngestInput) => input.entityKey }, options);
  // The run under test calls nothing else of it.
  return { batch: { ingest, insertRawdata: ingest } } as unknown as Runtime;
}

function runOf(answer: Answer, overrides: Partial<IngestRun> = {}): IngestRun {
  return {
    runtime: runtimeOf(answer),
    tenantId: 'default',
    schemaRef: null,
    mode: 'ingest',
    recordBytesMax: 1_000,
    concurrency: 10,
    stop: new AbortController(),
    ...overrides,
  };
}

function good(line: number): SplitRecord {
  const text = JSON.stringify({ entityKey: `a#${line}`, version: 1, payload: {} });
  return { kind: 'record', line, bytes: Buffer.from(text) };
}

const bad = (line: number): SplitRecord => ({ kind: 'record', line, bytes: Buffer.from('{') });

async function collect(records: Iterable<SplitRecord>, run: IngestRun) {
  async function* read() {
    yield* records;
  }
  const outcomes: RecordOutcome[] = [];
  let tally: IngestTally = EMPTY_TALLY;
  for await (const outcome of ingestRecords(read(), run)) {
    outcomes.push(outcome);
    tally = addOutcome(tally, outcome);
  }
  return { outcomes, tally };
}

describe('ingesting records', () => {
  it('tells what became of each, in the order of the input', async () => {
    const answer: Answer = async ({ entityKey }) => {
      if (entityKey === 'a#4') throw validationError('rawdata.schema_mismatch', 'no');
      return entityKey === 'a#5' ? { outcome: 'unchanged', slicing: 'settled', ruleSets: [] } : inserted({} as never);
    };
    const records = [
      good(1),
      bad(2),
      good(3),
      good(4),
      good(5),
      { kind: 'oversized' as const, line: 6, recordBytes: 9_999 },
    ];
    const { outcomes, tally } = await collect(records, runOf(answer));
    expect(outcomes.map(({ line, outcome }) => [line, outcome])).toEqual([
      [1, 'inserted'],
      [2, 'refused'],
      [3, 'inserted'],
      [4, 'refused'],
      [5, 'unchanged'],
      [6, 'refused'],
    ]);
    expect(tally).toMatchObject({ read: 6, inserted: 2, unchanged: 1, refused: 3, failed: 0 });
    expect(tally.reasons.refused).toEqual({ 'json.syntax': 1, 'rawdata.schema_mismatch': 1, 'record.too_long': 1 });
  });

  it('loses none, however refused and good records are mixed and however many wait', async () => {
    const records = Array.from({ length: 5_000 }, (_, index) => (index % 7 === 0 ? good(index + 1) : bad(index + 1)));
    const { outcomes } = await collect(records, runOf(inserted));
    expect(outcomes.map(({ line }) => line)).toEqual(records.map(({ line }) => line));
  });

  it('holds back no more than a bounded number of refused records behind one that is under way', async () => {
    let read = 0;
    let readWhileUnderWay = 0;
    function* records() {
      yield good(1);
      for (read = 2; read < 20_000; read += 1) yield bad(read);
    }
    const answer: Answer = async (input) => {
      await untilSteady(() => read);
      readWhileUnderWay = read;
      return inserted(input);
    };
    const { tally } = await collect(records(), runOf(answer));
    expect(tally).toMatchObject({ read: 19_999, inserted: 1, refused: 19_998 });
    expect(readWhileUnderWay).toBeLessThan(1_100);
  });

  it('counts a version whose slicing was refused as such, with the reasons', async () => {
    const error = validationError('join.source_missing', 'no').toJSON();
    const answer: Answer = async () => ({
      outcome: 'inserted',
      slicing: 'refused',
      ruleSets: [
        { ruleSetRef: 'a@1.0.0', outcome: 'refused', error, decisionTraceId: 'dt_a' },
        { ruleSetRef: 'b@1.0.0', outcome: 'refused', error, decisionTraceId: 'dt_b' },
      ],
    });
    const { tally } = await collect([good(1)], runOf(answer));
    expect(tally).toMatchObject({ read: 1, inserted: 0, slicingRefused: 1 });
    expect(tally.reasons.slicingRefused).toEqual({ 'join.source_missing': 1 });
  });

  it('stops reading when the store fails, and reports what was under way', async () => {
    const answer: Answer = async ({ entityKey }) => {
      if (entityKey === 'a#3')
        throw new SlicewiseError({ category: 'StorageUnavailable', code: 'store.full', message: 'no' });
      return inserted({} as never);
    };
    const run = runOf(answer, { concurrency: 2 });
    const { tally } = await collect(
      Array.from({ length: 100 }, (_, index) => good(index + 1)),
      run,
    );
    expect(run.stop.signal.aborted).toBe(true);
    expect(tally.failed).toBe(1);
    expect(tally.reasons.failed).toEqual({ 'store.full': 1 });
    expect(tally.read).toBeLessThan(10);
    expect(tally.inserted + tally.failed).toBe(tally.read);
  });

  it('goes on behind a lost race', async () => {
    const answer: Answer = async ({ entityKey }) => {
      if (entityKey === 'a#3')
        throw new SlicewiseError({ category: 'Conflict', code: 'ingest.conflict', message: 'no' });
      return inserted({} as never);
    };
    const { tally } = await collect(
      Array.from({ length: 20 }, (_, index) => good(index + 1)),
      runOf(answer),
    );
    expect(tally).toMatchObject({ read: 20, inserted: 19, failed: 1 });
  });

  it('stops when it is told to, and finishes what it has begun', async () => {
    const run = runOf(inserted, { concurrency: 5 });
    let seen = 0;
    for await (const _ of ingestRecords(asAsync(Array.from({ length: 1_000 }, (_, index) => good(index + 1))), run)) {
      seen += 1;
      if (seen === 10) run.stop.abort();
    }
    expect(seen).toBeGreaterThanOrEqual(10);
    expect(seen).toBeLessThan(20);
  });

  it('reports what came in front of damage before it says what is damaged', async () => {
    async function* damaged() {
      yield good(1);
      yield bad(2);
      throw validationError('input.malformed', 'file:3: damaged');
    }
    const lines: number[] = [];
    const reading = (async () => {
      for await (const { line } of ingestRecords(damaged(), runOf(inserted))) lines.push(line);
    })();
    await expect(reading).rejects.toThrow('file:3: damaged');
    expect(lines).toEqual([1, 2]);
  });
});

/** Resolves once nothing moves any more, however long anybody takes. */
async function untilSteady(value: () => number): Promise<void> {
  for (let seen = Number.NaN; seen !== value(); ) {
    seen = value();
    for (let turn = 0; turn < 50; turn += 1) await nextTurn();
  }
}

async function* asAsync<Item>(items: Iterable<Item>): AsyncGenerator<Item, void, undefined> {
  yield* items;
}

describe('the reasons of a run', () => {
  it('counts those that followed beside the outcomes, which add up alone', () => {
    const fanOut = { outcome: 'owed', revised: 2, sliced: 1, cutOff: 4, refused: 5 };
    const outcome = { line: 1, outcome: 'inserted', result: { ruleSets: [], fanOut } } as unknown as RecordOutcome;
    const tally = addOutcome(addOutcome(EMPTY_TALLY, outcome), outcome);
    expect(tally).toMatchObject({ read: 2, inserted: 2, followed: 6, followersRefused: 10, fanOutOwed: 2 });
  });

  it('count a record once for each code, however many rule sets it met it under', () => {
    const refusedWith = (code: string) => ({ ruleSetRef: 'a@1.0.0', outcome: 'refused', error: { code } });
    const ruleSets = ['join.source_missing', 'slice.too_large', 'join.source_missing'].map(refusedWith);
    // The count looks at nothing else of a result.
    const outcome = { line: 1, outcome: 'slicingRefused', result: { ruleSets } } as unknown as RecordOutcome;
    const { reasons } = addOutcome(addOutcome(EMPTY_TALLY, outcome), outcome);
    expect(reasons.slicingRefused).toEqual({ 'join.source_missing': 2, 'slice.too_large': 2 });
  });
});
