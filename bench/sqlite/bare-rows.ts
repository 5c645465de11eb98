import type { DatabaseSync } from 'node:sqlite';
import { openStoreDatabase } from '../../src/adapters/sqlite/open-database.ts';
import { formatRef } from '../../src/domain/contracts/contract-ref.ts';
import type { DocumentRows } from './document-rows.ts';

/** The reference: the same rows into the same tables by bare statements, one transaction for a batch of documents. */
export function openBareRows(path: string) {
  const database: DatabaseSync = openStoreDatabase({ path, store: 'bare', lockWaitMs: 0 });
  const put = (table: string, columns: number) =>
    database.prepare(`INSERT INTO ${table} VALUES (${Array(columns).fill('?').join(', ')})`);
  const rawData = put('raw_data', 9);
  const status = put('status', 12);
  const changeSet = put('change_set', 10);
  const slice = put('slice', 9);
  const hint = put('hint', 10);
  const manifest = put('manifest', 8);
  const head = put('head', 7);
  const activate = database.prepare(
    `UPDATE status SET counter = ?, state = ?, owed = ?, last_deployed_at = ?, fanned_out_to = ?
     WHERE tenant_id = ? AND entity_key = ?`,
  );
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');

  const putDocument = (rows: DocumentRows) => {
    const { rawData: raw, status: first } = rows.insert;
    const { tenantId, entityKey } = raw;
    const ref = formatRef(rows.commit.manifest.ruleSet);
    const payload = raw.body.kind === 'inline' ? raw.body.bytes : null;
    const schema = formatRef(raw.schema);
    rawData.run(tenantId, entityKey, 1, schema, raw.rawHash, payload, null, payload?.length ?? 0, raw.ingestedAt);
    const owed = JSON.stringify(first.owed);
    status.run(tenantId, entityKey, 1, first.rawHash, schema, 0, 1, first.state, owed, null, first.updatedAt, 0);
    for (const record of rows.once) {
      if (record.kind === 'change-set') {
        const { changedPaths, changedKeys, impactedSlices } = record;
        const meaning = JSON.stringify({ changedPaths, changedKeys, impactedSlices });
        const { changesetHash, ops, changeType, createdAt } = record;
        changeSet.run(tenantId, entityKey, ref, 0, 1, changesetHash, ops, changeType, meaning, createdAt);
      } else {
        const { sliceType, sliceHash, payload: bytes, slicedAt } = record;
        slice.run(tenantId, entityKey, ref, sliceType, sliceHash, 0, bytes, 0, slicedAt);
      }
    }
    for (const { indexKey, sliceType, sliceHash, indexedAt } of rows.hints) {
      hint.run(tenantId, indexKey, 0, entityKey, ref, sliceType, 1, 0, sliceHash, indexedAt);
    }
    const { manifestHash, slices, pins, meta } = rows.commit.manifest;
    const content = JSON.stringify({ slices, pins, meta });
    const { lastInsertRowid } = manifest.run(null, tenantId, entityKey, ref, 1, 0, manifestHash, content);
    head.run(tenantId, entityKey, ref, 1, 0, 0, lastInsertRowid);
    const { active } = rows;
    const { state, lastDeployedAt, fannedOutTo } = active;
    activate.run(2, state, JSON.stringify(active.owed), lastDeployedAt, fannedOutTo, tenantId, entityKey);
  };

  return {
    putBatch(batch: readonly DocumentRows[]): void {
      begin.run();
      for (const rows of batch) putDocument(rows);
      commit.run();
    },
    close: () => database.close(),
  };
}
