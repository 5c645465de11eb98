import { describe, expect, it } from 'vitest';
import { hashCanonical } from '../../../src/domain/canonical/hash.ts';
import type { ContractRefText } from '../../../src/domain/contracts/contract-ref.ts';
import { parseEntityKey, parseTenantId, parseVersion, type Version } from '../../../src/domain/identity.ts';
import {
  OWING_STATES,
  owesFanOut,
  statusAfterDrop,
  statusAfterFanOut,
  statusAfterFill,
  statusAfterInsert,
  statusAfterSettle,
} from '../../../src/domain/pipeline-state.ts';
import type { RawDataRecord, StatusRecord } from '../../../src/domain/records.ts';

const RULES: ContractRefText = 'brand-core@1.0.0';
const IDLE: StatusRecord['owed'] = { [RULES]: { state: 'IDLE' } };

describe('what follows from a new version', () => {
  it.each([
    { before: 'no version', isJoined: false, mark: 4 },
    { before: 'no version', isJoined: true, mark: 0 },
    { before: 'nothing owed', isJoined: false, mark: 4 },
    { before: 'nothing owed', isJoined: true, mark: 3 },
    { before: 'fan-out owed since 2', isJoined: false, mark: 2 },
    { before: 'fan-out owed since 2', isJoined: true, mark: 2 },
  ])('after $before, joined: $isJoined, is done up to $mark', ({ before, isJoined, mark }) => {
    const previous = before === 'no version' ? undefined : statusAt(3, before === 'nothing owed' ? 3 : 2);
    const after = statusAfterInsert(previous, rawData(4), [], isJoined);
    expect([after.fannedOutTo, owesFanOut(after)]).toEqual([mark, mark < 4]);
  });

  it('where it is owed leaves a version that no rule set slices READY, and not deployed', () => {
    const previous = { ...statusAt(3, 3), lastDeployedAt: at(1) };
    expect(statusAfterInsert(previous, rawData(4), [], true)).toMatchObject({ state: 'READY', lastDeployedAt: at(1) });
  });
});

describe('an entity whose fan-out is owed', () => {
  it.each([
    { event: 'settled', pay: statusAfterSettle },
    { event: 'dropped', pay: statusAfterDrop },
  ])('is READY, and not deployed, once its last rule set is $event', ({ pay }) => {
    const after = pay({ ...statusAt(3, 2), state: 'IDLE', owed: IDLE }, { ruleSetRef: RULES, version: 3, at: at(100) });
    expect(after).toMatchObject({ state: 'READY', owed: {}, fannedOutTo: 2, lastDeployedAt: null });
  });

  it('is ACTIVE, and deployed, once the fan-out is done up to its newest version', () => {
    const before = { ...statusAt(3, 1), counter: 9 };
    expect(statusAfterFanOut(before, { from: version(1), to: version(3), fills: 0, at: at(100) })).toEqual({
      ...before,
      counter: 10,
      state: 'ACTIVE',
      fannedOutTo: 3,
      lastDeployedAt: at(100),
      updatedAt: at(100),
    });
  });

  it('stays READY, and not deployed, while it is done only up to an older version', () => {
    const after = statusAfterFanOut(statusAt(3, 0), { from: 0, to: version(2), fills: 0, at: at(100) });
    expect(after).toMatchObject({ state: 'READY', fannedOutTo: 2, lastDeployedAt: null, updatedAt: at(100) });
  });

  it('keeps what its rule sets owe, and the state that says so', () => {
    const before: StatusRecord = { ...statusAt(3, 2), state: 'IDLE', owed: IDLE };
    const after = statusAfterFanOut(before, { from: version(2), to: version(3), fills: 0, at: at(100) });
    expect(after).toMatchObject({ state: 'IDLE', owed: IDLE, fannedOutTo: 3, lastDeployedAt: null });
  });

  it.each([
    { name: 'from behind its mark', from: 1, to: 3 },
    { name: 'from ahead of its mark', from: 3, to: 4 },
    { name: 'to where it is', from: 2, to: 2 },
    { name: 'backwards', from: 2, to: 1 },
    { name: 'beyond its newest version', from: 2, to: 5 },
  ])('is not changed by a fan-out $name', ({ from, to }) => {
    expect(
      statusAfterFanOut(statusAt(4, 2), { from: version(from), to: version(to), fills: 0, at: at(100) }),
    ).toBeNull();
  });
});

describe('a fill', () => {
  it.each([
    { name: 'of a version that the mark has passed', filled: 2, mark: 1 },
    { name: 'of the very first version', filled: 1, mark: 0 },
    { name: 'of the version that the mark is at', filled: 3, mark: 2 },
    { name: 'of a version behind the mark, whose fan-out may be under way,', filled: 4, mark: 3 },
  ])('$name owes the fan-out from the version before it', ({ filled, mark }) => {
    const after = statusAfterFill(statusAt(4, 3), { version: version(filled), at: at(100) });
    expect(after).toMatchObject({ fannedOutTo: mark, fills: 1, updatedAt: at(100) });
  });

  it('makes an ACTIVE entity READY, and leaves it deployed', () => {
    const active = { ...statusAt(3, 3), state: 'ACTIVE', lastDeployedAt: at(1), counter: 9 } as const;
    const after = statusAfterFill(active, { version: version(3), at: at(100) });
    expect(after).toMatchObject({ state: 'READY', counter: 10, lastDeployedAt: at(1) });
  });

  it('keeps what the rule sets owe, and the state that says so', () => {
    const owing: StatusRecord = { ...statusAt(3, 3), state: 'IDLE', owed: IDLE };
    const after = statusAfterFill(owing, { version: version(2), at: at(100) });
    expect(after).toMatchObject({ state: 'IDLE', owed: IDLE, fannedOutTo: 1 });
  });

  it('lets no fan-out settle that was planned before it, also where the mark was not moved', () => {
    const filled = statusAfterFill(statusAt(4, 2), { version: version(3), at: at(100) });
    expect(filled.fannedOutTo).toBe(2);
    const done = { from: version(2), to: version(4), at: at(101) };
    expect(statusAfterFanOut(filled, { ...done, fills: 0 })).toBeNull();
    expect(statusAfterFanOut(filled, { ...done, fills: 1 })).toMatchObject({ fannedOutTo: 4 });
  });

  it('is remembered by the versions behind it', () => {
    const filled = statusAfterFill(statusAt(3, 3), { version: version(2), at: at(100) });
    expect(statusAfterInsert(filled, rawData(4), [], true)).toMatchObject({ fills: 1, fannedOutTo: 1 });
  });
});

describe('the states in which something is owed', () => {
  it('begin with READY, which a visit to any of the others may leave behind', () => {
    expect(OWING_STATES[0]).toBe('READY');
    expect(OWING_STATES.toSorted()).toEqual(['BUILDING', 'FAILED', 'IDLE', 'READY']);
  });
});

function statusAt(newest: number, fannedOutTo: number): StatusRecord {
  const status = statusAfterInsert(undefined, rawData(newest), [], true);
  return { ...status, fannedOutTo: fannedOutTo === 0 ? 0 : version(fannedOutTo) };
}

function rawData(newest: number): RawDataRecord {
  return {
    kind: 'raw-data',
    tenantId: parseTenantId('acme'),
    entityKey: parseEntityKey('brand#B1'),
    version: version(newest),
    schema: { id: 'brand', version: '1.0.0' },
    rawHash: hashCanonical(null),
    body: { kind: 'deleted' },
    ingestedAt: at(7),
  };
}

function version(number: number): Version {
  return parseVersion(number);
}

function at(ms: number): string {
  return new Date(ms).toISOString();
}
