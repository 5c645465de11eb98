import { type EntityKey, entityTypeOf, type TenantId, type Version } from '../../../domain/identity.ts';
import { joinImpactOf } from '../../../domain/slice/join-impact.ts';
import type { JoinedSource } from '../../../domain/slice/light-join.ts';
import type { RuntimeContext } from '../context.ts';
import type { JoinedBy } from '../contract-catalogue.ts';
import { loadSourceVersions, type NamedSource } from '../join-sources.ts';
import { pagesOfVersions } from '../version-pages.ts';

/** A change of a source, checked. */
export interface SourceChange {
  readonly tenantId: TenantId;
  readonly entityKey: EntityKey;
  readonly fromVersion: Version | 0;
  readonly toVersion: Version;
}

/** A change as a plan starts from it. */
export interface StartedChange extends SourceChange {
  /** Of the status, as it was read before anything else. */
  readonly fills: number;
}

/** What a change means for one join. */
export interface JoinRange extends JoinedBy {
  readonly change: SourceChange;
  /** Up to where the join can see the source now: the newest version, or the head of the slice type that it reads. */
  readonly end: number;
  /** Slice types that can be concerned; empty: nothing that the join projects changed, and nobody has to be looked for. */
  readonly sliceTypes: readonly string[];
}

/** Whether those who joined the source have to be looked for. */
export function isConcerned({ sliceTypes }: JoinRange): boolean {
  return sliceTypes.length > 0;
}

/** Of a rule set on a source, or of several on one; there is a first. */
export type JoinRanges = readonly [JoinRange, ...JoinRange[]];

export function groupRanges<Key>(ranges: readonly JoinRange[], keyOf: (range: JoinRange) => Key): Map<Key, JoinRanges> {
  // A group has a first one.
  return Map.groupBy(ranges, keyOf) as Map<Key, [JoinRange, ...JoinRange[]]>;
}

/** What a change means for every join on its entity's type. */
export async function rangesOf(context: RuntimeContext, change: SourceChange): Promise<readonly JoinRange[]> {
  const joins = await context.contracts.joinsOf(entityTypeOf(change.entityKey));
  return Promise.all(joins.map((joined) => rangeOf(context, change, joined)));
}

async function rangeOf(context: RuntimeContext, change: SourceChange, joined: JoinedBy): Promise<JoinRange> {
  const end = await endOf(context, change, joined);
  const sliceTypes = end <= change.fromVersion ? [] : await concernedTypes(context, change, joined, end);
  return { ...joined, change, end, sliceTypes };
}

async function endOf({ store }: RuntimeContext, change: SourceChange, { join }: JoinedBy): Promise<number> {
  if (join.source.kind === 'RAW') return change.toVersion;
  const { tenantId, entityKey } = change;
  const [head] = await store.batchGet([{ kind: 'head', tenantId, entityKey, ruleSet: join.source.ruleSet.ref }]);
  return Math.min(head?.version ?? 0, change.toVersion);
}

async function concernedTypes(
  context: RuntimeContext,
  change: SourceChange,
  joined: JoinedBy,
  end: number,
): Promise<readonly string[]> {
  const all = sliceTypesOf(joined);
  // Another rule than LATEST asks for certain versions, whatever changed in them.
  if (joined.join.versionRule.rule !== 'LATEST') return all;
  const concerned = new Set<string>();
  for await (const sliceTypes of stepImpacts(context, { ...change, join: joined.join }, end)) {
    for (const sliceType of sliceTypes ?? all) concerned.add(sliceType);
    if (concerned.size === all.length) break;
  }
  return all.filter((sliceType) => concerned.has(sliceType));
}

/** Of each consecutive step up to `end`; `null`: cannot be told, so everything may be concerned. */
async function* stepImpacts(
  context: RuntimeContext,
  source: SourceChange & NamedSource,
  end: number,
): AsyncGenerator<readonly string[] | null> {
  let before: JoinedSource | 'unreadable' | undefined;
  const first = Math.max(source.fromVersion, 1);
  for await (const versions of pagesOfVersions(context, source, first - 1, end)) {
    const loaded = await loadSourceVersions(context, source, versions);
    for (const [index, after] of loaded.entries()) {
      // What a slice type was never built for, nobody can have joined.
      if (after === undefined) continue;
      const isBehindStart = (versions[index] ?? 0) > source.fromVersion;
      if (isBehindStart) yield stepImpact(source, before, after);
      before = after;
    }
  }
}

function stepImpact(
  { join }: NamedSource,
  before: JoinedSource | 'unreadable' | undefined,
  after: JoinedSource | 'unreadable',
): readonly string[] | null {
  if (before === 'unreadable' || after === 'unreadable') return null;
  return joinImpactOf(join, before, after);
}

/** The slice types of a rule set that take from a join. */
export function sliceTypesOf({ ruleSet, join }: JoinedBy): readonly string[] {
  return ruleSet.slices.filter((rule) => rule.joins.includes(join.name)).map((rule) => rule.type);
}
