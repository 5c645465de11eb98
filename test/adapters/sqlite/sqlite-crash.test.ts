import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../../src/adapters/sqlite/index.ts';
import { loadNodeSqlite } from '../../../src/adapters/sqlite/load-node-sqlite.ts';
import { parseTenantId } from '../../../src/domain/identity.ts';
import type { Store } from '../../../src/ports/store.ts';
import { assertSame } from '../../conformance/suite-api.ts';
import { temporaryFile } from '../../support/temporary-file.ts';
import { writtenEntity } from './written-entity.ts';

const WRITER = join(import.meta.dirname, 'writer-process.ts');
const ROUNDS = 8;

/** Starts a writer and kills it as soon as it has acknowledged so many steps; all that it acknowledged. */
async function runUntilKilled(path: string, writer: string, acknowledgements: number): Promise<string[]> {
  const child: ChildProcessByStdio<null, Readable, null> = spawn(process.execPath, [WRITER, path, writer], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const acknowledged: string[] = [];
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(line);
      if (acknowledged.length === acknowledgements) child.kill('SIGKILL');
    }
  } finally {
    child.kill('SIGKILL');
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
  return acknowledged;
}

/** Everything acknowledged is there as it was written; everything that is there is whole. */
async function expectNothingLost(path: string, acknowledged: readonly string[]): Promise<void> {
  const store = await openSqliteStore({ path });
  try {
    for (const line of acknowledged) await expectAcknowledged(store, line);
    const { items } = await store.range({ range: 'entities', tenantId: parseTenantId('tenant-a'), limit: 1_000 });
    for (const entity of items) await expectWhole(store, entity);
  } finally {
    await store.close();
  }
  const database = new (loadNodeSqlite().DatabaseSync)(path);
  expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  database.close();
}

async function expectAcknowledged(store: Store, line: string): Promise<void> {
  const [step, entity = ''] = line.split(' ');
  const { insert, once, hint, manifest, head, active } = writtenEntity(entity);
  if (step === 'insert') assertSame(await store.batchGet([insert.rawData]), [insert.rawData], line);
  if (step === 'put') {
    assertSame(await store.batchGet(once), once, line);
    const { tenantId, indexKey, shard } = hint;
    assertSame((await store.range({ range: 'hints', tenantId, indexKey, shard, limit: 9 })).items, [hint], line);
  }
  if (step === 'commit') assertSame(await store.batchGet([manifest, head]), [manifest, head], line);
  if (step === 'active') assertSame(await store.batchGet([active]), [active], line);
}

async function expectWhole(store: Store, entity: string): Promise<void> {
  const { insert, manifest, head, active, once } = writtenEntity(entity);
  const [rawData, status, foundManifest, foundHead] = await store.batchGet([insert.rawData, active, manifest, head]);
  assertSame(rawData, insert.rawData);
  assertSame(status, status?.counter === 1 ? insert.status : active);
  assertSame(foundHead?.manifest, foundManifest);
  if (foundManifest) assertSame(await store.batchGet(once), once);
}

describe('a SQLite store whose process is killed', () => {
  it(`holds all that it acknowledged, whole, ${ROUNDS} times over`, async () => {
    const path = temporaryFile('store.db');
    const all: string[] = [];
    const moments = fc.sample(fc.integer({ min: 1, max: 800 }), ROUNDS);
    for (const [round, moment] of moments.entries()) {
      const acknowledged = await runUntilKilled(path, `round${round}`, moment);
      await expectNothingLost(path, acknowledged);
      all.push(...acknowledged);
    }
    await expectNothingLost(path, all);
    expect(all.length).toBeGreaterThanOrEqual(moments.reduce((sum, moment) => sum + moment));
  });

  it('holds all that several processes acknowledged at the same time, each killed at its own moment', async () => {
    const path = temporaryFile('store.db');
    const moments = fc.sample(fc.integer({ min: 50, max: 600 }), 3);
    const acknowledged = await Promise.all(
      moments.map((moment, index) => runUntilKilled(path, `writer${index}`, moment)),
    );
    await expectNothingLost(path, acknowledged.flat());
  });
});
