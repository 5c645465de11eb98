import { cp, readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { CONTRACTS, createWorkplace, parseLines, type Workplace } from './support/cli.ts';

const FILE = 'contracts/item.rule-sets.yaml';
const DERIVE = ['contracts', 'derive', '--contracts', 'contracts'];
const PRICE_ENTRY = '  - { path: price, slices: [ITEM_PRICE] }\n';

/** A folder with contracts of its own, one entry of `item-core`'s impact map missing. */
async function createUnfinished(): Promise<Workplace & { readonly text: string }> {
  const work = await createWorkplace();
  await cp(CONTRACTS, work.path('contracts'), { recursive: true });
  const text = (await readFile(work.path(FILE), 'utf8')).replace(PRICE_ENTRY, '');
  await work.write(FILE, text);
  return { ...work, text };
}

describe('slicewise contracts derive', () => {
  it('shows what is to be added, and changes nothing', async () => {
    const work = await createUnfinished();
    const shown = await work.run(DERIVE);
    expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
    expect(shown.stdout).toContain(`--- ${FILE}\n+++ ${FILE}\n@@ `);
    expect(shown.stdout).toContain(`\n+${PRICE_ENTRY}`);
    expect(await readFile(work.path(FILE), 'utf8')).toBe(work.text);
  });

  it('shows it in colours where one asks for them', async () => {
    const work = await createUnfinished();
    const { stdout } = await work.run(DERIVE, { environment: { FORCE_COLOR: '1' } });
    expect(stdout).toContain('\u001b[32m+  - { path: price, slices: [ITEM_PRICE] }\u001b[39m\n');
  });

  it('writes it with --write, so that the contracts are valid and nothing else has changed', async () => {
    const work = await createUnfinished();
    expect(await work.run([...DERIVE, '--write'])).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await work.run(['validate', '--contracts', 'contracts'])).toMatchObject({ exitCode: 0 });
    const after = await readFile(work.path(FILE), 'utf8');
    expect(after.replace(PRICE_ENTRY, '')).toBe(work.text);
    expect(await readdir(work.path('contracts'))).toEqual(await readdir(CONTRACTS));
  });

  it('exits with 1 under --check as long as something is to be added', async () => {
    const work = await createUnfinished();
    expect(await work.run([...DERIVE, '--check'])).toMatchObject({ exitCode: 1 });
    await work.run([...DERIVE, '--write']);
    const done = await work.run([...DERIVE, '--check']);
    expect(done).toMatchObject({ exitCode: 0, stderr: '' });
    expect(done.stdout).toMatch(/^\d+ rule sets?, nothing to add\n$/);
  });

  it('says the same as JSON', async () => {
    const work = await createUnfinished();
    const { stdout } = await work.run([...DERIVE, 'item-core@1.0.0', '--json']);
    expect(parseLines(stdout)).toEqual([
      {
        isComplete: false,
        ruleSets: [
          {
            ref: 'item-core@1.0.0',
            origin: FILE,
            additions: [{ pointer: '/impactMap', items: [{ path: 'price', slices: ['ITEM_PRICE'] }] }],
            needless: [],
            error: null,
          },
        ],
        written: [],
      },
    ]);
  });

  it('reports what an entry names needlessly, with its place, and leaves it', async () => {
    const work = await createUnfinished();
    const line = work.text.split('\n').findIndex((each) => each.includes('path: title')) + 1;
    await work.write(FILE, work.text.replace(/(path: title, slices: \[)/, '$1ITEM_PRICE, '));
    const { exitCode, stderr } = await work.run([...DERIVE, '--write']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain(
      `warning item-core@1.0.0: ${FILE}:${line}:5 /impactMap/0: title names ITEM_PRICE needlessly`,
    );
    expect(await readFile(work.path(FILE), 'utf8')).toContain('[ITEM_PRICE, ');
  });

  it('declares the indexes that one asks for', async () => {
    const work = await createUnfinished();
    const args = [...DERIVE, 'item-core@1.0.0', '--indexes', 'by_title=ITEM_CORE.title', 'ITEM_PRICE.price'];
    const { stdout } = await work.run([...args, '--json']);
    const [{ ruleSets } = {}] = parseLines(stdout);
    const [{ additions } = { additions: [] }] = ruleSets as { additions: { pointer: string; items: unknown[] }[] }[];
    expect(additions.at(-1)).toMatchObject({ pointer: '/indexes', items: [{ type: 'by_title' }, { type: 'price' }] });
  });

  it('refuses a rule set that is wrong in another way, and completes the others', async () => {
    const work = await createUnfinished();
    const broken = `---\nkind: RuleSet\nid: broken\nversion: 1.0.0\nstatus: DRAFT\nentityType: item\nschemaRef: item@9.9.9\nslices: [{ type: A, fields: { a: a } }]\n`;
    await work.write('contracts/broken.yaml', broken);
    const { exitCode, stdout, stderr } = await work.run([...DERIVE, '--write']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('error contract.unknown');
    expect(stdout).toContain(`written ${FILE}\n`);
  });

  it.each([
    [
      'a registry',
      ['contracts', 'derive', '--registry', 'postgres://db.example/x'],
      '--registry: expected contracts in files',
    ],
    ['--write beside --check', [...DERIVE, '--write', '--check'], '--check: expected it without --write'],
    ['--indexes without a rule set', [...DERIVE, '--indexes', 'A.b'], '--indexes: expected a rule set in front of it'],
  ])('refuses %s', async (_what, args, says) => {
    const work = await createWorkplace();
    const { exitCode, stderr } = await work.run(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(says);
  });
});
