import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFilePayloadStore } from '../../../../src/adapters/files/index.ts';
import { openSqliteStore } from '../../../../src/adapters/sqlite/index.ts';
import { openRuntime } from '../../../support/runtime-fixture.ts';
import { temporaryFile } from '../../../support/temporary-file.ts';
import { ERASURE, filesWith, fillPeople, peopleContracts } from './erasure-bench.ts';

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('the files of the embedded store', () => {
  it('hold no byte of what was erased, once the store is closed', async () => {
    const path = temporaryFile('people.db');
    const open = async () =>
      openRuntime(peopleContracts(), {
        store: await openSqliteStore({ path }),
        payloadStore: createFilePayloadStore({ dir: `${path}.payloads` }),
      });
    const filling = await open();
    await fillPeople(filling);
    await filling.close();
    expect(filesWith(filesIn(dirname(path))).length).toBeGreaterThan(1);
    const erasing = await open();
    await erasing.eraseEntity(ERASURE);
    await erasing.close();
    expect(filesWith(filesIn(dirname(path)))).toEqual([]);
  });
});
