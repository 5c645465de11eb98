import type { ContentHash } from '../../domain/canonical/hash.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import type { CollectingRecord, IndexStateRecord } from '../../domain/records.ts';
import type { KeyOf, RecordKey, RecordOf } from '../../ports/store.ts';
import { ERASURE_COLUMNS, type ErasureRow, toErasure } from './erasure-codec.ts';
import type { Column } from './given-rows.ts';
import {
  CHANGE_SET_COLUMNS,
  type ChangeSetRow,
  HEAD_COLUMNS,
  type HeadRow,
  MANIFEST_COLUMNS,
  type ManifestRow,
  RAW_DATA_COLUMNS,
  type RawDataRow,
  SLICE_COLUMNS,
  type SliceRow,
  STATUS_COLUMNS,
  type StatusRow,
  toChangeSet,
  toHead,
  toManifest,
  toRawData,
  toSlice,
  toStatus,
} from './row-codec.ts';

export type RecordKind = RecordKey['kind'];

/** Where the records of a kind lie, by which columns they are found, and what a row of them is. */
export interface RecordTable<Kind extends RecordKind> {
  readonly table: string;
  /** Of the primary key, in its order. */
  readonly keys: readonly Column<KeyOf<Kind>>[];
  readonly columns: string;
  /** Another table whose columns belong to the record. */
  readonly joined?: string;
  readonly toRecord: (row: readonly unknown[], key: KeyOf<Kind>) => RecordOf<KeyOf<Kind>>;
}

type Owned = { readonly tenantId: string; readonly entityKey: string };
type Ruled = Owned & { readonly ruleSet: { readonly id: string; readonly version: string } };

const text = <Key>(name: string, of: (key: Key) => string): Column<Key> => ({ name, type: 'text', of });
const bigint = <Key>(name: string, of: (key: Key) => number): Column<Key> => ({ name, type: 'bigint', of });

const ENTITY: readonly Column<Owned>[] = [
  text('tenant_id', (key) => key.tenantId),
  text('entity_key', (key) => key.entityKey),
];
const UNDER_RULE_SET: readonly Column<Ruled>[] = [...ENTITY, text('rule_set', (key) => formatRef(key.ruleSet))];

/** The layout fixes the type of each column, so a row's type only says again what the writer knew. */
const decoded =
  <Kind extends RecordKind, Row extends readonly unknown[]>(
    decode: (row: Row, key: KeyOf<Kind>) => RecordOf<KeyOf<Kind>>,
  ): RecordTable<Kind>['toRecord'] =>
  (row, key) =>
    decode(row as unknown as Row, key);

export const RECORD_TABLES: { readonly [Kind in RecordKind]: RecordTable<Kind> } = {
  'raw-data': {
    table: 'raw_data',
    keys: [...ENTITY, bigint('version', (key) => key.version)],
    columns: RAW_DATA_COLUMNS,
    toRecord: decoded<'raw-data', RawDataRow>(toRawData),
  },
  status: {
    table: 'status',
    keys: ENTITY,
    columns: STATUS_COLUMNS,
    toRecord: decoded<'status', StatusRow>(toStatus),
  },
  'change-set': {
    table: 'change_set',
    keys: [
      ...UNDER_RULE_SET,
      bigint('from_version', (key) => key.fromVersion),
      bigint('to_version', (key) => key.toVersion),
    ],
    columns: CHANGE_SET_COLUMNS,
    toRecord: decoded<'change-set', ChangeSetRow>(toChangeSet),
  },
  slice: {
    table: 'slice',
    keys: [...UNDER_RULE_SET, text('slice_type', (key) => key.sliceType), text('slice_hash', (key) => key.sliceHash)],
    columns: SLICE_COLUMNS,
    toRecord: decoded<'slice', SliceRow>(toSlice),
  },
  manifest: {
    table: 'manifest',
    keys: [...UNDER_RULE_SET, bigint('version', (key) => key.version), bigint('revision', (key) => key.revision)],
    columns: MANIFEST_COLUMNS,
    toRecord: decoded<'manifest', ManifestRow>(toManifest),
  },
  head: {
    table: 'head',
    keys: UNDER_RULE_SET,
    columns: HEAD_COLUMNS,
    joined: 'manifest USING (tenant_id, entity_key, rule_set, version, revision)',
    toRecord: decoded<'head', HeadRow>(toHead),
  },
  collecting: {
    table: 'collecting',
    keys: [...ENTITY, text('raw_hash', (key) => key.rawHash), bigint('generation', (key) => key.generation)],
    columns: 'started_at',
    toRecord: decoded<'collecting', readonly [string]>(toCollecting),
  },
  erasure: {
    table: 'erasure',
    keys: [...ENTITY, bigint('number', (key) => key.number)],
    columns: ERASURE_COLUMNS,
    toRecord: decoded<'erasure', ErasureRow>(toErasure),
  },
  'contract-snapshot': {
    table: 'contract_snapshot',
    keys: [text('content_hash', (key) => key.contentHash)],
    columns: 'document, recorded_at',
    toRecord: decoded<'contract-snapshot', readonly [Uint8Array, string]>(([document, recordedAt], key) => ({
      kind: 'contract-snapshot',
      contentHash: key.contentHash,
      document,
      recordedAt,
    })),
  },
  'contract-binding': {
    table: 'contract_binding',
    keys: [text('contract_kind', (key) => key.contractKind), text('ref', (key) => formatRef(key.ref))],
    columns: 'content_hash, recorded_at, is_indexed_from_start',
    toRecord: decoded<'contract-binding', readonly [ContentHash, string, boolean]>(
      ([contentHash, recordedAt, isIndexedFromStart], { contractKind, ref: { id, version } }) => ({
        kind: 'contract-binding',
        contractKind,
        ref: { id, version },
        contentHash,
        isIndexedFromStart,
        recordedAt,
      }),
    ),
  },
  'index-state': {
    table: 'index_state',
    keys: [text('tenant_id', (key) => key.tenantId), text('rule_set', (key) => formatRef(key.ruleSet))],
    columns: 'state, counter, writer_token, rebuild_cursor, changed_at',
    toRecord: decoded<'index-state', IndexStateRow>(toIndexState),
  },
};

type IndexStateRow = readonly [
  state: IndexStateRecord['state'],
  counter: number,
  writerToken: string,
  rebuildCursor: string | null,
  changedAt: string,
];

function toIndexState(row: IndexStateRow, { tenantId, ruleSet }: KeyOf<'index-state'>): IndexStateRecord {
  const [state, counter, writerToken, rebuildCursor, changedAt] = row;
  return {
    kind: 'index-state',
    tenantId,
    ruleSet: { id: ruleSet.id, version: ruleSet.version },
    state,
    counter,
    writerToken,
    rebuildCursor,
    changedAt,
  };
}

function toCollecting([startedAt]: readonly [string], key: KeyOf<'collecting'>): CollectingRecord {
  const { tenantId, entityKey, rawHash, generation } = key;
  return { kind: 'collecting', tenantId, entityKey, rawHash, generation, startedAt };
}
