import type { CompiledRuleSet } from '../../../domain/contracts/compiled-contracts.ts';
import { type EntityKey, entityTypeOf } from '../../../domain/identity.ts';
import { revisedEntries } from '../../../domain/inverted-index/index-entries.ts';
import type { HeadRecord, ManifestRecord, SliceRecord, StoredSliceSummary } from '../../../domain/records.ts';
import { NO_PROJECTION_HASH } from '../../../domain/slice/light-join.ts';
import type { KeyOf, RuleSetAddress } from '../../../ports/store.ts';
import type { RuntimeContext } from '../context.ts';
import { pagesOf } from '../range-pages.ts';
import { IndexValues } from './delete-entries.ts';

const PAGE_LIMIT = 100;

type SliceKey = KeyOf<'slice'>;

/** What one entity took, under one rule set, from the source that is to be erased. */
export interface JoinedCopies {
  /** The manifests that name a copy. */
  readonly manifests: readonly ManifestRecord[];
  /** The slices that are copies and that nothing else names. */
  readonly slices: readonly SliceKey[];
  /** What attempts left that never committed, and may have copied: no pin tells from whom. */
  readonly uncommitted: readonly StoredSliceSummary[];
}

/**
 * Finds copies by the pins: a slice type that takes from a join whose pin projects something of the source. A slice that
 * another manifest names without it holds nothing of the source that is not somebody else's too.
 * @param stored the entity's slices, listed before: what is committed meanwhile is named
 */
export async function copiesUnder(
  context: RuntimeContext,
  address: RuleSetAddress,
  source: EntityKey,
  stored: readonly StoredSliceSummary[],
  signal?: AbortSignal,
): Promise<JoinedCopies> {
  const ruleSet = await context.contracts.ruleSet(address.ruleSet);
  const joining = typesThatJoin(ruleSet, entityTypeOf(source));
  const manifests: ManifestRecord[] = [];
  const copies = new Map<string, SliceKey>();
  const others = new Set<string>();
  if (joining.size === 0) return { manifests, slices: [], uncommitted: [] };
  for await (const page of manifestPages(context, address, signal)) {
    for (const manifest of page) {
      const types = typesTakenFrom(ruleSet, manifest, source);
      if (types.size > 0) manifests.push(manifest);
      for (const key of slicesOf(manifest)) {
        if (types.has(key.sliceType)) copies.set(nameOf(key), key);
        else if (joining.has(key.sliceType)) others.add(nameOf(key));
      }
    }
  }
  const uncommitted = stored.filter((slice) => joining.has(slice.sliceType) && mayHold(slice));
  return {
    manifests,
    slices: [...copies].filter(([name]) => !others.has(name)).map(([, key]) => key),
    uncommitted: uncommitted.filter((slice) => !copies.has(nameOf(slice)) && !others.has(nameOf(slice))),
  };
}

/** What the index says of copies, and of nothing that the newest commit bears out. */
export async function indexedCopies(
  context: RuntimeContext,
  { entityKey, ruleSet: ref }: RuleSetAddress,
  head: HeadRecord | undefined,
  copies: readonly SliceRecord[],
): Promise<IndexValues['entries']> {
  const ruleSet = await context.contracts.ruleSet(ref);
  const values = new IndexValues((rules, slices) => revisedEntries(rules, entityKey, slices));
  values.add(ruleSet, copies);
  if (values.entries.length === 0 || head === undefined) return values.entries;
  const copied = new Set(copies.map(nameOf));
  const kept = await context.store.batchGet(slicesOf(head.manifest).filter((key) => !copied.has(nameOf(key))));
  const there = kept.filter((slice) => slice !== undefined);
  values.remove(ruleSet, there);
  return values.entries;
}

function mayHold({ isTombstone, isErased }: StoredSliceSummary): boolean {
  return !isTombstone && !isErased;
}

function typesThatJoin({ joins, slices }: CompiledRuleSet, sourceType: string): ReadonlySet<string> {
  const meant = new Set(joins.filter(({ entityType }) => entityType === sourceType).map(({ name }) => name));
  return new Set(slices.filter((rule) => rule.joins.some((join) => meant.has(join))).map(({ type }) => type));
}

function typesTakenFrom({ slices }: CompiledRuleSet, { pins }: ManifestRecord, source: EntityKey): ReadonlySet<string> {
  const rules = slices.filter(({ joins }) => joins.some((join) => isTaken(pins, join, source)));
  return new Set(rules.map(({ type }) => type));
}

function isTaken(pins: ManifestRecord['pins'], join: string, source: EntityKey): boolean {
  const pin = pins[join];
  return pin?.entityKey === source && pin.projectionHash !== NO_PROJECTION_HASH;
}

function manifestPages(
  context: RuntimeContext,
  { tenantId, entityKey, ruleSet }: RuleSetAddress,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly ManifestRecord[]> {
  const query = { range: 'manifests', tenantId, entityKey, ruleSet, order: 'ascending', limit: PAGE_LIMIT } as const;
  return pagesOf(context, query, signal);
}

function slicesOf({ tenantId, entityKey, ruleSet, slices }: ManifestRecord): readonly SliceKey[] {
  return Object.entries(slices).map(([sliceType, sliceHash]) => {
    return { kind: 'slice', tenantId, entityKey, ruleSet, sliceType, sliceHash };
  });
}

function nameOf({ sliceType, sliceHash }: Pick<SliceKey, 'sliceType' | 'sliceHash'>): string {
  return `${sliceType}\n${sliceHash}`;
}
