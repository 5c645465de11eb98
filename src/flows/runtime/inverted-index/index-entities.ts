import type { CompiledRuleSet } from '../../../domain/contracts/compiled-contracts.ts';
import { isRefusal } from '../../../domain/errors.ts';
import type { EntityKey, TenantId } from '../../../domain/identity.ts';
import {
  declaredEntries,
  type IndexEntry,
  impliedEntries,
  pinnedJoins,
} from '../../../domain/inverted-index/index-entries.ts';
import type { HintRecord, ManifestRecord } from '../../../domain/records.ts';
import { type RuntimeContext, timestamp } from '../context.ts';
import { loadSlices } from '../stored-slice.ts';
import { owedJoinKeys, type Standing } from './named-sources.ts';
import type { ReindexCounts } from './reindex-calls.ts';

export interface EntitiesToIndex {
  readonly tenantId: TenantId;
  readonly ruleSet: CompiledRuleSet;
  readonly entityKeys: readonly EntityKey[];
}

/** Puts the entries of some entities under a rule set, as their slicings did or will. */
export async function indexEntities(
  context: RuntimeContext,
  { tenantId, ruleSet, entityKeys }: EntitiesToIndex,
): Promise<ReindexCounts> {
  const { store } = context;
  const statuses = await store.batchGet(
    entityKeys.map((entityKey) => ({ kind: 'status', tenantId, entityKey }) as const),
  );
  // Behind the statuses: what is owed no more by then is committed, and its head pins what it names.
  const heads = await store.batchGet(
    entityKeys.map((entityKey) => ({ kind: 'head', tenantId, entityKey, ruleSet: ruleSet.ref }) as const),
  );
  const found = await Promise.all(
    entityKeys.map((_, index) => indexOne(context, ruleSet, { head: heads[index], status: statuses[index] })),
  );
  return {
    entities: entityKeys.length,
    entries: found.reduce((sum, { entries }) => sum + entries, 0),
    unreadable: found.filter(({ isReadable }) => !isReadable).length,
  };
}

interface Count {
  readonly entries: number;
  readonly isReadable: boolean;
}

async function indexOne(context: RuntimeContext, ruleSet: CompiledRuleSet, standing: Standing): Promise<Count> {
  const [committed, owed] = await Promise.all([
    committedHints(context, ruleSet, standing),
    owedHints(context, ruleSet, standing),
  ]);
  const hints = [...committed.hints, ...owed.hints];
  if (hints.length > 0) await context.store.putHints(hints);
  return { entries: hints.length, isReadable: committed.isReadable && owed.isReadable };
}

interface Hints {
  readonly hints: readonly HintRecord[];
  readonly isReadable: boolean;
}

const NO_HINTS: Hints = { hints: [], isReadable: true };

/** The implied entries need nothing but the pins, so that no damage to a slice costs a parent. */
async function committedHints(context: RuntimeContext, ruleSet: CompiledRuleSet, { head }: Standing): Promise<Hints> {
  if (head === undefined) return NO_HINTS;
  const { tenantId, entityKey, version, revision, manifest } = head;
  const implied = impliedEntries(ruleSet, entityKey, pinnedJoins(ruleSet, manifest.pins));
  const declared = await declaredBy(context, ruleSet, manifest);
  const entries = declared === 'unreadable' ? implied : [...implied, ...declared];
  const indexed = { tenantId, entityKey, ruleSet: ruleSet.ref, version, revision };
  return { hints: hintsOf(context, indexed, entries), isReadable: declared !== 'unreadable' };
}

async function declaredBy(
  context: RuntimeContext,
  ruleSet: CompiledRuleSet,
  manifest: ManifestRecord,
): Promise<readonly IndexEntry[] | 'unreadable'> {
  const sliceTypes = [...new Set(ruleSet.indexes.map(({ fromSlice }) => fromSlice))];
  if (sliceTypes.length === 0) return [];
  try {
    const payloads = await loadSlices(context, manifest, sliceTypes);
    const slices = Object.entries(manifest.slices).flatMap(([sliceType, sliceHash]) => {
      const value = payloads.get(sliceType);
      return value === undefined ? [] : [{ sliceType, sliceHash, value }];
    });
    return declaredEntries(ruleSet, manifest.entityKey, slices);
  } catch (error) {
    if (isRefusal(error)) return 'unreadable';
    throw error;
  }
}

/** Its slicing puts them too, but nobody knows when: a source that changes until then has to find it. */
async function owedHints(context: RuntimeContext, ruleSet: CompiledRuleSet, standing: Standing): Promise<Hints> {
  const { status } = standing;
  const keys = await owedJoinKeys(context, ruleSet, standing);
  if (keys === 'unreadable') return { hints: [], isReadable: false };
  if (status === undefined || keys.length === 0) return NO_HINTS;
  const { tenantId, entityKey, version } = status;
  const indexed = { tenantId, entityKey, ruleSet: ruleSet.ref, version, revision: 0 };
  return { hints: hintsOf(context, indexed, impliedEntries(ruleSet, entityKey, keys)), isReadable: true };
}

/** Whose entries they are, and as of which commit. */
type Indexed = Omit<HintRecord, 'kind' | 'indexedAt' | keyof IndexEntry>;

function hintsOf(context: RuntimeContext, indexed: Indexed, entries: readonly IndexEntry[]): readonly HintRecord[] {
  const indexedAt = timestamp(context);
  return entries.map((entry) => ({ kind: 'hint', ...indexed, indexedAt, ...entry }));
}
