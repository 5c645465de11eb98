import { formatRef } from '../../domain/contracts/contract-ref.ts';
import type { EntityKey } from '../../domain/identity.ts';
import type { ChangeSetRecord, ErasureRecord, HintRecord, SliceRecord } from '../../domain/records.ts';
import type { RecordKey } from '../../ports/store.ts';

// Below every character that a tenant, entity key, ref or slice type may hold, so composed keys sort as their parts do.
const SEPARATOR = '\u0000';

/** One string per record key; no two keys share one. */
export function keyText(key: RecordKey): string {
  return compose([key.kind, ...partsOf(key)]);
}

/** Where the hint lies: index entries of one key and shard are read together. */
export function hintPartition(hint: Pick<HintRecord, 'tenantId' | 'indexKey' | 'shard'>): string {
  return compose([hint.tenantId, hint.indexKey, String(hint.shard)]);
}

/** A hint's place in its partition: by entity key, rule set and slice type. */
export function hintPosition(hint: Pick<HintRecord, 'entityKey' | 'ruleSet' | 'sliceType'>): string {
  return compose([hint.entityKey, formatRef(hint.ruleSet), hint.sliceType]);
}

/** A version's place among its entity's: as text in the order of the numbers. */
export function versionPosition(version: number): string {
  return String(version).padStart(10, '0');
}

/** A slice's place among its entity's: by rule set, slice type and hash. */
export function slicePosition(slice: Pick<SliceRecord, 'ruleSet' | 'sliceType' | 'sliceHash'>): string {
  return compose([formatRef(slice.ruleSet), slice.sliceType, slice.sliceHash]);
}

/** A ChangeSet's place among its entity's: by rule set, then in the order of the versions. */
export function changeSetPosition({ ruleSet, fromVersion, toVersion }: ChangeSetRecord): string {
  return compose([formatRef(ruleSet), versionPosition(fromVersion), versionPosition(toVersion)]);
}

/** An erasure's place among its tenant's: by entity key and number. */
export function erasurePosition({ entityKey, number }: Pick<ErasureRecord, 'entityKey' | 'number'>): string {
  return `${erasuresPosition(entityKey)}${versionPosition(number)}`;
}

/** How the places of an entity's erasures begin. */
export function erasuresPosition(entityKey: EntityKey): string {
  return compose([entityKey, '']);
}

export function manifestPosition(version: number, revision: number): string {
  return `${versionPosition(version)}.${String(revision).padStart(8, '0')}`;
}

export function compose(parts: readonly string[]): string {
  return parts.join(SEPARATOR);
}

function partsOf(key: RecordKey): readonly string[] {
  switch (key.kind) {
    case 'raw-data':
      return [key.tenantId, key.entityKey, versionPosition(key.version)];
    case 'status':
      return [key.tenantId, key.entityKey];
    case 'change-set':
      return [key.tenantId, key.entityKey, formatRef(key.ruleSet), `${key.fromVersion}`, `${key.toVersion}`];
    case 'slice':
      return [key.tenantId, key.entityKey, formatRef(key.ruleSet), key.sliceType, key.sliceHash];
    case 'manifest':
      return [key.tenantId, key.entityKey, formatRef(key.ruleSet), manifestPosition(key.version, key.revision)];
    case 'head':
      return [key.tenantId, key.entityKey, formatRef(key.ruleSet)];
    case 'collecting':
      return [key.tenantId, key.entityKey, key.rawHash, String(key.generation)];
    case 'erasure':
      return [key.tenantId, erasurePosition(key)];
    case 'contract-snapshot':
      return [key.contentHash];
    case 'contract-binding':
      return [key.contractKind, formatRef(key.ref)];
    case 'index-state':
      return [key.tenantId, formatRef(key.ruleSet)];
  }
}
