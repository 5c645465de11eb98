import { describe, expect, it } from 'vitest';
import { canonicalRawData, hashCanonical, hashSlice } from '../../../src/domain/canonical/hash.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import type { CompiledRuleSet } from '../../../src/domain/contracts/compiled-contracts.ts';
import { parseVersion } from '../../../src/domain/identity.ts';
import {
  type JoinedSource,
  joinKeysOf,
  type ResolvedJoins,
  resolveJoin,
} from '../../../src/domain/slice/light-join.ts';
import { type BuiltSlice, buildSlices, reviseSlices } from '../../../src/domain/slice/slicing-engine.ts';
import { compileRulesOf, compileSchemaOf } from '../../support/compile-catalogue.ts';
import { ACME, brandJoin, brandSchema, LAMP, productRules, productSchema } from '../../support/product-catalogue.ts';

const RULES = rulesWith({});
const PRESENT: JoinedSource = { state: 'present', version: parseVersion(4), hash: hashCanonical('raw'), payload: ACME };

describe('buildSlices', () => {
  it('puts the fields that are present into the slice, and leaves out those that are absent', () => {
    expect(valuesOf(RULES, { title: 'Lamp', category_ids: [] })).toMatchObject({
      PRODUCT_CORE: { title: 'Lamp', category_ids: [] },
      PRODUCT_PRICE: null,
    });
  });

  it('keeps a field that is null', () => {
    const rules = rulesWith({ keyAbsent: 'TOMBSTONE' });
    expect(valuesOf(rules, { brand_id: null })['PRODUCT_CORE']).toEqual({ brand_id: null });
  });

  it('gathers what [*] selects into an array, which is empty where the place is there and holds nothing', () => {
    const priceOf = (payload: JsonObject) => valuesOf(RULES, payload)['PRODUCT_PRICE'];
    expect(priceOf({ variants: [{ sku: 'A', price: 1 }, { sku: 'B' }, { sku: 'C', price: 3 }] })).toEqual({
      variant_prices: [1, 3],
    });
    expect(priceOf({ variants: [] })).toEqual({ variant_prices: [] });
    expect(priceOf({ price: 1 })).toEqual({ price: 1 });
  });

  it.each([
    { what: 'a type whose condition is false', payload: { title: 'Lamp' }, type: 'PRODUCT_PROMOTION' },
    { what: 'a type of whose fields none is present', payload: { title: 'Lamp' }, type: 'PRODUCT_PRICE' },
    { what: 'every type of a deleted version', payload: null, type: 'PRODUCT_CORE' },
  ])('makes $what a tombstone, with the hash of null', ({ payload, type }) => {
    const [slice] = build(RULES, payload).filter(({ sliceType }) => sliceType === type);
    expect(slice).toMatchObject({
      isTombstone: true,
      value: null,
      sliceHash: hashSlice(Buffer.from('null'), RULES.ref),
    });
    expect(Buffer.from(slice?.payload ?? []).toString()).toBe('null');
  });

  it('hashes canonical bytes with the rule set’s ref', () => {
    const bytes = Buffer.from('{"status":"live","title":"é"}');
    const slice = build(RULES, { title: 'é', status: 'live' }).find(({ sliceType }) => sliceType === 'PRODUCT_CORE');
    expect(Buffer.from(slice?.payload ?? []).equals(bytes)).toBe(true);
    expect(slice?.sliceHash).toBe(hashSlice(bytes, RULES.ref));
  });

  it('builds only the rules that it is given, in their order', () => {
    const rules = [...RULES.slices].reverse().slice(0, 2);
    const built = buildSlices({ ruleSet: RULES, payload: LAMP, joins: joinsOf(RULES, LAMP, PRESENT) }, rules);
    expect(built.map(({ sliceType }) => sliceType)).toEqual(['PRODUCT_PROMOTION', 'PRODUCT_PRICE']);
  });
});

describe('slices that are cut from the payload’s bytes', () => {
  it.each<{ what: string; payload: JsonObject }>([
    { what: 'whole members', payload: LAMP },
    { what: 'members that are not all there', payload: { title: 'Lamp' } },
    { what: 'no member at all', payload: { internal: 1 } },
  ])('are those that would be written: $what', ({ payload }) => {
    const joins = joinsOf(RULES, payload, PRESENT);
    const { members } = canonicalRawData(payload, RULES.schema.ref);
    const written = buildSlices({ ruleSet: RULES, payload, joins }, RULES.slices);
    expect(plainOf(buildSlices({ ruleSet: RULES, payload, joins, members }, RULES.slices))).toEqual(plainOf(written));
  });
});

function plainOf(slices: readonly BuiltSlice[]) {
  return slices.map((slice) => ({ ...slice, payload: Buffer.from(slice.payload).toString() }));
}

describe('slices that are revised', () => {
  const MOVED: JoinedSource = { ...PRESENT, payload: { name: 'Apex', logo: 'apex.svg' } };
  const SHORT: JoinedSource = { ...PRESENT, payload: { name: 'Ac' } };
  const GONE: JoinedSource = { state: 'absent' };
  const SOURCES = { PRESENT, MOVED, SHORT, GONE };
  const CHANGES = Object.keys(SOURCES).flatMap((from) => Object.keys(SOURCES).map((to) => ({ from, to })));

  it.each(CHANGES)('are those of the payload and the new source: from $from to $to', ({ from, to }) => {
    const rules = rulesWith({ missing: 'NULL_FIELDS' });
    expect(revised(rules, LAMP, sourceNamed(from), sourceNamed(to))).toEqual(
      plainOf(
        buildSlices({ ruleSet: rules, payload: LAMP, joins: joinsOf(rules, LAMP, sourceNamed(to)) }, joining(rules)),
      ),
    );
  });

  it('are tombstones where the join says so now', () => {
    const rules = rulesWith({ missing: 'TOMBSTONE' });
    expect(revised(rules, LAMP, PRESENT, GONE)).toMatchObject([{ sliceType: 'PRODUCT_BRAND', isTombstone: true }]);
  });

  it('are refused where the join demands a source', () => {
    expect(() => revised(RULES, LAMP, PRESENT, GONE)).toThrow(expect.objectContaining({ code: 'join.source_missing' }));
  });

  function sourceNamed(name: string): JoinedSource {
    return SOURCES[name as keyof typeof SOURCES];
  }

  function joining(rules: CompiledRuleSet) {
    return rules.slices.filter((rule) => rule.joins.length > 0);
  }

  function revised(rules: CompiledRuleSet, payload: JsonObject, before: JoinedSource, after: JoinedSource) {
    const built = buildSlices({ ruleSet: rules, payload, joins: joinsOf(rules, payload, before) }, joining(rules));
    const values = new Map(built.flatMap(({ sliceType, value }) => (value === null ? [] : [[sliceType, value]])));
    const joins = joinsOf(rules, payload, after);
    return plainOf(reviseSlices({ ruleSet: rules, joins, before: values }, joining(rules)));
  }
});

describe('a joined slice', () => {
  it('holds its own fields and the projection of its source', () => {
    expect(valuesOf(RULES, LAMP, PRESENT)['PRODUCT_BRAND']).toEqual({
      title: 'Lamp',
      brand_name: 'Acme',
      brand_logo: null,
    });
  });

  it('leaves out what the source does not have', () => {
    const source: JoinedSource = { ...PRESENT, payload: { name: 'Acme' } };
    expect(valuesOf(RULES, LAMP, source)['PRODUCT_BRAND']).toEqual({ title: 'Lamp', brand_name: 'Acme' });
  });

  const withoutKey = { title: 'Lamp' };
  const POLICIES = [
    { missing: 'FAIL_CLOSED', keyAbsent: 'FAIL_CLOSED', payload: LAMP, gives: 'join.source_missing' },
    { missing: 'FAIL_CLOSED', keyAbsent: 'NULL_FIELDS', payload: LAMP, gives: 'join.source_missing' },
    {
      missing: 'NULL_FIELDS',
      keyAbsent: 'FAIL_CLOSED',
      payload: LAMP,
      gives: { title: 'Lamp', brand_name: null, brand_logo: null },
    },
    { missing: 'TOMBSTONE', keyAbsent: 'FAIL_CLOSED', payload: LAMP, gives: null },
    { missing: 'NULL_FIELDS', keyAbsent: 'FAIL_CLOSED', payload: withoutKey, gives: 'join.key_absent' },
    {
      missing: 'FAIL_CLOSED',
      keyAbsent: 'NULL_FIELDS',
      payload: withoutKey,
      gives: { title: 'Lamp', brand_name: null, brand_logo: null },
    },
    { missing: 'FAIL_CLOSED', keyAbsent: 'TOMBSTONE', payload: withoutKey, gives: null },
    { missing: 'TOMBSTONE', keyAbsent: undefined, payload: withoutKey, gives: null },
  ] as const;
  it.each(POLICIES)(
    'without a source, missing $missing and keyAbsent $keyAbsent: $gives',
    ({ missing, keyAbsent, payload, gives }) => {
      const rules = rulesWith({ missing, ...(keyAbsent !== undefined && { keyAbsent }) }, { isAlwaysJoined: true });
      for (const source of [{ state: 'absent' }, { ...PRESENT, state: 'empty' }] satisfies JoinedSource[]) {
        const values = () => valuesOf(rules, payload, source)['PRODUCT_BRAND'];
        if (typeof gives === 'string')
          expect(values).toThrow(expect.objectContaining({ code: gives, category: 'Missing' }));
        else expect(values()).toEqual(gives);
      }
    },
  );

  it('that is not wanted demands no source', () => {
    expect(valuesOf(RULES, withoutKey, { state: 'absent' })['PRODUCT_BRAND']).toBeNull();
  });
});

function rulesWith(join: JsonObject, { isAlwaysJoined = false } = {}): CompiledRuleSet {
  const rules = productRules({ joins: [brandJoin(join)] });
  // The catalogue's slices are a list of objects.
  const slices = rules['slices'] as readonly JsonObject[];
  const wanted = slices.map(({ when, ...slice }) => {
    const isUnconditional = when === undefined || (isAlwaysJoined && slice['type'] === 'PRODUCT_BRAND');
    return isUnconditional ? slice : { ...slice, when };
  });
  return compileRulesOf({ ...rules, slices: wanted }, compileSchemaOf(productSchema()), [
    compileSchemaOf(brandSchema()),
  ]);
}

function joinsOf(ruleSet: CompiledRuleSet, payload: JsonObject | null, source: JoinedSource): ResolvedJoins {
  return new Map(
    joinKeysOf(ruleSet, payload).map((key) => {
      const found: JoinedSource = key.entityKey === null ? { state: 'absent' } : source;
      return [key.join.name, resolveJoin(key, found)];
    }),
  );
}

function build(ruleSet: CompiledRuleSet, payload: JsonObject | null, source: JoinedSource = PRESENT) {
  return buildSlices({ ruleSet, payload, joins: joinsOf(ruleSet, payload, source) }, ruleSet.slices);
}

function valuesOf(ruleSet: CompiledRuleSet, payload: JsonObject, source: JoinedSource = PRESENT): JsonObject {
  return Object.fromEntries(build(ruleSet, payload, source).map(({ sliceType, value }) => [sliceType, value]));
}
