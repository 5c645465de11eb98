import { formatRef } from '../../../domain/contracts/contract-ref.ts';
import { type SlicewiseError, validationError } from '../../../domain/errors.ts';
import type { HintRecord } from '../../../domain/records.ts';
import type { RuntimeContext } from '../context.ts';
import { type IndexedParent, PARENTS_MAX, supportOf } from './judge-parents.ts';
import type { JoinRange, JoinRanges } from './source-range.ts';

/**
 * Those that a source's index entries name under one rule set, under each join at most as many as that allows. An entry
 * that nothing supports counts for nobody; heads are read only where there would be too many otherwise, each of them once.
 */
export class BoundedParents {
  /** Entries that were found to be unsupported. */
  readonly staleHints: HintRecord[] = [];
  readonly #context: RuntimeContext;
  readonly #joined: JoinRanges;
  readonly #bound: FanOutBound;
  readonly #parents: IndexedParent[] = [];
  /** So many of them, from the first, are known to be supported. */
  #supported = 0;
  #refusal: SlicewiseError | null = null;

  /** @param joined the joins of the rule set on the source */
  constructor(context: RuntimeContext, joined: JoinRanges) {
    this.#context = context;
    this.#joined = joined;
    this.#bound = new FanOutBound(joined);
  }

  /** Those that may be followed; none where there are too many. */
  get parents(): readonly IndexedParent[] {
    return this.#refusal === null ? this.#parents : [];
  }

  /** Why they may not be followed, if there are too many: then no more are to be read. */
  get refusal(): SlicewiseError | null {
    return this.#refusal;
  }

  async add(hint: HintRecord): Promise<void> {
    if (this.#refusal !== null) return;
    this.#parents.push(parentOf(hint, this.#joined));
    // So many at a time: a head for each entry would be a round trip for each.
    if (this.#unjudged >= PARENTS_MAX) await this.settle();
  }

  /** To be called once all are added. */
  async settle(): Promise<void> {
    while (this.#refusal === null && this.#bound.exceededBy(this.#unjudged) !== null) {
      this.#refusal = this.#bound.refusal;
      if (this.#refusal === null) await this.#judgeNext();
    }
  }

  get #unjudged(): number {
    return this.#parents.length - this.#supported;
  }

  async #judgeNext(): Promise<void> {
    const next = this.#parents.slice(this.#supported, this.#supported + PARENTS_MAX);
    const support = await supportOf(this.#context, this.#joined[0].change.tenantId, next);
    const supported = next.filter((_, index) => support[index] === 'ahead' || support[index]?.length !== 0);
    for (const joins of support) this.#bound.count(joins);
    for (const parent of next) if (!supported.includes(parent)) this.staleHints.push(parent.hint);
    this.#parents.splice(this.#supported, next.length, ...supported);
    this.#supported += supported.length;
  }
}

/** How many parents each join of a rule set on one source has, against its `maxFanout`. */
export class FanOutBound {
  readonly #joined: JoinRanges;
  readonly #counts = new Map<string, number>();

  constructor(joined: JoinRanges) {
    this.#joined = joined;
  }

  /** @param joins those under which a parent names the source; `ahead`: one of them, but not which, so the widest */
  count(joins: readonly { readonly name: string }[] | 'ahead'): void {
    for (const { name } of joins === 'ahead' ? [this.#widest().join] : joins) {
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    }
  }

  /** The join that has too many parents, if so many more are its own; else `null`. */
  exceededBy(more: number): JoinRange | null {
    return this.#joined.find(({ join }) => (this.#counts.get(join.name) ?? 0) + more > join.maxFanout) ?? null;
  }

  /** `fan_out.too_large`, if a join has too many parents. */
  get refusal(): SlicewiseError | null {
    const exceeded = this.exceededBy(0);
    return exceeded === null ? null : tooLarge(exceeded);
  }

  #widest(): JoinRange {
    return this.#joined.reduce((most, range) => (range.join.maxFanout > most.join.maxFanout ? range : most));
  }
}

function parentOf(hint: HintRecord, joined: JoinRanges): IndexedParent {
  const [{ ruleSet, change }] = joined;
  return { ruleSet, entityKey: hint.entityKey, hint, source: change.entityKey, joins: joined.map(({ join }) => join) };
}

function tooLarge({ join, ruleSet, change }: JoinRange): SlicewiseError {
  return validationError(
    'fan_out.too_large',
    `${change.entityKey}, join ${join.name} of RuleSet ${formatRef(ruleSet.ref)}: expected at most ${join.maxFanout} ` +
      'parents, as its maxFanout says, found more. They stay owed: raise `maxFanout` in a new version of the rule set, ' +
      'slice them under it, and archive this one.',
    { entityKey: change.entityKey, join: join.name, ruleSetRef: formatRef(ruleSet.ref), maxFanout: join.maxFanout },
  );
}
