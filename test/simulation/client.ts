import { isRefusal, isSlicewiseError } from '../../src/domain/errors.ts';
import { createRuntime } from '../../src/flows/runtime/create-runtime.ts';
import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import type { PayloadStore } from '../../src/ports/payload-store.ts';
import type { Store } from '../../src/ports/store.ts';
import { ClientCrash, ClientLife } from './client-life.ts';
import type { Weather } from './faults.ts';
import type { MovingRegistry } from './moving-registry.ts';
import { performOperation, type Session, traitsOf } from './operations.ts';
import type { Oracle } from './oracle/oracle.ts';
import { TENANT } from './oracle/read-store.ts';
import type { Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';
import { Violation } from './violation.ts';
import type { Conditions, PlannedClient, PlannedOperation } from './workload.ts';

export interface ClientParts {
  readonly scheduler: Scheduler;
  readonly weather: Weather;
  readonly trace: Trace;
  readonly oracle: Oracle;
  readonly registry: MovingRegistry;
  /** The store as one process sees it. */
  readonly openStore: (life: ClientLife) => Store;
  /** The payload store as one process sees it. */
  readonly openPayloads: (life: ClientLife) => PayloadStore;
  readonly alterRuntime: (runtime: Runtime) => Runtime;
  readonly conditions: Conditions;
}

/** 2026-01-01; where simulated time begins. */
export const EPOCH_MS = Date.UTC(2026, 0, 1);
/** Short enough that a slow claim is taken over though its owner lives. */
export const CLAIM_TIMEOUT_MS = 400;
const RETRIES_MAX = 8;
/** How often a client whose process died does its operation again, instead of leaving it as it is. */
const TRIES_AGAIN_SHARE = 0.7;

type Ending = 'done' | 'again' | 'given up';

/** Does its operations one after the other; dies and starts anew as the seed says. */
export class Client {
  readonly #plan: PlannedClient;
  readonly #parts: ClientParts;
  #life: ClientLife;
  #runtime: Runtime | undefined;
  #memory: Session['memory'] = {};

  constructor(plan: PlannedClient, parts: ClientParts) {
    this.#plan = plan;
    this.#parts = parts;
    this.#life = new ClientLife(plan.name);
  }

  async run(): Promise<void> {
    for (const operation of this.#plan.operations) {
      this.#memory = {};
      let ending: Ending = 'again';
      for (let attempt = 1; ending === 'again'; attempt += 1) {
        ending = await this.#attempt(operation, attempt);
        if (attempt >= RETRIES_MAX && ending === 'again') ending = 'given up';
      }
      this.#tell(operation, ending);
    }
  }

  async #pause(operation: PlannedOperation, attempt: number): Promise<void> {
    const { scheduler, weather, conditions } = this.#parts;
    this.#life.begin({ operation: operation.id, attempt, sinceStep: scheduler.steps, ...traitsOf(operation) });
    await sleep(this.#life, this.#parts, conditions.pauseMs * weather.tieOf(`pause ${operation.id} ${attempt}`));
  }

  async #attempt(operation: PlannedOperation, attempt: number): Promise<Ending> {
    try {
      await this.#pause(operation, attempt);
      const { id, ...asked } = operation;
      const session = await this.#begin(operation, attempt);
      await this.#life.perform(() => performOperation(session, asked));
      return 'done';
    } catch (error) {
      return this.#endingOf(operation, attempt, error);
    }
  }

  async #begin(operation: PlannedOperation, attempt: number): Promise<Session> {
    const { scheduler, oracle, registry } = this.#parts;
    const sinceStep = scheduler.steps;
    this.#life.begin({ operation: operation.id, attempt, sinceStep, ...traitsOf(operation) });
    this.#tell(operation, attempt === 1 ? 'begins' : `attempt ${attempt}`);
    this.#runtime ??= await openClientRuntime(this.#life, this.#parts);
    const moveContract: Session['moveContract'] = (ref, status) =>
      registry.move({ ref, status, atStep: scheduler.steps });
    return { runtime: this.#runtime, oracle, sinceStep, memory: this.#memory, moveContract };
  }

  #endingOf(operation: PlannedOperation, attempt: number, error: unknown): Ending {
    if (error instanceof Violation) throw error;
    if (error instanceof ClientCrash || this.#life.isDead) return this.#restart(operation, attempt);
    if (isSlicewiseError(error)) this.#tell(operation, `${error.code}: ${error.message}`);
    if (isSlicewiseError(error) && error.retryable) return 'again';
    if (isRefusal(error) && (error.category !== 'InvariantViolation' || error.code === 'rawdata.content_conflict')) {
      return 'done';
    }
    throw new Violation('no call ends so', `${textOf(operation)}: ${String(error)}`);
  }

  /** A new process over the same store, which remembers nothing. */
  #restart(operation: PlannedOperation, attempt: number): Ending {
    const { weather } = this.#parts;
    this.#life = new ClientLife(this.#plan.name);
    this.#runtime = undefined;
    this.#memory = {};
    return weather.isHit(`again ${operation.id} ${attempt}`, TRIES_AGAIN_SHARE) ? 'again' : 'given up';
  }

  #tell(operation: PlannedOperation, happened: string): void {
    const { trace, scheduler } = this.#parts;
    trace.add({
      step: scheduler.steps,
      atMs: scheduler.nowMs,
      client: this.#plan.name,
      operation: operation.id,
      what: textOf(operation),
      happened,
    });
  }
}

function textOf({ id: _, call, ...particulars }: PlannedOperation): string {
  return `${call} ${JSON.stringify(particulars)}`;
}

/** A runtime whose calls, waits and clock are the scheduler's. */
export async function openClientRuntime(life: ClientLife, parts: ClientParts): Promise<Runtime> {
  const runtime = createRuntime({
    store: parts.openStore(life),
    payloadStore: parts.openPayloads(life),
    registry: parts.registry,
    clock: { now: () => EPOCH_MS + parts.scheduler.nowMs + life.errand.clockAheadMs },
    claimTimeoutMs: CLAIM_TIMEOUT_MS,
    retry: {
      maxAttempts: parts.conditions.maxAttempts,
      baseDelayMs: 10,
      maxDelayMs: 100,
      random: () => 1,
      wait: (delayMs) => sleep(life, parts, delayMs),
    },
  });
  await parts.scheduler.waitFor(loadModules(runtime));
  return parts.alterRuntime(runtime);
}

/** Modules are loaded by the event loop in its own time; afterwards every wait is the scheduler's. */
async function loadModules(runtime: Runtime): Promise<void> {
  try {
    await runtime.insertRawdata({ tenantId: TENANT, entityKey: 'nothing#1', version: 1, payload: {} });
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
  }
}

function sleep(life: ClientLife, { scheduler, weather }: ClientParts, longestMs: number): Promise<void> {
  const key = life.keyOf('sleep');
  const delayMs = Math.ceil(longestMs * weather.tieOf(`length of ${key}`));
  return life.waitFor<void>((answer) => {
    scheduler.put(delayMs, weather.tieOf(key), async () => answer());
  });
}
