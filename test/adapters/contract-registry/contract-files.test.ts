import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { createFileRegistry } from '../../../src/adapters/files/contract-files.ts';
import type { LocatedProblem } from '../../../src/domain/contracts/contract-problem.ts';
import { parseContract } from '../../../src/domain/contracts/parse-contract.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import { describeContractRegistry, schemaDocument } from '../../conformance/contract-registry.suite.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slicewise-contracts-'));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

async function write(name: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(dir, name)), { recursive: true });
  await writeFile(join(dir, name), content);
}

async function ids(): Promise<readonly string[]> {
  const contracts = await createFileRegistry({ dir }).list('Schema');
  return contracts.map(({ document }) => Object(document).id);
}

/** The problems that a file is refused with. */
async function problemsOf(name: string, content: string | Uint8Array): Promise<readonly LocatedProblem[]> {
  await write(name, content);
  const refusal = await ids().catch((error: unknown) => error);
  if (!isSlicewiseError(refusal)) throw new Error('the file was accepted');
  // Every refusal of a registry carries them.
  return refusal.details['problems'] as readonly LocatedProblem[];
}

const yamlOf = (change: object = {}) => stringify(schemaDocument(change));
const REF = { id: 'brand', version: '1.0.0' };

describeContractRegistry(
  { describe, it },
  {
    name: 'over one YAML file each',
    open: async (documents) => {
      for (const [index, document] of documents.entries()) await write(`${index}.yaml`, stringify(document));
      return createFileRegistry({ dir });
    },
  },
);

describeContractRegistry(
  { describe, it },
  {
    name: 'over one JSON file each',
    open: async (documents) => {
      for (const [index, document] of documents.entries()) await write(`${index}.json`, JSON.stringify(document));
      return createFileRegistry({ dir });
    },
  },
);

describeContractRegistry(
  { describe, it },
  {
    name: 'over one YAML file for all',
    open: async (documents) => {
      await write('all.yml', documents.map((document) => `---\n${stringify(document)}`).join(''));
      return createFileRegistry({ dir });
    },
  },
);

describe('contract files', () => {
  it('are found in folders below, by their endings, and not where a name starts with a dot', async () => {
    await write('a.yaml', yamlOf({ id: 'a' }));
    await write('b/c/b.yml', yamlOf({ id: 'b' }));
    await write('b/c.json', JSON.stringify(schemaDocument({ id: 'c' })));
    await write('readme.md', 'not a contract');
    await write('.git/d.yaml', 'not: a contract');
    await write('.e.yaml', 'not: a contract');
    expect(await ids()).toEqual(['a', 'b', 'c']);
  });

  it('may be links to files, as in a mounted configuration', async () => {
    await write('..data/a.yaml', yamlOf({ id: 'a' }));
    await symlink(join(dir, '..data/a.yaml'), join(dir, 'a.yaml'));
    await symlink(dir, join(dir, 'loop'));
    expect(await ids()).toEqual(['a']);
  });

  it('may hold nothing, and empty documents', async () => {
    await write('a.yaml', '# only a comment\n');
    await write('b.yaml', `---\n---\n${yamlOf({ id: 'b' })}---\n`);
    await write('c.yml', '');
    expect(await ids()).toEqual(['b']);
  });

  it('are read as YAML 1.2: yes is a text, a date is a text', async () => {
    await write('a.yaml', 'kind: Schema\nid: a\nversion: 1.0.0\nstatus: ACTIVE\ndescription: yes\nx: 2024-01-01\n');
    const [contract] = await createFileRegistry({ dir }).list('Schema');
    expect(contract?.document).toMatchObject({ description: 'yes', x: '2024-01-01' });
  });

  it.each<[string, string, string, [number, number], string]>([
    ['an anchor', 'a.yaml', 'kind: &k Schema\n', [1, 10], 'the anchor &k'],
    ['an alias', 'a.yaml', 'kind: Schema\nid: *k\n', [2, 5], 'alias'],
    ['a tag', 'a.yaml', 'kind: Schema\nid: !!str 5\n', [2, 11], 'the tag tag:yaml.org,2002:str'],
    ['a tag of its own', 'a.yaml', 'kind: Schema\nid: !mine\n  x: 1\n', [3, 3], 'the tag !mine'],
    ['a merge key', 'a.yaml', 'kind: Schema\nschema:\n  <<: { type: object }\n', [3, 3], 'a merge key'],
    ['a duplicate key', 'a.yaml', 'kind: Schema\nid: a\nkind: View\n', [3, 1], 'a key twice'],
    ['a duplicate key deep inside', 'a.yml', 'kind: Schema\nschema: { a: 1, a: 2 }\n', [2, 17], 'a key twice'],
    ['a key that is no text', 'a.yaml', 'kind: Schema\n? [a]\n: 1\n', [2, 3], 'keys must be strings'],
    ['another YAML version', 'a.yaml', '%YAML 1.1\n---\nkind: Schema\n', [1, 1], '%YAML 1.1'],
    ['an unclosed bracket', 'a.yaml', 'kind: Schema\nschema: { a: [1 }\n', [2, 17], 'Flow sequence'],
    ['a second document that is broken', 'a.yaml', `${yamlOf()}---\nkind: &k View\n`, [12, 10], 'the anchor &k'],
  ])('are refused for %s, with line and column', async (_, name, content, [line, column], found) => {
    const problems = await problemsOf(name, content);
    expect(problems).toContainEqual(
      expect.objectContaining({
        code: 'contract.unreadable',
        origin: join(dir, name),
        line,
        column,
        found: expect.stringContaining(found),
      }),
    );
  });

  it.each<[string, string, string | Uint8Array, string]>([
    ['YAML that is not UTF-8', 'a.yaml', new Uint8Array([0x6b, 0xff]), 'bytes that are not'],
    ['JSON that is not UTF-8', 'a.json', new Uint8Array([0x22, 0xff, 0x22]), 'UTF-8'],
    ['a JSON member twice', 'a.json', '{"kind":"Schema","kind":"View"}', 'kind'],
    ['JSON with a comment', 'a.json', '{} // no', 'JSON'],
    ['YAML that never ends', 'a.yaml', '[ '.repeat(100_000), ''],
  ])('are refused for %s', async (_, name, content, found) => {
    const problems = await problemsOf(name, content);
    expect(problems[0]).toMatchObject({ code: 'contract.unreadable', origin: join(dir, name) });
    expect(problems[0]?.found).toContain(found);
  });

  it('are refused for a number that JSON cannot hold', async () => {
    const [problem] = await problemsOf('a.yaml', `${yamlOf()}limit: .inf\n`);
    expect(problem).toMatchObject({ code: 'contract.invalid', pointer: '/limit', line: 11, column: 1 });
  });

  it('are refused all at once', async () => {
    await write('a.yaml', 'kind: &k Schema\n');
    expect((await problemsOf('b.json', '{')).map(({ origin }) => origin)).toEqual([
      join(dir, 'a.yaml'),
      join(dir, 'b.json'),
    ]);
  });

  it('must have a folder', async () => {
    const registry = createFileRegistry({ dir: join(dir, 'nowhere') });
    await expect(registry.list('View')).rejects.toMatchObject({
      code: 'contract.unreadable',
      category: 'ContractError',
    });
  });

  it('are not read before they are asked for, and again after a failure', async () => {
    const registry = createFileRegistry({ dir: join(dir, 'later') });
    await expect(registry.list('Schema')).rejects.toThrow('later');
    await write('later/a.yaml', yamlOf());
    expect(await registry.list('Schema')).toHaveLength(1);
  });
});

describe('a problem of a contract', () => {
  it.each([
    ['a.yaml', 'kind: Schema\nid: a\nversion: 1.0.0\nstatus: ACTVE\nentityType: a\nschema:\n  type: object\n', 4, 1],
    [
      'a.yaml',
      '\n---\n# a\nkind: Schema\nid: a\nversion: 1.0.0\n\nstatus: ACTVE\nentityType: a\nschema: { type: object }\n',
      8,
      1,
    ],
    [
      'a.json',
      '{\n\t"kind": "Schema", "id": "a", "version": "1.0.0",\n\t"entityType": "a",\n\t"status": "ACTVE",\n\t"schema": {"type": "object"}\n}\n',
      4,
      2,
    ],
  ])('is shown at its line and column in %s', async (name, content, line, column) => {
    await write(name, content);
    const [contract] = await createFileRegistry({ dir }).list('Schema');
    if (contract === undefined) throw new Error('no contract');
    expect(() => parseContract(contract)).toThrow(
      `${join(dir, name)}:${line}:${column} /status: expected one of DRAFT`,
    );
  });

  it.each([
    ['/slices/1/type', 3, 5],
    ['/slices/1', 3, 5],
    ['/slices/0/missing/deeper', 2, 5],
    ['/a~1b/0', 4, 7],
    ['', 1, 1],
  ])('at %s is located', async (pointer, line, column) => {
    await write('a.yaml', 'slices:\n  - type: A\n  - type: B\na/b: [x]\nkind: View\nid: v\nversion: 1.0.0\n');
    const [contract] = await createFileRegistry({ dir }).list('View');
    expect(contract?.locate(pointer)).toEqual({ line, column });
  });
});

describe('reloading contract files', () => {
  const statusOf = async (registry: ReturnType<typeof createFileRegistry>) =>
    Object((await registry.get('Schema', REF))?.document).status;

  it('brings other statuses and new versions, and keeps the documents that did not change', async () => {
    await write('a.yaml', yamlOf());
    await write('b.yaml', yamlOf({ id: 'other' }));
    const registry = createFileRegistry({ dir });
    const other = await registry.get('Schema', { id: 'other', version: '1.0.0' });
    await write('a.yaml', `${yamlOf({ status: 'DEPRECATED' })}---\n${yamlOf({ version: '1.1.0' })}`);
    await write('b.yaml', `# moved\n${yamlOf({ id: 'other' })}`);
    expect(await statusOf(registry)).toBe('ACTIVE');
    await registry.reload();
    expect(await statusOf(registry)).toBe('DEPRECATED');
    expect(await registry.list('Schema')).toHaveLength(3);
    const again = await registry.get('Schema', { id: 'other', version: '1.0.0' });
    expect(again?.document).toBe(other?.document);
    expect(again?.locate('')).toEqual({ line: 2, column: 1 });
    expect(registry.revision).toBe(1);
  });

  it('leaves the revision alone where nothing changed', async () => {
    await write('a.yaml', yamlOf());
    const registry = createFileRegistry({ dir });
    await registry.list('Schema');
    await registry.reload();
    expect(registry.revision).toBe(0);
  });

  it('sees a contract go', async () => {
    await write('a.yaml', yamlOf());
    const registry = createFileRegistry({ dir });
    await registry.list('Schema');
    await rm(join(dir, 'a.yaml'));
    await registry.reload();
    expect(await registry.list('Schema')).toEqual([]);
    expect(registry.revision).toBe(1);
  });

  it('refuses other content under a published version, and stays as it was', async () => {
    await write('a.yaml', yamlOf());
    const registry = createFileRegistry({ dir });
    await registry.list('Schema');
    await write('a.yaml', yamlOf({ entityType: 'maker', status: 'DEPRECATED' }));
    await expect(registry.reload()).rejects.toMatchObject({ code: 'contract.content_changed' });
    expect(await statusOf(registry)).toBe('ACTIVE');
    expect(registry.revision).toBe(0);
  });

  it('refuses it as well where the contract was gone in between', async () => {
    await write('a.yaml', yamlOf());
    const registry = createFileRegistry({ dir });
    await registry.list('Schema');
    await rename(join(dir, 'a.yaml'), join(dir, 'a.txt'));
    await registry.reload();
    await write('a.yaml', yamlOf({ entityType: 'maker' }));
    await expect(registry.reload()).rejects.toMatchObject({ code: 'contract.content_changed' });
  });

  it('takes other content of a DRAFT: it was never published', async () => {
    await write('a.yaml', yamlOf({ status: 'DRAFT' }));
    const registry = createFileRegistry({ dir });
    await registry.list('Schema');
    await write('a.yaml', yamlOf({ entityType: 'maker', status: 'ACTIVE' }));
    await registry.reload();
    expect(await statusOf(registry)).toBe('ACTIVE');
  });

  it('stays as it was where a file is broken', async () => {
    await write('a.yaml', yamlOf());
    const registry = createFileRegistry({ dir });
    await registry.list('Schema');
    await write('a.yaml', 'kind: [');
    await expect(registry.reload()).rejects.toMatchObject({ code: 'contract.unreadable' });
    expect(await statusOf(registry)).toBe('ACTIVE');
  });

  it('many times at once ends with what the files say', async () => {
    await write('a.yaml', yamlOf());
    const registry = createFileRegistry({ dir });
    const early = registry.list('Schema');
    await write('a.yaml', yamlOf({ status: 'ARCHIVED' }));
    await Promise.all([registry.reload(), registry.reload(), registry.reload()]);
    await early;
    expect(await statusOf(registry)).toBe('ARCHIVED');
  });
});
