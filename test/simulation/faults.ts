import type { SlicewiseError } from '../../src/domain/errors.ts';
import { storeThrottled, storeTimeout, storeUnavailable } from '../../src/ports/store-errors.ts';
import type { StoreMethod } from '../support/wrap-store.ts';
import type { Dice, Weighted } from './random.ts';
import type { PayloadMethod } from './simulated-payloads.ts';

/** What a store call may meet. */
export type Fault =
  /** The client dies before the call reaches the store, or before it hears the answer. */
  | 'crash before'
  | 'crash after'
  /** Applied, and reported as a soft failure. */
  | 'lost answer'
  /** Soft failures of a call that was not applied. */
  | 'throttled'
  | 'unavailable'
  | 'timeout'
  /** No answer in time, and applied after that was told. */
  | 'late'
  /** Not applied, as if somebody else had been faster; calls that know no such answer are throttled. */
  | 'conflict'
  /** Applied twice; the second answer is heard. */
  | 'sent twice';

const FAULTS: readonly Weighted<Fault>[] = [
  { weight: 3, choice: 'crash before' },
  { weight: 3, choice: 'crash after' },
  { weight: 4, choice: 'lost answer' },
  { weight: 1, choice: 'throttled' },
  { weight: 1, choice: 'unavailable' },
  { weight: 1, choice: 'timeout' },
  { weight: 2, choice: 'late' },
  { weight: 1, choice: 'conflict' },
  { weight: 2, choice: 'sent twice' },
];

/** How fast clients get on: alike, or in bursts between which they stand still while others do all of their work. */
export type Pace = 'even' | 'standing still';

/** How long a call takes: mostly next to nothing, at times as long as much of another client's work. */
const DELAYS_MS: Readonly<Record<Pace, readonly Weighted<number>[]>> = {
  even: [
    { weight: 60, choice: 5 },
    { weight: 30, choice: 25 },
    { weight: 8, choice: 150 },
    { weight: 2, choice: 600 },
  ],
  'standing still': [
    { weight: 90, choice: 3 },
    { weight: 7, choice: 100 },
    { weight: 3, choice: 2000 },
  ],
};

/** What a run is up against, as far as it is chance. */
export interface Climate {
  /** The share of store calls that meet a fault. */
  readonly faultShare: number;
  readonly pace: Pace;
  /** How the calls begin, as traces show them, before which clients stand still again and again. */
  readonly slowCalls: readonly string[];
  readonly slowShare: number;
  /** The share of commits whose client dies right behind them. */
  readonly crashBehindCommitShare: number;
}

/** Between which two calls somebody stands still decides on a race; few at a time, so that theirs is met often. */
export const SLOW_CALLS: readonly string[] = [
  'get head brand',
  'get head product',
  'get raw',
  'get status brand',
  'get status product',
  'range hints',
  'putHints',
  'insert brand',
  'commit brand',
  'commit product',
  'updateStatus brand',
  'updateStatus product',
];
const SLOW_MS = 1500;

/** What each store call meets and how long it takes, from the seed and the call's own key. */
export class Weather {
  readonly #dice: Dice;
  readonly #climate: Climate;
  readonly #spared: ReadonlySet<string>;
  readonly #struck = new Set<string>();
  #isOver = false;

  /** @param spared keys of calls that meet no fault, whatever the seed says */
  constructor(dice: Dice, climate: Climate, spared: ReadonlySet<string>) {
    this.#dice = dice;
    this.#climate = climate;
    this.#spared = spared;
  }

  /** Keys of the calls that met a fault. */
  get struck(): readonly string[] {
    return [...this.#struck];
  }

  /** From now on nothing fails. */
  clear(): void {
    this.#isOver = true;
  }

  faultOf(callKey: string, method: StoreMethod | PayloadMethod): Fault | null {
    if (this.#isOver || this.#spared.has(callKey)) return null;
    const fault = this.#drawFault(callKey, method);
    if (fault !== null) this.#struck.add(callKey);
    return fault;
  }

  #drawFault(callKey: string, method: StoreMethod | PayloadMethod): Fault | null {
    const { faultShare, crashBehindCommitShare } = this.#climate;
    if (method === 'commit' && this.#dice.isHit(`behind ${callKey}`, crashBehindCommitShare)) return 'crash after';
    if (!this.#dice.isHit(`fault ${callKey}`, faultShare)) return null;
    return this.#dice.stream(`which fault ${callKey}`).pickWeighted(FAULTS);
  }

  /** @param call as a trace shows it */
  delayMsOf(callKey: string, call: string): number {
    const { pace, slowCalls, slowShare } = this.#climate;
    const chance = this.#dice.stream(`delay ${callKey}`);
    const delayMs = chance.integer(0, chance.pickWeighted(DELAYS_MS[pace]));
    const isSlow = !this.#isOver && slowCalls.some((slow) => call.startsWith(slow)) && chance.isHit(slowShare);
    return isSlow ? delayMs + chance.integer(0, SLOW_MS) : delayMs;
  }

  tieOf(callKey: string): number {
    return this.#dice.roll(`tie ${callKey}`);
  }

  isHit(key: string, probability: number): boolean {
    return this.#dice.isHit(key, probability);
  }
}

/** How each method says that somebody else was faster. */
export const CONFLICTS: Readonly<Partial<Record<StoreMethod, unknown>>> = {
  insert: 'conflict',
  updateStatus: 'conflict',
  updateIndexState: 'conflict',
  raiseGcEpoch: 'conflict',
  deleteSlice: 'kept',
  completeErasure: 'kept',
  writeTogether: 'refused',
  commit: { outcome: 'head_moved' },
};

/** What the caller hears of a call that failed softly; a lost answer sounds like no answer. */
export function softErrorOf(fault: Fault): SlicewiseError {
  const failure = { store: 'simulated', found: `a simulated fault (${fault})`, advice: 'Call again.' };
  if (fault === 'throttled' || fault === 'conflict') return storeThrottled(failure);
  return fault === 'unavailable' ? storeUnavailable(failure) : storeTimeout(failure);
}
