import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { ENTITY_KEY_BYTES_MAX, type EntityKey } from '../../domain/identity.ts';
import type {
  ChangeSetRecord,
  ErasureRecord,
  HeadRecord,
  HintRecord,
  ManifestRecord,
  RawDataSummary,
  StatusRecord,
  StoredSliceSummary,
} from '../../domain/records.ts';
import type { Page, RangeItem, RangeQuery } from '../../ports/store.ts';
import type { BatchReader } from './batch-reader.ts';
import { toErasure } from './collection-codec.ts';
import { type Item, keyAttributes, ofText, textIn } from './item.ts';
import {
  SLICE_SUMMARY_ATTRIBUTES,
  SUMMARY_ATTRIBUTES,
  toChangeSet,
  toHead,
  toHint,
  toManifest,
  toSliceSummary,
  toSummary,
} from './item-codec.ts';
import {
  directoryPartition,
  entityPartition,
  erasurePartition,
  erasuresPlace,
  HEADS_PLACE,
  hintPartition,
  type ItemRange,
  manifestsPlace,
  readChangeSetPlace,
  readErasurePlace,
  readHeadPlace,
  STATUS_PLACE,
  statePartition,
} from './item-key.ts';
import type { Requests } from './requests.ts';
import { readSortedShards, type ShardPage } from './sorted-shards.ts';
import { STATE_INDEX } from './table-layout.ts';

type QueryOf<Range extends RangeQuery['range']> = Extract<RangeQuery, { range: Range }>;

interface ItemPage {
  readonly items: readonly Item[];
  readonly next: string | null;
}

interface ItemsRequest {
  readonly order: 'ascending' | 'descending';
  readonly limit: number;
  readonly after?: string | undefined;
  /** All of them where it is not given. */
  readonly attributes?: readonly string[];
}

/** Reads key ranges page by page; `next` is the place of the page's last item. */
export class RangeReader {
  readonly #requests: Requests;
  readonly #batches: BatchReader;
  readonly #shards: number;

  constructor(requests: Requests, batches: BatchReader, shards: number) {
    this.#requests = requests;
    this.#batches = batches;
    this.#shards = shards;
  }

  async read<Q extends RangeQuery>(query: Q): Promise<Page<RangeItem<Q>>> {
    // Each branch reads the range that its query names, which TypeScript cannot follow.
    return (await this.#read(query)) as Page<RangeItem<Q>>;
  }

  #read(query: RangeQuery): Promise<Page<RangeItem<RangeQuery>>> {
    switch (query.range) {
      case 'versions':
        return this.#readVersions(query);
      case 'manifests':
        return this.#readManifests(query);
      case 'entities':
        return this.#readEntities(query);
      case 'by-state':
        return this.#readByState(query);
      case 'hints':
        return this.#readHints(query);
      case 'slices':
        return this.#readSlices(query);
      case 'heads':
        return this.#readHeads(query);
      case 'change-sets':
        return this.#readChangeSets(query);
      case 'erasures':
        return this.#readErasures(query);
    }
  }

  async #readVersions(query: QueryOf<'versions'>): Promise<Page<RawDataSummary>> {
    const range: ItemRange = { table: 'rawdata', pk: entityPartition(query), skPrefix: '' };
    const { items, next } = await this.#readItems(range, { ...query, attributes: SUMMARY_ATTRIBUTES });
    return { items: items.map((item) => toSummary(query, item)), next };
  }

  async #readManifests(query: QueryOf<'manifests'>): Promise<Page<ManifestRecord>> {
    const skPrefix = manifestsPlace(query.ruleSet, query.version);
    const { items, next } = await this.#readItems({ table: 'pipeline', pk: entityPartition(query), skPrefix }, query);
    return { items: items.map((item) => toManifest(query, item)), next };
  }

  async #readHints(query: QueryOf<'hints'>): Promise<Page<HintRecord>> {
    const range: ItemRange = { table: 'slice_inverted_index', pk: hintPartition(query), skPrefix: '' };
    const { items, next } = await this.#readItems(range, { ...query, order: 'ascending' });
    return { items: items.map((item) => toHint(query, item)), next };
  }

  async #readSlices(query: QueryOf<'slices'>): Promise<Page<StoredSliceSummary>> {
    const range: ItemRange = { table: 'slices', pk: entityPartition(query), skPrefix: '' };
    const request = { ...query, order: 'ascending', attributes: SLICE_SUMMARY_ATTRIBUTES } as const;
    const { items, next } = await this.#readItems(range, request);
    return { items: items.map((item) => toSliceSummary(query, item)), next };
  }

  async #readHeads(query: QueryOf<'heads'>): Promise<Page<HeadRecord>> {
    const range: ItemRange = { table: 'pipeline', pk: entityPartition(query), skPrefix: HEADS_PLACE };
    const { items, next } = await this.#readItems(range, { ...query, order: 'ascending' });
    const addressOf = (item: Item) => ({ ...query, ruleSet: readHeadPlace(textIn(item, 'sk')) });
    return { items: items.map((item) => toHead(addressOf(item), item)), next };
  }

  async #readChangeSets(query: QueryOf<'change-sets'>): Promise<Page<ChangeSetRecord>> {
    const { tenantId, entityKey } = query;
    const range: ItemRange = { table: 'changesets', pk: entityPartition(query), skPrefix: '' };
    const { items, next } = await this.#readItems(range, { ...query, order: 'ascending' });
    const keyOf = (item: Item) =>
      ({ kind: 'change-set', tenantId, entityKey, ...readChangeSetPlace(textIn(item, 'sk')) }) as const;
    return { items: items.map((item) => toChangeSet(keyOf(item), item)), next };
  }

  async #readErasures(query: QueryOf<'erasures'>): Promise<Page<ErasureRecord>> {
    const { tenantId, entityKey } = query;
    const skPrefix = entityKey === undefined ? '' : erasuresPlace(entityKey);
    const range: ItemRange = { table: 'pipeline', pk: erasurePartition(tenantId), skPrefix };
    const { items, next } = await this.#readItems(range, { ...query, order: 'ascending' });
    return { items: items.map((item) => toErasure({ tenantId, ...readErasurePlace(textIn(item, 'sk')) }, item)), next };
  }

  #readEntities(query: QueryOf<'entities'>): Promise<Page<EntityKey>> {
    return this.#readListed(query, (shard, after, limit) =>
      this.#readShard({
        Table: 'pipeline',
        ...keysOf('pk', 'sk', directoryPartition(query.tenantId, shard), query.prefix),
        ConsistentRead: true,
        ProjectionExpression: 'sk',
        Limit: limit,
        ...(after !== undefined && {
          ExclusiveStartKey: keyAttributes({ pk: directoryPartition(query.tenantId, shard), sk: after }),
        }),
      }),
    );
  }

  /** The index says who is listed, as of a moment ago; what is answered of them is read from their statuses. */
  async #readByState(query: QueryOf<'by-state'>): Promise<Page<StatusRecord>> {
    const { tenantId, state, prefix } = query;
    const { items, next } = await this.#readListed(query, (shard, after, limit) => {
      const partition = statePartition(tenantId, state, shard);
      return this.#readShard({
        Table: STATE_INDEX.table,
        IndexName: STATE_INDEX.name,
        ...keysOf(STATE_INDEX.pk, STATE_INDEX.sk, partition, prefix),
        Limit: limit,
        ...(after !== undefined && {
          ExclusiveStartKey: {
            // A position in the list is the key of an entity, wherever it has gone since.
            ...keyAttributes({ pk: entityPartition({ tenantId, entityKey: after as EntityKey }), sk: STATUS_PLACE }),
            [STATE_INDEX.pk]: ofText(partition),
            [STATE_INDEX.sk]: ofText(after),
          },
        }),
      });
    });
    const statuses = await this.#batches.read(items.map((entityKey) => ({ kind: 'status', tenantId, entityKey })));
    return { items: statuses.filter((record) => record?.kind === 'status'), next };
  }

  async #readListed(
    { prefix = '', after, limit }: QueryOf<'entities'> | QueryOf<'by-state'>,
    readShard: (shard: number, after: string | undefined, limit: number) => Promise<ShardPage>,
  ): Promise<Page<EntityKey>> {
    // No key begins so, and DynamoDB refuses to look for what it could not hold.
    if (Buffer.byteLength(prefix) > ENTITY_KEY_BYTES_MAX) return { items: [], next: null };
    // One more than asked for tells whether this page is the last.
    const keys = await readSortedShards({ shards: this.#shards, after, limit: limit + 1 }, readShard);
    // Only entity keys were put there.
    const items = keys.slice(0, limit) as EntityKey[];
    return { items, next: keys.length > limit ? (items.at(-1) ?? null) : null };
  }

  async #readShard(query: Parameters<Requests['query']>[0]): Promise<ShardPage> {
    const { items, lastKey } = await this.#requests.query(query);
    const sk = query.IndexName === undefined ? 'sk' : STATE_INDEX.sk;
    return { keys: items.map((item) => textIn(item, sk)), hasMore: lastKey !== undefined };
  }

  async #readItems({ table, pk, skPrefix }: ItemRange, request: ItemsRequest): Promise<ItemPage> {
    const { order, limit, after, attributes } = request;
    const items: Item[] = [];
    let start = after === undefined ? undefined : keyAttributes({ pk, sk: after });
    do {
      const answer = await this.#requests.query({
        Table: table,
        ...keysOf('pk', 'sk', pk, skPrefix),
        ...(attributes && projectionOf(attributes)),
        ConsistentRead: true,
        ScanIndexForward: order === 'ascending',
        // One more than asked for tells whether this page is the last.
        Limit: limit + 1 - items.length,
        ...(start && { ExclusiveStartKey: start }),
      });
      items.push(...answer.items);
      start = answer.lastKey;
    } while (start !== undefined && items.length <= limit);
    const page = items.slice(0, limit);
    const last = page.at(-1);
    return { items: page, next: items.length > limit && last ? textIn(last, 'sk') : null };
  }
}

type KeyCondition = Pick<QueryCommandInput, 'KeyConditionExpression' | 'ExpressionAttributeValues'>;

function keysOf(pkName: string, skName: string, pk: string, skPrefix: string | undefined): KeyCondition {
  if (!skPrefix) {
    return { KeyConditionExpression: `${pkName} = :pk`, ExpressionAttributeValues: { ':pk': ofText(pk) } };
  }
  return {
    KeyConditionExpression: `${pkName} = :pk AND begins_with(${skName}, :prefix)`,
    ExpressionAttributeValues: { ':pk': ofText(pk), ':prefix': ofText(skPrefix) },
  };
}

/** Through placeholders, because an attribute may have the name of one of DynamoDB's many reserved words. */
function projectionOf(attributes: readonly string[]) {
  return {
    ProjectionExpression: attributes.map((_, index) => `#a${index}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(attributes.map((name, index) => [`#a${index}`, name])),
  };
}
