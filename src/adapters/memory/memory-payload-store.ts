import { compareUtf8 } from '../../domain/canonical/key-order.ts';
import type { EntityAddress, PayloadLocation } from '../../domain/records.ts';
import { type Clock, SYSTEM_CLOCK } from '../../ports/clock.ts';
import type { PayloadPage, PayloadQuery, PayloadStore, StoredPayload } from '../../ports/payload-store.ts';
import { compose } from './record-key.ts';

export interface MemoryPayloadStoreOptions {
  /** Says when a payload was stored; the system's where none is given. */
  readonly clock?: Clock;
}

interface KeptPayload extends StoredPayload {
  readonly bytes: Uint8Array;
}

/** Payloads in memory, for tests and simulations. Nothing outlives the process. */
export function createMemoryPayloadStore({ clock = SYSTEM_CLOCK }: MemoryPayloadStoreOptions = {}): PayloadStore {
  /** Entity → location → payload. */
  const payloads = new Map<string, Map<string, KeptPayload>>();
  const payloadsOf = (address: EntityAddress) => payloads.get(compose([address.tenantId, address.entityKey]));
  return {
    name: 'memory:',
    async put({ tenantId, entityKey, rawHash, generation }, bytes) {
      const location = { tenantId, entityKey, rawHash, generation };
      const copy = new Uint8Array(bytes);
      await undefined;
      const ofEntity = payloadsOf(location) ?? new Map<string, KeptPayload>();
      payloads.set(compose([tenantId, entityKey]), ofEntity);
      if (ofEntity.has(placeOf(location))) return;
      const storedAt = new Date(clock.now()).toISOString();
      ofEntity.set(placeOf(location), { location, payloadBytes: copy.length, storedAt, bytes: copy });
    },
    async get(location) {
      await undefined;
      const kept = payloadsOf(location)?.get(placeOf(location));
      return kept && new Uint8Array(kept.bytes);
    },
    async list(query) {
      await undefined;
      return pageOf([...(payloadsOf(query) ?? [])], query);
    },
    async delete(location) {
      await undefined;
      payloadsOf(location)?.delete(placeOf(location));
    },
  };
}

function placeOf({ rawHash, generation }: PayloadLocation): string {
  return compose([rawHash, String(generation)]);
}

function pageOf(kept: readonly (readonly [string, KeptPayload])[], { limit, after }: PayloadQuery): PayloadPage {
  const behind = kept
    .filter(([place]) => after === undefined || compareUtf8(place, after) > 0)
    .sort(([left], [right]) => compareUtf8(left, right));
  const page = behind.slice(0, limit);
  return {
    items: page.map(([, { location, payloadBytes, storedAt }]) => ({ location, payloadBytes, storedAt })),
    next: behind.length > page.length ? (page.at(-1)?.[0] ?? null) : null,
  };
}
