import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createObjectRegistry } from '../../src/adapters/memory/contract-objects.ts';
import { openSqliteStore } from '../../src/adapters/sqlite/sqlite-store.ts';
import { createRuntime } from '../../src/flows/runtime/create-runtime.ts';
import type { BatchOutcome, Runtime } from '../../src/flows/runtime/runtime.ts';
import type { CreateRuntimeOptions } from '../../src/flows/runtime/runtime-options.ts';
import { TENANT_ID } from './product-lines.ts';

/** How many documents make a batch, on both sides. */
export const BATCH = 100;

/** Does something with a folder that exists meanwhile. */
export async function withFolder<Result>(use: (folder: string) => Promise<Result> | Result): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'slicewise-bench-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface SubjectOptions {
  readonly path: string;
  readonly contracts: readonly unknown[];
  readonly cache?: NonNullable<CreateRuntimeOptions['cache']>;
  readonly groupMs?: number;
}

/** A runtime over a SQLite file. */
export async function openSubject({ path, contracts, cache, groupMs }: SubjectOptions): Promise<Runtime> {
  const store = await openSqliteStore({ path, ...(groupMs !== undefined && { groupMs }) });
  return createRuntime({ store, registry: createObjectRegistry(contracts), ...(cache !== undefined && { cache }) });
}

/** Takes all outcomes of a batch; one that failed ends the benchmark. */
export async function drain<Result>(outcomes: AsyncIterable<BatchOutcome<Result>>): Promise<readonly Result[]> {
  const results: Result[] = [];
  for await (const outcome of outcomes) {
    if (!outcome.ok) throw outcome.error;
    results.push(outcome.result);
  }
  return results;
}

/** Loads, links and proves the contracts by ingesting one product, so that no round pays for it. */
export async function warmUp(runtime: Runtime, payloadJson: string): Promise<void> {
  await runtime.ingest({ tenantId: `${TENANT_ID}-warm-up`, entityKey: 'product#warm-up', version: 1, payloadJson });
}

/** As `drain`, and holds nothing; answers how many there were. */
export async function drainQuietly(outcomes: AsyncIterable<BatchOutcome<unknown>>): Promise<number> {
  let count = 0;
  for await (const outcome of outcomes) {
    if (!outcome.ok) throw outcome.error;
    count += 1;
  }
  return count;
}
