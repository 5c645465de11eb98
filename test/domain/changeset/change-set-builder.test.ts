import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../../src/domain/canonical/canonicalize.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import { buildChangeSet, CHANGESET_OPS_BYTES_MAX } from '../../../src/domain/changeset/change-set-builder.ts';
import { hasCode } from '../../../src/domain/errors.ts';
import { parseEntityKey, parseVersion } from '../../../src/domain/identity.ts';
import { reorderedOf } from '../../support/arbitraries/documents.ts';
import { schemaWithDocuments } from '../../support/arbitraries/schema-with-documents.ts';
import { lawRuns } from '../../support/fast-check.ts';
import { buildRuleSet, type RuleSetParts } from './build-rule-set.ts';

const entityKey = parseEntityKey('product#P1');

function build(
  [from, to]: readonly [number, number],
  before: JsonObject | null,
  after: JsonObject | null,
  parts: RuleSetParts = {},
) {
  const fromVersion = from === 0 ? 0 : parseVersion(from);
  return buildChangeSet({
    entityKey,
    fromVersion,
    toVersion: parseVersion(to),
    before,
    after,
    ruleSet: buildRuleSet(parts),
  });
}

describe('a ChangeSet', () => {
  it.each([
    ['created', [0, 1], null, { a: 1 }, ''],
    ['created', [0, 40], null, { a: 1 }, ''],
    ['updated', [1, 2], { a: 1 }, { a: 2 }, '/a'],
    ['deleted', [1, 2], { a: 1 }, null, ''],
    ['restored', [2, 3], null, { a: 1 }, ''],
  ] satisfies [string, [number, number], JsonObject | null, JsonObject | null, string][])(
    'is %s from %j',
    (changeType, versions, before, after, path) => {
      const changeSet = build(versions, before, after);
      expect(changeSet).toMatchObject({
        changeType,
        changedPaths: [path],
        changedKeys: ['a'],
        impactedSlices: ['CORE'],
      });
    },
  );

  it.each([
    ['updated', 'the same payload again', [1, 2], { a: 1 }, { a: 1 }],
    ['deleted', 'a deleted version after another', [1, 2], null, null],
    ['deleted', 'a first version that is deleted', [0, 1], null, null],
  ] satisfies [string, string, [number, number], JsonObject | null, JsonObject | null][])(
    'is %s and concerns nothing for %s',
    (changeType, _case, versions, before, after) => {
      expect(build(versions, before, after)).toMatchObject({
        changeType,
        ops: [],
        changedPaths: [],
        impactedSlices: [],
      });
    },
  );

  it('hashes its canonical ops, both versions and the rule set, with nothing between', () => {
    const { changesetHash } = build([9, 10], { a: 1, b: 2 }, { a: 1.5 });
    const text = '[{"op":"replace","path":"/a","value":1.5},{"op":"remove","path":"/b"}]910product-core1.3.0';
    expect(changesetHash).toBe(`sha256:${createHash('sha256').update(text).digest('hex')}`);
  });

  it.each([
    [3, 7],
    [3, 3],
    [4, 3],
  ])('over the gap from %i to %i is refused', (from, to) => {
    expect(() => build([from, to], {}, {})).toThrow(
      expect.toSatisfy((error) => hasCode(error, 'changeset.version_gap')),
    );
  });

  it('over a gap says which versions, and what to do', () => {
    expect(() => build([3, 7], {}, {})).toThrow(
      /#.*: expected .*consecutive versions.*found 3 to 7\. Create one for each/,
    );
  });

  it('names the top-level members concerned, each once and sorted by bytes', () => {
    const after = { 'b/c': { x: 2, y: 2 }, '\u{1F600}': 1, '\uFB01': 1 };
    expect(build([1, 2], { 'b/c': { x: 1, y: 1 } }, after).changedKeys).toEqual(['b/c', '\uFB01', '\u{1F600}']);
    expect(build([0, 1], null, after).changedKeys).toEqual(['b/c', '\uFB01', '\u{1F600}']);
  });

  it('says which paths concern which slice type', () => {
    const parts = { types: ['CORE', 'PRICE'], impactMap: { title: ['CORE'], price: ['PRICE', 'CORE'] } };
    const { impact, impactedSlices } = build([1, 2], { title: 1 }, { title: 2, price: 3 }, parts);
    expect(impactedSlices).toEqual(['CORE', 'PRICE']);
    expect([...impact]).toEqual([
      ['CORE', ['/price', '/title']],
      ['PRICE', ['/price']],
    ]);
  });

  it('keeps all its ops, however large: what a record leaves out is for the record to say', () => {
    const { ops, opsBytes } = build([0, 1], null, { a: 'x'.repeat(CHANGESET_OPS_BYTES_MAX) });
    expect(ops).toHaveLength(1);
    expect(opsBytes.length).toBeGreaterThan(CHANGESET_OPS_BYTES_MAX);
  });

  it('is the same whether the bytes of a payload that appears were at hand or not', () => {
    const after = { b: [1, 'ä'], a: { c: null } };
    const input = { entityKey, fromVersion: 0, toVersion: parseVersion(7), before: null, after } as const;
    const ruleSet = buildRuleSet({});
    expect(buildChangeSet({ ...input, ruleSet, afterBytes: canonicalBytes(after) })).toEqual(
      buildChangeSet({ ...input, ruleSet }),
    );
  });

  it('is the same whatever order the payloads were written in', () => {
    const cases = schemaWithDocuments().chain(({ model, schema, documents: [before = {}, after = {}] }) =>
      fc.record({
        schema: fc.constant(schema),
        pair: fc.constant([before, after] as const),
        rewritten: fc.tuple(reorderedOf(model, before), reorderedOf(model, after)),
      }),
    );
    fc.assert(
      fc.property(cases, ({ schema, pair, rewritten }) => {
        const [left, right] = [pair, rewritten].map(([before, after]) =>
          build([1, 2], schema.normalise(before), schema.normalise(after), { schema }),
        );
        expect(left?.changesetHash).toBe(right?.changesetHash);
        expect(left?.changedPaths).toEqual(right?.changedPaths);
        expect(left?.changedKeys).toEqual(right?.changedKeys);
      }),
      { numRuns: lawRuns },
    );
  });
});
