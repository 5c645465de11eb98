import { type ContentHash, hashSlice } from '../../domain/canonical/hash.ts';
import type { CanonicalJson, JsonObject } from '../../domain/canonical/json-value.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { sliceErased } from '../../domain/erasure.ts';
import { invariantViolation } from '../../domain/errors.ts';
import type { ManifestRecord, SliceRecord } from '../../domain/records.ts';
import type { RuntimeContext } from './context.ts';
import { parseStored } from './stored-json.ts';

/**
 * A slice's payload; `null` for a tombstone. Its key is its hash, so damage is noticed.
 * @throws `slice.corrupt`, `slice.erased`
 */
export function parseSlice(slice: SliceRecord): JsonObject | null {
  const { entityKey, ruleSet, sliceType, sliceHash } = slice;
  const payload = payloadOf(slice);
  const found = hashSlice(payload, ruleSet);
  if (found === sliceHash) return parseStored(payload);
  throw invariantViolation(
    'slice.corrupt',
    `${entityKey}, rule set ${formatRef(ruleSet)}: expected the slice ${sliceType} of ${sliceHash}, found bytes of ` +
      `${found}. The stored slice was changed or damaged outside slicewise: restore it from a backup.`,
    { entityKey, ruleSetRef: formatRef(ruleSet), sliceType, expected: sliceHash, found },
  );
}

/** @throws `slice.erased` */
export function payloadOf(slice: SliceRecord): CanonicalJson {
  if (slice.payload === null) throw sliceErased(slice);
  return slice.payload;
}

/** The payloads of some slices of a manifest; `null`: a tombstone. Remembered ones are not read again. */
export async function loadSlices(
  context: RuntimeContext,
  manifest: ManifestRecord,
  sliceTypes: readonly string[],
): Promise<ReadonlyMap<string, JsonObject | null>> {
  const payloads = new Map<string, JsonObject | null>();
  const toRead: string[] = [];
  for (const sliceType of sliceTypes) {
    const remembered = context.cache.slice(manifest, sliceType, sliceHashOf(manifest, sliceType));
    if (remembered !== undefined) payloads.set(sliceType, parseStored(remembered));
    else toRead.push(sliceType);
  }
  for (const slice of await readSlices(context, manifest, toRead)) {
    payloads.set(slice.sliceType, parseSlice(slice));
    context.cache.rememberSlice(manifest, slice.sliceType, slice.sliceHash, payloadOf(slice));
  }
  return payloads;
}

/** Some slices of a manifest as they are stored, in the order of their types. @throws `slice.missing` */
export async function readSlices(
  { store }: RuntimeContext,
  manifest: ManifestRecord,
  sliceTypes: readonly string[],
): Promise<readonly SliceRecord[]> {
  if (sliceTypes.length === 0) return [];
  const { tenantId, entityKey, ruleSet } = manifest;
  const keys = sliceTypes.map((sliceType) => {
    const sliceHash = sliceHashOf(manifest, sliceType);
    return { kind: 'slice', tenantId, entityKey, ruleSet, sliceType, sliceHash } as const;
  });
  const found = await store.batchGet(keys);
  return keys.map(({ sliceType }, index) => found[index] ?? raise(sliceMissing(manifest, sliceType)));
}

function sliceHashOf(manifest: ManifestRecord, sliceType: string): ContentHash {
  return manifest.slices[sliceType] ?? raise(sliceMissing(manifest, sliceType));
}

function raise(error: Error): never {
  throw error;
}

function sliceMissing({ entityKey, version, revision, ruleSet }: ManifestRecord, sliceType: string) {
  return invariantViolation(
    'slice.missing',
    `${entityKey} version ${version} revision ${revision}, rule set ${formatRef(ruleSet)}: expected the slice ` +
      `${sliceType} that its manifest names, found none in the store. The stored data was altered; investigate, ` +
      'and slice the version again to restore it.',
    { entityKey, version, revision, sliceType },
  );
}
