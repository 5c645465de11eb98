import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  collectingKeyOf,
  directoryKeyOf,
  FORMAT_KEY,
  hintKeyOf,
  hintPartition,
  type ItemKey,
  itemKeyOf,
  readHintPlace,
  statePartition,
} from '../../../src/adapters/dynamodb/item-key.ts';
import { compareUtf8 } from '../../../src/domain/canonical/key-order.ts';
import { formatRef } from '../../../src/domain/contracts/contract-ref.ts';
import { parseEntityKey, parseTenantId, parseVersion, type TenantId } from '../../../src/domain/identity.ts';
import { OWING_STATES } from '../../../src/domain/pipeline-state.ts';
import type { RecordKey } from '../../../src/ports/store.ts';
import { addressOf, someHash } from '../../conformance/record-builders.ts';

// What keys are composed and escaped with, and what comes before and behind it.
const part = fc.string({
  unit: fc.constantFrom('a', '%', '2', '3', '5', ' ', 'STATUS', 'TENANT', '\u{1f9c0}'),
  minLength: 1,
  maxLength: 4,
});
// The domain refuses `#` in a tenant; the places of items do not rely on it.
const tenantId = fc
  .array(fc.oneof(part, fc.constant('#')), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('') as TenantId);
const entityKey = fc
  .tuple(fc.oneof(part, fc.constantFrom('DIRECTORY', 'STATE', 'HEAD')), fc.oneof(part, fc.constantFrom('0', '1')))
  .map((parts) => parseEntityKey(parts.join('#')));
const address = fc.record({ tenantId, entityKey });
const ruleSet = fc.record({
  id: fc.constantFrom('a', 'a.b', 'a-1'),
  version: fc.constantFrom('1.0.0', '1.0.0-a', '11.0.0'),
});
const number = fc.integer({ min: 1, max: 12 });
const hash = fc.constantFrom('a', 'b').map(someHash);
const sliceType = fc.constantFrom('CORE', 'CORE_2', 'STATUS');

const recordKey: fc.Arbitrary<RecordKey> = fc.oneof(
  keyOf('raw-data', { version: number.map((n) => parseVersion(n)) }),
  keyOf('status', {}),
  keyOf('head', { ruleSet }),
  keyOf('change-set', {
    ruleSet,
    fromVersion: number.map((n) => parseVersion(n)),
    toVersion: number.map((n) => parseVersion(n)),
  }),
  keyOf('slice', { ruleSet, sliceType, sliceHash: hash }),
  keyOf('manifest', { ruleSet, version: number.map((n) => parseVersion(n)), revision: number }),
  fc.record({ kind: fc.constant('contract-snapshot' as const), contentHash: hash }),
  fc.record({ kind: fc.constant('contract-binding' as const), contractKind: part, ref: ruleSet }),
  fc.record({ kind: fc.constant('index-state' as const), tenantId, ruleSet }),
);

function keyOf<Kind extends RecordKey['kind'], Parts extends Record<string, fc.Arbitrary<unknown>>>(
  kind: Kind,
  parts: Parts,
) {
  // The parts are those of the kind, which the call shows.
  return fc
    .tuple(address, fc.record(parts))
    .map(([owner, own]) => ({ kind, ...owner, ...own }) as unknown as RecordKey);
}

const hint = fc.record({
  tenantId,
  entityKey,
  indexKey: fc.oneof(part, fc.constantFrom('1#a', '0#IDX#b#c#d', 'IDX#b#c#d')),
  shard: fc.integer({ min: 0, max: 12 }),
  ruleSet,
  sliceType,
});

/** Everything that lies somewhere, with its name: two names never share a place. */
const named: fc.Arbitrary<readonly [name: unknown, place: ItemKey]> = fc.oneof(
  recordKey.map((key) => [key, itemKeyOf(key)] as const),
  hint.map((key) => [{ kind: 'hint', ...key }, hintKeyOf(key)] as const),
  fc
    .tuple(address, number)
    .map(([owner, shard]) => [{ kind: 'entry', ...owner, shard }, directoryKeyOf(owner, shard)] as const),
  fc
    .tuple(address, hash, number)
    .map(([owner, rawHash, generation]) => ({ ...owner, rawHash, generation }))
    .map((location) => [{ kind: 'collecting', ...location }, collectingKeyOf(location)] as const),
  fc.constant([{ kind: 'format' }, FORMAT_KEY] as const),
);

describe('the places of items', () => {
  it('are different for different keys, and the same for the same', () => {
    fc.assert(
      fc.property(fc.array(named, { minLength: 2, maxLength: 40 }), (all) => {
        const names = new Map(all.map(([name, place]) => [JSON.stringify(place), JSON.stringify(name)]));
        for (const [name, place] of all) expect(names.get(JSON.stringify(place))).toBe(JSON.stringify(name));
      }),
      { numRuns: 2_000 },
    );
  });

  it('of one tenant are never in a partition of another', () => {
    fc.assert(
      fc.property(fc.tuple(recordKey, recordKey), fc.tuple(hint, hint), (keys, hints) => {
        const placed = [
          ...keys.map((key) => ({ key, place: itemKeyOf(key) })),
          ...hints.map((key) => ({ key, place: hintKeyOf(key) })),
        ];
        for (const left of placed) {
          for (const right of placed) {
            if (!('tenantId' in left.key && 'tenantId' in right.key)) continue;
            if (left.key.tenantId === right.key.tenantId) continue;
            expect([left.place.table, left.place.pk]).not.toEqual([right.place.table, right.place.pk]);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('of hints do not meet where the same text can be divided in many ways', () => {
    const pieces = fc.array(fc.constantFrom('#', '%', '1', '23'), { minLength: 1, maxLength: 4 });
    const text = pieces.map((all) => all.join(''));
    const partition = fc.record({
      tenantId: text.map((any) => any as TenantId),
      shard: fc.constantFrom(1, 23),
      indexKey: text,
    });
    fc.assert(
      fc.property(fc.array(partition, { minLength: 100, maxLength: 200 }), (all) => {
        const distinct = new Set(
          all.map(({ tenantId, shard, indexKey }) => JSON.stringify([tenantId, shard, indexKey])),
        );
        expect(new Set(all.map(hintPartition)).size).toBe(distinct.size);
      }),
    );
  });

  it('in the state index are of one tenant, state and shard', () => {
    const partition = fc.record({
      tenantId,
      state: fc.constantFrom(...OWING_STATES),
      shard: fc.integer({ min: 0, max: 12 }),
    });
    fc.assert(
      fc.property(partition, partition, (left, right) => {
        const [leftText, rightText] = [left, right].map(({ tenantId, state, shard }) =>
          statePartition(tenantId, state, shard),
        );
        expect(leftText === rightText).toBe(JSON.stringify(left) === JSON.stringify(right));
      }),
    );
  });

  it('of hints say whose they are, and lie by entity key, rule set and slice type', () => {
    fc.assert(
      fc.property(hint, hint, (left, right) => {
        const { sk } = hintKeyOf(left);
        expect(readHintPlace(sk)).toEqual({
          entityKey: left.entityKey,
          ruleSetText: formatRef(left.ruleSet),
          sliceType: left.sliceType,
        });
        const byParts =
          compareUtf8(left.entityKey, right.entityKey) ||
          compareUtf8(formatRef(left.ruleSet), formatRef(right.ruleSet)) ||
          compareUtf8(left.sliceType, right.sliceType);
        expect(Math.sign(compareUtf8(sk, hintKeyOf(right).sk))).toBe(Math.sign(byParts));
      }),
    );
  });

  it('stay within what DynamoDB takes, with the longest names', () => {
    const owner = {
      tenantId: parseTenantId('%'.repeat(128)),
      entityKey: parseEntityKey(`${'e'.repeat(255)}#${'i'.repeat(256)}`),
    };
    const longest = { id: 'r'.repeat(64), version: `1.0.0-${'v'.repeat(58)}` };
    const indexKey = `IDX#${'t'.repeat(64)}#${'v'.repeat(1024)}#${'e'.repeat(255)}`;
    const places = [
      hintKeyOf({ ...owner, indexKey, shard: 9_999, ruleSet: longest, sliceType: 's'.repeat(64) }),
      itemKeyOf({ kind: 'slice', ...owner, ruleSet: longest, sliceType: 's'.repeat(64), sliceHash: someHash('') }),
      itemKeyOf({
        kind: 'manifest',
        ...owner,
        ruleSet: longest,
        version: parseVersion(9_999_999_999),
        revision: 99_999_999,
      }),
    ];
    for (const { pk, sk } of places) {
      expect(Buffer.byteLength(pk)).toBeLessThanOrEqual(2_048);
      expect(Buffer.byteLength(sk)).toBeLessThanOrEqual(1_024);
    }
  });

  it("read as the specs' keys do", () => {
    const version = parseVersion(5);
    const ruleSet = { id: 'product-core', version: '1.3.0' };
    const { pk, sk } = itemKeyOf({ kind: 'raw-data', ...addressOf(), version });
    expect({ pk, sk }).toEqual({ pk: 'TENANT#tenant-a#product#P1', sk: 'v0000000005' });
    expect(itemKeyOf({ kind: 'status', ...addressOf() }).sk).toBe('STATUS');
    expect(itemKeyOf({ kind: 'head', ...addressOf(), ruleSet }).sk).toBe('HEAD#product-core@1.3.0');
    expect(itemKeyOf({ kind: 'manifest', ...addressOf(), ruleSet, version, revision: 1 }).sk).toBe(
      'MANIFEST#product-core@1.3.0#v0000000005#r00000001',
    );
    expect(statePartition(addressOf().tenantId, 'ACTIVE', 3)).toBe('TENANT#tenant-a#STATE#ACTIVE#3');
  });
});
