/** Reading a view of five slices, against the bare gets of the rows that it is made of, and their parses. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import { runContest, timeItems } from '../measure/contest.ts';
import { formatShares, profileSteps } from '../measure/step-profile.ts';
import { type BenchGroup, type BenchReport, type BenchSettings, judge } from '../report/bench-row.ts';
import { BATCH, drain, openSubject, withFolder } from '../subject/open-subject.ts';
import { PRODUCT_CONTRACTS, RULE_SET_REF, VIEW_REF } from '../subject/product-contracts.ts';
import { productLines, TENANT_ID } from '../subject/product-lines.ts';

export const VIEW_ROWS: BenchGroup = { id: 'view', run: benchView };

const TARGET = 1.5;

function benchView({ isQuick }: BenchSettings): Promise<BenchReport> {
  const lines = productLines(isQuick ? 300 : 2000);
  const keys = lines.map((line) => line.entityKey);
  const rounds = isQuick ? 5 : 15;
  return withFolder(async (folder) => {
    const path = join(folder, 'ours.db');
    const uncached = await openSubject({ path, contracts: PRODUCT_CONTRACTS, cache: { maxBytes: 0 } });
    const items = lines.map(({ entityKey, json }) => ({
      tenantId: TENANT_ID,
      entityKey,
      version: 1,
      payloadJson: json,
    }));
    await drain(uncached.batch.ingest(items, { concurrency: BATCH }));
    const cached = await openSubject({ path, contracts: PRODUCT_CONTRACTS, cache: { maxBytes: 256 * 1024 * 1024 } });
    const bare = openBareReader(path);
    const contestOf = (ours: () => Promise<unknown>) =>
      runContest({
        ours: () => timeItems(keys.length, ours),
        reference: () => timeItems(keys.length, () => readAllBare(bare.read, keys)),
        rounds,
        warmUpRounds: 3,
      });
    const result = await contestOf(() => viewAll(uncached, keys, { version: 'active' }));
    const cachedResult = await contestOf(() => viewAll(cached, keys, { version: 'active' }));
    const exactResult = await contestOf(() => viewAll(cached, keys, { version: 1, revision: 0 }));
    const shares = await profileSteps(() => viewAll(uncached, keys, { version: 'active' }));
    bare.close();
    await Promise.all([uncached.close(), cached.close()]);
    const against = 'the gets of the same rows in node:sqlite, in one transaction, and their parses';
    return {
      rows: [
        judge({ id: 'view', title: 'view of 5 slices, caches off', against, unit: 'µs', ...result, target: TARGET }),
        judge({ id: 'view-cached', title: 'the same, slices cached', against, unit: 'µs', ...cachedResult }),
        judge({ id: 'view-exact', title: 'the same at a revision, all cached', against, unit: 'µs', ...exactResult }),
      ],
      notes: [
        `view, processor time alone: ${result.processorRatio.toFixed(2)}×`,
        `view, share of each step: ${formatShares(shares)}`,
      ],
    };
  });
}

type Version = { readonly version: 'active' } | { readonly version: number; readonly revision: number };

async function viewAll(runtime: Runtime, keys: readonly string[], version: Version): Promise<void> {
  for (const entityKey of keys) {
    await runtime.queryView({ tenantId: TENANT_ID, entityKey, viewRef: VIEW_REF, ...version });
  }
}

/** The last result stays reachable, so that no work can be optimised away. */
let sink: unknown;

function readAllBare(read: (entityKey: string) => unknown, keys: readonly string[]): void {
  for (const key of keys) sink = read(key);
  if (sink === undefined) throw new Error('bench: the reference read nothing.');
}

function openBareReader(path: string) {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA cache_size = -65536');
  const begin = database.prepare('BEGIN');
  const commit = database.prepare('COMMIT');
  const status = database.prepare('SELECT * FROM status WHERE tenant_id = ? AND entity_key = ?');
  const head = database.prepare(
    `SELECT manifest.* FROM head JOIN manifest USING (commit_number)
     WHERE head.tenant_id = ? AND head.entity_key = ? AND head.rule_set = ?`,
  );
  const slice = database.prepare(
    `SELECT payload FROM slice
     WHERE tenant_id = ? AND entity_key = ? AND rule_set = ? AND slice_type = ? AND slice_hash = ?`,
  );
  const decoder = new TextDecoder();
  const read = (entityKey: string): unknown => {
    begin.run();
    const owed: unknown = JSON.parse(String(status.get(TENANT_ID, entityKey)?.['owed']));
    const manifest: { readonly slices: Readonly<Record<string, string>> } = JSON.parse(
      String(head.get(TENANT_ID, entityKey, RULE_SET_REF)?.['content']),
    );
    const slices: Record<string, unknown> = {};
    for (const [type, hash] of Object.entries(manifest.slices)) {
      const payload = slice.get(TENANT_ID, entityKey, RULE_SET_REF, type, hash)?.['payload'];
      if (!(payload instanceof Uint8Array)) throw new Error(`bench: expected a slice ${type}, found none.`);
      slices[type] = JSON.parse(decoder.decode(payload));
    }
    commit.run();
    return { owed, slices };
  };
  return { read, close: () => database.close() };
}
