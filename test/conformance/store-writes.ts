/** The writes of `writeTogether`: made together, and as the single calls that they stand for. */
import assert from 'node:assert/strict';
import { contentHashOf } from '../../src/domain/records.ts';
import type { OnceRecord, PutOnceOutcome, Store, Write } from '../../src/ports/store.ts';

/** Calls the capability of a store that has to offer it. */
export async function writeTogether(store: Store, writes: readonly Write[]): Promise<'written' | 'refused'> {
  assert.ok(store.writeTogether, 'the store offers writeTogether');
  return store.writeTogether(writes);
}

export interface SingleWrite {
  readonly outcome: unknown;
  /** Whether that is the outcome that `writeTogether` demands of it. */
  readonly isAsMade: boolean;
}

export async function writeSingly(store: Store, write: Write): Promise<SingleWrite> {
  switch (write.call) {
    case 'insert': {
      const outcome = await store.insert(write);
      return { outcome, isAsMade: outcome === 'inserted' };
    }
    case 'putOnce': {
      const outcome = await store.putOnce(write.records);
      return { outcome, isAsMade: isEachThere(write.records, outcome) };
    }
    case 'putHints':
      return { outcome: await store.putHints(write.hints), isAsMade: true };
    case 'commit': {
      const outcome = await store.commit(write);
      return { outcome, isAsMade: outcome.outcome === 'committed' };
    }
    case 'updateStatus': {
      const outcome = await store.updateStatus(write.next, write.expectedCounter);
      return { outcome, isAsMade: outcome === 'updated' };
    }
  }
}

function isEachThere(records: readonly OnceRecord[], outcomes: readonly PutOnceOutcome[]): boolean {
  return records.every((record, index) => {
    const put = outcomes[index];
    return put?.outcome === 'stored' || put?.contentHash === contentHashOf(record);
  });
}

/**
 * A store that does without `writeTogether`, and offers it all the same: by trying the writes one by one on a second
 * store that got the same calls as the first.
 */
export function togetherByTrial(store: Store, open: () => Promise<Store>): Store {
  const history: ((store: Store) => Promise<unknown>)[] = [];
  const remember = <Outcome>(call: (store: Store) => Promise<Outcome>): Promise<Outcome> => {
    history.push(call);
    return call(store);
  };
  return {
    name: store.name,
    batchGet: (keys) => store.batchGet(keys),
    range: (query) => store.range(query),
    putOnce: (records) => remember((any) => any.putOnce(records)),
    putHints: (hints) => remember((any) => any.putHints(hints)),
    deleteHint: (hint) => remember((any) => any.deleteHint(hint)),
    updateStatus: (next, expectedCounter) => remember((any) => any.updateStatus(next, expectedCounter)),
    updateIndexState: (next, expectedCounter) => remember((any) => any.updateIndexState(next, expectedCounter)),
    insert: (change) => remember((any) => any.insert(change)),
    commit: (change) => remember((any) => any.commit(change)),
    raiseGcEpoch: (address, expected) => remember((any) => any.raiseGcEpoch(address, expected)),
    deleteSlice: (key, belowEpoch) => remember((any) => any.deleteSlice(key, belowEpoch)),
    erase: (records) => remember((any) => any.erase(records)),
    completeErasure: (record) => remember((any) => any.completeErasure(record)),
    writeTogether: async (writes) => {
      const trial = await open();
      for (const call of history) await call(trial);
      const isWritten = await writeEachSingly(trial, writes);
      await trial.close();
      if (!isWritten) return 'refused';
      await remember((any) => writeEachSingly(any, writes));
      return 'written';
    },
    close: () => store.close(),
  };
}

async function writeEachSingly(store: Store, writes: readonly Write[]): Promise<boolean> {
  for (const write of writes) if (!(await writeSingly(store, write)).isAsMade) return false;
  return true;
}
