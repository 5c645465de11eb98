import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFilePayloadStore } from '../../../src/adapters/files/payload-files.ts';
import { isStoreUnavailable } from '../../../src/ports/store-errors.ts';
import { describePayloadStore } from '../../conformance/payload-store.suite.ts';
import { locationOf, someBytes } from '../../conformance/record-builders.ts';
import { temporaryFile } from '../../support/temporary-file.ts';

describePayloadStore(
  { describe, it },
  { name: 'files', open: async () => createFilePayloadStore({ dir: temporaryFile('payloads') }) },
);

describe('the payload folder', () => {
  it('holds everything that any key puts, and nothing lies beside it', async () => {
    const dir = temporaryFile('payloads');
    const store = createFilePayloadStore({ dir });
    for (const entity of ['product#../../../escaped', 'product#/escaped', 'product#a\\..\\escaped']) {
      await store.put(locationOf({ tenant: '..', entity }), someBytes(entity));
    }
    expect(readdirSync(dirname(dir))).toEqual(['payloads']);
    expect(filesIn(dir)).toHaveLength(3);
  });

  it('has names that no case-insensitive or short-named file system runs together', async () => {
    const dir = temporaryFile('payloads');
    await createFilePayloadStore({ dir }).put(locationOf({ entity: `P#${'É'.repeat(250)}` }), someBytes('x'));
    for (const path of filesIn(dir)) expect(path).toMatch(/^[0-9a-f]{64}\/[0-9a-f]{2}\/[0-9a-f]{64}\/[0-9a-f]{64}\.0$/);
  });

  it('holds no temporary file once puts are done, racing ones included', async () => {
    const dir = temporaryFile('payloads');
    const store = createFilePayloadStore({ dir });
    await Promise.all(Array.from({ length: 10 }, () => store.put(locationOf(), someBytes('payload'))));
    expect(filesIn(dir)).toHaveLength(1);
  });

  it('may hold what a killed put left behind; it is never read', async () => {
    const dir = temporaryFile('payloads');
    const store = createFilePayloadStore({ dir });
    await store.put(locationOf(), someBytes('payload'));
    const [path] = filesIn(dir);
    writeFileSync(join(dir, `${path}.left-over.tmp`), 'pay');
    expect(await store.get(locationOf())).toEqual(Buffer.from('payload'));
  });

  it('lists and deletes what a killed put left behind: it may hold all of a payload', async () => {
    const dir = temporaryFile('payloads');
    const store = createFilePayloadStore({ dir });
    await store.put(locationOf(), someBytes('payload'));
    const [path = ''] = filesIn(dir);
    const other = path.replace(/\.0$/, '.7');
    writeFileSync(join(dir, `${path}.left-over.tmp`), 'pay');
    writeFileSync(join(dir, `${other}.left-over.tmp`), 'payl');
    const { items } = await store.list({ ...locationOf(), limit: 10 });
    expect(items.map(({ location, payloadBytes }) => [location.generation, payloadBytes])).toEqual([
      [0, 7],
      [7, 4],
    ]);
    for (const { location } of items) await store.delete(location);
    expect(filesIn(dir)).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)('that cannot be written is a soft error that names it', async () => {
    const dir = temporaryFile('payloads');
    mkdirSync(dir);
    chmodSync(dir, 0o500);
    await expect(createFilePayloadStore({ dir }).put(locationOf(), someBytes('x'))).rejects.toSatisfy(
      isStoreUnavailable,
    );
  });

  it('whose name is taken by a file is a soft error that names it', async () => {
    const dir = temporaryFile('payloads');
    writeFileSync(dir, 'a file');
    const store = createFilePayloadStore({ dir });
    await expect(store.put(locationOf(), someBytes('x'))).rejects.toSatisfy(isStoreUnavailable);
    await expect(store.get(locationOf())).rejects.toThrow(dir);
  });
});

function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1));
}
