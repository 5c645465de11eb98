import { copyFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkplace, item, ndjson, type Workplace } from './support/cli.ts';
import { read, readJson, refusalOf } from './support/read-output.ts';

const RULE_SET = 'item-core@1.0.0';
const MAKER = 'maker#M1';
const ITEMS = 7;

let cleanUp = async () => {};
let prepared: Workplace;

beforeAll(async () => {
  prepared = await createWorkplace((clean) => {
    cleanUp = clean;
  });
  const items = Array.from({ length: ITEMS }, (_, index) => item(index + 1, 1, { maker_id: 'M1' }));
  await prepared.run(['ingest', '-'], { stdin: ndjson([maker(1, 'Acme'), ...items]) });
});

afterAll(() => cleanUp());

function maker(version: number, name: string) {
  return { entityKey: MAKER, version, payload: { name } };
}

/** A maker and its items, and an index without entries, which is known. */
async function withLostIndex(): Promise<Workplace> {
  const work = await createWorkplace();
  await copyFile(prepared.path('slicewise.db'), work.path('slicewise.db'));
  await readJson(work, ['admin', 'reindex', RULE_SET, '--mark-only']);
  const database = new DatabaseSync(work.path('slicewise.db'));
  database.exec('DELETE FROM hint');
  database.close();
  return work;
}

describe('slicewise admin reindex', () => {
  it('puts the entries back, counts them, and says how to go on', async () => {
    const work = await withLostIndex();
    const text = await read(work, ['admin', 'reindex', RULE_SET]);
    expect(text).toMatch(/^index +complete\nentities looked at +7\nentries put +7\nWhat waited .*: slicewise resume /);
    expect(await readJson(work, ['index', 'IDX#maker#M1#item'])).toHaveLength(ITEMS);
  });

  it('makes a fan-out possible that was refused without it', async () => {
    const work = await withLostIndex();
    await work.run(['ingest', '-'], { stdin: ndjson([maker(2, 'Acme Works')]) });
    const refused = await work.run(['fan-out', MAKER, '--json']);
    expect({ exitCode: refused.exitCode, code: JSON.parse(refused.stderr).error.code }).toEqual({
      exitCode: 1,
      code: 'index.missing',
    });
    await read(work, ['admin', 'reindex', RULE_SET]);
    expect(await readJson(work, ['resume'])).toMatchObject([{ fannedOut: 1, fanOutOwed: 0 }]);
  });

  it('gives machines the counts', async () => {
    const work = await withLostIndex();
    expect(await readJson(work, ['admin', 'reindex', RULE_SET])).toEqual([
      { tenantId: 'default', ruleSetRef: RULE_SET, state: 'complete', entities: ITEMS, entries: ITEMS, unreadable: 0 },
    ]);
  });

  it('is of the tenant that it is for', async () => {
    const work = await withLostIndex();
    const [other] = await readJson(work, ['admin', 'reindex', RULE_SET, '--tenant', 'other']);
    expect(other).toMatchObject({ tenantId: 'other', entities: 0 });
    expect((await work.run(['fan-out', MAKER, '0', '1'])).stderr).toContain('index.missing');
  });

  it('only marks where it is told to, and says how to rebuild', async () => {
    const work = await createWorkplace();
    await copyFile(prepared.path('slicewise.db'), work.path('slicewise.db'));
    const text = await read(work, ['admin', 'reindex', RULE_SET, '--mark-only', '--store', 'slicewise.db']);
    expect(text).toContain('not trusted any more\n');
    expect(text).toContain(`To rebuild it: slicewise admin reindex ${RULE_SET} `);
    expect(text).toContain('--store slicewise.db');
    expect((await work.run(['fan-out', MAKER, '0', '1'])).stderr).toContain('index.missing');
  });

  it('goes on from the start where nothing was stopped', async () => {
    const work = await withLostIndex();
    const [counts] = await readJson(work, ['admin', 'reindex', RULE_SET, '--go-on']);
    expect(counts).toMatchObject({ state: 'complete', entities: ITEMS });
  });

  it.each([
    ['a rule set that nobody knows', ['admin', 'reindex', 'nowhere@1.0.0'], 1, 'contract.unknown'],
    ['no rule set', ['admin', 'reindex'], 2, 'cli.usage'],
    ['marking and going on at once', ['admin', 'reindex', RULE_SET, '--mark-only', '--go-on'], 2, 'cli.usage'],
    ['a store that is not there', ['admin', 'reindex', RULE_SET, '--store', 'none.db'], 1, 'store.not_found'],
  ])('refuses %s', async (_, args, exitCode, code) => {
    expect(await refusalOf(await withLostIndex(), args)).toMatchObject({ exitCode, code });
  });
});
