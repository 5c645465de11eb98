import type { PayloadLocation } from '../../domain/records.ts';
import type { PayloadStore } from '../../ports/payload-store.ts';
import { compose } from './record-key.ts';

/** Payloads in memory, for tests and simulations. Nothing outlives the process. */
export function createMemoryPayloadStore(): PayloadStore {
  const payloads = new Map<string, Uint8Array>();
  return {
    name: 'memory:',
    async put(location, bytes) {
      const copy = new Uint8Array(bytes);
      await undefined;
      const key = locationText(location);
      if (!payloads.has(key)) payloads.set(key, copy);
    },
    async get(location) {
      await undefined;
      const bytes = payloads.get(locationText(location));
      return bytes && new Uint8Array(bytes);
    },
  };
}

function locationText(location: PayloadLocation): string {
  return compose([location.tenantId, location.entityKey, location.rawHash, String(location.generation)]);
}
