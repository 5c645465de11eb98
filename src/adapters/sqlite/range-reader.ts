import type { DatabaseSync } from 'node:sqlite';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { type EntityKey, REVISION_MAX, VERSION_MAX, type Version } from '../../domain/identity.ts';
import type {
  ChangeSetRecord,
  EntityAddress,
  ErasureRecord,
  HeadRecord,
  HintRecord,
  ManifestRecord,
  RawDataSummary,
  StatusRecord,
  StoredSliceSummary,
} from '../../domain/records.ts';
import type { Page, RangeItem, RangeQuery } from '../../ports/store.ts';
import { ERASURE_COLUMNS, type ErasureRow, toErasure } from './erasure-codec.ts';
import {
  CHANGE_SET_COLUMNS,
  type ChangeSetRow,
  HEAD_COLUMNS,
  type HeadRow,
  HINT_COLUMNS,
  type HintRow,
  MANIFEST_COLUMNS,
  type ManifestRow,
  RAW_DATA_SUMMARY_COLUMNS,
  type RawDataSummaryRow,
  SLICE_SUMMARY_COLUMNS,
  type SliceSummaryRow,
  STATUS_COLUMNS,
  type StatusRow,
  toChangeSet,
  toHead,
  toHint,
  toManifest,
  toRawDataSummary,
  toRef,
  toSliceSummary,
  toStatus,
} from './row-codec.ts';
import { prepareRows, type RowStatement } from './row-statement.ts';

type QueryOf<Range extends RangeQuery['range']> = Extract<RangeQuery, { range: Range }>;

// Below every character that a part of a position may hold.
const SEPARATOR = '\u0000';
// No UTF-8 text holds this byte, so a prefix with it behind is the bound above all that begin so.
const ABOVE_UTF8 = Uint8Array.of(0xff);
const BEHIND_OF_PREFIX = 'entity_key > ? AND entity_key >= ? AND entity_key < CAST(? AS TEXT)';

/** Reads key ranges page by page; `next` is the position of the page's last item. */
export class RangeReader {
  readonly #versions: InBothOrders<RawDataSummaryRow>;
  readonly #manifests: InBothOrders<ManifestRow>;
  readonly #slices: RowStatement<SliceSummaryRow>;
  readonly #erasures: RowStatement<PlacedErasureRow>;
  readonly #erasuresOf: RowStatement<PlacedErasureRow>;
  readonly #heads: RowStatement<readonly [...HeadRow, ruleSet: string]>;
  readonly #changeSets: RowStatement<PlacedChangeSetRow>;
  readonly #entities: RowStatement<readonly [EntityKey]>;
  readonly #byState: RowStatement<readonly [EntityKey, ...StatusRow]>;
  readonly #hints: RowStatement<HintRow>;

  constructor(database: DatabaseSync) {
    this.#versions = {
      ascending: prepareRows(database, versionsSql('>', 'ASC')),
      descending: prepareRows(database, versionsSql('<', 'DESC')),
    };
    this.#manifests = {
      ascending: prepareRows(database, manifestsSql('>', 'ASC')),
      descending: prepareRows(database, manifestsSql('<', 'DESC')),
    };
    this.#slices = prepareRows(
      database,
      `SELECT ${SLICE_SUMMARY_COLUMNS} FROM slice
       WHERE tenant_id = ? AND entity_key = ? AND (rule_set, slice_type, slice_hash) > (?, ?, ?)
       ORDER BY rule_set, slice_type, slice_hash LIMIT ?`,
    );
    this.#heads = prepareRows(
      database,
      `SELECT ${HEAD_COLUMNS}, head.rule_set FROM head JOIN manifest USING (commit_number)
       WHERE head.tenant_id = ? AND head.entity_key = ? AND head.rule_set > ? ORDER BY head.rule_set LIMIT ?`,
    );
    this.#changeSets = prepareRows(
      database,
      `SELECT ${CHANGE_SET_COLUMNS}, rule_set, from_version, to_version FROM change_set
       WHERE tenant_id = ? AND entity_key = ? AND (rule_set, from_version, to_version) > (?, ?, ?)
       ORDER BY rule_set, from_version, to_version LIMIT ?`,
    );
    this.#entities = prepareRows(
      database,
      `SELECT entity_key FROM status
       WHERE tenant_id = ? AND ${BEHIND_OF_PREFIX} ORDER BY entity_key LIMIT ?`,
    );
    // SQLite takes two bounds of the key to be worth more than the state, and would walk through every entity.
    this.#byState = prepareRows(
      database,
      `SELECT entity_key, ${STATUS_COLUMNS} FROM status INDEXED BY status_by_state
       WHERE tenant_id = ? AND state = ? AND ${BEHIND_OF_PREFIX} ORDER BY entity_key LIMIT ?`,
    );
    this.#erasures = prepareRows(database, erasuresSql(''));
    this.#erasuresOf = prepareRows(database, erasuresSql('AND entity_key = ?'));
    this.#hints = prepareRows(
      database,
      `SELECT ${HINT_COLUMNS} FROM hint
       WHERE tenant_id = ? AND index_key = ? AND shard = ? AND (entity_key, rule_set, slice_type) > (?, ?, ?)
       ORDER BY entity_key, rule_set, slice_type LIMIT ?`,
    );
  }

  read<Q extends RangeQuery>(query: Q): Page<RangeItem<Q>> {
    // Each branch reads the range that its query names, which TypeScript cannot follow.
    return this.#read(query) as Page<RangeItem<Q>>;
  }

  #read(query: RangeQuery): Page<RangeItem<RangeQuery>> {
    switch (query.range) {
      case 'versions':
        return this.#readVersions(query);
      case 'manifests':
        return this.#readManifests(query);
      case 'slices':
        return this.#readSlices(query);
      case 'erasures':
        return this.#readErasures(query);
      case 'heads':
        return this.#readHeads(query);
      case 'change-sets':
        return this.#readChangeSets(query);
      case 'entities': {
        const { tenantId, prefix = '', after = '', limit } = query;
        const rows = this.#entities.all(tenantId, after, prefix, above(prefix), limit + 1);
        return toPage(
          rows.map(([entityKey]) => entityKey),
          limit,
          (entityKey) => entityKey,
        );
      }
      case 'by-state':
        return this.#readByState(query);
      case 'hints':
        return this.#readHints(query);
    }
  }

  #readVersions(query: QueryOf<'versions'>): Page<RawDataSummary> {
    const { tenantId, entityKey, order, limit, after } = query;
    const from = after === undefined ? beforeFirst(order) : Number(after);
    const rows = this.#versions[order].all(tenantId, entityKey, from, limit + 1);
    return toPage(
      rows.map((row) => toRawDataSummary(row, query)),
      limit,
      (summary) => String(summary.version),
    );
  }

  #readManifests(query: QueryOf<'manifests'>): Page<ManifestRecord> {
    const { tenantId, entityKey, ruleSet, order, limit, after, version } = query;
    const [fromVersion, fromRevision] =
      after === undefined ? [beforeFirst(order), REVISION_MAX + 1] : after.split('.').map(Number);
    const rows = this.#manifests[order].all(
      tenantId,
      entityKey,
      formatRef(ruleSet),
      version ?? 0,
      version ?? VERSION_MAX,
      fromVersion ?? Number.NaN,
      fromRevision ?? Number.NaN,
      limit + 1,
    );
    return toPage(
      rows.map((row) => toManifest(row, query)),
      limit,
      (manifest) => `${manifest.version}.${manifest.revision}`,
    );
  }

  #readSlices(query: QueryOf<'slices'>): Page<StoredSliceSummary> {
    const { tenantId, entityKey, limit, after = '' } = query;
    const [ruleSet = '', sliceType = '', sliceHash = ''] = after.split(SEPARATOR);
    const rows = this.#slices.all(tenantId, entityKey, ruleSet, sliceType, sliceHash, limit + 1);
    return toPage(
      rows.map((row) => toSliceSummary(row, query)),
      limit,
      (slice) => [formatRef(slice.ruleSet), slice.sliceType, slice.sliceHash].join(SEPARATOR),
    );
  }

  #readHeads(query: QueryOf<'heads'>): Page<HeadRecord> {
    const { tenantId, entityKey, limit, after = '' } = query;
    const rows = this.#heads.all(tenantId, entityKey, after, limit + 1);
    const heads = rows.map(([gcEpoch, version, revision, manifestHash, content, ruleSet]) =>
      toHead([gcEpoch, version, revision, manifestHash, content], { tenantId, entityKey, ruleSet: toRef(ruleSet) }),
    );
    return toPage(heads, limit, (head) => formatRef(head.ruleSet));
  }

  #readChangeSets(query: QueryOf<'change-sets'>): Page<ChangeSetRecord> {
    const { tenantId, entityKey, limit, after = '' } = query;
    const [ruleSet = '', from = '-1', to = '-1'] = after.split(SEPARATOR);
    const rows = this.#changeSets.all(tenantId, entityKey, ruleSet, Number(from), Number(to), limit + 1);
    return toPage(
      rows.map((row) => toPlacedChangeSet(row, query)),
      limit,
      ({ ruleSet, fromVersion, toVersion }) => [formatRef(ruleSet), fromVersion, toVersion].join(SEPARATOR),
    );
  }

  #readByState(query: QueryOf<'by-state'>): Page<StatusRecord> {
    const { tenantId, state, prefix = '', after = '', limit } = query;
    const rows = this.#byState.all(tenantId, state, after, prefix, above(prefix), limit + 1);
    return toPage(
      rows.map(([entityKey, ...row]) => toStatus(row, { tenantId, entityKey })),
      limit,
      (status) => status.entityKey,
    );
  }

  #readErasures(query: QueryOf<'erasures'>): Page<ErasureRecord> {
    const { tenantId, entityKey, after, limit } = query;
    const [afterKey = '', afterNumber = '0'] = after?.split(SEPARATOR) ?? [entityKey];
    const from = [tenantId, afterKey, Number(afterNumber)] as const;
    const rows =
      entityKey === undefined
        ? this.#erasures.all(...from, limit + 1)
        : this.#erasuresOf.all(...from, entityKey, limit + 1);
    return toPage(
      rows.map(([key, number, ...row]) => toErasure(row, { tenantId, entityKey: key, number })),
      limit,
      (erasure) => [erasure.entityKey, erasure.number].join(SEPARATOR),
    );
  }

  #readHints(query: QueryOf<'hints'>): Page<HintRecord> {
    const { tenantId, indexKey, shard, after = '', limit } = query;
    const [key = '', ruleSet = '', sliceType = ''] = after.split(SEPARATOR);
    const rows = this.#hints.all(tenantId, indexKey, shard, key, ruleSet, sliceType, limit + 1);
    return toPage(
      rows.map((row) => toHint(row, query)),
      limit,
      (hint) => [hint.entityKey, formatRef(hint.ruleSet), hint.sliceType].join(SEPARATOR),
    );
  }
}

type PlacedChangeSetRow = readonly [...ChangeSetRow, ruleSet: string, fromVersion: Version | 0, toVersion: Version];

function toPlacedChangeSet(row: PlacedChangeSetRow, { tenantId, entityKey }: EntityAddress): ChangeSetRecord {
  const [, , , , , ruleSet, fromVersion, toVersion] = row;
  return toChangeSet(row, { tenantId, entityKey, ruleSet: toRef(ruleSet), fromVersion, toVersion });
}

type PlacedErasureRow = readonly [entityKey: EntityKey, number: number, ...ErasureRow];

function erasuresSql(condition: string): string {
  return `
    SELECT entity_key, number, ${ERASURE_COLUMNS} FROM erasure
    WHERE tenant_id = ? AND (entity_key, number) > (?, ?) ${condition} ORDER BY entity_key, number LIMIT ?`;
}

type InBothOrders<Row> = Readonly<Record<'ascending' | 'descending', RowStatement<Row>>>;

/** One row more than asked for was read, so that a last page knows that it is the last. */
function toPage<Item>(items: readonly Item[], limit: number, positionOf: (item: Item) => string): Page<Item> {
  const page = items.slice(0, limit);
  const last = page.at(-1);
  return { items: page, next: items.length > limit && last !== undefined ? positionOf(last) : null };
}

function above(prefix: string): Uint8Array {
  return Buffer.concat([Buffer.from(prefix), ABOVE_UTF8]);
}

function beforeFirst(order: 'ascending' | 'descending'): number {
  return order === 'ascending' ? 0 : VERSION_MAX + 1;
}

function versionsSql(comparison: '<' | '>', order: 'ASC' | 'DESC'): string {
  return `
    SELECT ${RAW_DATA_SUMMARY_COLUMNS} FROM raw_data
    WHERE tenant_id = ? AND entity_key = ? AND version ${comparison} ?
    ORDER BY version ${order} LIMIT ?`;
}

function manifestsSql(comparison: '<' | '>', order: 'ASC' | 'DESC'): string {
  return `
    SELECT ${MANIFEST_COLUMNS} FROM manifest
    WHERE tenant_id = ? AND entity_key = ? AND rule_set = ? AND version BETWEEN ? AND ?
      AND (version, revision) ${comparison} (?, ?)
    ORDER BY version ${order}, revision ${order} LIMIT ?`;
}
