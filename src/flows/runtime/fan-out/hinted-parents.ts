import { type ContractRef, type ContractRefText, formatRef } from '../../../domain/contracts/contract-ref.ts';
import type { SlicewiseError } from '../../../domain/errors.ts';
import { entityIdOf, type TenantId } from '../../../domain/identity.ts';
import { formatIndexKey } from '../../../domain/inverted-index/index-key.ts';
import { type HintRecord, JOIN_HINT_SLICE_TYPE } from '../../../domain/records.ts';
import type { RuntimeContext } from '../context.ts';
import { BoundedParents } from './bounded-parents.ts';
import type { PossibleParent } from './judge-parents.ts';
import { groupRanges, isConcerned, type JoinRange, type JoinRanges } from './source-range.ts';

/** Parents by their index entries, and the entries that were passed over. */
export interface HintedParents {
  readonly parents: readonly PossibleParent[];
  /** Those that were found to be unsupported, if anybody had to look. */
  readonly staleHints: readonly HintRecord[];
  readonly skippedArchived: number;
  /** Why those of some rule set may not be followed, and are not among the parents: there are more than a join allows. */
  readonly refusal: SlicewiseError | null;
}

const PAGE_LIMIT = 1000;

/**
 * Finds by key, never by a scan, who may have joined a source under joins that its change concerns.
 * @param incomplete rule sets whose index is not asked
 * @throws `contract.unknown` for an entry of a rule set that the registry does not know
 */
export async function hintedParentsOf(
  context: RuntimeContext,
  ranges: readonly JoinRange[],
  incomplete: ReadonlySet<ContractRefText>,
): Promise<HintedParents> {
  const concerned = ranges.filter((range) => isConcerned(range) && !incomplete.has(formatRef(range.ruleSet.ref)));
  const partitions = groupRanges(concerned, indexKeyOf);
  const found = await Promise.all([...partitions].map(([key, joined]) => readPartition(context, key, joined, ranges)));
  return {
    parents: found.flatMap(({ parents }) => parents),
    staleHints: found.flatMap(({ staleHints }) => staleHints),
    skippedArchived: found.reduce((sum, { skippedArchived }) => sum + skippedArchived, 0),
    refusal: firstRefusal(found),
  };
}

export function firstRefusal(found: readonly { readonly refusal: SlicewiseError | null }[]): SlicewiseError | null {
  return found.find(({ refusal }) => refusal !== null)?.refusal ?? null;
}

function indexKeyOf({ change, join, ruleSet }: JoinRange): string {
  return formatIndexKey(join.entityType, entityIdOf(change.entityKey), ruleSet.entityType);
}

async function readPartition(
  context: RuntimeContext,
  indexKey: string,
  concerned: JoinRanges,
  ranges: readonly JoinRange[],
): Promise<HintedParents> {
  const followers = new Map(
    Array.from(groupRanges(concerned, refOf), ([ref, joined]) => [ref, new BoundedParents(context, joined)] as const),
  );
  const found = [...followers.values()];
  const known = new Set(ranges.map(refOf));
  let skippedArchived = 0;
  const [{ change }] = concerned;
  const shards = Math.max(...concerned.map(({ join }) => join.shards));
  for await (const hint of hintsUnder(context, change.tenantId, indexKey, shards)) {
    const ref = formatRef(hint.ruleSet);
    const parents = followers.get(ref);
    if (parents === undefined) {
      if (!known.has(ref) && (await isPassedOver(context, hint.ruleSet))) skippedArchived += 1;
      continue;
    }
    await parents.add(hint);
    if (found.every(({ refusal }) => refusal !== null)) break;
  }
  for (const parents of found) await parents.settle();
  return {
    parents: found.flatMap(({ parents }) => parents),
    staleHints: found.flatMap(({ staleHints }) => staleHints),
    skippedArchived,
    refusal: firstRefusal(found),
  };
}

function refOf({ ruleSet }: JoinRange): ContractRefText {
  return formatRef(ruleSet.ref);
}

/** The join-implied entries of an index key, shard by shard; each page is read before it is answered. */
async function* hintsUnder(
  { store }: RuntimeContext,
  tenantId: TenantId,
  indexKey: string,
  shards: number,
): AsyncGenerator<HintRecord> {
  for (let shard = 0; shard < shards; shard += 1) {
    let after: string | undefined;
    do {
      const page = await store.range({
        range: 'hints',
        tenantId,
        indexKey,
        shard,
        limit: PAGE_LIMIT,
        ...(after === undefined ? {} : { after }),
      });
      for (const hint of page.items) if (hint.sliceType === JOIN_HINT_SLICE_TYPE) yield hint;
      after = page.next ?? undefined;
    } while (after !== undefined);
  }
}

/** One that may not run follows nothing; one that is not known may, so nobody goes on without it. */
async function isPassedOver({ contracts }: RuntimeContext, ruleSet: ContractRef): Promise<boolean> {
  return contracts.isArchived(ruleSet);
}
