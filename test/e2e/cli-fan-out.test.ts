import { copyFile, readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkplace, item, ndjson, type Workplace } from './support/cli.ts';
import { read, readJson, refusalOf } from './support/read-output.ts';

const RULE_SET = 'item-core@1.0.0';
const MAKER = 'maker#M1';
const INDEX_KEY = 'IDX#maker#M1#item';
const ITEMS = 7;

function maker(version: number, name: string) {
  return { entityKey: MAKER, version, payload: { name } };
}

let cleanUp = async () => {};
let prepared: Workplace;

beforeAll(async () => {
  prepared = await createWorkplace((clean) => {
    cleanUp = clean;
  });
  const items = Array.from({ length: ITEMS }, (_, index) => item(index + 1, 1, { maker_id: 'M1' }));
  await prepared.run(['ingest', '-'], { stdin: ndjson([maker(1, 'Acme'), ...items]) });
  await prepared.run(['ingest', '-', '--insert-only'], { stdin: ndjson([maker(2, 'Acme Works')]) });
  await prepared.run(['fan-out', MAKER, '--out', 'plan.json']);
});

afterAll(() => cleanUp());

/** A maker and its items, the maker renamed and nobody told; and `plan.json`, by which they can be. */
async function withRenamedMaker(): Promise<Workplace> {
  const work = await createWorkplace();
  for (const name of ['slicewise.db', 'plan.json']) await copyFile(prepared.path(name), work.path(name));
  return work;
}

async function revisionsOf(work: Workplace, entityKey: string): Promise<readonly unknown[]> {
  const commits = await readJson(work, ['versions', entityKey, '--rule-set', RULE_SET]);
  return commits.map(({ version, revision }) => [version, revision]);
}

describe('slicewise fan-out', () => {
  it('shows the plan of what is owed, long lists cut, and then what became of it', async () => {
    const work = await withRenamedMaker();
    const text = await read(work, ['fan-out', MAKER]);
    expect(text).toMatch(/^fan-out of 1 change\n {2}maker#M1 v1 → v2\nplan +sha256:[0-9a-f]{12}\nparents +7 /);
    expect(text).toMatch(/joined maker#M1 +item-core@1\.0\.0 +ITEM_MAKER +7 +item#1, item#2, item#3 and 4 more\n/);
    expect(text).toMatch(/\nrevised +7\nsliced +1\nunchanged +0\nsettled +1 of 1\n$/);
    expect(await revisionsOf(work, 'item#7')).toEqual([
      [1, 1],
      [1, 0],
    ]);
  });

  it('says so where nothing is owed', async () => {
    const work = await withRenamedMaker();
    await work.run(['fan-out', MAKER]);
    expect(await read(work, ['fan-out', MAKER])).toMatch(/^maker#M1: nothing is owed/);
    expect(await readJson(work, ['fan-out', MAKER])).toEqual([{ plan: null, result: null }]);
  });

  it('gives machines the plan and its result', async () => {
    const work = await withRenamedMaker();
    const [outcome] = await readJson(work, ['fan-out', MAKER, '1', '2']);
    expect(outcome).toMatchObject({
      plan: { kind: 'fan-out-plan', changes: [{ entityKey: MAKER, fromVersion: 1, toVersion: 2 }] },
      result: { revised: 7, sliced: 1, unchanged: 0, refused: [], settled: 1 },
    });
  });

  it('builds nothing where only the plan is wanted', async () => {
    const work = await withRenamedMaker();
    const [outcome] = await readJson(work, ['fan-out', MAKER, '--plan-only']);
    expect(outcome).toMatchObject({ plan: { counts: { parents: 7 } }, result: null });
    expect(await revisionsOf(work, 'item#1')).toEqual([[1, 0]]);
  });

  it('writes a plan as a whole, says how to apply it, and applies it as it was made', async () => {
    const work = await withRenamedMaker();
    const written = await read(work, ['fan-out', MAKER, '--out', 'a plan.json']);
    expect(written).toContain("To apply the plan: slicewise fan-out --plan 'a plan.json' --contracts ");
    expect(await revisionsOf(work, 'item#1')).toEqual([[1, 0]]);
    expect((await readdir(work.dir)).filter((name) => name.includes('.tmp'))).toEqual([]);
    const [applied] = await readJson(work, ['fan-out', '--plan', 'a plan.json']);
    const plan = JSON.parse(await readFile(work.path('a plan.json'), 'utf8'));
    expect(applied).toMatchObject({ plan, result: { planHash: plan.planHash, revised: 7, settled: 1 } });
  });

  it('finds everything done where a plan is applied again', async () => {
    const work = await withRenamedMaker();
    await work.run(['fan-out', '--plan', 'plan.json']);
    const [again] = await readJson(work, ['fan-out', '--plan', 'plan.json']);
    expect(again).toMatchObject({ result: { revised: 0, sliced: 0, unchanged: 8, settled: 1 } });
  });

  it('shows a plan that was written down without applying it', async () => {
    const work = await withRenamedMaker();
    expect(await read(work, ['fan-out', '--plan', 'plan.json', '--plan-only'])).toMatch(/parents +7 /);
    expect(await revisionsOf(work, 'item#1')).toEqual([[1, 0]]);
  });

  it('counts who takes nothing from the change', async () => {
    const work = await withRenamedMaker();
    await work.run(['fan-out', MAKER]);
    await work.run(['ingest', '-', '--insert-only'], { stdin: ndjson([maker(3, 'Acme Works')]) });
    const [outcome] = await readJson(work, ['fan-out', MAKER, '1', '3']);
    expect(outcome).toMatchObject({ plan: { counts: { parents: 0, cutOff: 7 } }, result: { revised: 0 } });
  });

  it('says so where a range leaves something owed, because it did not begin where that does', async () => {
    const work = await withRenamedMaker();
    await work.run(['fan-out', MAKER]);
    await work.run(['ingest', '-', '--insert-only'], { stdin: ndjson([maker(3, 'Acme Works')]) });
    const text = await read(work, ['fan-out', MAKER, '1', '3']);
    expect(text).toMatch(/settled +0 of 1\nSomething is still owed\. To go on: slicewise resume /);
  });

  it('names whom it refuses and why, ends with code 1, and leaves them as they were', async () => {
    const work = await withRenamedMaker();
    await work.run(['fan-out', MAKER]);
    await work.run(['ingest', '-', '--insert-only'], {
      stdin: ndjson([{ entityKey: MAKER, version: 3, deleted: true }]),
    });
    const { exitCode, stdout, stderr } = await work.run(['fan-out', MAKER]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
    expect(stdout).toMatch(/\nrefused +7\n/);
    expect(stdout).toContain(`refused item#1 under ${RULE_SET}: join.source_missing\n`);
    expect(stdout).toContain('slicewise resume --retry-refused');
    expect(await revisionsOf(work, 'item#1')).toEqual([
      [1, 1],
      [1, 0],
    ]);
  });

  it('refuses a file that is no plan, or another than was made, and names it', async () => {
    const work = await withRenamedMaker();
    const text = await readFile(work.path('plan.json'), 'utf8');
    await work.write('altered.json', text.replaceAll('item#1', 'item#2'));
    await work.write('other.json', '{"kind":"recipe"}');
    await work.write('broken.json', '{');
    expect(await refusalOf(work, ['fan-out', '--plan', 'altered.json'])).toMatchObject({
      exitCode: 1,
      code: 'fan_out.plan_altered',
      message: expect.stringMatching(/^altered\.json: /),
    });
    expect(await refusalOf(work, ['fan-out', '--plan', 'other.json'])).toMatchObject({
      exitCode: 1,
      code: 'fan_out.plan_invalid',
      message: expect.stringMatching(/^other\.json: /),
    });
    expect(await refusalOf(work, ['fan-out', '--plan', 'broken.json'])).toMatchObject({
      exitCode: 1,
      code: 'json.syntax',
      message: expect.stringMatching(/^broken\.json: /),
    });
    expect(await refusalOf(work, ['fan-out', '--plan', 'absent.json'])).toMatchObject({ code: 'input.unreadable' });
  });

  it('refuses the plan of another tenant than the command is for', async () => {
    const work = await withRenamedMaker();
    const refusal = await refusalOf(work, ['fan-out', '--plan', 'plan.json', '--tenant', 'other']);
    expect(refusal).toMatchObject({ exitCode: 2, code: 'cli.usage' });
  });

  it('refuses a plan that a newer version has overtaken', async () => {
    const work = await withRenamedMaker();
    await work.run(['ingest', '-', '--insert-only'], { stdin: ndjson([maker(3, 'Acme Group')]) });
    expect(await refusalOf(work, ['fan-out', '--plan', 'plan.json'])).toMatchObject({
      exitCode: 1,
      code: 'fan_out.superseded',
      message: expect.stringContaining('Plan again, up to 3.'),
    });
  });

  it('keeps the old plan where a new one cannot be written', async () => {
    const work = await withRenamedMaker();
    const refusal = await refusalOf(work, ['fan-out', MAKER, '--out', 'nowhere/plan.json']);
    expect(refusal).toMatchObject({ exitCode: 1, code: 'output.unwritable' });
  });

  it.each([
    ['nothing to follow', ['fan-out'], 2, 'cli.usage'],
    ['one version alone', ['fan-out', MAKER, '1'], 2, 'cli.usage'],
    ['a version that is a word', ['fan-out', MAKER, 'one', '2'], 2, 'cli.usage'],
    ['a plan beside an entity', ['fan-out', MAKER, '--plan', 'plan.json'], 2, 'cli.usage'],
    ['a plan to write and one to read', ['fan-out', '--plan', 'a.json', '--out', 'b.json'], 2, 'cli.usage'],
    ['a range that goes back', ['fan-out', MAKER, '2', '1'], 1, 'fan_out.range_invalid'],
    ['an entity that is not there', ['fan-out', 'maker#none'], 1, 'rawdata.missing'],
  ])('refuses %s', async (_, args, exitCode, code) => {
    expect(await refusalOf(await withRenamedMaker(), args)).toMatchObject({ exitCode, code });
  });
});

describe('slicewise index', () => {
  it('lists who is under a key, at which version and revision', async () => {
    const work = await withRenamedMaker();
    await work.run(['fan-out', MAKER]);
    const text = await read(work, ['index', INDEX_KEY]);
    expect(text).toMatch(
      /^entity +rule set +slice +version +revision +standing\nitem#1 +item-core@1\.0\.0 +\* +1 +1 +true/,
    );
    expect(text.trimEnd().split('\n')).toHaveLength(1 + ITEMS);
  });

  it('tells what is true from what is stale and what is pending', async () => {
    const work = await withRenamedMaker();
    const moved = [
      { entityKey: 'maker#M2', version: 1, payload: { name: 'Other' } },
      item(1, 2, { maker_id: 'M2' }),
      item('late', 1, { maker_id: 'M3' }),
    ];
    await work.run(['ingest', '-'], { stdin: ndjson(moved) });
    const entries = await readJson(work, ['index', INDEX_KEY]);
    expect(entries.slice(0, 2)).toMatchObject([
      { entityKey: 'item#1', version: 1, standing: 'stale' },
      { entityKey: 'item#2', version: 1, standing: 'true' },
    ]);
    expect(await readJson(work, ['index', 'IDX#maker#M3#item'])).toMatchObject([
      { entityKey: 'item#late', standing: 'pending' },
    ]);
  });

  it('deletes with --sweep what is stale, and says how many', async () => {
    const work = await withRenamedMaker();
    const moved = [{ entityKey: 'maker#M2', version: 1, payload: { name: 'Other' } }, item(1, 2, { maker_id: 'M2' })];
    await work.run(['ingest', '-'], { stdin: ndjson(moved) });
    expect(await read(work, ['index', INDEX_KEY, '--sweep'])).toBe(`entries read    ${ITEMS}\nstale, deleted  1\n`);
    expect(await readJson(work, ['index', INDEX_KEY])).toHaveLength(ITEMS - 1);
    expect(await readJson(work, ['index', INDEX_KEY, '--sweep'])).toMatchObject([{ entries: ITEMS - 1, swept: 0 }]);
  });

  it('says so where there is nobody, and refuses a key that nobody can be under', async () => {
    const work = await withRenamedMaker();
    expect(await work.run(['index', 'IDX#maker#NONE#item'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'Nobody is under IDX#maker#NONE#item here.\n',
    });
    expect(await refusalOf(work, ['index', 'maker#M1'])).toMatchObject({ exitCode: 1, code: 'index.key_invalid' });
    expect(await refusalOf(work, ['index', 'IDX#brand#M1#item'])).toMatchObject({ exitCode: 1, code: 'index.unknown' });
  });
});
