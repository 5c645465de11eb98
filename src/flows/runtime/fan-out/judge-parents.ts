import { sortedUniqueUtf8 } from '../../../domain/canonical/key-order.ts';
import type { CompiledRuleSet, JoinRule } from '../../../domain/contracts/compiled-contracts.ts';
import { formatRef } from '../../../domain/contracts/contract-ref.ts';
import { isRefusal } from '../../../domain/errors.ts';
import type { EntityKey, TenantId, Version } from '../../../domain/identity.ts';
import type { ImpactedSliceKey } from '../../../domain/inverted-index/impacted-slices.ts';
import { isAhead } from '../../../domain/inverted-index/is-ahead.ts';
import type { HeadRecord, HintRecord, StatusRecord } from '../../../domain/records.ts';
import type { JoinedSource } from '../../../domain/slice/light-join.ts';
import type { RuntimeContext } from '../context.ts';
import { isPinCurrent } from '../follow-sources.ts';
import { loadJoinSources } from '../join-sources.ts';
import type { ProjectionHistory } from '../projection-history.ts';
import { sliceTypesOf } from './source-range.ts';

/** Parents whose heads are read together. */
export const PARENTS_MAX = 100;

/** Who may have joined a source; the head decides. */
export interface PossibleParent {
  readonly ruleSet: CompiledRuleSet;
  readonly entityKey: EntityKey;
  /** Found without the index: whether it owes the slicing of a version that names the source. */
  readonly hint: HintRecord | 'owed' | 'committed';
  readonly source: EntityKey;
  /** Those of its joins that the source's change concerns. */
  readonly joins: readonly JoinRule[];
}

export interface IndexedParent extends PossibleParent {
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
  readonly named: readonly PossibleParent[];
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

/** Looks at the heads of parents many at a time, at a status where a head lags, and at each source once a plan. */
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
    // Only they can owe a slicing that nobody sees in their pins, but for one that is told below.
    const lagging = candidates.map(({ named }, index) => named.some(({ hint }) => isLagging(heads[index], hint)));
    const statuses = await this.#statusesOf(candidates, lagging);
    const judged = await Promise.all(
      candidates.map((candidate, index) => this.#judgeOne(candidate, heads[index], statuses[index])),
    );
    return this.#lookAgain(candidates, judged, lagging);
  }

  /**
   * One that would be cut off may have been refused by somebody who saw other sources, while its commit was on its way;
   * nobody but a fan-out would ever look for it.
   */
  async #lookAgain(
    candidates: readonly Candidate[],
    judged: readonly Judgement[],
    known: readonly boolean[],
  ): Promise<readonly Judgement[]> {
    const isCutOff = judged.map(({ verdict }, index) => verdict === 'cut_off' && !known[index]);
    if (!isCutOff.includes(true)) return judged;
    const statuses = await this.#statusesOf(candidates, isCutOff);
    return judged.map((judgement, index) => owedOf(candidates[index], statuses[index]) ?? judgement);
  }

  /** Read behind the heads: whoever settles in between has looked at its sources after its commit. */
  async #statusesOf(candidates: readonly Candidate[], isWanted: readonly boolean[]) {
    const keys = candidates.map(({ tenantId, entityKey }) => ({ kind: 'status', tenantId, entityKey }) as const);
    const found = await this.#context.store.batchGet(keys.filter((_, index) => isWanted[index]));
    const statuses = found.values();
    return isWanted.map((isRead) => (isRead ? statuses.next().value : undefined));
  }

  /** @param status only of one whose head lags behind an entry */
  async #judgeOne(
    candidate: Candidate,
    head: HeadRecord | undefined,
    status: StatusRecord | undefined,
  ): Promise<Judgement> {
    const { ruleSet } = candidate;
    const owed = owedOf(candidate, status);
    if (owed !== undefined) return owed;
    if (head === undefined) return { verdict: 'left_alone' };
    const supported = candidate.named.filter(({ source }) => joinsNaming(head, ruleSet, source).length > 0);
    if (supported.length === 0) return staleOrAhead(candidate, head);
    if (status !== undefined && head.version !== status.version) return { verdict: 'left_alone' };
    return this.#judgePins(candidate, head, supported);
  }

  async #judgePins(candidate: Candidate, head: HeadRecord, supported: readonly PossibleParent[]): Promise<Judgement> {
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

/** Its newest version, where that is owed. */
function owedOf(candidate: Candidate | undefined, status: StatusRecord | undefined): Judgement | undefined {
  if (candidate === undefined || status?.owed[formatRef(candidate.ruleSet.ref)] === undefined) return undefined;
  const types = candidate.ruleSet.slices.map((rule) => rule.type);
  const slices = types.map((sliceType) => ({
    ...keyOf(candidate, status.version, sliceType),
    because: 'owed' as const,
  }));
  return { verdict: 'kept', slices };
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
  const hints = named.flatMap(({ hint }) => (typeof hint === 'string' || isAhead(hint, head) ? [] : [hint]));
  return hints.length === 0 ? { verdict: 'left_alone' } : { verdict: 'stale', hints };
}

/** Whether its head is not what it will come to, as far as somebody has begun to say so. */
function isLagging(head: HeadRecord | undefined, hint: PossibleParent['hint']): boolean {
  return head === undefined || hint === 'owed' || (hint !== 'committed' && isAhead(hint, head));
}

function keyOf({ entityKey, ruleSet }: Candidate, version: number, sliceType: string) {
  return { entityKey, version, sliceType, ruleSetRef: formatRef(ruleSet.ref) };
}
