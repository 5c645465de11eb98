import type { CompiledRuleSet, JoinRule } from '../../../domain/contracts/compiled-contracts.ts';
import { type ContractRef, type ContractRefText, formatRef } from '../../../domain/contracts/contract-ref.ts';
import { validationError } from '../../../domain/errors.ts';
import { type EntityKey, entityIdOf, type TenantId } from '../../../domain/identity.ts';
import { formatIndexKey } from '../../../domain/inverted-index/index-key.ts';
import { type HintRecord, JOIN_HINT_SLICE_TYPE } from '../../../domain/records.ts';
import type { RuntimeContext } from '../context.ts';
import { isConcerned, type JoinRange } from './source-range.ts';

/** Who may have joined a source, as the inverted index knows it; the head decides. */
export interface HintedParent {
  readonly ruleSet: CompiledRuleSet;
  readonly entityKey: EntityKey;
  /** `null`: found without the index. */
  readonly hint: HintRecord | null;
  readonly source: EntityKey;
  /** Those of its joins that the source's change concerns. */
  readonly joins: readonly JoinRule[];
}

/** Parents by their index entries, and the entries that were passed over. */
export interface HintedParents {
  readonly parents: readonly HintedParent[];
  readonly skippedArchived: number;
}

const PAGE_LIMIT = 1000;

/**
 * Finds by key, never by a scan, who may have joined a source under joins that its change concerns.
 * @param incomplete rule sets whose index is not asked
 * @throws `fan_out.too_large`, `contract.unknown` for an entry of a rule set that the registry does not know
 */
export async function hintedParentsOf(
  context: RuntimeContext,
  ranges: readonly JoinRange[],
  incomplete: ReadonlySet<ContractRefText>,
): Promise<HintedParents> {
  const concerned = ranges.filter((range) => isConcerned(range) && !incomplete.has(formatRef(range.ruleSet.ref)));
  const partitions = Map.groupBy(concerned, indexKeyOf);
  const found = await Promise.all([...partitions].map(([key, joined]) => readPartition(context, key, joined, ranges)));
  return {
    parents: found.flatMap(({ parents }) => parents),
    skippedArchived: found.reduce((sum, { skippedArchived }) => sum + skippedArchived, 0),
  };
}

function indexKeyOf({ change, join, ruleSet }: JoinRange): string {
  return formatIndexKey(join.entityType, entityIdOf(change.entityKey), ruleSet.entityType);
}

async function readPartition(
  context: RuntimeContext,
  indexKey: string,
  concerned: readonly JoinRange[],
  ranges: readonly JoinRange[],
): Promise<HintedParents> {
  const joinsOf = Map.groupBy(concerned, ({ ruleSet }) => formatRef(ruleSet.ref));
  const known = new Set<ContractRefText>(ranges.map(({ ruleSet }) => formatRef(ruleSet.ref)));
  const parents: HintedParent[] = [];
  const counts = new Map<ContractRefText, number>();
  let skippedArchived = 0;
  const tenantId = concerned[0]?.change.tenantId;
  if (tenantId === undefined) return { parents, skippedArchived };
  const shards = Math.max(...concerned.map(({ join }) => join.shards));
  for await (const hint of hintsUnder(context, tenantId, indexKey, shards)) {
    const ref = formatRef(hint.ruleSet);
    const joined = joinsOf.get(ref);
    if (joined === undefined) {
      if (!known.has(ref) && (await isPassedOver(context, hint.ruleSet))) skippedArchived += 1;
      continue;
    }
    const count = (counts.get(ref) ?? 0) + 1;
    counts.set(ref, count);
    parents.push(parentOf(hint, joined));
    assertFanOut(joined, count);
  }
  return { parents, skippedArchived };
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

function parentOf(hint: HintRecord, joined: readonly JoinRange[]): HintedParent {
  // A group has a first one.
  const [{ ruleSet, change }] = joined as [JoinRange, ...JoinRange[]];
  return { ruleSet, entityKey: hint.entityKey, hint, source: change.entityKey, joins: joined.map(({ join }) => join) };
}

export function assertFanOut(joined: readonly JoinRange[], parents: number): void {
  const narrowest = joined.reduce((least, range) => (range.join.maxFanout < least.join.maxFanout ? range : least));
  const { join, ruleSet, change } = narrowest;
  if (parents <= join.maxFanout) return;
  throw validationError(
    'fan_out.too_large',
    `${change.entityKey}, join ${join.name} of RuleSet ${formatRef(ruleSet.ref)}: expected at most ${join.maxFanout} ` +
      'parents, as its maxFanout says, found more. They stay owed: raise `maxFanout` in a new version of the rule set, ' +
      'or replay them.',
    { entityKey: change.entityKey, join: join.name, ruleSetRef: formatRef(ruleSet.ref), maxFanout: join.maxFanout },
  );
}
