import type { ManifestRecord } from '../../../src/domain/records.ts';
import type { Store } from '../../../src/ports/store.ts';
import { BRAND_RULES } from '../contract-models.ts';
import { Violation } from '../violation.ts';
import type { Ledger } from './ledger.ts';
import { entityAddress } from './read-store.ts';

/** Whoever joins a slice may have asked for this version in vain: it is owed to them from the moment at which it is there. */
export async function checkLateSliceIsOwed(store: Store, ledger: Ledger, ref: string, manifest: ManifestRecord) {
  const { entityKey, version, revision } = manifest;
  if (ref !== BRAND_RULES || revision > 0 || !areSlicesJoined(ledger)) return;
  const [status] = await store.batchGet([{ kind: 'status', ...entityAddress(entityKey) }]);
  if (status !== undefined && status.fannedOutTo < version) return;
  const found = status === undefined ? 'no status' : `followed up to v${status.fannedOutTo}`;
  throw new Violation(
    'L12 a slice that comes in late is owed to those that join it',
    `${entityKey} v${version}: ${found}`,
  );
}

/** By rule sets that run from the start, which no new one differs from in what it joins. */
function areSlicesJoined({ models: { ruleSets } }: Ledger): boolean {
  return ruleSets.some(({ joins }) => joins.some(({ source }) => source !== 'RAW'));
}
