import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CONTRACTS, createWorkplace, finish, item, ndjson, parseLines } from './support/cli.ts';

const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe('slicewise validate', () => {
  it('lists the contracts and finds nothing wrong with sound ones', async () => {
    const work = await createWorkplace();
    const result = await work.run(['validate']);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toMatch(
      /✓ +RuleSet +item-core@1\.0\.0 +ACTIVE +sha256:[0-9a-f]{12} +\S+item\.rule-sets\.yaml\n/,
    );
    expect(result.stdout).toContain('7 contracts, all valid');
  });

  it('names file, line and reason of everything that is wrong, and what refers to it', async () => {
    const work = await createWorkplace();
    await cp(CONTRACTS, work.path('contracts'), { recursive: true });
    const file = 'contracts/item.rule-sets.yaml';
    const text = await readFile(work.path(file), 'utf8');
    await work.write(file, text.replace('  - { path: price, slices: [ITEM_PRICE] }\n', ''));
    const args = ['validate', '--contracts', 'contracts'];
    const shown = await work.run(args);
    expect(shown.exitCode).toBe(1);
    expect(shown.stdout).toContain('✗  RuleSet  item-core@1.0.0');
    expect(shown.stderr).toContain(file);
    expect(shown.stderr).toContain('ITEM_PRICE');
    const machine = await work.run([...args, '--json']);
    expect(machine).toMatchObject({ exitCode: 1, stderr: '' });
    const [{ isValid, contracts } = {}] = parseLines(machine.stdout);
    expect(isValid).toBe(false);
    const refused = (contracts as { ref: string; error: unknown }[]).filter(({ error }) => error !== null);
    expect(refused.map(({ ref }) => ref)).toEqual(['item-core@1.0.0', 'item-page@1.0.0']);
  });

  it('refuses a folder with a file that is no YAML', async () => {
    const work = await createWorkplace();
    await cp(CONTRACTS, work.path('contracts'), { recursive: true });
    await work.write('contracts/broken.yaml', 'kind: [');
    const result = await work.run(['validate', '--contracts', 'contracts']);
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(result.stderr).toContain('contracts/broken.yaml:');
  });

  it('refuses a folder without any contract', async () => {
    const work = await createWorkplace();
    await mkdir(work.path('empty'));
    await work.write('empty/notes.txt', 'no contract');
    const shown = await work.run(['validate', '--contracts', 'empty']);
    expect(shown).toMatchObject({ exitCode: 1, stdout: '' });
    expect(shown.stderr).toMatch(/^error contract\.none\n {2}empty: expected .+, found none\. Check --contracts\.\n$/);
    const machine = await work.run(['validate', '--contracts', 'empty', '--json']);
    expect(machine).toMatchObject({ exitCode: 1, stdout: '' });
    expect(JSON.parse(machine.stderr)).toMatchObject({ error: { code: 'contract.none', details: { path: 'empty' } } });
  });
});

describe('slicewise canonicalize', () => {
  it('writes canonical bytes and nothing else', async () => {
    const work = await createWorkplace();
    const result = await work.run(['canonicalize', '-'], { stdin: ' { "b" : 1.0, "a" : "\\u00e9" }\n' });
    expect(result).toEqual({ exitCode: 0, stdout: '{"a":"é","b":1}', stderr: '' });
  });

  it('refuses what is no I-JSON, with the place', async () => {
    const work = await createWorkplace();
    const result = await work.run(['canonicalize', '-', '--json'], { stdin: '{"a":{"b":1,"b":2}}' });
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(JSON.parse(result.stderr)).toMatchObject({
      error: { code: 'json.duplicate_member', details: { pointer: '/a/b' } },
    });
  });
});

describe('slicewise hash', () => {
  it("hashes a payload in its schema's canonical form, as ingest does", async () => {
    const work = await createWorkplace();
    const payload = { title: 'A', tags: ['b', 'a', 'b'] };
    const expected = sha256('{"tags":["a","b"],"title":"A"}item1.0.0');
    const args = ['hash', 'raw', '--schema', 'item@1.0.0', '-'];
    expect(await work.run(args, { stdin: JSON.stringify(payload) })).toEqual({
      exitCode: 0,
      stdout: `${expected}\n`,
      stderr: '',
    });
    const { stdout } = await work.run(['ingest', '-', '--json', '--store', 'memory:'], {
      stdin: ndjson([{ entityKey: 'item#1', version: 1, payload }]),
    });
    expect(parseLines(stdout)[0]).toMatchObject({ result: { rawHash: expected } });
  });

  it('hashes a deletion as null', async () => {
    const work = await createWorkplace();
    const result = await work.run(['hash', 'raw', '--schema', 'item@1.0.0', '-', '--json'], { stdin: 'null' });
    expect(parseLines(result.stdout)).toEqual([{ hash: sha256('nullitem1.0.0') }]);
  });

  it('refuses a payload that does not fit', async () => {
    const work = await createWorkplace();
    const result = await work.run(['hash', 'raw', '--schema', 'item@1.0.0', '-'], { stdin: '{}' });
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(result.stderr).toContain('error rawdata.schema_mismatch');
  });

  it('hashes a slice', async () => {
    const work = await createWorkplace();
    const result = await work.run(['hash', 'slice', '--rule-set', 'item-core@1.0.0', '-'], { stdin: '{"b":1,"a":2}' });
    expect(result).toEqual({ exitCode: 0, stdout: `${sha256('{"a":2,"b":1}item-core1.0.0')}\n`, stderr: '' });
  });

  it('hashes a contract without its status', async () => {
    const work = await createWorkplace();
    const contract = await readFile(`${CONTRACTS}/item.schema.yaml`, 'utf8');
    await work.write('active.yaml', contract);
    await work.write('archived.yaml', contract.replace('status: ACTIVE', 'status: ARCHIVED'));
    await work.write('other.yaml', contract.replace('title: { type: string }', 'title: { type: integer }'));
    const [active, archived, other] = await Promise.all(
      ['active.yaml', 'archived.yaml', 'other.yaml'].map((file) => work.run(['hash', 'contract', file])),
    );
    expect(active).toMatchObject({ exitCode: 0, stderr: '' });
    expect(active?.stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    expect(archived?.stdout).toBe(active?.stdout);
    expect(other?.stdout).not.toBe(active?.stdout);
  });
});

describe('slicewise simulate', () => {
  it('runs DRAFT contracts beside ACTIVE ones, finds sources wherever they stand, and stores nothing', async () => {
    const work = await createWorkplace();
    await work.write('items', ndjson([item(1, 1, { maker_id: 'M1' }), item(1, 2, { maker_id: 'M1', price: 12 })]));
    await work.write('makers', JSON.stringify([{ entityKey: 'maker#M1', version: 1, payload: { name: 'Acme' } }]));
    const result = await work.run(['simulate', 'items', 'makers', '--json']);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    const [first, second] = parseLines(result.stdout);
    expect(first).toMatchObject({
      rawdata: { entityKey: 'item#1', version: 1 },
      ruleSets: [
        {
          ruleSetRef: 'item-core@1.0.0',
          changeset: { value: { changeType: 'created' } },
          slices: {
            value: [{ sliceType: 'ITEM_CORE' }, { payload: { maker_name: 'Acme' } }, { payload: { price: 10 } }],
          },
          views: [{ viewRef: 'item-page@1.0.0', result: { value: { data: { price: 10 } } } }],
        },
        { ruleSetRef: 'item-core@2.0.0', views: [{ viewRef: 'item-next@1.0.0' }] },
      ],
    });
    expect(second).toMatchObject({
      rawdata: { version: 2 },
      ruleSets: [{ changeset: { value: { changedKeys: ['price'] } } }, {}],
    });
    expect(await work.run(['entities'])).toMatchObject({ exitCode: 1 });
  });

  it('gives the hashes that ingest gives', async () => {
    const work = await createWorkplace();
    await work.write('items', ndjson([item(1), item(1, 2, { price: 12 })]));
    const simulated = parseLines((await work.run(['simulate', 'items', '--json'])).stdout);
    await work.run(['ingest', 'items']);
    const commits = await work.run(['versions', 'item#1', '--rule-set', 'item-core@1.0.0', '--json']);
    const committed = parseLines(commits.stdout).map(({ slices }) => slices);
    type Simulated = { ruleSets: { slices: { value: { sliceType: string; sliceHash: string }[] } }[] };
    const expected = (simulated as Simulated[]).map(({ ruleSets }) =>
      Object.fromEntries(ruleSets[0]?.slices.value.map(({ sliceType, sliceHash }) => [sliceType, sliceHash]) ?? []),
    );
    expect(committed).toEqual(expected.reverse());
  });

  it('shows people a tree, and what is refused with its line', async () => {
    const work = await createWorkplace();
    await work.write('items', ndjson([item(1, 1, { maker_id: 'NONE' }), { ...item(2), payload: {} }]));
    const result = await work.run(['simulate', 'items']);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain('items:2 refused rawdata.schema_mismatch');
    expect(result.stdout).toContain('│  └─ slices  refused join.source_missing');
    expect(result.stdout).toContain('view item-next@1.0.0  complete');
  });
});

describe('slicewise admin upgrade', () => {
  it('finds a store of this version up to date', async () => {
    const work = await createWorkplace();
    await work.run(['ingest', '-'], { stdin: ndjson([item(1)]) });
    const result = await work.run(['admin', 'upgrade']);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toContain('slicewise.db is up to date: format');
  });

  it('refuses a store of a newer format, as every command does', async () => {
    const work = await createWorkplace();
    await work.run(['ingest', '-'], { stdin: ndjson([item(1)]) });
    const database = new DatabaseSync(work.path('slicewise.db'));
    database.exec('PRAGMA user_version = 999');
    database.close();
    for (const args of [['admin', 'upgrade'], ['entities'], ['ingest', '-']]) {
      const result = await work.run(args, { stdin: ndjson([item(2)]) });
      expect(result).toMatchObject({ exitCode: 1, stdout: '' });
      expect(result.stderr).toContain('error store.format_newer');
    }
  });

  it('makes no store where there is none', async () => {
    const work = await createWorkplace();
    expect(await work.run(['admin', 'upgrade'])).toMatchObject({ exitCode: 1, stdout: '' });
    expect(await work.run(['admin', 'upgrade'])).toMatchObject({ exitCode: 1, stdout: '' });
  });
});

const GROUPS = ['hash', 'admin', 'contracts'];

describe('the command line', () => {
  it.each([
    ['an unknown command', ['viw'], "unknown command 'viw' (Did you mean view?)"],
    ['an unknown flag', ['entities', '--sate'], "unknown option '--sate'"],
    ['a missing argument', ['ingest'], "missing required argument 'file'"],
    ['a store of another kind', ['entities', '--store', 'mysql://x'], 'expected memory:, sqlite:PATH, a path'],
  ])('refuses %s with exit code 2', async (_, args, message) => {
    const work = await createWorkplace();
    const result = await work.run(args);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toContain(message);
  });

  it('has help with an example for every command', async () => {
    const work = await createWorkplace();
    const namesIn = async (group: readonly string[]) => {
      const help = await work.run([...group, '--help']);
      expect(help).toMatchObject({ exitCode: 0, stderr: '' });
      return [...help.stdout.matchAll(/^ {2}([a-z][a-z-]*) .*$/gm)].map(([, name]) => [...group, name ?? '']);
    };
    const commands = (await namesIn([])).filter(([name = '']) => !GROUPS.includes(name));
    const nested = (await Promise.all(GROUPS.map((group) => namesIn([group])))).flat();
    expect(commands).toContainEqual(['canonicalize']);
    expect(nested).toContainEqual(['admin', 'create-tables']);
    for (const command of [...commands, ...nested]) {
      const { exitCode, stdout } = await work.run([...command, '--help']);
      expect([command, exitCode]).toEqual([command, 0]);
      expect(stdout).toMatch(new RegExp(`^ {2}\\$ (echo .* \\| )?slicewise ${command.join(' ')}`, 'm'));
    }
  });

  it('prints its version', async () => {
    const work = await createWorkplace();
    expect((await work.run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('colours nothing unless a terminal or FORCE_COLOR asks for it, and never with --no-color', async () => {
    const work = await createWorkplace();
    const force = { environment: { FORCE_COLOR: '1' } };
    expect((await work.run(['validate'])).stdout).not.toContain('\u001b');
    expect((await work.run(['validate'], force)).stdout).toContain('\u001b[');
    expect((await work.run(['validate', '--no-color'], force)).stdout).not.toContain('\u001b');
  });

  it('logs to stderr where a level is given, without payloads', async () => {
    const work = await createWorkplace();
    const secret = item(1, 1, { text: 'a very private text' });
    const result = await work.run(['ingest', '-', '--log-level', 'debug'], { stdin: ndjson([secret]) });
    const logs = parseLines(result.stderr);
    expect(logs.length).toBeGreaterThan(0);
    expect(logs[0]).toMatchObject({ name: 'slicewise' });
    expect(result.stderr).not.toContain('private');
  });

  it('shows where in the code an error came from only if SLICEWISE_DEBUG asks for it', async () => {
    const work = await createWorkplace();
    const quiet = await work.run(['canonicalize', 'nothing']);
    const debug = await work.run(['canonicalize', 'nothing'], { environment: { SLICEWISE_DEBUG: '1' } });
    expect(quiet.stderr).not.toMatch(/^ {4}at /m);
    expect(debug.stderr).toMatch(/^ {4}at /m);
  });

  it('ends quietly when its reader goes away', async () => {
    const work = await createWorkplace();
    const versions = Array.from({ length: 2_000 }, (_, index) => item(index));
    await work.write('items', ndjson(versions));
    await work.run(['ingest', 'items', '--insert-only']);
    const child = work.start(['entities']);
    child.stdout.once('data', () => child.stdout.destroy());
    const { stderr, exitCode } = await finish(child);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  });

  it('runs from a shell that closes its output at once', async () => {
    const work = await createWorkplace();
    const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;
    const command = `"${process.execPath}" "${main}" --help | true`;
    const { stderr } = await promisify(execFile)('sh', ['-c', command], { cwd: work.dir });
    expect(stderr).toBe('');
  });
});
