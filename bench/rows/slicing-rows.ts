/**
 * Slicing a version whose price alone changed INCREMENTAL, against slicing that very version FULL into a store that
 * holds just its RawData; both in batches. The ChangeSet that INCREMENTAL starts from is made outside the clock and
 * printed as a row of its own.
 */
import { join } from 'node:path';
import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import { quantile, runContest, type Timing, timeItems } from '../measure/contest.ts';
import { formatShares, profileSteps } from '../measure/step-profile.ts';
import { type BenchGroup, type BenchReport, type BenchSettings, judge } from '../report/bench-row.ts';
import { type EntityRows, openBareWriter, rowsWritten } from '../sqlite/written-rows.ts';
import { BATCH, drain, openSubject, warmUp, withFolder } from '../subject/open-subject.ts';
import { PRODUCT_CONTRACTS, RULE_SET_REF } from '../subject/product-contracts.ts';
import { type ProductLine, productLines, repriced, TENANT_ID } from '../subject/product-lines.ts';
import { readRecordedRows } from '../subject/recorded-rows.ts';

export const SLICING_ROWS: BenchGroup = { id: 'slicing', run: benchSlicing };

const TARGET = 0.4;
const CONCURRENT = { concurrency: BATCH };

async function benchSlicing({ isQuick }: BenchSettings): Promise<BenchReport> {
  const lines = productLines(isQuick ? 300 : 1500);
  const changeSetUs: number[] = [];
  const result = await runContest({
    ours: () =>
      withRuntime(lines, async (runtime) => {
        const { changeSet, incremental } = await incrementalRound(runtime, lines);
        changeSetUs.push(changeSet.wallUs);
        return incremental;
      }),
    reference: () => withRuntime(lines, (runtime) => fullRound(runtime, lines)),
    rounds: isQuick ? 3 : 9,
    warmUpRounds: 4,
  });
  const changeSet = quantile(changeSetUs, 0.5);
  const bare = await contestOfBareRows(lines, isQuick ? 3 : 9);
  const title = `slicing INCREMENTAL, 1 of 5 types changed, batches of ${BATCH}`;
  const against = 'the same version FULL into a store that holds just the RawData';
  return {
    rows: [
      judge({ id: 'slicing-incremental', title, against, unit: 'µs', ...result, target: TARGET }),
      judge({
        id: 'slicing-changeset',
        title: 'the ChangeSet before it',
        against,
        unit: 'µs',
        ours: changeSet,
        reference: result.reference,
      }),
      judge({
        id: 'slicing-bare',
        title: 'the rows alone that INCREMENTAL reads and writes, in bare node:sqlite',
        against: 'those that FULL reads and writes',
        unit: 'µs',
        ...bare,
      }),
    ],
    notes: [
      `slicing-incremental, processor time alone: ${result.processorRatio.toFixed(2)}×`,
      `slicing INCREMENTAL, share of each step: ${formatShares(await withRuntime(lines, (r) => profileIncremental(r, lines)))}`,
      `slicing FULL, share of each step: ${formatShares(await withRuntime(lines, (r) => profileFull(r, lines)))}`,
    ],
  };
}

function withRuntime<Result>(
  lines: readonly ProductLine[],
  use: (runtime: Runtime) => Promise<Result>,
): Promise<Result> {
  return withFolder(async (folder) => {
    const runtime = await openSubject({ path: join(folder, 'ours.db'), contracts: PRODUCT_CONTRACTS });
    await warmUp(runtime, lines[0]?.json ?? '');
    const result = await use(runtime);
    await runtime.close();
    return result;
  });
}

async function incrementalRound(runtime: Runtime, lines: readonly ProductLine[]) {
  await prepareIncremental(runtime, lines);
  const changeSet = await timeItems(lines.length, () => createChangeSets(runtime, lines));
  return { changeSet, incremental: await timeItems(lines.length, () => sliceIncremental(runtime, lines)) };
}

async function fullRound(runtime: Runtime, lines: readonly ProductLine[]): Promise<Timing> {
  await insertSecondVersions(runtime, lines);
  return timeItems(lines.length, () => sliceFull(runtime, lines));
}

/** The least that both can cost: their gets and puts without anything computed, one transaction per batch. */
async function contestOfBareRows(lines: readonly ProductLine[], rounds: number) {
  const incremental = await recordedStep(lines, prepareWithChangeSets, sliceIncremental);
  const full = await recordedStep(lines, insertSecondVersions, sliceFull);
  return runContest({
    ours: () => bareRound(incremental, ['status', 'raw_data', 'head', 'manifest', 'change_set']),
    reference: () => bareRound(full, ['status', 'raw_data']),
    rounds,
    warmUpRounds: 2,
  });
}

async function prepareWithChangeSets(runtime: Runtime, lines: readonly ProductLine[]): Promise<void> {
  await prepareIncremental(runtime, lines);
  await createChangeSets(runtime, lines);
}

type Step = (runtime: Runtime, lines: readonly ProductLine[]) => Promise<unknown>;

/** What was there before a step, and what it wrote, entity by entity. */
interface RecordedStep {
  readonly before: readonly EntityRows[];
  readonly written: readonly EntityRows[];
}

function recordedStep(lines: readonly ProductLine[], prepare: Step, step: Step): Promise<RecordedStep> {
  return withFolder(async (folder) => {
    const path = join(folder, 'ours.db');
    const runtime = await openSubject({ path, contracts: PRODUCT_CONTRACTS });
    await prepare(runtime, lines);
    const before = readRecordedRows(path);
    await step(runtime, lines);
    const after = readRecordedRows(path);
    await runtime.close();
    const keys = lines.map((line) => line.entityKey);
    const rowsOf = (rows: typeof before, key: string) => rows.get(key) ?? [];
    return {
      before: keys.map((key) => rowsOf(before, key)),
      written: keys.map((key) => rowsWritten(rowsOf(before, key), rowsOf(after, key))),
    };
  });
}

function bareRound({ before, written }: RecordedStep, read: readonly string[]): Promise<Timing> {
  return withFolder((folder) => {
    const bare = openBareWriter(join(folder, 'bare.db'));
    bare.together(() => {
      for (const row of before.flat()) bare.put(row);
    });
    // The newest of each kind is the last in its table.
    const gets = before.map((rows) => read.flatMap((table) => rows.findLast((row) => row.table === table) ?? []));
    const timing = timeItems(before.length, () => {
      for (let start = 0; start < before.length; start += BATCH) {
        bare.together(() => {
          for (const row of gets.slice(start, start + BATCH).flat()) bare.get(row);
          for (const row of written.slice(start, start + BATCH).flat()) bare.put(row);
        });
      }
    });
    return timing.finally(() => bare.close());
  });
}

async function profileIncremental(runtime: Runtime, lines: readonly ProductLine[]) {
  await prepareIncremental(runtime, lines);
  await createChangeSets(runtime, lines);
  return profileSteps(() => sliceIncremental(runtime, lines));
}

async function profileFull(runtime: Runtime, lines: readonly ProductLine[]) {
  await insertSecondVersions(runtime, lines);
  return profileSteps(() => sliceFull(runtime, lines));
}

async function prepareIncremental(runtime: Runtime, lines: readonly ProductLine[]): Promise<void> {
  const items = lines.map(({ entityKey, json }) => ({ tenantId: TENANT_ID, entityKey, version: 1, payloadJson: json }));
  await drain(runtime.batch.ingest(items, CONCURRENT));
  await insertSecondVersions(runtime, lines);
}

function insertSecondVersions(runtime: Runtime, lines: readonly ProductLine[]) {
  const items = lines.map(repriced).map(({ entityKey, json }) => {
    return { tenantId: TENANT_ID, entityKey, version: 2, payloadJson: json };
  });
  return drain(runtime.batch.insertRawdata(items, CONCURRENT));
}

function createChangeSets(runtime: Runtime, lines: readonly ProductLine[]) {
  const versions = { fromVersion: 1, toVersion: 2, ruleSetRef: RULE_SET_REF };
  const items = lines.map(({ entityKey }) => ({ tenantId: TENANT_ID, entityKey, ...versions }));
  return drain(runtime.batch.createChangeSet(items, CONCURRENT));
}

async function sliceIncremental(runtime: Runtime, lines: readonly ProductLine[]): Promise<void> {
  const how = { version: 2, fromVersion: 1, mode: 'INCREMENTAL', ruleSetRef: RULE_SET_REF } as const;
  const items = lines.map(({ entityKey }) => ({ tenantId: TENANT_ID, entityKey, ...how }));
  for (const { slices } of await drain(runtime.batch.slicing(items, CONCURRENT))) {
    const rebuilt = slices.filter((slice) => slice.rebuilt !== null).length;
    if (rebuilt !== 1) throw new Error(`bench: expected 1 slice to be built again, found ${rebuilt}.`);
  }
}

function sliceFull(runtime: Runtime, lines: readonly ProductLine[]) {
  const how = { version: 2, mode: 'FULL_REBUILD', ruleSetRef: RULE_SET_REF } as const;
  return drain(
    runtime.batch.slicing(
      lines.map(({ entityKey }) => ({ tenantId: TENANT_ID, entityKey, ...how })),
      CONCURRENT,
    ),
  );
}
