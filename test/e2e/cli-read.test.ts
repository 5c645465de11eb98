import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkplace, item, ndjson, type Workplace } from './support/cli.ts';
import { read, readJson, refusalOf } from './support/read-output.ts';

const RULE_SET = 'item-core@1.0.0';

let cleanUp = async () => {};
let work: Workplace;

beforeAll(async () => {
  work = await createWorkplace((clean) => {
    cleanUp = clean;
  });
  const versions = [
    { entityKey: 'maker#M1', version: 1, payload: { name: 'Acme' } },
    item(1, 1, { maker_id: 'M1' }),
    item(1, 2, { maker_id: 'M1', price: 12 }),
    item(2, 1, { title: 'Esc \u001b[31m\u202e red' }),
    { entityKey: 'item#2', version: 2, deleted: true },
  ];
  await work.run(['ingest', '-'], { stdin: ndjson(versions) });
});

afterAll(() => cleanUp());

describe('slicewise changeset', () => {
  it('shows what changed and what that concerns', async () => {
    const text = await read(work, ['changeset', 'item#1', '1', '2', '--rule-set', RULE_SET]);
    expect(text).toContain('item#1 v2 from v1, updated');
    expect(text).toMatch(/impacted +ITEM_PRICE\n/);
    expect(text).toMatch(/replace +\/price +12\n/);
  });

  it('refuses a step over a version', async () => {
    const refusal = await refusalOf(work, ['changeset', 'item#1', '1', '3', '--rule-set', RULE_SET]);
    expect(refusal).toMatchObject({ exitCode: 1, code: 'changeset.version_gap' });
  });
});

describe('slicewise slice', () => {
  it('finds a committed version unchanged, in both modes', async () => {
    const [full] = await readJson(work, ['slice', 'item#1', '2', '--rule-set', RULE_SET]);
    const [incremental] = await readJson(work, ['slice', 'item#1', '2', '--rule-set', RULE_SET, '--from', '1']);
    expect(full).toMatchObject({ outcome: 'unchanged', requestedMode: 'FULL_REBUILD' });
    expect(incremental).toMatchObject({ outcome: 'unchanged', requestedMode: 'INCREMENTAL' });
    expect(incremental?.['manifestHash']).toBe(full?.['manifestHash']);
  });

  it('says that what was committed before was computed again from nothing', async () => {
    const text = await read(work, ['slice', 'item#1', '2', '--rule-set', RULE_SET, '--from', '1']);
    expect(text).toMatch(
      /mode +FULL_REBUILD \(asked for INCREMENTAL; committed before, so computed again from nothing, to the same hashes\)\n/,
    );
  });

  it('says that an INCREMENTAL without a base was built from nothing', async () => {
    const versions = ndjson([item(1), item(1, 2, { price: 12 })]);
    const target = ['--tenant', 'late', '--rule-set', RULE_SET];
    await work.run(['ingest', '-', '--insert-only', '--tenant', 'late'], { stdin: versions });
    await read(work, ['changeset', 'item#1', '1', '2', ...target]);
    const text = await read(work, ['slice', 'item#1', '2', '--from', '1', ...target]);
    expect(text).toMatch(/mode +FULL_REBUILD \(asked for INCREMENTAL, but there was no base\)\n/);
  });

  it('shows each slice and why it was built', async () => {
    const text = await read(work, ['slice', 'item#1', '1', '--rule-set', RULE_SET]);
    expect(text).toMatch(/ITEM_MAKER +sha256:[0-9a-f]{12} +built/);
    expect(text).toMatch(/join maker +maker#M1 v1/);
  });

  it('refuses a version that is not there', async () => {
    const refusal = await refusalOf(work, ['slice', 'item#1', '7', '--rule-set', RULE_SET]);
    expect(refusal).toMatchObject({ exitCode: 1, code: 'rawdata.missing' });
  });
});

describe('slicewise view', () => {
  it('shows the fields, and where they come from', async () => {
    const text = await read(work, ['view', 'item-page@1.0.0', 'item#1', '--version', 'active']);
    expect(text).toContain('item-page@1.0.0 of item#1 v2 r0 complete');
    expect(text).toContain('price  12\ntitle  "Item 1"\n');
    expect(text).toMatch(/rule set +item-core@1\.0\.0 +sha256:[0-9a-f]{12}\n/);
  });

  it('shows hashes in full where that is asked for, before the command or behind it', async () => {
    const args = ['view', 'item-page@1.0.0', 'item#1', '--version', '1', '--revision', '0'];
    expect(await read(work, [...args, '--full-hashes'])).toMatch(/manifest +sha256:[0-9a-f]{64}\n/);
    expect(await read(work, ['--full-hashes', ...args])).toMatch(/manifest +sha256:[0-9a-f]{64}\n/);
  });

  it('gives machines everything, the members in canonical order', async () => {
    const text = await read(work, ['view', 'item-page@1.0.0', 'item#1', '--version', '2', '--json']);
    expect(text.startsWith('{"data":{"price":12,"title":"Item 1"},"meta":{"behind":null,')).toBe(true);
    expect(text.trimEnd().split('\n')).toHaveLength(1);
  });

  it('does not let data steer the terminal', async () => {
    const text = await read(work, ['view', 'item-page@1.0.0', 'item#2', '--version', '1']);
    expect(text).toContain('title  "Esc \\u001b[31m\\u202e red"');
  });

  it.each([
    ['a tombstoned required slice', ['item-page@1.0.0', 'item#2', '--version', '2'], 1, 'view.slice_missing'],
    ['a version without a manifest', ['item-page@1.0.0', 'item#1', '--version', '9'], 1, 'manifest.missing'],
    ['a version of 0', ['item-page@1.0.0', 'item#1', '--version', '0'], 1, 'version.invalid'],
    ['a version that is a word', ['item-page@1.0.0', 'item#1', '--version', 'newest'], 2, 'cli.usage'],
    ['no version', ['item-page@1.0.0', 'item#1'], 2, 'cli.usage'],
    ['an unknown view', ['item-page@9.0.0', 'item#1', '--version', '1'], 1, 'contract.unknown'],
    ['a DRAFT view', ['item-next@1.0.0', 'item#1', '--version', '1'], 1, 'contract.not_active'],
  ])('refuses %s', async (_, args, exitCode, code) => {
    expect(await refusalOf(work, ['view', ...args])).toMatchObject({ exitCode, code });
  });
});

describe('slicewise explain', () => {
  it('draws where a slice comes from', async () => {
    const text = await read(work, [
      'explain',
      'item#1',
      '--version',
      '2',
      '--slice',
      'ITEM_MAKER',
      '--rule-set',
      RULE_SET,
    ]);
    expect(text).toMatch(/^item#1 v2 r0 INCREMENTAL/);
    expect(text).toContain('│  ├─ RuleSet item-core@1.0.0');
    expect(text).toContain('maker_name  ← maker');
    expect(text).toContain('{"maker_name":"Acme","title":"Item 1"}');
    expect(text).toContain('shared with the commit before');
  });

  it('draws every slice that a view reads', async () => {
    const text = await read(work, ['explain', 'item#1', '--version', 'active', '--view', 'item-page@1.0.0']);
    expect(text).toContain('└─ read by price');
    expect(text).toContain('built: changed /price');
    expect(text).not.toContain('ITEM_MAKER');
  });

  it('wants to know of what', async () => {
    const refusal = await refusalOf(work, ['explain', 'item#1', '--version', '1', '--slice', 'ITEM_CORE']);
    expect(refusal).toMatchObject({ exitCode: 2, code: 'cli.usage' });
  });
});

describe('slicewise versions', () => {
  it("lists an entity's versions, newest first", async () => {
    const versions = await readJson(work, ['versions', 'item#2']);
    expect(versions.map(({ version, deleted }) => [version, deleted])).toEqual([
      [2, true],
      [1, false],
    ]);
    expect(await read(work, ['versions', 'item#2'])).toMatch(
      /^version +schema +raw hash +bytes +ingested\n +2 +item@1\.0\.0 +sha256:[0-9a-f]{12} +deleted/,
    );
  });

  it('lists its commits under a rule set', async () => {
    const commits = await readJson(work, ['versions', 'item#1', '--rule-set', RULE_SET]);
    expect(commits.map(({ version, revision, mode }) => [version, revision, mode])).toEqual([
      [2, 0, 'INCREMENTAL'],
      [1, 0, 'FULL_REBUILD'],
    ]);
  });

  it('says so where there are none', async () => {
    const result = await work.run(['versions', 'item#none']);
    expect(result).toEqual({ exitCode: 0, stdout: '', stderr: 'item#none has no versions here.\n' });
  });
});

describe('slicewise entities', () => {
  it('lists keys in order, by prefix and by state', async () => {
    expect(await read(work, ['entities'])).toBe('entity\nitem#1\nitem#2\nmaker#M1\n');
    expect(await readJson(work, ['entities', '--prefix', 'maker#'])).toEqual([{ entityKey: 'maker#M1' }]);
    const active = await readJson(work, ['entities', '--prefix', 'item#', '--state', 'ACTIVE']);
    expect(active.map(({ entityKey, version }) => [entityKey, version])).toEqual([
      ['item#1', 2],
      ['item#2', 2],
    ]);
  });

  it('shows of an entity in a state what is owed, the versions that are still to be followed among it', async () => {
    const tenant = ['--tenant', 'untold'];
    const maker = { entityKey: 'maker#M1', version: 1, payload: { name: 'Acme' } };
    await work.run(['ingest', '-', '--insert-only', ...tenant], { stdin: ndjson([maker]) });
    await read(work, ['slice', 'maker#M1', '1', '--rule-set', 'maker-core@1.0.0', ...tenant]);
    const ready = await read(work, ['entities', '--state', 'READY', ...tenant]);
    expect(ready).toMatch(/^entity +version +raw hash +state +owed\nmaker#M1 +\d+ .* READY +fan-out 0 → \d+\n$/);
  });

  it('refuses a state that there is not', async () => {
    expect(await refusalOf(work, ['entities', '--state', 'DONE'])).toMatchObject({ exitCode: 2, code: 'cli.usage' });
  });
});

describe('slicewise resume', () => {
  it('finds nothing to do where all is done', async () => {
    expect(await readJson(work, ['resume'])).toMatchObject([{ owed: 0, refused: 0 }]);
    expect(await read(work, ['resume'])).toMatch(/^entities visited +0\nslicings owed +0\n$/);
  });
});

describe('a command that only reads', () => {
  it('makes no store where there is none', async () => {
    expect(await refusalOf(work, ['entities', '--store', 'typo.db'])).toMatchObject({
      exitCode: 1,
      code: 'store.not_found',
    });
    expect(await refusalOf(work, ['entities', '--store', 'typo.db'])).toMatchObject({
      exitCode: 1,
      code: 'store.not_found',
    });
  });
});
