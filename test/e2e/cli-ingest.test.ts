import { cp, readFile, stat } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliResult, CONTRACTS, createWorkplace, item, ndjson, parseLines, type Workplace } from './support/cli.ts';

const VERSIONS = [
  { entityKey: 'maker#M1', version: 1, payload: { name: 'Acme' } },
  item('1', 1, { maker_id: 'M1', tags: ['b', 'a'] }),
  item('2'),
  item('1', 2, { maker_id: 'M1', price: 12 }),
];

async function summaryOf(work: Workplace, file: string): Promise<unknown> {
  const { stdout } = await work.run(['ingest', file, '--json']);
  return parseLines(stdout).at(-1)?.['summary'];
}

describe('slicewise ingest', () => {
  it.each([
    ['lines', ndjson(VERSIONS)],
    ['lines with carriage returns and blanks', `\n${ndjson(VERSIONS).replaceAll('\n', '\r\n\r\n')}`],
    ['an array', JSON.stringify(VERSIONS, null, 2)],
    ['packed lines', gzipSync(ndjson(VERSIONS))],
    ['a packed array', gzipSync(JSON.stringify(VERSIONS))],
  ])('takes %s from a file and from standard input alike', async (_, content) => {
    const work = await createWorkplace();
    await work.write('input', content);
    const fromFile = await work.run(['ingest', 'input', '--json']);
    const fromStdin = await work.run(['ingest', '-', '--json', '--store', 'other.db'], { stdin: content });
    expect(fromFile).toMatchObject({ exitCode: 0, stderr: '' });
    expect(fromStdin).toMatchObject({ exitCode: 0, stderr: '' });
    const outcomes = parseLines(fromFile.stdout);
    expect(outcomes.slice(0, -1).map(({ outcome }) => outcome)).toEqual(VERSIONS.map(() => 'inserted'));
    expect(outcomes.at(-1)).toMatchObject({ summary: { read: 4, inserted: 4, refused: 0, stopped: false } });
    const hashesOf = (text: string) => parseLines(text).map(({ result }) => (result as { rawHash: string })?.rawHash);
    expect(hashesOf(fromStdin.stdout)).toEqual(hashesOf(fromFile.stdout));
  });

  it('finds everything unchanged the second time', async () => {
    const work = await createWorkplace();
    await work.write('input', ndjson(VERSIONS));
    await work.run(['ingest', 'input']);
    expect(await summaryOf(work, 'input')).toMatchObject({ read: 4, inserted: 0, unchanged: 4 });
  });

  it('prints its counts for people, and nothing on stderr where nothing is wrong', async () => {
    const work = await createWorkplace();
    await work.write('input', ndjson(VERSIONS));
    const result = await work.run(['ingest', 'input']);
    expect(result).toEqual({ exitCode: 0, stdout: 'records read  4\n  inserted    4\n  unchanged   0\n', stderr: '' });
  });

  it('takes an empty file for what it is', async () => {
    const work = await createWorkplace();
    await work.write('input', '');
    expect(await work.run(['ingest', 'input'])).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('counts on with "next", and takes the same content for unchanged', async () => {
    const work = await createWorkplace();
    await work.write('input', ndjson([item(1, 'next'), item(1, 'next'), item(1, 'next', { price: 11 })]));
    expect(await summaryOf(work, 'input')).toMatchObject({ read: 3, inserted: 2, unchanged: 1 });
  });

  it('leaves slicing to resume where it is told to insert only', async () => {
    const work = await createWorkplace();
    await work.write('input', ndjson(VERSIONS));
    expect(await work.run(['ingest', 'input', '--insert-only'])).toMatchObject({ exitCode: 0 });
    const before = await work.run(['view', 'item-page@1.0.0', 'item#1', '--version', '2', '--json']);
    expect(before).toMatchObject({ exitCode: 1, stdout: '' });
    const resumed = await work.run(['resume', '--json']);
    expect(resumed.exitCode).toBe(0);
    expect(parseLines(resumed.stdout)).toMatchObject([{ entities: 3, owed: 3, settled: 3 }]);
    const after = await work.run(['view', 'item-page@1.0.0', 'item#1', '--version', '2', '--json']);
    expect(parseLines(after.stdout)).toMatchObject([{ status: 'complete', data: { price: 12 } }]);
  });

  it('says which versions are in but not sliced, and why', async () => {
    const work = await createWorkplace();
    await work.write('input', ndjson([item(1, 1, { maker_id: 'NONE' }), item(2)]));
    const result = await work.run(['ingest', 'input']);
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toContain('slicing refused  1  join.source_missing 1');
    expect(result.stderr).toContain('input:1 in, but not sliced under item-core@1.0.0 join.source_missing\n');
    const failed = await work.run(['entities', '--state', 'FAILED', '--json']);
    expect(parseLines(failed.stdout)).toMatchObject([{ entityKey: 'item#1' }]);
    const resumed = await work.run(['resume']);
    expect(resumed.exitCode).toBe(1);
    expect(resumed.stdout).toContain('slicewise entities --state FAILED');
  });

  it('names each rule set that refused a record, and counts the record once', async () => {
    const work = await createWorkplace();
    await cp(CONTRACTS, work.path('contracts'), { recursive: true });
    const [core = ''] = (await readFile(work.path('contracts/item.rule-sets.yaml'), 'utf8')).split('---\n');
    await work.write('contracts/copy.yaml', core.replace('id: item-core', 'id: item-copy'));
    await work.write('input', ndjson([item(1, 1, { maker_id: 'NONE' }), item(2, 1, { maker_id: 'NONE' })]));
    const result = await work.run(['ingest', 'input', '--contracts', 'contracts']);
    expect(result.stdout).toContain('slicing refused  2  join.source_missing 2\n');
    expect(result.stderr.match(/^input:.*$/gm)).toEqual([
      'input:1 in, but not sliced under item-copy@1.0.0 join.source_missing',
      'input:1 in, but not sliced under item-core@1.0.0 join.source_missing',
      'input:2 in, but not sliced under item-copy@1.0.0 join.source_missing',
      'input:2 in, but not sliced under item-core@1.0.0 join.source_missing',
    ]);
  });

  it('says how to go on with the same store and tenant, wherever its options stood', async () => {
    const work = await createWorkplace();
    await work.write('input', ndjson([item(1, 1, { maker_id: 'NONE' })]));
    const place = ['--tenant', 'acme', '--no-color', '--store', 'a b.db'];
    const repeated = "--contracts .+ --store 'a b.db' --tenant acme --no-color\n";
    const result = await work.run(['--store', 'a b.db', 'ingest', 'input', '--tenant', 'acme', '--no-color']);
    expect(result.stdout).toMatch(new RegExp(`slicewise resume --retry-refused ${repeated}`));
    const resumed = await work.run(['resume', ...place]);
    expect(resumed.stdout).toMatch(new RegExp(`slicewise entities --state FAILED ${repeated}`));
    expect(resumed.stdout).toMatch(new RegExp(`slicewise resume --retry-refused ${repeated}`));
  });

  it('writes what it refuses to a file, from which it can be mended and fed again', async () => {
    const work = await createWorkplace();
    const latin = Buffer.from('{"entityKey":"item#3","version":1,"payload":{"title":"\u00e9"}}\n', 'latin1');
    const lines = [ndjson([item(1), item(2, 2), { ...item(3), sku: 1 }, item(1, 3)]), 'no json\n'];
    await work.write('input', Buffer.concat([Buffer.from(lines.join('')), latin]));
    const result = await work.run(['ingest', 'input', '--rejects', 'rejects.ndjson']);
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toContain('Refused records are in rejects.ndjson');
    const rejects = parseLines(await readFile(work.path('rejects.ndjson'), 'utf8'));
    expect(rejects.map(({ line, error }) => [line, (error as { code: string }).code])).toEqual([
      [3, 'record.malformed'],
      [4, 'rawdata.version_gap'],
      [5, 'json.syntax'],
      [6, 'json.invalid_utf8'],
    ]);
    expect(rejects.map(({ record }) => record)).toEqual([
      JSON.stringify({ ...item(3), sku: 1 }),
      JSON.stringify(item(1, 3)),
      'no json',
      null,
    ]);
    expect(Buffer.from(String(rejects[3]?.['recordBase64']), 'base64')).toEqual(latin.subarray(0, -1));
    const mended = ndjson(rejects.slice(1, 2).map(({ record }) => ({ ...JSON.parse(String(record)), version: 2 })));
    const again = await work.run(['ingest', '-', '--json'], { stdin: mended });
    expect(parseLines(again.stdout).at(-1)).toMatchObject({ summary: { read: 1, unchanged: 0, inserted: 1 } });
  });

  it('accounts for every record that it reads', async () => {
    const work = await createWorkplace();
    const lines = Array.from({ length: 400 }, (_, index) =>
      index % 3 === 0 ? 'refused' : JSON.stringify(item(index % 50, 'next', { price: index })),
    );
    await work.write('input', lines.join('\n'));
    const { stdout } = await work.run(['ingest', 'input', '--json']);
    const documents = parseLines(stdout);
    expect(documents.slice(0, -1).map(({ line }) => line)).toEqual(lines.map((_, index) => index + 1));
    expect(documents.at(-1)).toMatchObject({ summary: { read: 400, inserted: 266, refused: 134, failed: 0 } });
  });
});

describe('a record that slicewise ingest refuses', () => {
  const cases: readonly (readonly [name: string, record: object | string, code: string])[] = [
    ['a payload that does not match its schema', { ...item(9), payload: { title: 1 } }, 'rawdata.schema_mismatch'],
    ['a payload with a lone surrogate', textOf('"title":"\\ud800"'), 'canonical.lone_surrogate'],
    ['a number that overflows', textOf('"title":"a","price":1e999'), 'json.number_overflow'],
    ['duplicate members', textOf('"title":"a","title":"b"'), 'json.duplicate_member'],
    ['an integer beyond 2^53', textOf('"title":"a","price":9007199254740993'), 'canonical.unsafe_integer'],
    ['a gap', item(1, 3), 'rawdata.version_gap'],
    ['a version of 0', item(9, 0), 'version.invalid'],
    ['a version of 1.5', item(9, 1.5), 'version.invalid'],
    ['a version of 10^10', item(9, 1e10), 'version.invalid'],
    ['an entityKey with an empty part', item(''), 'entity_key.invalid'],
    ['an entityKey with a # too many', item('a#b'), 'entity_key.invalid'],
    ['an entityKey of 2 KB', { entityKey: `item#${'x'.repeat(2_048)}`, version: 1, payload: {} }, 'entity_key.invalid'],
    ['the same version with another payload', item(1, 1, { price: 99 }), 'rawdata.content_conflict'],
    ['an unknown schema', { ...item(9), schema: 'item@9.0.0' }, 'contract.unknown'],
    ['an undeclared entity type', { entityKey: 'other#1', version: 1, payload: {} }, 'contract.unknown'],
    ['a line that is too long', item(9, 1, { text: 'x'.repeat(5_000) }), 'record.too_long'],
  ];
  let cleanUp = async () => {};
  let work: Workplace;
  let result: CliResult;

  beforeAll(async () => {
    work = await createWorkplace((clean) => {
      cleanUp = clean;
    });
    const lines = cases.map(([, record]) => (typeof record === 'string' ? record : JSON.stringify(record)));
    await work.write('input', [JSON.stringify(item(1)), ...lines, JSON.stringify(item('good'))].join('\n'));
    result = await work.run(['ingest', 'input', '--max-record-bytes', '4000']);
  });

  afterAll(() => cleanUp());

  it.each(cases)('is %s', (name, _, code) => {
    const line = cases.findIndex(([each]) => each === name) + 2;
    expect(result.stderr).toMatch(
      new RegExp(`^input:${line} refused ${code.replace('.', '\\.')}\n {2}.*expected .*found`, 'm'),
    );
  });

  it('changes nothing, and the others go in', async () => {
    expect(result.exitCode).toBe(1);
    const { stdout } = await work.run(['entities', '--json']);
    expect(parseLines(stdout).map(({ entityKey }) => entityKey)).toEqual(['item#1', 'item#good']);
    const versions = await work.run(['versions', 'item#1', '--json']);
    expect(parseLines(versions.stdout)).toHaveLength(1);
  });
});

describe('what slicewise ingest refuses as a whole', () => {
  it.each([
    ['a truncated gzip file', gzipSync(ndjson(VERSIONS)).subarray(0, -20), 'input.gzip_truncated', 'input:'],
    ['a damaged gzip file', damage(gzipSync(ndjson(VERSIONS))), 'input.gzip_damaged', 'input:'],
    ['a byte order mark', `\ufeff${ndjson(VERSIONS)}`, 'input.byte_order_mark', 'input:1:'],
    ['UTF-16', Buffer.from(`\ufeff${ndjson(VERSIONS)}`, 'utf16le'), 'input.byte_order_mark', 'input:1:'],
  ])('%s, before anything of it is used', async (_, content, code, place) => {
    const work = await createWorkplace();
    await work.write('input', content);
    const result = await work.run(['ingest', 'input']);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain(`error ${code}\n  ${place}`);
    expect((await work.run(['entities', '--json'])).stdout).toBe('');
  });

  it('a gzip stream that is cut off, and says how far it came', async () => {
    const work = await createWorkplace();
    const result = await work.run(['ingest', '-'], { stdin: gzipSync(ndjson(VERSIONS)).subarray(0, -20) });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/error input\.gzip_truncated\n {2}stdin:\d+: expected a whole gzip file/);
    expect(result.stdout).toContain('records read');
  });

  it('an array that ends in a comma, after the records in front of it', async () => {
    const work = await createWorkplace();
    await work.write('input', `[\n${JSON.stringify(item(1))},\n]`);
    const result = await work.run(['ingest', 'input']);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain('error input.malformed\n  input:3: expected a record, found "]" behind a comma');
    expect(result.stdout).toContain('inserted    1');
  });

  it.each([
    ['a file that is not there', ['ingest', 'nothing'], 1, 'input.unreadable'],
    ['rejects in a folder that is not there', ['ingest', 'input', '--rejects', 'no/where'], 1, 'output.unwritable'],
    ['rejects over the input', ['ingest', 'input', '--rejects', './input'], 2, 'cli.usage'],
    ['a limit that is no number', ['ingest', 'input', '--max-record-bytes', '1k'], 2, 'cli.usage'],
    ['contracts that are not there', ['ingest', 'input', '--contracts', 'nowhere'], 1, 'contract.unreadable'],
    ['a tenant that could forge a key', ['ingest', 'input', '--tenant', 'a#b'], 1, 'tenant.invalid'],
  ])('%s', async (_, args, exitCode, code) => {
    const work = await createWorkplace();
    await work.write('input', ndjson(VERSIONS));
    const result = await work.run(args);
    expect(result).toMatchObject({ exitCode, stdout: '' });
    expect(result.stderr).toContain(`error ${code}\n`);
    expect(await readFile(work.path('input'), 'utf8')).toBe(ndjson(VERSIONS));
  });

  it('a file that is no store, and leaves it as it was', async () => {
    const work = await createWorkplace();
    await work.write('input', ndjson(VERSIONS));
    await work.write('slicewise.db', 'something else entirely, and quite long enough to be looked at '.repeat(20));
    const before = await readFile(work.path('slicewise.db'));
    const result = await work.run(['ingest', 'input']);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain('error store.');
    expect(await readFile(work.path('slicewise.db'))).toEqual(before);
  });

  it('keeps tenants apart', async () => {
    const work = await createWorkplace();
    await work.write('input', ndjson([item(1)]));
    await work.run(['ingest', 'input', '--tenant', 'acme']);
    expect((await work.run(['entities', '--json'])).stdout).toBe('');
    const result = await work.run(['entities', '--json'], { environment: { SLICEWISE_TENANT: 'acme' } });
    expect(parseLines(result.stdout)).toEqual([{ entityKey: 'item#1' }]);
  });

  it('keeps nothing where the store is in memory', async () => {
    const work = await createWorkplace();
    await work.write('input', ndjson(VERSIONS));
    expect(await work.run(['ingest', 'input', '--store', 'memory:'])).toMatchObject({ exitCode: 0, stderr: '' });
    await expect(stat(work.path('slicewise.db'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

/** A record whose payload is written by hand, because no value would be written so. */
function textOf(members: string): string {
  return `{"entityKey":"item#9","version":1,"payload":{${members}}}`;
}

function damage(bytes: Buffer): Buffer {
  const damaged = Buffer.from(bytes);
  damaged.fill(0xff, 12, 30);
  return damaged;
}
