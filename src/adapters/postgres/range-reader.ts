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
import { quoteIdentifier, type Session } from './database.ts';
import { ERASURE_COLUMNS, type ErasureRow, toErasure } from './erasure-codec.ts';
import { endOfPrefix } from './prefix-range.ts';
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

type QueryOf<Range extends RangeQuery['range']> = Extract<RangeQuery, { range: Range }>;
type Order = 'ascending' | 'descending';

// Below every character that a part of a position may hold.
const SEPARATOR = '\u0000';
const BEHIND_OF_PREFIX = 'entity_key > $2 AND entity_key >= $3 AND ($4::text IS NULL OR entity_key < $4)';

/** Reads key ranges page by page; `next` is the position of the page's last item. */
export class RangeReader {
  readonly #owner: string;

  constructor(schema: string) {
    this.#owner = quoteIdentifier(schema);
  }

  async read<Q extends RangeQuery>(session: Session, query: Q): Promise<Page<RangeItem<Q>>> {
    // Each branch reads the range that its query names, which TypeScript cannot follow.
    return (await this.#read(session, query)) as Page<RangeItem<Q>>;
  }

  #read(session: Session, query: RangeQuery): Promise<Page<RangeItem<RangeQuery>>> {
    switch (query.range) {
      case 'versions':
        return this.#readVersions(session, query);
      case 'manifests':
        return this.#readManifests(session, query);
      case 'slices':
        return this.#readSlices(session, query);
      case 'heads':
        return this.#readHeads(session, query);
      case 'change-sets':
        return this.#readChangeSets(session, query);
      case 'entities':
        return this.#readEntities(session, query);
      case 'by-state':
        return this.#readByState(session, query);
      case 'hints':
        return this.#readHints(session, query);
      case 'erasures':
        return this.#readErasures(session, query);
    }
  }

  async #readVersions(session: Session, query: QueryOf<'versions'>): Promise<Page<RawDataSummary>> {
    const { tenantId, entityKey, order, limit, after } = query;
    const { comparison, direction } = SQL_OF[order];
    const from = after === undefined ? beforeFirst(order) : Number(after);
    const rows = await session.rows<RawDataSummaryRow>(
      `SELECT ${RAW_DATA_SUMMARY_COLUMNS} FROM ${this.#owner}.raw_data
       WHERE tenant_id = $1 AND entity_key = $2 AND version ${comparison} $3 ORDER BY version ${direction} LIMIT $4`,
      [tenantId, entityKey, from, limit + 1],
    );
    return toPage(
      rows.map((row) => toRawDataSummary(row, query)),
      limit,
      (summary) => String(summary.version),
    );
  }

  async #readManifests(session: Session, query: QueryOf<'manifests'>): Promise<Page<ManifestRecord>> {
    const { tenantId, entityKey, ruleSet, order, limit, after, version } = query;
    const { comparison, direction } = SQL_OF[order];
    const [fromVersion, fromRevision] =
      after === undefined ? [beforeFirst(order), REVISION_MAX + 1] : after.split('.').map(Number);
    const rows = await session.rows<ManifestRow>(
      `SELECT ${MANIFEST_COLUMNS} FROM ${this.#owner}.manifest
       WHERE tenant_id = $1 AND entity_key = $2 AND rule_set = $3 AND version BETWEEN $4 AND $5
         AND (version, revision) ${comparison} ($6, $7)
       ORDER BY version ${direction}, revision ${direction} LIMIT $8`,
      [
        tenantId,
        entityKey,
        formatRef(ruleSet),
        version ?? 0,
        version ?? VERSION_MAX,
        fromVersion ?? Number.NaN,
        fromRevision ?? Number.NaN,
        limit + 1,
      ],
    );
    return toPage(
      rows.map((row) => toManifest(row, query)),
      limit,
      (manifest) => `${manifest.version}.${manifest.revision}`,
    );
  }

  async #readSlices(session: Session, query: QueryOf<'slices'>): Promise<Page<StoredSliceSummary>> {
    const { tenantId, entityKey, limit, after = '' } = query;
    const [ruleSet = '', sliceType = '', sliceHash = ''] = after.split(SEPARATOR);
    const rows = await session.rows<SliceSummaryRow>(
      `SELECT ${SLICE_SUMMARY_COLUMNS} FROM ${this.#owner}.slice
       WHERE tenant_id = $1 AND entity_key = $2 AND (rule_set, slice_type, slice_hash) > ($3, $4, $5)
       ORDER BY rule_set, slice_type, slice_hash LIMIT $6`,
      [tenantId, entityKey, ruleSet, sliceType, sliceHash, limit + 1],
    );
    return toPage(
      rows.map((row) => toSliceSummary(row, query)),
      limit,
      (slice) => [formatRef(slice.ruleSet), slice.sliceType, slice.sliceHash].join(SEPARATOR),
    );
  }

  async #readHeads(session: Session, query: QueryOf<'heads'>): Promise<Page<HeadRecord>> {
    const { tenantId, entityKey, limit, after = '' } = query;
    const rows = await session.rows<readonly [ruleSet: string, ...HeadRow]>(
      `SELECT rule_set, ${HEAD_COLUMNS} FROM ${this.#owner}.head
       JOIN ${this.#owner}.manifest USING (tenant_id, entity_key, rule_set, version, revision)
       WHERE tenant_id = $1 AND entity_key = $2 AND rule_set > $3 ORDER BY rule_set LIMIT $4`,
      [tenantId, entityKey, after, limit + 1],
    );
    const heads = rows.map(([ruleSet, ...row]) => toHead(row, { tenantId, entityKey, ruleSet: toRef(ruleSet) }));
    return toPage(heads, limit, (head) => formatRef(head.ruleSet));
  }

  async #readChangeSets(session: Session, query: QueryOf<'change-sets'>): Promise<Page<ChangeSetRecord>> {
    const { tenantId, entityKey, limit, after = '' } = query;
    const [ruleSet = '', from = '-1', to = '-1'] = after.split(SEPARATOR);
    const rows = await session.rows<PlacedChangeSetRow>(
      `SELECT ${CHANGE_SET_COLUMNS}, rule_set, from_version, to_version FROM ${this.#owner}.change_set
       WHERE tenant_id = $1 AND entity_key = $2 AND (rule_set, from_version, to_version) > ($3, $4, $5)
       ORDER BY rule_set, from_version, to_version LIMIT $6`,
      [tenantId, entityKey, ruleSet, Number(from), Number(to), limit + 1],
    );
    return toPage(
      rows.map((row) => toPlacedChangeSet(row, query)),
      limit,
      ({ ruleSet, fromVersion, toVersion }) => [formatRef(ruleSet), fromVersion, toVersion].join(SEPARATOR),
    );
  }

  async #readEntities(session: Session, query: QueryOf<'entities'>): Promise<Page<EntityKey>> {
    const { tenantId, prefix = '', after = '', limit } = query;
    const rows = await session.rows<readonly [EntityKey]>(
      `SELECT entity_key FROM ${this.#owner}.status
       WHERE tenant_id = $1 AND ${BEHIND_OF_PREFIX} ORDER BY entity_key LIMIT $5`,
      [tenantId, after, prefix, endOfPrefix(prefix), limit + 1],
    );
    return toPage(
      rows.map(([entityKey]) => entityKey),
      limit,
      (entityKey) => entityKey,
    );
  }

  async #readByState(session: Session, query: QueryOf<'by-state'>): Promise<Page<StatusRecord>> {
    const { tenantId, state, prefix = '', after = '', limit } = query;
    const rows = await session.rows<readonly [EntityKey, ...StatusRow]>(
      `SELECT entity_key, ${STATUS_COLUMNS} FROM ${this.#owner}.status
       WHERE tenant_id = $1 AND state = $6 AND ${BEHIND_OF_PREFIX} ORDER BY entity_key LIMIT $5`,
      [tenantId, after, prefix, endOfPrefix(prefix), limit + 1, state],
    );
    return toPage(
      rows.map(([entityKey, ...row]) => toStatus(row, { tenantId, entityKey })),
      limit,
      (status) => status.entityKey,
    );
  }

  async #readErasures(session: Session, query: QueryOf<'erasures'>): Promise<Page<ErasureRecord>> {
    const { tenantId, entityKey, after, limit } = query;
    const [afterKey = '', afterNumber = '0'] = after?.split(SEPARATOR) ?? [entityKey];
    const rows = await session.rows<PlacedErasureRow>(
      `SELECT entity_key, number, ${ERASURE_COLUMNS} FROM ${this.#owner}.erasure
       WHERE tenant_id = $1 AND (entity_key, number) > ($2, $3) ${entityKey === undefined ? '' : 'AND entity_key = $5'}
       ORDER BY entity_key, number LIMIT $4`,
      [tenantId, afterKey, Number(afterNumber), limit + 1, ...(entityKey === undefined ? [] : [entityKey])],
    );
    return toPage(
      rows.map(([key, number, ...row]) => toErasure(row, { tenantId, entityKey: key, number })),
      limit,
      (erasure) => [erasure.entityKey, erasure.number].join(SEPARATOR),
    );
  }

  async #readHints(session: Session, query: QueryOf<'hints'>): Promise<Page<HintRecord>> {
    const { tenantId, indexKey, shard, after = '', limit } = query;
    const [key = '', ruleSet = '', sliceType = ''] = after.split(SEPARATOR);
    const rows = await session.rows<HintRow>(
      `SELECT ${HINT_COLUMNS} FROM ${this.#owner}.hint
       WHERE tenant_id = $1 AND index_key = $2 AND shard = $3 AND (entity_key, rule_set, slice_type) > ($4, $5, $6)
       ORDER BY entity_key, rule_set, slice_type LIMIT $7`,
      [tenantId, indexKey, shard, key, ruleSet, sliceType, limit + 1],
    );
    return toPage(
      rows.map((row) => toHint(row, query)),
      limit,
      (hint) => [hint.entityKey, formatRef(hint.ruleSet), hint.sliceType].join(SEPARATOR),
    );
  }
}

type PlacedErasureRow = readonly [entityKey: EntityKey, number: number, ...ErasureRow];

type PlacedChangeSetRow = readonly [...ChangeSetRow, ruleSet: string, fromVersion: Version | 0, toVersion: Version];

function toPlacedChangeSet(row: PlacedChangeSetRow, { tenantId, entityKey }: EntityAddress): ChangeSetRecord {
  const [, , , , , ruleSet, fromVersion, toVersion] = row;
  return toChangeSet(row, { tenantId, entityKey, ruleSet: toRef(ruleSet), fromVersion, toVersion });
}

const SQL_OF = {
  ascending: { comparison: '>', direction: 'ASC' },
  descending: { comparison: '<', direction: 'DESC' },
} as const;

/** One row more than asked for was read, so that a last page knows that it is the last. */
function toPage<Item>(items: readonly Item[], limit: number, positionOf: (item: Item) => string): Page<Item> {
  const page = items.slice(0, limit);
  const last = page.at(-1);
  return { items: page, next: items.length > limit && last !== undefined ? positionOf(last) : null };
}

function beforeFirst(order: Order): number {
  return order === 'ascending' ? 0 : VERSION_MAX + 1;
}
