import type { ContentHash } from '../../domain/canonical/hash.ts';
import type { CompiledRuleSet, CompiledSchema } from '../../domain/contracts/compiled-contracts.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { contractError } from '../../domain/errors.ts';
import type { Store } from '../../ports/store.ts';
import { bindingOf, snapshotOf } from './recorded-contracts.ts';

type BoundContract = CompiledSchema | CompiledRuleSet;

/** Which contracts a store is known to have recorded, each under its ref; recorded once a process. */
export class ContractBindings {
  readonly #store: Store;
  readonly #timestamp: () => string;
  readonly #bound = new WeakSet<BoundContract>();
  /** By contract: calls that start together, as those of a batch do, wait for one recording. */
  readonly #underWay = new Map<BoundContract, Promise<void>>();

  constructor({ store, timestamp }: { readonly store: Store; readonly timestamp: () => string }) {
    this.#store = store;
    this.#timestamp = timestamp;
  }

  /** @returns `undefined` where all of them are known to be recorded. @throws `contract.content_changed` */
  bind(contracts: readonly BoundContract[]): Promise<void> | undefined {
    const unbound = contracts.filter((contract) => !this.#bound.has(contract));
    return unbound.length === 0 ? undefined : this.#bindAll(unbound);
  }

  async #bindAll(unbound: readonly BoundContract[]): Promise<void> {
    const fresh = unbound.filter((contract) => !this.#underWay.has(contract));
    if (fresh.length > 0) {
      const recording = this.#record(fresh).finally(() => {
        for (const contract of fresh) this.#underWay.delete(contract);
      });
      for (const contract of fresh) this.#underWay.set(contract, recording);
    }
    try {
      await Promise.all(new Set(unbound.map((contract) => this.#underWay.get(contract))));
    } catch {
      // It may have been about a contract that only another call is bound to.
      await this.#record(unbound.filter((contract) => !this.#bound.has(contract)));
    }
  }

  async #record(unbound: readonly BoundContract[]): Promise<void> {
    const recordedAt = this.#timestamp();
    // Snapshots first: a binding never names content that is not there.
    await this.#store.putOnce(unbound.map((contract) => snapshotOf(contract, recordedAt)));
    const outcomes = await this.#store.putOnce(unbound.map((contract) => bindingOf(contract, recordedAt)));
    unbound.forEach((contract, index) => {
      const outcome = outcomes[index];
      if (outcome?.outcome === 'exists' && outcome.contentHash !== contract.contentHash)
        throw contentChanged(contract, outcome.contentHash, this.#store.name);
      this.#bound.add(contract);
    });
  }
}

function contentChanged(contract: BoundContract, recorded: ContentHash, storeName: string) {
  const ref = formatRef(contract.ref);
  return contractError(
    'contract.content_changed',
    `${contract.kind} ${ref}: expected the content that ${storeName} first used (${recorded}), found other content ` +
      `(${contract.contentHash}). A published version never changes but in its status: publish it under a new version.`,
    { kind: contract.kind, ref, recordedHash: recorded, foundHash: contract.contentHash },
  );
}
