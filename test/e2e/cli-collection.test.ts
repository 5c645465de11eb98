import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { createWorkplace, item, ndjson, parseLines, type Workplace } from './support/cli.ts';

const ITEMS = 3;

async function filled(): Promise<Workplace> {
  const work = await createWorkplace();
  const items = Array.from({ length: ITEMS }, (_, index) => item(index + 1, 1, { maker_id: 'M1' }));
  const maker = { entityKey: 'maker#M1', version: 1, payload: { name: 'Erika' } };
  await work.run(['ingest', '-'], { stdin: ndjson([maker, ...items]) });
  return work;
}

/** A slice that an attempt left, long ago. */
function leaveSlice(work: Workplace): void {
  const database = new DatabaseSync(work.path('slicewise.db'));
  database.exec(`
    INSERT INTO slice SELECT tenant_id, entity_key, rule_set, slice_type, 'sha256:${'0'.repeat(64)}', 0, '{}', 0,
      '2020-01-01T00:00:00.000Z' FROM slice WHERE entity_key LIKE 'item#%' LIMIT 1`);
  database.close();
}

async function readJson(work: Workplace, args: readonly string[]): Promise<Record<string, unknown>> {
  const result = await work.run([...args, '--json']);
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  return parseLines(result.stdout)[0] ?? {};
}

describe('slicewise admin gc', () => {
  it('counts in a dry run, and then deletes what nothing refers to', async () => {
    const work = await filled();
    leaveSlice(work);
    const counted = await work.run(['admin', 'gc', '--dry-run']);
    expect(counted.stdout).toMatch(
      /payloads looked at +0 of 4 entities\n[\s\S]*slices looked at[\s\S]*to be deleted +1\n$/,
    );
    expect(await readJson(work, ['admin', 'gc'])).toMatchObject({
      state: 'complete',
      dryRun: false,
      payloads: { examined: 0 },
      slices: { collected: 1, left: 0 },
    });
    expect(await readJson(work, ['admin', 'gc', '--slices'])).toMatchObject({ slices: { collected: 0 } });
  });

  it('looks at what is named, of one tenant', async () => {
    const work = await filled();
    const other = await readJson(work, ['admin', 'gc', '--payloads', '--tenant', 'nobody']);
    expect(other).toMatchObject({ payloads: { entities: 0 } });
    expect(other).not.toHaveProperty('slices');
  });

  it.each([
    [['--older-than', '5'], '--older-than: expected an age such as 90s'],
    [['--cursor', 'x'], '--cursor: expected --payloads or --slices beside it'],
  ])('refuses %j', async (args, message) => {
    const work = await filled();
    const result = await work.run(['admin', 'gc', ...args]);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain(message);
  });
});

describe('slicewise admin erase', () => {
  it('erases an entity, tells what it did, and says that an erased version is erased', async () => {
    const work = await filled();
    const erasing = ['admin', 'erase', 'maker#M1', '--reason', 'request 4711', '--by', 'desk'];
    expect(await readJson(work, [...erasing, '--dry-run'])).toMatchObject({
      state: 'dry-run',
      counts: { versions: 1 },
    });
    expect(await readJson(work, erasing)).toMatchObject({ state: 'erased', version: 2, counts: { versions: 1 } });
    const again = await work.run(erasing);
    expect(again.stdout).toMatch(/^erased +maker#M1, up to version 2\n[\s\S]*recorded as +order 2 of this entity\n/);
    const versions = await work.run(['versions', 'maker#M1']);
    expect(versions.stdout).toMatch(/ deleted [\s\S]* erased /);
  });

  it('lists who ordered it, of one entity and of all', async () => {
    const work = await filled();
    expect((await work.run(['admin', 'erasures'])).stderr).toContain('Nobody has ordered anything');
    await work.run(['admin', 'erase', 'maker#M1', '--reason', 'request 4711', '--by', 'desk']);
    for (const entity of [[], ['maker#M1']]) {
      const { stdout } = await work.run(['admin', 'erasures', ...entity]);
      expect(stdout).toMatch(/maker#M1 +1 +\S+ +desk +request 4711 +\S+, up to version 2: 1 versions/);
    }
    expect((await work.run(['admin', 'erasures', 'maker#M2'])).stdout).not.toContain('maker#M1');
  });

  it('asks for a reason', async () => {
    const work = await filled();
    const result = await work.run(['admin', 'erase', 'maker#M1']);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain('--reason');
  });
});
