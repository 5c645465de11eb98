/** Demands on what a collection leaves: whatever somebody refers to is there. */
import { formatRef } from '../../../src/domain/contracts/contract-ref.ts';
import type { RawDataRecord } from '../../../src/domain/records.ts';
import type { PayloadStore } from '../../../src/ports/payload-store.ts';
import type { KeyOf, Store } from '../../../src/ports/store.ts';
import { Violation } from '../violation.ts';
import type { Ledger } from './ledger.ts';
import { ruleSetAddress } from './read-store.ts';

/** The same records with their payloads inline; those that lie outside have to be there. */
export async function withPayloads(
  payloads: PayloadStore,
  records: readonly RawDataRecord[],
): Promise<readonly RawDataRecord[]> {
  return Promise.all(
    records.map(async (record) => {
      const { body, entityKey, version } = record;
      if (body.kind !== 'external') return record;
      const bytes = await payloads.get(body.location);
      if (bytes !== undefined) return { ...record, body: { kind: 'inline', bytes } };
      throw new Violation('L2 what a version refers to is there', `${entityKey} v${version}: its payload is gone`);
    }),
  );
}

/** What each slice's epoch has come to. */
export class SliceEpochs {
  readonly #known = new Map<string, number>();

  /** After a put, or a deletion. */
  async check(store: Store, key: KeyOf<'slice'>): Promise<void> {
    const name = `${key.entityKey} ${formatRef(key.ruleSet)} ${key.sliceType} ${key.sliceHash}`;
    const [slice] = await store.batchGet([key]);
    if (slice === undefined) {
      this.#known.delete(name);
      return;
    }
    const before = this.#known.get(name) ?? 0;
    if (slice.gcEpoch < before)
      throw new Violation('L6 no epoch goes back', `${name}: ${slice.gcEpoch} after ${before}`);
    this.#known.set(name, slice.gcEpoch);
  }
}

/** Of every commit that an entity has under a rule set. */
export async function checkSlicesStay(
  store: Store,
  ledger: Ledger,
  { entityKey, ref }: { readonly entityKey: string; readonly ref: string },
): Promise<void> {
  for (const { version, revision, slices } of ledger.manifestsOf(entityKey, ref)) {
    const named = Object.entries(slices);
    const found = await store.batchGet(
      named.map(
        ([sliceType, sliceHash]) =>
          ({ kind: 'slice', ...ruleSetAddress(entityKey, ref), sliceType, sliceHash }) as const,
      ),
    );
    const gone = named.find((_, index) => found[index] === undefined);
    if (gone === undefined) continue;
    const name = `${entityKey} ${ref} v${version}.${revision} ${gone[0]}`;
    throw new Violation('L5 every slice that a manifest names is there', name);
  }
}
