import { type ContentHash, hashCanonical } from '../canonical/hash.ts';
import { compareUtf8 } from '../canonical/key-order.ts';
import { type ContractRef, formatRef } from '../contracts/contract-ref.ts';
import { invariantViolation } from '../errors.ts';
import type { EntityKey, TenantId, Version } from '../identity.ts';
import type { ManifestRecord, Pins, SliceHashes } from '../records.ts';

/** The commit record's identity (design: manifest): what its hash covers, and nothing else. */
export interface ManifestContent {
  readonly tenantId: TenantId;
  readonly entityKey: EntityKey;
  readonly ruleSet: ContractRef;
  readonly version: Version;
  readonly revision: number;
  readonly slices: SliceHashes;
  readonly pins: Pins;
}

export function hashManifest(content: ManifestContent): ContentHash {
  const { tenantId, entityKey, ruleSet, version, revision, slices, pins } = content;
  return hashCanonical({ tenantId, entityKey, ruleSet, version, revision, slices, pins }, 'made');
}

export interface SlicingIdentity {
  readonly tenantId: TenantId;
  readonly entityKey: EntityKey;
  readonly version: Version;
  readonly revision: number;
  readonly ruleSet: ContractRef;
  readonly ruleSetHash: ContentHash;
  readonly rawHash: ContentHash;
  readonly pins: Pins;
}

/** Names a slicing by all that decides its result, so both modes give the same id (rfc-v4-002 §11). */
export function slicingIdOf(identity: SlicingIdentity): ContentHash {
  const { tenantId, entityKey, version, revision, ruleSet, ruleSetHash, rawHash, pins } = identity;
  return hashCanonical({ tenantId, entityKey, version, revision, ruleSet, ruleSetHash, rawHash, pins }, 'made');
}

/**
 * Same version, rule set and pins can never give other slices (L2).
 * @throws `slice.hash_mismatch` naming every slice type that differs.
 */
export function assertSameSlices(committed: ManifestRecord, computed: SliceHashes): void {
  const sliceTypes = [...new Set([...Object.keys(committed.slices), ...Object.keys(computed)])].sort(compareUtf8);
  const differing = sliceTypes.filter((sliceType) => committed.slices[sliceType] !== computed[sliceType]);
  if (differing.length === 0) return;
  const first = differing[0] ?? '';
  throw invariantViolation(
    'slice.hash_mismatch',
    `${committed.entityKey} version ${committed.version} revision ${committed.revision}, ` +
      `rule set ${formatRef(committed.ruleSet)}: expected the committed slices again, ` +
      `found other hashes for ${differing.join(', ')} (${first}: committed ${committed.slices[first] ?? 'none'}, ` +
      `computed ${computed[first] ?? 'none'}). The stored data or the code was altered; do not retry, investigate.`,
    { entityKey: committed.entityKey, version: committed.version, revision: committed.revision, sliceTypes: differing },
  );
}
