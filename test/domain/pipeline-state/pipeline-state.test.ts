import { describe, expect, it } from 'vitest';
import { hashCanonical } from '../../../src/domain/canonical/hash.ts';
import type { ContractRefText } from '../../../src/domain/contracts/contract-ref.ts';
import type { ErrorReport } from '../../../src/domain/errors.ts';
import { parseEntityKey, parseTenantId, parseVersion } from '../../../src/domain/identity.ts';
import {
  isSettled,
  statusAfterClaim,
  statusAfterDrop,
  statusAfterFail,
  statusAfterInsert,
  statusAfterMark,
  statusAfterReopen,
  statusAfterSettle,
} from '../../../src/domain/pipeline-state.ts';
import type { OwedMark, RawDataRecord, StatusRecord } from '../../../src/domain/records.ts';

const RULES: ContractRefText = 'product-core@1.0.0';
const OTHER: ContractRefText = 'product-other@1.0.0';
const REFUSAL: ErrorReport = {
  code: 'join.source_missing',
  category: 'Missing',
  retryable: false,
  message: 'where: …',
  details: {},
};

const MARKS: Readonly<Record<string, OwedMark>> = {
  IDLE: { state: 'IDLE' },
  BUILDING: { state: 'BUILDING', claimToken: 'mine', claimedAt: at(0) },
  FAILED: { state: 'FAILED', lastError: REFUSAL },
};

type Event = (status: StatusRecord) => StatusRecord | null;
const CHANGE = { ruleSetRef: RULES, version: 3, at: at(100) };
const EVENTS: Readonly<Record<string, Event>> = {
  mark: (status) => statusAfterMark(status, CHANGE),
  claim: (status) => statusAfterClaim(status, CHANGE, { token: 'new', takeOverBefore: at(50) }),
  reopen: (status) => statusAfterReopen(status, CHANGE),
  settle: (status) => statusAfterSettle(status, CHANGE),
  fail: (status) => statusAfterFail(status, { ...CHANGE, lastError: REFUSAL }),
  drop: (status) => statusAfterDrop(status, CHANGE),
};

describe('what is owed under a rule set', () => {
  it.each([
    { event: 'mark', from: 'NONE', to: 'IDLE' },
    { event: 'mark', from: 'IDLE', to: 'the same' },
    { event: 'mark', from: 'BUILDING', to: 'the same' },
    { event: 'mark', from: 'FAILED', to: 'the same' },
    { event: 'claim', from: 'NONE', to: 'the same' },
    { event: 'claim', from: 'IDLE', to: 'BUILDING' },
    { event: 'claim', from: 'BUILDING', to: 'BUILDING' },
    { event: 'claim', from: 'FAILED', to: 'BUILDING' },
    { event: 'reopen', from: 'NONE', to: 'the same' },
    { event: 'reopen', from: 'IDLE', to: 'the same' },
    { event: 'reopen', from: 'BUILDING', to: 'the same' },
    { event: 'reopen', from: 'FAILED', to: 'IDLE' },
    { event: 'settle', from: 'NONE', to: 'the same' },
    { event: 'settle', from: 'IDLE', to: 'NONE' },
    { event: 'settle', from: 'BUILDING', to: 'NONE' },
    { event: 'settle', from: 'FAILED', to: 'NONE' },
    { event: 'fail', from: 'NONE', to: 'the same' },
    { event: 'fail', from: 'IDLE', to: 'FAILED' },
    { event: 'fail', from: 'BUILDING', to: 'FAILED' },
    { event: 'fail', from: 'FAILED', to: 'FAILED' },
    { event: 'drop', from: 'NONE', to: 'the same' },
    { event: 'drop', from: 'IDLE', to: 'NONE' },
    { event: 'drop', from: 'BUILDING', to: 'NONE' },
    { event: 'drop', from: 'FAILED', to: 'NONE' },
  ])('goes by $event from $from to $to', ({ event, from, to }) => {
    const before = statusWith(from === 'NONE' ? {} : { [RULES]: markOf(from) });
    const after = EVENTS[event]?.(before);
    if (to === 'the same') expect(after).toBeNull();
    else {
      expect(after?.owed[RULES]?.state ?? 'NONE').toBe(to);
      expect(after?.counter).toBe(before.counter + 1);
      expect(after?.updatedAt).toBe(at(100));
    }
  });

  it.each(Object.keys(EVENTS))('does not change by a %s that speaks of an older version', (event) => {
    const newer = { ...statusWith(event === 'mark' ? {} : { [RULES]: markOf('FAILED') }), version: parseVersion(4) };
    expect(EVENTS[event]?.(newer)).toBeNull();
  });

  it.each(Object.keys(EVENTS))('under another rule set stays as it is by a %s', (event) => {
    const before = statusWith({ [OTHER]: markOf('FAILED'), ...(event !== 'mark' && { [RULES]: markOf('FAILED') }) });
    expect(EVENTS[event]?.(before)?.owed[OTHER]).toEqual(markOf('FAILED'));
  });
});

describe('the state of an entity', () => {
  it.each([
    { marks: ['IDLE', 'FAILED'], state: 'FAILED' },
    { marks: ['BUILDING', 'FAILED'], state: 'FAILED' },
    { marks: ['IDLE', 'BUILDING'], state: 'BUILDING' },
    { marks: ['IDLE', 'IDLE'], state: 'IDLE' },
  ])('of which $marks is owed is $state', ({ marks, state }) => {
    const [own, others] = marks;
    const before = statusWith({ [OTHER]: markOf(others ?? ''), 'a-third@1.0.0': markOf('IDLE') });
    const after = own === 'FAILED' ? before : statusAfterMark(before, CHANGE);
    const claimed =
      own === 'BUILDING' && after ? statusAfterClaim(after, CHANGE, { token: 't', takeOverBefore: at(0) }) : after;
    expect(claimed?.state).toBe(state);
  });

  it('is ACTIVE, and deployed, once nothing is owed any more', () => {
    const one = statusAfterSettle(statusWith({ [RULES]: markOf('IDLE'), [OTHER]: markOf('IDLE') }), CHANGE);
    expect(one).toMatchObject({ state: 'IDLE', lastDeployedAt: null });
    const none = statusAfterSettle(statusWith({ [RULES]: markOf('IDLE') }), CHANGE);
    expect(none).toMatchObject({ state: 'ACTIVE', owed: {}, lastDeployedAt: at(100) });
    expect(none && isSettled(none, RULES)).toBe(true);
  });
});

describe('a claim', () => {
  it('that is young is left to whoever made it', () => {
    const status = statusWith({ [RULES]: { state: 'BUILDING', claimToken: 'other', claimedAt: at(50) } });
    expect(statusAfterClaim(status, CHANGE, { token: 'new', takeOverBefore: at(50) })).toBeNull();
  });

  it('that is old may be taken over', () => {
    const status = statusWith({ [RULES]: { state: 'BUILDING', claimToken: 'other', claimedAt: at(49) } });
    const taken = statusAfterClaim(status, CHANGE, { token: 'new', takeOverBefore: at(50) });
    expect(taken?.owed[RULES]).toEqual({ state: 'BUILDING', claimToken: 'new', claimedAt: at(100) });
  });

  it.each(['IDLE', 'FAILED', 'BUILDING'])(
    'that was taken over and is %s now neither settles nor fails anything',
    (state) => {
      const status = statusWith({ [RULES]: markOf(state) });
      expect(statusAfterSettle(status, CHANGE, 'another')).toBeNull();
      expect(statusAfterFail(status, { ...CHANGE, lastError: REFUSAL }, 'another')).toBeNull();
    },
  );

  it('that still stands settles what it was made for', () => {
    const status = statusWith({ [RULES]: markOf('BUILDING') });
    expect(statusAfterSettle(status, CHANGE, 'mine')?.owed).toEqual({});
  });
});

describe('a new version', () => {
  it('owes its slicing under every rule set that is to follow, and under those that were owed before', () => {
    const before = statusWith({ [OTHER]: markOf('FAILED') });
    const after = statusAfterInsert(before, rawData(4), [RULES], false);
    expect(after).toMatchObject({
      version: 4,
      counter: before.counter + 1,
      state: 'IDLE',
      owed: { [OTHER]: { state: 'IDLE' }, [RULES]: { state: 'IDLE' } },
      isDeleted: true,
    });
  });

  it('that nobody follows is ACTIVE at once', () => {
    expect(statusAfterInsert(undefined, rawData(1), [], false)).toMatchObject({
      counter: 1,
      state: 'ACTIVE',
      owed: {},
      lastDeployedAt: at(7),
    });
  });

  it('that is owed keeps the time of the last deployment', () => {
    const before = { ...statusWith({}), lastDeployedAt: at(1) };
    expect(statusAfterInsert(before, rawData(4), [RULES], false).lastDeployedAt).toBe(at(1));
  });
});

function statusWith(owed: StatusRecord['owed']): StatusRecord {
  return { ...statusAfterInsert(undefined, rawData(3), [], false), counter: 9, owed, lastDeployedAt: null };
}

function rawData(version: number): RawDataRecord {
  return {
    kind: 'raw-data',
    tenantId: parseTenantId('acme'),
    entityKey: parseEntityKey('product#P1'),
    version: parseVersion(version),
    schema: { id: 'product', version: '1.0.0' },
    rawHash: hashCanonical(null),
    body: { kind: 'deleted' },
    ingestedAt: at(7),
  };
}

function markOf(state: string): OwedMark {
  const mark = MARKS[state];
  if (mark === undefined) throw new Error(`no mark ${state}`);
  return mark;
}

function at(ms: number): string {
  return new Date(ms).toISOString();
}
