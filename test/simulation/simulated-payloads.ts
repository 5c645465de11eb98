import type { PayloadLocation } from '../../src/domain/records.ts';
import type { PayloadQuery, PayloadStore } from '../../src/ports/payload-store.ts';
import { ClientCrash, type ClientLife, type Errand } from './client-life.ts';
import { type Fault, softErrorOf, type Weather } from './faults.ts';
import type { Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';

/** One call that reached the payload store. */
export interface PayloadStep {
  readonly client: string;
  readonly errand: Errand;
  readonly method: PayloadMethod;
  /** Whose payloads they are. */
  readonly entityKey: string;
}

export type PayloadMethod = 'put' | 'get' | 'list' | 'delete';

export interface SimulatedPayloadsParts {
  readonly inner: PayloadStore;
  readonly scheduler: Scheduler;
  readonly weather: Weather;
  readonly trace: Trace;
  /** Looks at the stores after each step, before anybody goes on. */
  readonly afterPayloadStep: (step: PayloadStep) => Promise<void>;
}

/** As for the store: how often a write that was under way lands though its client has died meanwhile. */
const LANDS_LATE_SHARE = 0.3;

/** The payload store as one client sees it: every call waits until the scheduler picks it, and may meet a fault. */
export function simulatedPayloads(parts: SimulatedPayloadsParts, life: ClientLife): PayloadStore {
  const { inner } = parts;
  const call = <Answer>(method: PayloadMethod, about: PayloadLocation | PayloadQuery, apply: () => Promise<Answer>) =>
    new PayloadCall(parts, life, { method, about, apply }).run();
  return {
    name: inner.name,
    put: (location, bytes) => call('put', location, () => inner.put(location, bytes)),
    get: (location) => call('get', location, () => inner.get(location)),
    list: (query) => call('list', query, () => inner.list(query)),
    delete: (location) => call('delete', location, () => inner.delete(location)),
  };
}

interface Asked<Answer> {
  readonly method: PayloadMethod;
  readonly about: PayloadLocation | PayloadQuery;
  readonly apply: () => Promise<Answer>;
}

class PayloadCall<Answer> {
  readonly #parts: SimulatedPayloadsParts;
  readonly #life: ClientLife;
  readonly #errand: Errand;
  readonly #asked: Asked<Answer>;
  readonly #what: string;
  readonly #key: string;

  constructor(parts: SimulatedPayloadsParts, life: ClientLife, asked: Asked<Answer>) {
    this.#parts = parts;
    this.#life = life;
    this.#errand = life.errand;
    this.#asked = asked;
    this.#what = `payload ${asked.method} ${nameOf(asked.about)}`;
    this.#key = life.keyOf(this.#what);
  }

  run(): Promise<Answer> {
    const { weather } = this.#parts;
    const fault = weather.faultOf(this.#key, this.#asked.method);
    return this.#life.waitFor<Answer>((answer, fail) => {
      this.#later(this.#key, async () => {
        if (this.#life.isDead) return this.#landLate();
        const outcome = await this.#meet(fault);
        if ('failure' in outcome) fail(outcome.failure);
        else answer(outcome.answer);
      });
    });
  }

  async #meet(fault: Fault | null): Promise<{ readonly answer: Answer } | { readonly failure: unknown }> {
    switch (fault) {
      case null:
        return { answer: await this.#apply('') };
      case 'sent twice':
        await this.#apply(' (sent twice)');
        return { answer: await this.#apply(' (the second time)') };
      case 'lost answer':
        await this.#apply(' (the answer is lost)');
        return { failure: softErrorOf(fault) };
      case 'late':
        this.#tell('no answer in time');
        if (this.#isWrite) this.#later(`${this.#key} late`, () => this.#apply(' (late)'));
        return { failure: softErrorOf(fault) };
      case 'crash after':
        await this.#apply(' (the client dies before it hears that)');
        return this.#crash();
      case 'crash before':
        this.#tell('the client dies before');
        return this.#crash();
      default:
        this.#tell(`${fault}, not applied`);
        return { failure: softErrorOf(fault) };
    }
  }

  get #isWrite(): boolean {
    return this.#asked.method === 'put' || this.#asked.method === 'delete';
  }

  #crash(): { readonly failure: unknown } {
    this.#life.die();
    return { failure: new ClientCrash(`${this.#life.client} is dead`) };
  }

  async #landLate(): Promise<void> {
    const isLanding = this.#isWrite && this.#parts.weather.isHit(`late ${this.#key}`, LANDS_LATE_SHARE);
    if (isLanding) await this.#apply(' (its client is dead)');
  }

  #later(key: string, run: () => Promise<unknown>): void {
    const { scheduler, weather } = this.#parts;
    scheduler.put(weather.delayMsOf(key, this.#what), weather.tieOf(key), async () => {
      await run();
    });
  }

  async #apply(remark: string): Promise<Answer> {
    const { method, about, apply } = this.#asked;
    const answer = await apply();
    this.#tell(`done${remark}`);
    const { entityKey } = about;
    await this.#parts.afterPayloadStep({ client: this.#life.client, errand: this.#errand, method, entityKey });
    return answer;
  }

  #tell(happened: string): void {
    const { scheduler, trace } = this.#parts;
    const step = scheduler.step();
    const { client } = this.#life;
    const { operation } = this.#errand;
    trace.add({ step, atMs: scheduler.nowMs, client, operation, what: this.#what, happened });
  }
}

function nameOf(about: PayloadLocation | PayloadQuery): string {
  if (!('rawHash' in about)) return about.entityKey;
  const { entityKey, rawHash, generation } = about;
  return `${entityKey} ${rawHash.slice('sha256:'.length, 'sha256:'.length + 6)}.${generation}`;
}
