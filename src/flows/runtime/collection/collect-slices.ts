import { type ContractRef, formatRef } from '../../../domain/contracts/contract-ref.ts';
import type { EntityAddress, HeadRecord, StoredSliceSummary } from '../../../domain/records.ts';
import { ensureNotAborted, type RuntimeContext } from '../context.ts';
import { pagesOf } from '../range-pages.ts';
import { type CollectionRules, collectEntities } from './collect-entities.ts';
import type { CollectInput, CollectOptions, CollectSlicesResult } from './collection-calls.ts';
import { releaseEntries } from './release-entries.ts';
import { unreferencedAmong } from './slice-references.ts';

/** Slices, without their payloads, that are judged together. */
const PAGE_LIMIT = 1_000;

type SliceCounts = Omit<CollectSlicesResult, 'entities' | 'cursor'>;

/**
 * Deletes the slices that no manifest names: what attempts left behind that never committed. May run at any time,
 * beside writers and other collections (design: collection).
 */
export function collectSlices(
  context: RuntimeContext,
  input: CollectInput,
  options?: CollectOptions<CollectSlicesResult>,
): Promise<CollectSlicesResult> {
  const collection = {
    what: 'slices',
    nothing: { examined: 0, referenced: 0, young: 0, collected: 0, left: 0 },
    collect: (address: EntityAddress, rules: CollectionRules, signal: AbortSignal | undefined) =>
      new EntitySlices(context, address, rules).collect(signal),
  } as const;
  return collectEntities(context, input, collection, options);
}

/** One entity's slices under all its rule sets. */
class EntitySlices {
  readonly #context: RuntimeContext;
  readonly #address: EntityAddress;
  readonly #rules: CollectionRules;
  /** Rule set → the epoch below which slices may go, or that another is collecting. */
  readonly #raised = new Map<string, number | 'taken'>();
  readonly #counts = { examined: 0, referenced: 0, young: 0, collected: 0, left: 0 };

  constructor(context: RuntimeContext, address: EntityAddress, rules: CollectionRules) {
    this.#context = context;
    this.#address = address;
    this.#rules = rules;
  }

  async collect(signal: AbortSignal | undefined): Promise<SliceCounts & Record<string, number>> {
    const query = { range: 'slices', ...this.#address, limit: PAGE_LIMIT } as const;
    for await (const page of pagesOf(this.#context, query, signal)) {
      this.#counts.examined += page.length;
      for (const [ruleSet, slices] of byRuleSet(page)) await this.#collectUnder(ruleSet, slices, signal);
    }
    return this.#counts;
  }

  async #collectUnder(ruleSet: ContractRef, slices: readonly StoredSliceSummary[], signal: AbortSignal | undefined) {
    const { tenantId, entityKey } = this.#address;
    const address = { tenantId, entityKey, ruleSet };
    const [head] = await this.#context.store.batchGet([{ kind: 'head', ...address }]);
    // Without a head nothing was ever committed, and nothing would stop an attempt that is under way from it.
    if (head === undefined) {
      this.#counts.left += slices.length;
      return;
    }
    const orphans = await unreferencedAmong(this.#context, address, slices, signal);
    const old = orphans.filter(({ slicedAt }) => slicedAt < this.#rules.storedBefore);
    this.#counts.referenced += slices.length - orphans.length;
    this.#counts.young += orphans.length - old.length;
    if (this.#rules.isDryRun) this.#counts.collected += old.length;
    else if (old.length > 0) await this.#deleteUnreferenced(head, old, signal);
  }

  /**
   * First the epoch, then the references: an attempt that read the epoch before loses its commit and puts its slices
   * again, with the new one; what was committed before is seen. The entries of a slice go before it, which tells where
   * they are.
   */
  async #deleteUnreferenced(head: HeadRecord, old: readonly StoredSliceSummary[], signal: AbortSignal | undefined) {
    const belowEpoch = await this.#raise(head);
    if (belowEpoch === 'taken') {
      this.#counts.left += old.length;
      return;
    }
    const orphans = await unreferencedAmong(this.#context, head, old, signal);
    this.#counts.referenced += old.length - orphans.length;
    for (const slice of orphans) {
      ensureNotAborted(signal);
      const outcome = await this.#deleteSlice(slice, belowEpoch, signal);
      if (outcome === 'deleted') this.#counts.collected += 1;
      else this.#counts.left += 1;
    }
  }

  async #deleteSlice(slice: StoredSliceSummary, belowEpoch: number, signal: AbortSignal | undefined) {
    const entries = await releaseEntries(this.#context, slice, signal);
    return entries === 'awaited' ? 'kept' : this.#context.store.deleteSlice({ kind: 'slice', ...slice }, belowEpoch);
  }

  /** Once for all of a rule set's pages. */
  async #raise(head: HeadRecord): Promise<number | 'taken'> {
    const ref = formatRef(head.ruleSet);
    const known = this.#raised.get(ref);
    if (known !== undefined) return known;
    const outcome = await this.#context.store.raiseGcEpoch(head, head.gcEpoch);
    const belowEpoch = outcome === 'raised' ? head.gcEpoch + 1 : 'taken';
    this.#raised.set(ref, belowEpoch);
    return belowEpoch;
  }
}

/** Slices come by rule set. */
function byRuleSet(slices: readonly StoredSliceSummary[]): readonly (readonly [ContractRef, StoredSliceSummary[]])[] {
  const groups = new Map<string, [ContractRef, StoredSliceSummary[]]>();
  for (const slice of slices) {
    const group = groups.get(formatRef(slice.ruleSet));
    if (group === undefined) groups.set(formatRef(slice.ruleSet), [slice.ruleSet, [slice]]);
    else group[1].push(slice);
  }
  return [...groups.values()];
}
