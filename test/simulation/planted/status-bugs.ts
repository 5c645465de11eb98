import type { StatusRecord } from '../../../src/domain/records.ts';
import type { Store } from '../../../src/ports/store.ts';
import type { PlantedBug } from './planted-bug.ts';

export const STATUS_BUGS: readonly PlantedBug[] = [
  {
    name: 'settling is guarded by the version alone',
    breaks: /^L12 (an update speaks of one rule set|no update makes|a debt ends)/,
    alterStore: guardingByVersion((next) => !isFailing(next)),
  },
  {
    name: 'FAILED is guarded by the version alone',
    breaks: /^L12 (an update speaks of one rule set|no update makes|a debt ends)/,
    alterStore: guardingByVersion(isFailing),
  },
  {
    name: 'a version goes in without what is owed for it',
    breaks: /^L12 what is in is visible or owed$/,
    alterStore: (store) => ({
      ...store,
      insert: (change) => store.insert({ ...change, status: { ...change.status, owed: {}, state: 'ACTIVE' } }),
    }),
  },
];

function isFailing({ owed }: StatusRecord): boolean {
  return Object.values(owed).some(({ state }) => state === 'FAILED');
}

function guardingByVersion(isMeant: (next: StatusRecord) => boolean): (store: Store) => Store {
  return (store) => ({
    ...store,
    updateStatus: async (next, expectedCounter) => {
      const { tenantId, entityKey, version } = next;
      const [current] = isMeant(next) ? await store.batchGet([{ kind: 'status', tenantId, entityKey }]) : [];
      if (current?.version !== version) return store.updateStatus(next, expectedCounter);
      return store.updateStatus({ ...next, counter: current.counter + 1 }, current.counter);
    },
  });
}
