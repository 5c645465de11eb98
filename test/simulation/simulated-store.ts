import type { Store } from '../../src/ports/store.ts';
import { type StoreMethod, wrapStore } from '../support/wrap-store.ts';
import { ClientCrash, type ClientLife, type Errand } from './client-life.ts';
import { describeAnswer, describeCall, isWrite, joinAnswers, partsOf } from './describe-call.ts';
import { CONFLICTS, type Fault, softErrorOf, type Weather } from './faults.ts';
import type { Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';

/** One store call, or a part of one, that reached the store. */
export interface StoreStep {
  readonly client: string;
  /** What the call was made for; what it answers may come too late for that. */
  readonly errand: Errand;
  readonly method: StoreMethod;
  readonly args: readonly unknown[];
  readonly answer: unknown;
}

export interface SimulatedStoreParts {
  readonly inner: Store;
  readonly scheduler: Scheduler;
  readonly weather: Weather;
  readonly trace: Trace;
  /** Looks at the store after each step, before anybody goes on. */
  readonly afterStep: (step: StoreStep) => Promise<void>;
}

/** How often a call of several records is taken record by record, others in between. */
const APART_SHARE = 0.5;
/** How often a write that was under way lands though its client has died meanwhile. */
const LANDS_LATE_SHARE = 0.3;

/** The store as one client sees it: every call waits until the scheduler picks it, and may meet a fault. */
export function simulatedStore(parts: SimulatedStoreParts, life: ClientLife): Store {
  return wrapStore(parts.inner, (method, args) => new SimulatedCall(parts, life, method, args).run());
}

class SimulatedCall {
  readonly #parts: SimulatedStoreParts;
  readonly #life: ClientLife;
  readonly #errand: Errand;
  readonly #method: StoreMethod;
  readonly #args: readonly unknown[];
  readonly #key: string;

  constructor(parts: SimulatedStoreParts, life: ClientLife, method: StoreMethod, args: readonly unknown[]) {
    this.#parts = parts;
    this.#life = life;
    this.#errand = life.errand;
    this.#method = method;
    this.#args = args;
    this.#key = life.keyOf(describeCall(method, args));
  }

  async run(): Promise<unknown> {
    const { weather } = this.#parts;
    const isApart = weather.isHit(`apart ${this.#key}`, APART_SHARE);
    const calls = isApart ? partsOf(this.#method, this.#args) : [this.#args];
    const fault = weather.faultOf(this.#key, this.#method);
    const faultAt = fault === null ? -1 : Math.floor(weather.tieOf(`fault at ${this.#key}`) * calls.length);
    const answers: unknown[] = [];
    for (const [index, args] of calls.entries()) {
      answers.push(await this.#take(args, `${this.#key}/${index}`, index === faultAt ? fault : null));
    }
    return joinAnswers(this.#method, answers);
  }

  #take(args: readonly unknown[], key: string, fault: Fault | null): Promise<unknown> {
    const { scheduler, weather } = this.#parts;
    return this.#life.waitFor((answer, fail) => {
      scheduler.put(weather.delayMsOf(key, describeCall(this.#method, args)), weather.tieOf(key), async () => {
        if (this.#life.isDead) return this.#landLate(args, key);
        const outcome = await this.#meet(args, key, fault);
        if ('failure' in outcome) fail(outcome.failure);
        else answer(outcome.answer);
      });
    });
  }

  async #meet(
    args: readonly unknown[],
    key: string,
    fault: Fault | null,
  ): Promise<{ readonly answer: unknown } | { readonly failure: unknown }> {
    switch (fault) {
      case null:
        return { answer: await this.#apply(args, '') };
      case 'sent twice':
        await this.#apply(args, ' (sent twice)');
        return { answer: await this.#apply(args, ' (the second time)') };
      case 'lost answer':
        await this.#apply(args, ' (the answer is lost)');
        return { failure: softErrorOf(fault) };
      case 'late':
        this.#tell(args, 'no answer in time');
        if (isWrite(this.#method)) this.#applyLater(args, `${key} late`);
        return { failure: softErrorOf(fault) };
      case 'conflict':
        this.#tell(args, 'a conflict with nobody, not applied');
        return this.#method in CONFLICTS ? { answer: CONFLICTS[this.#method] } : { failure: softErrorOf(fault) };
      case 'crash after':
        await this.#apply(args, ' (the client dies before it hears that)');
        return this.#crash();
      case 'crash before':
        this.#tell(args, 'the client dies before');
        return this.#crash();
      default:
        this.#tell(args, `${fault}, not applied`);
        return { failure: softErrorOf(fault) };
    }
  }

  #crash(): { readonly failure: unknown } {
    this.#life.die();
    return { failure: new ClientCrash(`${this.#life.client} is dead`) };
  }

  #applyLater(args: readonly unknown[], key: string): void {
    const { scheduler, weather } = this.#parts;
    scheduler.put(weather.delayMsOf(key, describeCall(this.#method, args)), weather.tieOf(key), async () => {
      await this.#apply(args, ' (late)');
    });
  }

  /** A request that was sent before its client died may still arrive. */
  async #landLate(args: readonly unknown[], key: string): Promise<void> {
    if (!isWrite(this.#method) || !this.#parts.weather.isHit(`late ${key}`, LANDS_LATE_SHARE)) return;
    await this.#apply(args, ' (its client is dead)');
  }

  async #apply(args: readonly unknown[], remark: string): Promise<unknown> {
    const { inner, afterStep } = this.#parts;
    // The method and its arguments came in together.
    const call = inner[this.#method] as (...args: readonly unknown[]) => Promise<unknown>;
    const answer = await Reflect.apply(call, inner, args);
    this.#tell(args, `${describeAnswer(this.#method, answer)}${remark}`);
    await afterStep({ client: this.#life.client, errand: this.#errand, method: this.#method, args, answer });
    return answer;
  }

  #tell(args: readonly unknown[], happened: string): void {
    const { scheduler, trace } = this.#parts;
    const what = describeCall(this.#method, args);
    const step = scheduler.step();
    const { client } = this.#life;
    trace.add({ step, atMs: scheduler.nowMs, client, operation: this.#errand.operation, what, happened });
  }
}
