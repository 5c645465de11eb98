/**
 * Ingesting into SQLite, against the floor: the same bytes parsed, validated, canonicalised and hashed, and the very
 * rows that the adapter wrote put into bare node:sqlite, one transaction per batch. The floor canonicalises with our
 * own writer, the fastest there is here, and computes none of the rows' other columns.
 */

import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { canonicalRawData, canonicalSlice } from '../../src/domain/canonical/hash.ts';
import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import { runContest, type Timing, timeItems } from '../measure/contest.ts';
import { formatShares, profileSteps } from '../measure/step-profile.ts';
import { type BenchGroup, type BenchReport, type BenchSettings, judge } from '../report/bench-row.ts';
import { BATCH, drain, drainQuietly, openSubject, warmUp, withFolder } from '../subject/open-subject.ts';
import {
  JOINING_CONTRACTS,
  PRODUCT_CONTRACTS,
  PRODUCT_JSON_SCHEMA,
  PRODUCT_SLICES,
} from '../subject/product-contracts.ts';
import { type ProductLine, productLines, TENANT_ID } from '../subject/product-lines.ts';
import { openBareDatabase, type RecordedRow, readRecordedRows } from '../subject/recorded-rows.ts';

export const INGEST_ROWS: BenchGroup = { id: 'ingest', run: benchIngest };

interface IngestCase {
  readonly lines: readonly ProductLine[];
  readonly contracts: readonly unknown[];
  /** Brands that the products join, ingested outside the clock. */
  readonly brands: readonly string[];
}

const REF = { id: 'product', version: '1.0.0' };
const RULE_SET = { id: 'product-core', version: '1.0.0' };
const TARGET = 1.5;

async function benchIngest({ isQuick }: BenchSettings): Promise<BenchReport> {
  const lines = productLines(isQuick ? 500 : 3000);
  const rounds = isQuick ? 3 : 9;
  const plain: IngestCase = { lines, contracts: PRODUCT_CONTRACTS, brands: [] };
  const joined: IngestCase = { lines, contracts: JOINING_CONTRACTS, brands: brandKeysOf(lines) };
  const against = `parse, ajv, canonicalise, hash and the same rows into bare node:sqlite, one transaction per ${BATCH}`;
  const title = `ingest + 5 slices of 2 KB documents, durable batches of ${BATCH}`;
  const plainResult = await contestOf(plain, rounds);
  const joinedResult = await contestOf(joined, Math.ceil(rounds / 2));
  const loopDelay = monitorEventLoopDelay({ resolution: 1 });
  loopDelay.enable();
  await ingestRound(plain);
  loopDelay.disable();
  const shares = await withFolder(async (folder) => {
    const runtime = await openCase(plain, folder);
    const measured = await profileSteps(() => ingestAll(runtime, plain.lines));
    await runtime.close();
    return measured;
  });
  return {
    rows: [
      judge({ id: 'ingest', title, against, unit: 'µs', ...plainResult, target: TARGET }),
      judge({
        id: 'ingest-join',
        title: `${title}, with a LATEST join`,
        against: 'the same floor',
        unit: 'µs',
        ...joinedResult,
      }),
    ],
    notes: [
      `ingest, processor time alone: ${plainResult.processorRatio.toFixed(2)}×; with the join ${joinedResult.processorRatio.toFixed(2)}×`,
      `ingest, share of each step: ${formatShares(shares)}`,
      `ingest, event loop delay: median ${delayMs(loopDelay.percentile(50))} ms, ` +
        `99 % ${delayMs(loopDelay.percentile(99))} ms, longest ${delayMs(loopDelay.max)} ms (timer of 1 ms included)`,
    ],
  };
}

async function contestOf(ingestCase: IngestCase, rounds: number) {
  const rows = await withFolder(async (folder) => {
    const runtime = await openCase(ingestCase, folder);
    await ingestAll(runtime, ingestCase.lines);
    await runtime.close();
    return readRecordedRows(join(folder, 'ours.db'));
  });
  const documents = ingestCase.lines.map(({ entityKey, json }) => ({ json, rows: rows.get(entityKey) ?? [] }));
  return runContest({
    ours: () => ingestRound(ingestCase),
    reference: () => floorRound(documents),
    rounds,
    // The optimiser takes longer over ours, as there is more of it.
    warmUpRounds: 5,
  });
}

function ingestRound(ingestCase: IngestCase): Promise<Timing> {
  return withFolder(async (folder) => {
    const runtime = await openCase(ingestCase, folder);
    // Closing writes the log back into the file: both sides pay for it.
    return timeItems(ingestCase.lines.length, async () => {
      await ingestAll(runtime, ingestCase.lines);
      await runtime.close();
    });
  });
}

async function openCase({ contracts, brands, lines }: IngestCase, folder: string): Promise<Runtime> {
  const runtime = await openSubject({ path: join(folder, 'ours.db'), contracts });
  const tenants = [TENANT_ID, `${TENANT_ID}-warm-up`];
  const sources = tenants.flatMap((tenantId) =>
    brands.map((entityKey) => ({ tenantId, entityKey, version: 1, payload: { name: `Brand ${entityKey}` } })),
  );
  await drain(runtime.batch.ingest(sources));
  await warmUp(runtime, lines[0]?.json ?? '');
  return runtime;
}

function ingestAll(runtime: Runtime, lines: readonly ProductLine[]) {
  const items = lines.map(({ entityKey, json }) => ({ tenantId: TENANT_ID, entityKey, version: 1, payloadJson: json }));
  return drainQuietly(runtime.batch.ingest(items, { concurrency: BATCH }));
}

interface FloorDocument {
  readonly json: string;
  readonly rows: readonly RecordedRow[];
}

const validateProduct = compileProductSchema();

function compileProductSchema() {
  const ajv = new Ajv2020({ strict: true, ownProperties: true });
  // The package is CommonJS: its function is the module's default.
  formats.default(ajv);
  return ajv.compile(PRODUCT_JSON_SCHEMA);
}

function floorRound(documents: readonly FloorDocument[]): Promise<Timing> {
  return withFolder((folder) => {
    const { database, write } = openBareDatabase(join(folder, 'floor.db'));
    return timeItems(documents.length, () => {
      for (let start = 0; start < documents.length; start += BATCH) {
        database.exec('BEGIN IMMEDIATE');
        for (const { json, rows } of documents.slice(start, start + BATCH)) {
          computeFloor(json);
          for (const row of rows) write(row);
        }
        database.exec('COMMIT');
      }
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      database.close();
    });
  });
}

/** The last result stays reachable, so that no work can be optimised away. */
let sink: unknown;

function computeFloor(json: string): void {
  const product: Readonly<Record<string, unknown>> = JSON.parse(json);
  if (!validateProduct(product)) throw new Error('bench: expected a valid sample product.');
  sink = canonicalRawData(product, REF);
  for (const members of Object.values(PRODUCT_SLICES)) {
    const slice: Record<string, unknown> = {};
    for (const member of members) if (product[member] !== undefined) slice[member] = product[member];
    sink = canonicalSlice(slice, RULE_SET);
  }
  if (sink === undefined) throw new Error('bench: the floor did nothing.');
}

function brandKeysOf(lines: readonly ProductLine[]): readonly string[] {
  const ids = lines.map(({ json }): string => JSON.parse(json).brand_id);
  return [...new Set(ids)].map((id) => `brand#${id}`);
}

function delayMs(nanoseconds: number): string {
  return (nanoseconds / 1e6).toFixed(1);
}
