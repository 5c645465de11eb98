import type { CompiledRuleSet } from '../../../domain/contracts/compiled-contracts.ts';
import { formatRef } from '../../../domain/contracts/contract-ref.ts';
import type { SlicewiseError } from '../../../domain/errors.ts';
import type { EntityKey, TenantId } from '../../../domain/identity.ts';
import { pinnedJoins } from '../../../domain/inverted-index/index-entries.ts';
import type { RuntimeContext } from '../context.ts';
import { walkDirectory } from '../directory.ts';
import { owedJoinKeys, type Standing } from '../inverted-index/named-sources.ts';
import { FanOutBound } from './bounded-parents.ts';
import type { PossibleParent } from './judge-parents.ts';
import { groupRanges, type JoinRange, type JoinRanges } from './source-range.ts';

/**
 * Who may have joined the changed sources, found without the index: every entity of the parents' type is looked at. Those
 * count whose head pins a source, there or not, and those that owe a slicing of a version that names one; whoever
 * commits later looks at its sources again behind the commit.
 * @param ranges joins that the changes concern
 * @returns of one rule set all or none, and why: `fan_out.too_large`
 */
export async function enumeratedParentsOf(
  context: RuntimeContext,
  tenantId: TenantId,
  ranges: readonly JoinRange[],
  signal?: AbortSignal,
): Promise<EnumeratedParents> {
  const found: (readonly PossibleParent[])[] = [];
  let refusal: SlicewiseError | null = null;
  for (const joined of groupRanges(ranges, ({ ruleSet }) => formatRef(ruleSet.ref)).values()) {
    const search = new ParentSearch(context, joined);
    found.push(await searchAll(context, tenantId, search, signal));
    refusal ??= search.refusal;
  }
  return { parents: found.flat(), refusal };
}

export interface EnumeratedParents {
  readonly parents: readonly PossibleParent[];
  readonly refusal: SlicewiseError | null;
}

async function searchAll(
  context: RuntimeContext,
  tenantId: TenantId,
  search: ParentSearch,
  signal: AbortSignal | undefined,
): Promise<readonly PossibleParent[]> {
  const found: PossibleParent[] = [];
  for await (const { entityKeys } of walkDirectory(context, { tenantId, prefix: search.prefix }, signal)) {
    found.push(...(await search.among(tenantId, entityKeys)));
    if (search.refusal !== null) return [];
  }
  return found;
}

/** Looks for the parents of all changed sources under one rule set. */
class ParentSearch {
  readonly #context: RuntimeContext;
  readonly #ruleSet: CompiledRuleSet;
  readonly #rangesOf: ReadonlyMap<EntityKey, JoinRanges>;
  readonly #bounds: ReadonlyMap<EntityKey, FanOutBound>;
  #refusal: SlicewiseError | null = null;

  constructor(context: RuntimeContext, ranges: JoinRanges) {
    this.#context = context;
    this.#ruleSet = ranges[0].ruleSet;
    this.#rangesOf = groupRanges(ranges, ({ change }) => change.entityKey);
    this.#bounds = new Map(Array.from(this.#rangesOf, ([source, joined]) => [source, new FanOutBound(joined)]));
  }

  /** Why its parents may not be followed, once there are too many. */
  get refusal(): SlicewiseError | null {
    return this.#refusal;
  }

  get prefix(): string {
    return `${this.#ruleSet.entityType}#`;
  }

  async among(tenantId: TenantId, entityKeys: readonly EntityKey[]): Promise<readonly PossibleParent[]> {
    const { store } = this.#context;
    const ruleSet = this.#ruleSet.ref;
    const [heads, statuses] = await Promise.all([
      store.batchGet(entityKeys.map((entityKey) => ({ kind: 'head', tenantId, entityKey, ruleSet }) as const)),
      store.batchGet(entityKeys.map((entityKey) => ({ kind: 'status', tenantId, entityKey }) as const)),
    ]);
    const named = await Promise.all(
      entityKeys.map((_, index) => this.#joinKeysOf({ head: heads[index], status: statuses[index] })),
    );
    return entityKeys.flatMap((entityKey, index) => this.#parentsAt(entityKey, named[index] ?? NAMES_NOBODY));
  }

  async #joinKeysOf(standing: Standing): Promise<NamedJoins> {
    const pinned = pinnedJoins(this.#ruleSet, standing.head?.manifest.pins ?? {});
    const owed = await owedJoinKeys(this.#context, this.#ruleSet, standing);
    return { pinned, owed: owed === 'unreadable' ? [] : owed };
  }

  #parentsAt(entityKey: EntityKey, { pinned, owed }: NamedJoins): readonly PossibleParent[] {
    return [...this.#rangesOf].flatMap(([source, ranges]) => {
      const isNaming = (key: NamedJoin) => key.entityKey === source;
      const naming = new Set([...pinned, ...owed].filter(isNaming).map(({ join }) => join));
      if (naming.size === 0) return [];
      const bound = this.#bounds.get(source);
      bound?.count([...naming]);
      this.#refusal ??= bound?.refusal ?? null;
      const hint = owed.some(isNaming) ? 'owed' : 'committed';
      return [{ ruleSet: this.#ruleSet, entityKey, hint, source, joins: ranges.map(({ join }) => join) }];
    });
  }
}

/** What an entity names by its head and, where a slicing is owed, what it will. */
interface NamedJoins {
  readonly pinned: readonly NamedJoin[];
  readonly owed: readonly NamedJoin[];
}

const NAMES_NOBODY: NamedJoins = { pinned: [], owed: [] };

/** A join, and which source an entity names under it. */
interface NamedJoin {
  readonly join: { readonly name: string };
  readonly entityKey: EntityKey | null;
}
