import assert from 'node:assert/strict';
import type { RegisteredContract } from '../../src/domain/contracts/registered-contract.ts';
import { isSlicewiseError } from '../../src/domain/errors.ts';
import type { ContractRegistry } from '../../src/ports/contract-registry.ts';
import type { TestRunner } from './suite-api.ts';

export interface ContractRegistryAdapter {
  readonly name: string;
  /** A registry that holds these documents; it may refuse them now or when it is first asked. */
  readonly open: (documents: readonly unknown[]) => Promise<ContractRegistry>;
}

const REF = { id: 'brand', version: '1.0.0' };

/** A Schema contract, `brand@1.0.0` and ACTIVE unless changed. */
export function schemaDocument(change: object = {}): Record<string, unknown> {
  return {
    kind: 'Schema',
    id: 'brand',
    version: '1.0.0',
    status: 'ACTIVE',
    entityType: 'brand',
    schema: { type: 'object', properties: { name: { type: 'string' } } },
    ...change,
  };
}

const RULE_SET = { kind: 'RuleSet', id: 'brand', version: '1.0.0', status: 'DRAFT' };
const VIEW = { kind: 'View', id: 'brand', version: '1.0.0', status: 'ARCHIVED' };

/** In the order of a listing. */
const IN_ORDER = [
  ['a', '1.0.0-rc.2'],
  ['a', '1.0.0-rc.10'],
  ['a', '1.0.0'],
  ['a', '1.2.0'],
  ['a', '1.10.0'],
  ['a-b', '1.0.0'],
  ['b', '0.0.1'],
] as const;

const REFUSED: readonly (readonly [string, unknown, string])[] = [
  ['other content under one kind, id and version', schemaDocument({ entityType: 'maker' }), 'contract.duplicate'],
  ['another status under one kind, id and version', schemaDocument({ status: 'DRAFT' }), 'contract.duplicate'],
  ['an unknown kind', schemaDocument({ kind: 'Scheme' }), 'contract.kind_unknown'],
  ['no kind', { id: 'x', version: '1.0.0' }, 'contract.kind_unknown'],
  ['no id', { kind: 'Schema', version: '1.0.0' }, 'contract.invalid'],
  ['an id with a space', schemaDocument({ id: 'my brand' }), 'contract.invalid'],
  ['a version that is a number', schemaDocument({ version: 1 }), 'contract.invalid'],
  ['a version that is no SemVer', schemaDocument({ version: '1.0' }), 'contract.invalid'],
  ['a document that is a list', [schemaDocument()], 'contract.invalid'],
  ['a document that is a text', 'Schema', 'contract.invalid'],
];

/** Every promise of the contract registry port, for any adapter of it. */
export function describeContractRegistry({ describe, it }: TestRunner, { name, open }: ContractRegistryAdapter): void {
  const load = async (documents: readonly unknown[]): Promise<readonly RegisteredContract[]> => {
    const registry = await open(documents);
    return registry.list('Schema');
  };

  describe(`contract registry port: ${name}`, () => {
    it('answers each kind by id and version, whatever its status', async () => {
      const registry = await open([schemaDocument(), RULE_SET, VIEW]);
      assert.deepEqual((await registry.get('Schema', REF))?.document, schemaDocument());
      assert.deepEqual((await registry.get('RuleSet', REF))?.document, RULE_SET);
      assert.deepEqual((await registry.get('View', REF))?.document, VIEW);
    });

    it('answers undefined for what it does not have', async () => {
      const registry = await open([schemaDocument()]);
      assert.equal(await registry.get('Schema', { ...REF, version: '1.0.1' }), undefined);
      assert.equal(await registry.get('Schema', { ...REF, id: 'Brand' }), undefined);
      assert.equal(await registry.get('View', REF), undefined);
    });

    it('lists a kind by id, then by SemVer', async () => {
      const documents = IN_ORDER.map(([id, version]) => schemaDocument({ id, version }));
      const listed = await load([...documents.reverse(), RULE_SET]);
      assert.deepEqual(
        listed.map(({ document }) => [Object(document).id, Object(document).version]),
        IN_ORDER,
      );
    });

    it('holds nothing where there is nothing', async () => {
      assert.deepEqual(await load([]), []);
    });

    it('answers the same document again, which nobody can change', async () => {
      const registry = await open([schemaDocument()]);
      const first = await registry.get('Schema', REF);
      assert.equal((await registry.get('Schema', REF))?.document, first?.document);
      assert.equal((await registry.list('Schema'))[0]?.document, first?.document);
      assert.throws(() => Object.assign(Object(first?.document).schema.properties, { more: {} }), TypeError);
    });

    it('takes an equal copy for the same contract', async () => {
      assert.equal((await load([schemaDocument(), schemaDocument()])).length, 1);
    });

    it('says where each contract comes from', async () => {
      const [contract] = await load([schemaDocument()]);
      assert.notEqual(contract?.origin ?? '', '');
    });

    for (const [what, document, code] of REFUSED) {
      it(`refuses ${what}`, async () => {
        await assert.rejects(load([schemaDocument(), document]), { code, category: 'ContractError' });
      });
    }

    it('names every problem at once', async () => {
      const broken = [schemaDocument({ id: '' }), schemaDocument({ kind: 'Shema' }), schemaDocument({ version: '1' })];
      await assert.rejects(load(broken), (error) => {
        assert.ok(isSlicewiseError(error));
        assert.equal(Object(error.details['problems']).length, 3);
        return true;
      });
    });
  });
}
