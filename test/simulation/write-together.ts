import { contentHashOf, type HeadState, type RawDataRecord } from '../../src/domain/records.ts';
import type { CommitChange, OnceRecord, Store, Write } from '../../src/ports/store.ts';
import { wrapStore } from '../support/wrap-store.ts';

/**
 * The store with the capability of the embedded one. Whoever calls it lets nobody in between: in the simulation a step
 * runs alone.
 */
export function writingTogether(store: Store): Store {
  const plain = wrapStore(store, (_method, _args, call) => call());
  return {
    ...plain,
    writeTogether: async (writes) => {
      for (const write of writes) if (!(await isAsMeant(store, write))) return 'refused';
      for (const write of writes) await apply(store, write);
      return 'written';
    },
  };
}

async function isAsMeant(store: Store, write: Write): Promise<boolean> {
  switch (write.call) {
    case 'insert': {
      const { rawData, status, expectedCounter } = write;
      const [taken, current] = await store.batchGet([rawData, status]);
      if (await isCollecting(store, rawData)) return false;
      return taken === undefined && (current?.counter ?? null) === expectedCounter;
    }
    case 'putOnce':
      return areFreeOrSame(store, write.records);
    case 'putHints':
      return true;
    case 'commit':
      return isCommittable(store, write);
    case 'updateStatus': {
      const [current] = await store.batchGet([write.next]);
      return current?.counter === write.expectedCounter;
    }
  }
}

async function isCollecting(store: Store, { body }: RawDataRecord): Promise<boolean> {
  if (body.kind !== 'external') return false;
  const [collecting] = await store.batchGet([{ kind: 'collecting', ...body.location }]);
  return collecting !== undefined;
}

async function areFreeOrSame(store: Store, records: readonly OnceRecord[]): Promise<boolean> {
  const there = await store.batchGet(records);
  return records.every((record, index) => {
    const found = there[index];
    return found === undefined || contentHashOf(found) === contentHashOf(record);
  });
}

async function isCommittable(store: Store, { manifest, head, status }: CommitChange): Promise<boolean> {
  const keys = [manifest, { ...manifest, kind: 'head' }, { ...manifest, kind: 'status' }] as const;
  const [taken, current, owing] = await store.batchGet(keys);
  if (taken !== undefined || (status && owing?.counter !== status.expectedCounter)) return false;
  return head.move === 'stay' ? current?.gcEpoch === head.expectedGcEpoch : isSameState(current, head.expected);
}

function isSameState(current: HeadState | undefined, expected: HeadState | null): boolean {
  return (
    current?.version === expected?.version &&
    current?.revision === expected?.revision &&
    current?.gcEpoch === expected?.gcEpoch
  );
}

async function apply(store: Store, write: Write): Promise<unknown> {
  switch (write.call) {
    case 'insert':
      return store.insert(write);
    case 'putOnce':
      return store.putOnce(write.records);
    case 'putHints':
      return store.putHints(write.hints);
    case 'commit':
      return store.commit(write);
    case 'updateStatus':
      return store.updateStatus(write.next, write.expectedCounter);
  }
}
