import { sortedUniqueUtf8 } from '../../../domain/canonical/key-order.ts';
import type { CompiledRuleSet, JoinRule } from '../../../domain/contracts/compiled-contracts.ts';
import { formatRef } from '../../../domain/contracts/contract-ref.ts';
import { isRefusal } from '../../../domain/errors.ts';
import type { EntityKey, TenantId, Version } from '../../../domain/identity.ts';
import type { ImpactedSliceKey } from '../../../domain/inverted-index/impacted-slices.ts';
import type { HeadRecord, HintRecord, StatusRecord } from '../../../domain/records.ts';
import type { JoinedSource } from '../../../domain/slice/light-join.ts';
import type { RuntimeContext } from '../context.ts';
import { isPinCurrent } from '../follow-sources.ts';
import { loadJoinSources } from '../join-sources.ts';
import type { ProjectionHistory } from '../projection-history.ts';
import { sliceTypesOf } from './source-range.ts';

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

export interface IndexedParent extends HintedParent {
  readonly hint: HintRecord;
}

/** What is to become of somebody who may have joined a source. */
export type Judgement =
  | { readonly verdict: 'kept'; readonly slices: readonly ImpactedSliceKey[] }
  | { readonly verdict: 'cut_off' }
  | { readonly verdict: 'stale'; readonly hints: readonly HintRecord[] }
  /** Its first commit under this entry is still to come, and looks at its sources itself; or a newer version is in. */
  | { readonly verdict: 'left_alone' };

/** One parent under one rule set, with every source that named it. */
export interface Candidate {
  readonly tenantId: TenantId;
  readonly entityKey: EntityKey;
  readonly ruleSet: CompiledRuleSet;
  readonly named: readonly HintedParent[];
}

/** By their heads alone, the joins under which some entries name their source; `ahead`: no head tells yet. */
export async function supportOf(
  { store }: RuntimeContext,
  tenantId: TenantId,
  parents: readonly IndexedParent[],
): Promise<readonly (readonly JoinRule[] | 'ahead')[]> {
  const heads = await store.batchGet(
    parents.map(({ entityKey, ruleSet }) => ({ kind: 'head', tenantId, entityKey, ruleSet: ruleSet.ref }) as const),
  );
  return parents.map(({ hint, ruleSet, source }, index) => {
    const head = heads[index];
    return head === undefined || isAhead(hint, head) ? 'ahead' : joinsNaming(head, ruleSet, source);
  });
}

/** Looks at heads and statuses of parents in one round trip, and at each of their sources once a plan. */
export class ParentJudge {
  readonly #context: RuntimeContext;
  readonly #history: ProjectionHistory;
  readonly #sources = new OncePerJoin<JoinedSource | 'unreadable'>();
  readonly #currentPins = new OncePerJoin<boolean>();

  constructor(context: RuntimeContext, history: ProjectionHistory) {
    this.#context = context;
    this.#history = history;
  }

  async judge(candidates: readonly Candidate[]): Promise<readonly Judgement[]> {
    const heads = await this.#context.store.batchGet(
      candidates.map(
        ({ tenantId, entityKey, ruleSet }) => ({ kind: 'head', tenantId, entityKey, ruleSet: ruleSet.ref }) as const,
      ),
    );
    // Behind the heads: whoever settles in between has looked at its sources after its commit.
    const statuses = await this.#context.store.batchGet(
      candidates.map(({ tenantId, entityKey }) => ({ kind: 'status', tenantId, entityKey }) as const),
    );
    return Promise.all(candidates.map((candidate, index) => this.#judgeOne(candidate, heads[index], statuses[index])));
  }

  async #judgeOne(
    candidate: Candidate,
    head: HeadRecord | undefined,
    status: StatusRecord | undefined,
  ): Promise<Judgement> {
    const { ruleSet } = candidate;
    if (status?.owed[formatRef(ruleSet.ref)] !== undefined) {
      const types = ruleSet.slices.map((rule) => rule.type);
      return {
        verdict: 'kept',
        slices: types.map((sliceType) => ({ ...keyOf(candidate, status.version, sliceType), because: 'owed' })),
      };
    }
    if (head === undefined) return { verdict: 'left_alone' };
    const supported = candidate.named.filter(({ source }) => joinsNaming(head, ruleSet, source).length > 0);
    if (supported.length === 0) return staleOrAhead(candidate, head);
    if (head.version !== status?.version) return { verdict: 'left_alone' };
    return this.#judgePins(candidate, head, supported);
  }

  async #judgePins(candidate: Candidate, head: HeadRecord, supported: readonly HintedParent[]): Promise<Judgement> {
    const pinned = supported.flatMap(({ source, joins }) =>
      joins.filter((join) => head.manifest.pins[join.name]?.entityKey === source).map((join) => ({ join, source })),
    );
    const current = await Promise.all(pinned.map(({ join, source }) => this.#isCurrent(candidate, head, join, source)));
    const moved = pinned.filter((_, index) => !current[index]);
    if (moved.length === 0) return { verdict: 'cut_off' };
    const taken = moved.flatMap(({ join, source }) =>
      sliceTypesOf({ ruleSet: candidate.ruleSet, join }).map((sliceType) => ({ sliceType, source })),
    );
    return {
      verdict: 'kept',
      slices: [...Map.groupBy(taken, ({ sliceType }) => sliceType)].map(([sliceType, from]) => ({
        ...keyOf(candidate, head.version, sliceType),
        because: 'source',
        sources: sortedUniqueUtf8(from.map(({ source }) => source)),
      })),
    };
  }

  /** Those of a source were mostly built from the same of it, and are judged as one. */
  #isCurrent({ tenantId }: Candidate, { version, manifest }: HeadRecord, join: JoinRule, source: EntityKey) {
    const pin = manifest.pins[join.name];
    const seen = join.versionRule.rule === 'SAME_VERSION' ? `${source}\n${version}` : source;
    return this.#currentPins.get(join, `${seen}\n${pin?.version}\n${pin?.hash}\n${pin?.projectionHash}`, async () => {
      const now = await this.#sources.get(join, seen, () => this.#load(tenantId, version, join, source));
      // Applying meets the same, and records it as the parent's refusal.
      return now !== 'unreadable' && isPinCurrent(this.#history, tenantId, { join, entityKey: source }, pin, now);
    });
  }

  async #load(tenantId: TenantId, version: Version, join: JoinRule, source: EntityKey) {
    try {
      const [now] = await loadJoinSources(this.#context, { tenantId, version }, [{ join, entityKey: source }]);
      return now ?? ({ state: 'absent' } as const);
    } catch (error) {
      if (isRefusal(error)) return 'unreadable' as const;
      throw error;
    }
  }
}

/** What is found out under a join, once for each name. */
class OncePerJoin<Value> {
  readonly #known = new Map<JoinRule, Map<string, Promise<Value>>>();

  get(join: JoinRule, name: string, find: () => Promise<Value>): Promise<Value> {
    const ofJoin = this.#known.get(join) ?? new Map<string, Promise<Value>>();
    this.#known.set(join, ofJoin);
    const known = ofJoin.get(name) ?? find();
    ofJoin.set(name, known);
    return known;
  }
}

/** Also those that the change does not concern: an entry stands for all of them. */
function joinsNaming({ manifest }: HeadRecord, { joins }: CompiledRuleSet, source: EntityKey): readonly JoinRule[] {
  return joins.filter((join) => manifest.pins[join.name]?.entityKey === source);
}

function staleOrAhead({ named }: Candidate, head: HeadRecord): Judgement {
  const hints = named.flatMap(({ hint }) => (hint === null || isAhead(hint, head) ? [] : [hint]));
  return hints.length === 0 ? { verdict: 'left_alone' } : { verdict: 'stale', hints };
}

/** Written for a commit that is still to come. */
export function isAhead(hint: HintRecord, head: HeadRecord): boolean {
  return hint.version > head.version || (hint.version === head.version && hint.revision > head.revision);
}

function keyOf({ entityKey, ruleSet }: Candidate, version: number, sliceType: string) {
  return { entityKey, version, sliceType, ruleSetRef: formatRef(ruleSet.ref) };
}
