import type { SlicewiseError } from '../../src/domain/errors.ts';
import type { HintRecord } from '../../src/domain/records.ts';
import type { OnceRecord, Store } from '../../src/ports/store.ts';
import { storeThrottled, storeTimeout, storeUnavailable } from '../../src/ports/store-errors.ts';
import { type StoreMethod, wrapStore } from './wrap-store.ts';

/**
 * A store that fails on purpose, for the law suites: "whatever call fails, however much of it was applied, the same
 * work again ends in the same state".
 *
 *     const inner = createMemoryStore();
 *     const store = faultyStore(inner, [{ call: 3, applied: 'part', ends: 'crash' }]);
 *     await assert.rejects(work(store));            // dies in its third call
 *     await work(faultyStore(inner, []));           // a restart: another wrapper around the same inner store
 *
 * To inject a fault at every call of some work, run it once without faults, read `store.callCount`, then run it
 * against fresh stores with `call` from 1 to that. Calls are counted from 1, over all methods, in the order in which
 * they are made; `close` is not counted and never fails.
 */
export interface Fault {
  /** Which call fails. */
  readonly call: number;
  /**
   * How much of it the inner store applied: `nothing`; `all` (a lost acknowledgement); or `part`: of the several
   * records of putOnce and putHints the first half, which the port allows. For any other call `part` is `nothing`.
   */
  readonly applied: 'nothing' | 'part' | 'all';
  /**
   * `reject`: the call rejects with the soft `error`, later ones work. `crash`: it rejects with a `SimulatedCrash`,
   * as does every later call and every one that is under way, whatever the inner store did with it.
   */
  readonly ends: 'reject' | 'crash';
  /** Default `unavailable`. */
  readonly error?: SoftFault;
}

export type SoftFault = 'unavailable' | 'timeout' | 'throttled';

/** Not a `SlicewiseError`: nothing may catch it and go on. */
export class SimulatedCrash extends Error {
  override readonly name = 'SimulatedCrash';
}

export interface FaultyStore extends Store {
  /** Calls so far, failed ones too. */
  readonly callCount: number;
  readonly hasCrashed: boolean;
  /** Faults that struck; a test that injects one can check that it was met. */
  readonly struck: readonly Fault[];
}

export function faultyStore(inner: Store, plan: readonly Fault[]): FaultyStore {
  let callCount = 0;
  let hasCrashed = false;
  const struck: Fault[] = [];
  const store = wrapStore(inner, async (method, args, call) => {
    callCount += 1;
    const number = callCount;
    if (hasCrashed) throw new SimulatedCrash(`call ${number}, ${method}: the store crashed before`);
    const fault = plan.find((candidate) => candidate.call === number);
    if (!fault) {
      const outcome = await call();
      if (hasCrashed) throw new SimulatedCrash(`call ${number}, ${method}: the store crashed meanwhile`);
      return outcome;
    }
    struck.push(fault);
    if (fault.ends === 'crash') hasCrashed = true;
    if (fault.applied === 'all') await call();
    if (fault.applied === 'part') await applyFirstHalf(inner, method, args);
    throw fault.ends === 'crash' ? new SimulatedCrash(`call ${number}, ${method}`) : softError(fault, inner.name);
  });
  return Object.defineProperties(store, {
    callCount: { get: () => callCount },
    hasCrashed: { get: () => hasCrashed },
    struck: { get: () => struck },
    // The three properties are the ones just defined.
  }) as FaultyStore;
}

async function applyFirstHalf(inner: Store, method: StoreMethod, args: readonly unknown[]): Promise<void> {
  // The first argument of these two methods is their list of records.
  if (method === 'putOnce') await inner.putOnce(firstHalf(args[0] as readonly OnceRecord[]));
  if (method === 'putHints') await inner.putHints(firstHalf(args[0] as readonly HintRecord[]));
}

function firstHalf<Item>(items: readonly Item[]): readonly Item[] {
  return items.slice(0, Math.floor(items.length / 2));
}

function softError({ error = 'unavailable', call }: Fault, store: string): SlicewiseError {
  const failure = { store, found: `an injected fault at call ${call}`, advice: 'Call again.' };
  switch (error) {
    case 'unavailable':
      return storeUnavailable(failure);
    case 'timeout':
      return storeTimeout(failure);
    case 'throttled':
      return storeThrottled(failure);
  }
}
