import { createMemoryPayloadStore } from '../../src/adapters/memory/memory-payload-store.ts';
import { createMemoryStore } from '../../src/adapters/memory/memory-store.ts';
import type { Alteration } from './alteration.ts';
import { CLAIM_TIMEOUT_MS, Client, type ClientParts, EPOCH_MS, openClientRuntime } from './client.ts';
import { ClientLife } from './client-life.ts';
import { contractsOf } from './contract-models.ts';
import { Weather } from './faults.ts';
import { MovingRegistry } from './moving-registry.ts';
import { Oracle } from './oracle/oracle.ts';
import { TENANT } from './oracle/read-store.ts';
import { Dice } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { simulatedPayloads } from './simulated-payloads.ts';
import { simulatedStore } from './simulated-store.ts';
import { Trace, type TraceLine } from './trace.ts';
import { Violation } from './violation.ts';
import { drawWorkload, type Workload } from './workload.ts';
import { writingTogether } from './write-together.ts';

/** One run; plain JSON, so that it can be kept whatever seeds may come to mean. */
export interface Scenario {
  /** Decides who goes next and what fails. */
  readonly seed: number;
  readonly workload: Workload;
  /** Keys of calls that meet no fault, whatever the seed says. */
  readonly spared: readonly string[];
}

export function drawScenario(seed: number): Scenario {
  return { seed, workload: drawWorkload(new Dice(seed)), spared: [] };
}

export interface SeedRun {
  readonly scenario: Scenario;
  /** Store calls, or parts of calls. */
  readonly steps: number;
  readonly struck: readonly string[];
  readonly violation: Violation | null;
  readonly trace: readonly TraceLine[];
  readonly traceHash: string;
}

/** Runs a scenario to its end, or to the first law that it breaks. */
export async function runScenario(scenario: Scenario, alteration: Alteration = {}): Promise<SeedRun> {
  const run = new Run(scenario, alteration);
  const violation = await run.go();
  return {
    scenario,
    steps: run.scheduler.steps,
    struck: run.weather.struck,
    violation,
    trace: run.trace.lines,
    traceHash: run.trace.hash(),
  };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

class Run {
  readonly scheduler = new Scheduler();
  readonly trace = new Trace();
  readonly weather: Weather;
  readonly #workload: Workload;
  readonly #parts: ClientParts;
  readonly #oracle: Oracle;
  #violation: Violation | null = null;

  constructor({ seed, workload, spared }: Scenario, alteration: Alteration) {
    const { scheduler, trace } = this;
    const dice = new Dice(seed);
    const { conditions } = workload;
    const contracts = contractsOf(workload.contracts);
    const clock = { now: () => EPOCH_MS + scheduler.nowMs };
    const plain = { store: createMemoryStore(), payloads: createMemoryPayloadStore({ clock }) };
    const { store, payloads } = alteration.alterInner?.(plain) ?? plain;
    const inner = conditions.isWritingTogether ? writingTogether(store) : store;
    const registry = new MovingRegistry(contracts.documents);
    const oracle = new Oracle({ store: inner, payloads }, contracts, registry.moves);
    this.weather = new Weather(dice, conditions, new Set(spared));
    this.#workload = workload;
    this.#oracle = oracle;
    const { weather } = this;
    const afterStep = (step: Parameters<Oracle['afterStep']>[0]) => oracle.afterStep(step, scheduler.steps);
    const afterPayloadStep = (step: Parameters<Oracle['afterPayloadStep']>[0]) => oracle.afterPayloadStep(step);
    const payloadParts = { inner: payloads, scheduler, weather, trace, afterPayloadStep };
    const storeParts = { inner, scheduler, weather, trace, afterStep };
    this.#parts = {
      scheduler,
      weather,
      trace,
      oracle,
      registry,
      openStore: (life) =>
        alteration.alterStore?.(simulatedStore(storeParts, life)) ?? simulatedStore(storeParts, life),
      openPayloads: (life) => simulatedPayloads(payloadParts, life),
      alterRuntime: alteration.alterRuntime ?? ((runtime) => runtime),
      conditions,
    };
  }

  async go(): Promise<Violation | null> {
    await this.#all(this.#workload.clients.map((plan) => new Client(plan, this.#parts).run()));
    if (this.#violation === null) await this.#all([this.#resumeWithoutFaults()]);
    if (this.#violation === null) await this.#watch(this.#oracle.checkFinally(this.scheduler.steps));
    return this.#violation;
  }

  /** Lets them work until all are done, and what is still on its way has landed. */
  async #all(clients: readonly Promise<void>[]): Promise<void> {
    let done = 0;
    const watched = clients.map((client) => this.#watch(client).then(() => (done += 1)));
    await this.#watch(this.scheduler.run(() => this.#violation !== null));
    if (this.#violation === null && done < watched.length) {
      this.#violation = new Violation('progress', 'a client waits for something that is not a store call');
    }
  }

  /** What crashes and refusals have left is paid by one more client, when all claims have grown old. */
  async #resumeWithoutFaults(): Promise<void> {
    this.weather.clear();
    this.scheduler.skip(2 * CLAIM_TIMEOUT_MS);
    const life = new ClientLife('last');
    life.begin({
      operation: 'resume',
      attempt: 1,
      sinceStep: this.scheduler.steps,
      readsOnly: false,
      lists: true,
      clockAheadMs: 0,
    });
    const runtime = await openClientRuntime(life, this.#parts);
    await runtime.resume({ tenantId: TENANT });
  }

  async #watch(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#violation ??= error instanceof Violation ? error : new Violation('the simulation runs', stackOf(error));
    }
  }
}
