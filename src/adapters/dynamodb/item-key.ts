/**
 * Where each record lies: its table, partition and place in that. One place per key, whatever the names hold: of the
 * parts before the last one `#` and `%` are percent-encoded, so that no two keys run into each other, and no tenant's
 * into another's. Parts by which a range is ordered stay as they are, behind a separator that is below all they hold.
 */
import type { ContentHash } from '../../domain/canonical/hash.ts';
import { type ContractRef, formatRef } from '../../domain/contracts/contract-ref.ts';
import type { EntityKey, TenantId, Version } from '../../domain/identity.ts';
import type { EntityAddress, HintRecord, PayloadLocation, PipelineState } from '../../domain/records.ts';
import type { KeyOf, RecordKey } from '../../ports/store.ts';
import { readRefText } from './ref-text.ts';
import type { Table } from './table-layout.ts';

export interface ItemKey {
  readonly table: Table;
  readonly pk: string;
  readonly sk: string;
}

/** A partition of a table, and how the keys of a range in it begin. */
export interface ItemRange {
  readonly table: Table;
  readonly pk: string;
  /** `''`: the whole partition. */
  readonly skPrefix: string;
}

// Below every character of an entity key, a ref or a slice type, so that a composed key sorts as its parts do.
const ORDERED_SEPARATOR = '\u0000';

export function itemKeyOf(key: RecordKey): ItemKey {
  switch (key.kind) {
    case 'raw-data':
      return { table: 'rawdata', pk: entityPartition(key), sk: versionPlace(key.version) };
    case 'status':
      return { table: 'pipeline', pk: entityPartition(key), sk: STATUS_PLACE };
    case 'change-set': {
      const versions = `${versionPlace(key.fromVersion)}#${versionPlace(key.toVersion)}`;
      return { table: 'changesets', pk: entityPartition(key), sk: `${formatRef(key.ruleSet)}#${versions}` };
    }
    case 'slice': {
      const sk = `${formatRef(key.ruleSet)}#${key.sliceType}#${key.sliceHash}`;
      return { table: 'slices', pk: entityPartition(key), sk };
    }
    case 'manifest': {
      const sk = `${manifestsPlace(key.ruleSet)}${versionPlace(key.version)}#${revisionPlace(key.revision)}`;
      return { table: 'pipeline', pk: entityPartition(key), sk };
    }
    case 'head':
      return { table: 'pipeline', pk: entityPartition(key), sk: `${HEADS_PLACE}${formatRef(key.ruleSet)}` };
    case 'collecting':
      return collectingKeyOf(key);
    case 'erasure':
      return { table: 'pipeline', pk: erasurePartition(key.tenantId), sk: erasurePlace(key) };
    case 'contract-snapshot':
      return { table: 'contracts', pk: `SNAPSHOT#${key.contentHash}`, sk: 'SNAPSHOT' };
    case 'contract-binding':
      return { table: 'contracts', pk: `BINDING#${escapePart(key.contractKind)}#${formatRef(key.ref)}`, sk: 'BINDING' };
    case 'index-state':
      return { table: 'pipeline', pk: `INDEX_STATE#${escapePart(key.tenantId)}`, sk: formatRef(key.ruleSet) };
  }
}

export const STATUS_PLACE = 'STATUS';

/** How the places of an entity's heads begin; the rule set's ref follows. */
export const HEADS_PLACE = 'HEAD#';

/** What a slice's place says. */
export function readSlicePlace(sk: string): Pick<KeyOf<'slice'>, 'ruleSet' | 'sliceType' | 'sliceHash'> {
  const [ruleSetText = '', sliceType = '', sliceHash = ''] = sk.split('#');
  // Only places of slices lie in that table.
  return { ruleSet: readRefText(ruleSetText), sliceType, sliceHash: sliceHash as ContentHash };
}

/** The rule set that a head's place names. */
export function readHeadPlace(sk: string): ContractRef {
  return readRefText(sk.slice(HEADS_PLACE.length));
}

/** What a ChangeSet's place says. */
export function readChangeSetPlace(sk: string): Pick<KeyOf<'change-set'>, 'ruleSet' | 'fromVersion' | 'toVersion'> {
  const [ruleSetText = '', from = '', to = ''] = sk.split('#');
  // Only places of ChangeSets lie in that table.
  return {
    ruleSet: readRefText(ruleSetText),
    fromVersion: Number(from.slice(1)) as Version | 0,
    toVersion: Number(to.slice(1)) as Version,
  };
}

/** An entity's own partition, in every table alike. */
export function entityPartition({ tenantId, entityKey }: EntityAddress): string {
  return `TENANT#${escapePart(tenantId)}#${entityKey}`;
}

/** The record that says that a payload's location is being collected (design: collection). */
export function collectingKeyOf(location: PayloadLocation): ItemKey {
  const { rawHash, generation } = location;
  return { table: 'pipeline', pk: entityPartition(location), sk: `COLLECTING#${rawHash}#${generation}` };
}

/** A tenant's erasures; in it they lie under their entities' keys. */
export function erasurePartition(tenantId: TenantId): string {
  return `ERASURES#${escapePart(tenantId)}`;
}

/** How the places of an entity's erasures begin. */
export function erasuresPlace(entityKey: EntityKey): string {
  return `${entityKey}${ORDERED_SEPARATOR}`;
}

function erasurePlace({ entityKey, number }: KeyOf<'erasure'>): string {
  return `${erasuresPlace(entityKey)}n${String(number).padStart(10, '0')}`;
}

/** What an erasure's place says. */
export function readErasurePlace(sk: string): Pick<KeyOf<'erasure'>, 'entityKey' | 'number'> {
  const [entityKey = '', number = ''] = sk.split(ORDERED_SEPARATOR);
  // Only places of erasures lie in that partition.
  return { entityKey: entityKey as EntityKey, number: Number(number.slice(1)) };
}

export function directoryKeyOf({ tenantId, entityKey }: EntityAddress, shard: number): ItemKey {
  return { table: 'pipeline', pk: directoryPartition(tenantId, shard), sk: entityKey };
}

export function directoryPartition(tenantId: TenantId, shard: number): string {
  return `DIRECTORY#${escapePart(tenantId)}#${shard}`;
}

/** A partition of the state index; in it entities lie under their keys. */
export function statePartition(tenantId: TenantId, state: PipelineState, shard: number): string {
  return `TENANT#${escapePart(tenantId)}#STATE#${state}#${shard}`;
}

export function hintKeyOf(hint: Pick<HintRecord, HintKeyMember>): ItemKey {
  const sk = [hint.entityKey, formatRef(hint.ruleSet), hint.sliceType].join(ORDERED_SEPARATOR);
  return { table: 'slice_inverted_index', pk: hintPartition(hint), sk };
}

type HintKeyMember = 'tenantId' | 'indexKey' | 'shard' | 'entityKey' | 'ruleSet' | 'sliceType';

/** Tenant, shard and index key: this one last, because it may hold anything. */
export function hintPartition({ tenantId, indexKey, shard }: Pick<HintRecord, 'tenantId' | 'indexKey' | 'shard'>) {
  return `TENANT#${escapePart(tenantId)}#${shard}#${indexKey}`;
}

/** What a hint's place says. */
export function readHintPlace(sk: string): { readonly entityKey: EntityKey; ruleSetText: string; sliceType: string } {
  const [entityKey = '', ruleSetText = '', sliceType = ''] = sk.split(ORDERED_SEPARATOR);
  // Only places that `hintKeyOf` made lie in that table.
  return { entityKey: entityKey as EntityKey, ruleSetText, sliceType };
}

/** Of all manifests under a rule set, or of one version's. */
export function manifestsPlace(ruleSet: ContractRef, version?: number): string {
  const under = `MANIFEST#${formatRef(ruleSet)}#`;
  return version === undefined ? under : `${under}${versionPlace(version)}#`;
}

/** The one record that says what the tables hold. */
export const FORMAT_KEY: ItemKey = { table: 'contracts', pk: 'STORE', sk: 'FORMAT' };

/** As text in the order of the numbers. */
function versionPlace(version: number): string {
  return `v${String(version).padStart(10, '0')}`;
}

function revisionPlace(revision: number): string {
  return `r${String(revision).padStart(8, '0')}`;
}

function escapePart(part: string): string {
  return part.replaceAll(/[%#]/g, (character) => (character === '%' ? '%25' : '%23'));
}
