import { formatRef } from '../../../domain/contracts/contract-ref.ts';
import { contractError, isRefusal } from '../../../domain/errors.ts';
import { parseTenantId, type TenantId } from '../../../domain/identity.ts';
import {
  declaredEntries,
  type IndexEntry,
  impliedEntries,
  pinnedJoins,
} from '../../../domain/inverted-index/index-entries.ts';
import { parseIndexKey } from '../../../domain/inverted-index/index-key.ts';
import { isAhead } from '../../../domain/inverted-index/is-ahead.ts';
import { type HeadRecord, type HintRecord, JOIN_HINT_SLICE_TYPE } from '../../../domain/records.ts';
import { ensureNotAborted, type RuntimeContext } from '../context.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { gatheringStore } from '../gathered-reads.ts';
import type { IndexedEntity, LookUpIndexInput, ResultPage } from '../listing-calls.ts';
import { limitOf } from '../listings.ts';
import { loadSlices } from '../stored-slice.ts';
import { type MergePosition, mergeShards } from './merge-shards.ts';

/**
 * Who is under an index key, each entry judged by its head. As many shards are read as the widest rule set of the
 * registry that is not DRAFT spreads that index over: entries do not say how many there are, and those of an ARCHIVED
 * rule set are still there.
 * @throws `index.key_invalid`, `index.unknown` where no rule set has such an index: that is not "nobody"
 */
export async function lookUpIndex(
  single: RuntimeContext,
  input: LookUpIndexInput,
  signal?: AbortSignal,
): Promise<ResultPage<IndexedEntity>> {
  ensureNotAborted(signal);
  const index = await parseIndex(single, input);
  const listing = { range: 'hints', ...index } as const;
  // Only what a listing of the very same arguments gave passes the cursor's check.
  const from: MergePosition | null =
    input.cursor === undefined ? null : JSON.parse(decodeCursor(listing, input.cursor));
  const { items, next } = await readJudged(single, index, { limit: limitOf(input), from }, signal);
  return { items: items.map(toIndexed), cursor: next === null ? null : encodeCursor(listing, JSON.stringify(next)) };
}

/** One index key of a tenant, and over how many shards its entries may be spread. */
export interface Index {
  readonly tenantId: TenantId;
  readonly indexKey: string;
  readonly shards: number;
}

/** @throws `index.key_invalid`, `index.unknown` */
export async function parseIndex(
  context: RuntimeContext,
  { tenantId, indexKey }: { readonly tenantId: string; readonly indexKey: string },
): Promise<Index> {
  return { tenantId: parseTenantId(tenantId), indexKey, shards: await shardsOf(context, indexKey) };
}

export interface JudgedHint {
  readonly hint: HintRecord;
  readonly head: HeadRecord | undefined;
  readonly standing: IndexedEntity['standing'];
}

/** A page of an index's entries, shards merged, each judged by its head. */
export async function readJudged(
  single: RuntimeContext,
  { tenantId, indexKey, shards }: Index,
  { limit, from }: { readonly limit: number; readonly from: MergePosition | null },
  signal?: AbortSignal,
): Promise<{ readonly items: readonly JudgedHint[]; readonly next: MergePosition | null }> {
  const { items, next } = await mergeShards(
    (shard, after) =>
      single.store.range({ range: 'hints', tenantId, indexKey, shard, limit, ...(after !== null && { after }) }),
    { shards, limit, from },
  );
  ensureNotAborted(signal);
  // Many heads a round trip.
  const context = { ...single, store: gatheringStore(single.store) };
  return { items: await Promise.all(items.map((hint) => judgeHint(context, hint))), next };
}

function toIndexed({ hint, head, standing }: JudgedHint): IndexedEntity {
  const { tenantId, entityKey, ruleSet, sliceType } = hint;
  const { version, revision } = standing === 'true' && head !== undefined ? head : hint;
  return { tenantId, entityKey, ruleSetRef: formatRef(ruleSet), sliceType, version, revision, standing };
}

async function shardsOf({ contracts }: RuntimeContext, indexKey: string): Promise<number> {
  const { indexType, entityType } = parseIndexKey(indexKey);
  const shards = await contracts.shardsOf(indexType, entityType);
  if (shards > 0) return shards;
  throw contractError(
    'index.unknown',
    `indexKey: expected an index that a rule set of ${entityType} declares or that one of its joins implies, found ` +
      `none of type ${indexType}. Mend the key; a join's index has the type of its source.`,
    { indexType, entityType },
  );
}

/** Its head is read behind the entry: what that was written for may be committed by now, and is never taken for stale. */
export async function judgeHint(context: RuntimeContext, hint: HintRecord): Promise<JudgedHint> {
  const { tenantId, entityKey, ruleSet } = hint;
  const [head] = await context.store.batchGet([{ kind: 'head', tenantId, entityKey, ruleSet }]);
  return { hint, head, standing: await orUnreadable(() => standingOf(context, hint, head)) };
}

/** One entry that cannot be judged hides none of the others. */
async function orUnreadable(judging: () => Promise<IndexedEntity['standing']>): Promise<IndexedEntity['standing']> {
  try {
    return await judging();
  } catch (error) {
    if (isRefusal(error)) return 'unreadable';
    throw error;
  }
}

async function standingOf(
  context: RuntimeContext,
  hint: HintRecord,
  head: HeadRecord | undefined,
): Promise<IndexedEntity['standing']> {
  if (head === undefined) return 'pending';
  const entries = await entriesOf(context, hint, head);
  if (entries.some(({ indexKey, shard }) => indexKey === hint.indexKey && shard === hint.shard)) return 'true';
  return isAhead(hint, head) ? 'pending' : 'stale';
}

/** What the head gives of the entry's kind, computed anew. */
async function entriesOf(
  context: RuntimeContext,
  { sliceType }: HintRecord,
  { entityKey, ruleSet: ref, manifest }: HeadRecord,
): Promise<readonly IndexEntry[]> {
  const ruleSet = await context.contracts.ruleSet(ref);
  if (sliceType === JOIN_HINT_SLICE_TYPE)
    return impliedEntries(ruleSet, entityKey, pinnedJoins(ruleSet, manifest.pins));
  const sliceHash = manifest.slices[sliceType];
  if (sliceHash === undefined) return [];
  const payloads = await loadSlices(context, manifest, [sliceType]);
  return declaredEntries(ruleSet, entityKey, [{ sliceType, sliceHash, value: payloads.get(sliceType) ?? null }]);
}
