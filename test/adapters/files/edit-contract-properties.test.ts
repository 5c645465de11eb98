import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as yaml from 'yaml';
import { editContract } from '../../../src/adapters/files/contract-edit/edit-contract.ts';
import { readYaml } from '../../../src/adapters/files/contract-files-yaml.ts';
import type { JsonObject, JsonValue } from '../../../src/domain/canonical/json-value.ts';
import { refusalsIn } from '../../../src/domain/contracts/check-contracts.ts';
import { indexContracts } from '../../../src/domain/contracts/contract-index.ts';
import { formatRef, parseRef } from '../../../src/domain/contracts/contract-ref.ts';
import { deriveRuleSets } from '../../../src/domain/contracts/derive-rule-set.ts';
import { withAdditions } from '../../../src/domain/contracts/list-addition.ts';
import type { RegisteredContract } from '../../../src/domain/contracts/registered-contract.ts';
import { SlicewiseError } from '../../../src/domain/errors.ts';
import { BRAND_RULES, PRODUCT_RULES, worldOf } from '../../support/arbitraries/worlds.ts';
import { adding, edit, REF } from './additions.ts';

const entries = fc.array(
  fc.record({
    path: fc.constantFrom('title', 'a.b', "$['odd: name']", 'tags[*]', '#', "it's", '{x}', ''),
    slices: fc.uniqueArray(fc.constantFrom('A', 'NULL', 'B_2'), { maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 3 },
);
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.oneof(value, fc.constant(undefined), fc.constant(null));
const ruleSets = fc
  .record({ impactMap: maybe(entries), joinImpact: maybe(entries), onNoMatch: fc.constantFrom('IGNORE', undefined) })
  .map(({ impactMap, joinImpact, onNoMatch }) => ({
    kind: 'RuleSet',
    ...REF,
    slices: [{ type: 'A', fields: { title: 'title' } }],
    joins: [{ name: 'brand', joinProjection: { name: 'name' }, joinImpact, maxFanout: 3 }],
    impactMap,
    onNoMatch,
  }))
  // As a file would hold it: without what is undefined.
  .map((document): Record<string, JsonValue> => JSON.parse(JSON.stringify(document)));
const styles = fc.record(
  {
    indent: fc.constantFrom(2, 4),
    indentSeq: fc.boolean(),
    collectionStyle: fc.constantFrom('any', 'block', 'flow'),
    flowCollectionPadding: fc.boolean(),
    defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE'),
    lineWidth: fc.constantFrom(40, 80, 0),
  },
  { requiredKeys: [] },
);

function withoutImpact(contract: JsonObject): JsonObject {
  const { impactMap: _impactMap, joins, ...rest } = structuredClone(contract);
  if (!Array.isArray(joins)) return rest;
  return { ...rest, joins: joins.map(({ joinImpact: _joinImpact, ...join }) => join) };
}

function registerAll(text: string): readonly RegisteredContract[] {
  const { contracts, problems } = readYaml(yaml, text, 'world.yaml');
  expect(problems).toEqual([]);
  return contracts;
}

describe('rule sets at random that were written without impact', () => {
  it('load from the text that what they lack was added to', () => {
    fc.assert(
      fc.property(worldOf(), ({ contracts }) => {
        const before = contracts
          .map((contract) => yaml.stringify(withoutImpact(contract), { aliasDuplicateObjects: false }))
          .join('---\n');
        const refs = [PRODUCT_RULES, BRAND_RULES].map((ref) => formatRef(parseRef(ref)));
        const requests = refs.map((ref) => ({ ref, indexes: [] }));
        const after = [...deriveRuleSets(indexContracts(registerAll(before)), requests)].reduce(
          (text, [ref, derivation]) => {
            if (derivation instanceof SlicewiseError) throw derivation;
            return editContract(yaml, text, 'world.yaml', { kind: 'RuleSet', ref: parseRef(ref), ...derivation });
          },
          before,
        );
        expect([...refusalsIn(indexContracts(registerAll(after)))]).toEqual([]);
      }),
    );
  });
});

describe('editing contracts of every style', () => {
  it('gives the document with the additions in it', () => {
    const subject = fc.tuple(ruleSets, entries, fc.oneof(styles, fc.constantFrom('json', 'tight json')));
    fc.assert(
      fc.property(subject, ([document, items, style]) => {
        const additions = [adding('/impactMap', ...items), adding('/joins/0/joinImpact', ...items)];
        const isJson = typeof style === 'string';
        const before = isJson
          ? JSON.stringify(document, undefined, style === 'json' ? 2 : 0)
          : yaml.stringify(document, { ...style, version: '1.2' });
        // The package writes empty lists in block style where it does not read them itself.
        fc.pre(yaml.parseDocument(before).errors.length === 0);
        const after = edit(before, additions, isJson ? 'rules.json' : 'rules.yaml');
        expect(yaml.parse(after)).toEqual(withAdditions(document, additions));
      }),
    );
  });
});
