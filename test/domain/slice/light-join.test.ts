import { describe, expect, it } from 'vitest';
import { hashCanonical } from '../../../src/domain/canonical/hash.ts';
import type { JsonObject, JsonValue } from '../../../src/domain/canonical/json-value.ts';
import { parseEntityKey, parseVersion } from '../../../src/domain/identity.ts';
import { planFullRebuild, planIncrementalRebuild } from '../../../src/domain/slice/incremental-plan.ts';
import { type JoinKey, joinKeysOf, pinsOf, resolveJoin } from '../../../src/domain/slice/light-join.ts';
import { compileRulesOf, compileSchemaOf } from '../../support/compile-catalogue.ts';
import { ACME, brandJoin, brandSchema, productRules, productSchema } from '../../support/product-catalogue.ts';

const RULES = rulesOf(brandJoin());
const HASH = hashCanonical('raw');
const VERSION = parseVersion(4);

describe('a join key', () => {
  it.each([
    { value: 'ACME', entityKey: 'brand#ACME' },
    { value: 7, entityKey: 'brand#7' },
    { value: 1e21, entityKey: 'brand#1e+21' },
    { value: false, entityKey: 'brand#false' },
    { value: null, entityKey: null },
  ])('is made of $value', ({ value, entityKey }) => {
    expect(keyOf({ brand_id: value })?.entityKey).toBe(entityKey);
  });

  it('is none where the payload has none, or is deleted', () => {
    expect(keyOf({})?.entityKey).toBeNull();
    expect(keyOf(null)?.entityKey).toBeNull();
  });

  it('stands between what its format says', () => {
    const join = brandJoin();
    const keyResolver = { path: 'brand_id', format: 'brand#eu-{value}-x' };
    // The catalogue's join says where its source is.
    const rules = rulesOf({ ...join, joinSources: { ...(join['joinSources'] as JsonObject), keyResolver } });
    expect(joinKeysOf(rules, { brand_id: 'A' }).map(({ entityKey }) => entityKey)).toEqual(['brand#eu-A-x']);
  });

  it.each<{ readonly value: JsonValue; readonly says: RegExp }>([
    { value: ['ACME'], says: /brand_id.*an array/ },
    { value: { id: 'ACME' }, says: /brand_id.*an object/ },
    { value: '', says: /empty/ },
    { value: 'A#B', says: /"#"/ },
    { value: 'x'.repeat(600), says: /bytes/ },
  ])('is never made of $value', ({ value, says }) => {
    expect(() => keyOf({ brand_id: value })).toThrow(
      expect.objectContaining({ code: 'join.key_invalid', message: expect.stringMatching(says) }),
    );
  });
});

describe('a pin', () => {
  it('names the source, its version, its hash and the hash of what was projected', () => {
    const { pin, projection } = resolveJoin(keyNamed('ACME'), {
      state: 'present',
      version: VERSION,
      hash: HASH,
      payload: ACME,
    });
    expect(projection).toEqual({ brand_name: 'Acme', brand_logo: null });
    expect(pin).toEqual({
      entityKey: 'brand#ACME',
      version: 4,
      hash: HASH,
      projectionHash: hashCanonical({ brand_logo: null, brand_name: 'Acme' }),
    });
  });

  it.each([
    { what: 'an absent source', source: { state: 'absent' as const }, version: null, hash: null },
    {
      what: 'a deleted or tombstoned one',
      source: { state: 'empty' as const, version: VERSION, hash: HASH },
      version: 4,
      hash: HASH,
    },
  ])('records $what', ({ source, version, hash }) => {
    const { pin, projection } = resolveJoin(keyNamed('ACME'), source);
    expect(projection).toBeNull();
    expect(pin).toEqual({ entityKey: 'brand#ACME', version, hash, projectionHash: hashCanonical(null) });
  });

  it('of a source that projects nothing differs from that of none', () => {
    const empty = resolveJoin(keyNamed('ACME'), { state: 'present', version: VERSION, hash: HASH, payload: {} });
    expect(empty.projection).toEqual({});
    expect(empty.pin.projectionHash).toBe(hashCanonical({}));
  });
});

describe('what an INCREMENTAL builds', () => {
  const before = resolveJoin(keyNamed('ACME'), { state: 'present', version: VERSION, hash: HASH, payload: ACME });
  const basePins = pinsOf(new Map([['brand', before]]));

  it('is what the change concerns, with the paths that do', () => {
    const impact = new Map([['PRODUCT_PRICE', ['/variants', '/price']]]);
    const plan = planIncrementalRebuild({ ruleSet: RULES, impact, basePins, joins: new Map([['brand', before]]) });
    expect([...plan]).toEqual([['PRODUCT_PRICE', { reason: 'change', paths: ['/price', '/variants'] }]]);
  });

  it('is also what joins a projection that moved, whatever the change says', () => {
    const moved = resolveJoin(keyNamed('ACME'), {
      state: 'present',
      version: VERSION,
      hash: HASH,
      payload: { name: 'New' },
    });
    const plan = planIncrementalRebuild({
      ruleSet: RULES,
      impact: new Map(),
      basePins,
      joins: new Map([['brand', moved]]),
    });
    expect([...plan]).toEqual([['PRODUCT_BRAND', { reason: 'join', joins: ['brand'] }]]);
  });

  it('is nothing where a source moved but its projection did not', () => {
    const later = { state: 'present', version: parseVersion(9), hash: hashCanonical('later'), payload: ACME } as const;
    const joins = new Map([['brand', resolveJoin(keyNamed('ACME'), later)]]);
    expect(planIncrementalRebuild({ ruleSet: RULES, impact: new Map(), basePins, joins }).size).toBe(0);
  });

  it('is everything where the base has no such join', () => {
    const plan = planIncrementalRebuild({
      ruleSet: RULES,
      impact: new Map(),
      basePins: {},
      joins: new Map([['brand', before]]),
    });
    expect([...plan.keys()]).toEqual(['PRODUCT_BRAND']);
    expect([...planFullRebuild(RULES).values()]).toEqual(RULES.slices.map(() => ({ reason: 'full' })));
  });
});

function rulesOf(join: JsonObject) {
  return compileRulesOf(productRules({ joins: [join] }), compileSchemaOf(productSchema()), [
    compileSchemaOf(brandSchema()),
  ]);
}

function keyOf(payload: JsonObject | null): JoinKey | undefined {
  return joinKeysOf(RULES, payload)[0];
}

function keyNamed(id: string): JoinKey {
  const [join] = RULES.joins;
  if (join === undefined) throw new Error('expected a join');
  return { join, entityKey: parseEntityKey(`brand#${id}`) };
}
