import { formatRef } from '../../../domain/contracts/contract-ref.ts';
import { type SlicewiseError, validationError } from '../../../domain/errors.ts';
import type { HintRecord } from '../../../domain/records.ts';
import type { RuntimeContext } from '../context.ts';
import { type IndexedParent, staleAmong } from './judge-parents.ts';
import type { JoinRange, JoinRanges } from './source-range.ts';

/** Parents whose heads are read together. */
const PARENTS_MAX = 100;

/**
 * Those that a source's index entries name under one rule set, at most as many as its joins allow. An entry that nothing
 * supports counts for nobody; heads are read only where there would be too many otherwise, and each of them once.
 */
export class BoundedParents {
  /** Entries that were found to be unsupported. */
  readonly staleHints: HintRecord[] = [];
  readonly #context: RuntimeContext;
  readonly #joined: JoinRanges;
  readonly #narrowest: JoinRange;
  readonly #parents: IndexedParent[] = [];
  /** So many of them, from the first, are known to be supported. */
  #supported = 0;

  /** @param joined the joins of the rule set on the source */
  constructor(context: RuntimeContext, joined: JoinRanges) {
    this.#context = context;
    this.#joined = joined;
    this.#narrowest = narrowestOf(joined);
  }

  get parents(): readonly IndexedParent[] {
    return this.#parents;
  }

  /** @returns why no more are to be read, if there are too many */
  async add(hint: HintRecord): Promise<SlicewiseError | null> {
    this.#parents.push(parentOf(hint, this.#joined));
    // So many at a time: a head for each entry would be a round trip for each.
    return this.#parents.length - this.#supported < PARENTS_MAX ? null : this.settle();
  }

  /** To be asked once all are added. @returns why they may not be followed, if there are too many */
  async settle(): Promise<SlicewiseError | null> {
    const { maxFanout } = this.#narrowest.join;
    while (this.#parents.length > maxFanout) {
      if (this.#supported > maxFanout) return tooLarge(this.#narrowest);
      await this.#judgeNext();
    }
    return null;
  }

  async #judgeNext(): Promise<void> {
    const next = this.#parents.slice(this.#supported, this.#supported + PARENTS_MAX);
    const stale = await staleAmong(this.#context, this.#narrowest.change.tenantId, next);
    const supported = next.filter((parent) => !stale.has(parent));
    this.#parents.splice(this.#supported, next.length, ...supported);
    this.#supported += supported.length;
    for (const { hint } of stale) this.staleHints.push(hint);
  }
}

function parentOf(hint: HintRecord, joined: JoinRanges): IndexedParent {
  const [{ ruleSet, change }] = joined;
  return { ruleSet, entityKey: hint.entityKey, hint, source: change.entityKey, joins: joined.map(({ join }) => join) };
}

/** @throws `fan_out.too_large` where so many parents are more than one of the joins allows */
export function assertFanOut(joined: JoinRanges, parents: number): void {
  const narrowest = narrowestOf(joined);
  if (parents > narrowest.join.maxFanout) throw tooLarge(narrowest);
}

function narrowestOf(joined: JoinRanges): JoinRange {
  return joined.reduce((least, range) => (range.join.maxFanout < least.join.maxFanout ? range : least));
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
