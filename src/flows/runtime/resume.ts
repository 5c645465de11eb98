import { randomUUID } from 'node:crypto';
import { type ContractRefText, parseRef } from '../../domain/contracts/contract-ref.ts';
import { slicingTraceIdOf } from '../../domain/decision-trace.ts';
import { hasCode, isRefusal } from '../../domain/errors.ts';
import { type EntityKey, parseTenantId, type TenantId } from '../../domain/identity.ts';
import { OWING_STATES, owesFanOut, statusAfterClaim, statusAfterDrop } from '../../domain/pipeline-state.ts';
import type { PipelineState, StatusRecord } from '../../domain/records.ts';
import { backOff } from '../retry.ts';
import { type BatchWork, runBatch } from './batch.ts';
import { ensureNotAborted, type RuntimeContext, timestamp } from './context.ts';
import { fanOutOwed } from './fan-out/fan-out-owed.ts';
import { followNewest } from './follow-newest.ts';
import { parseOneOf, parseText } from './parse-input.ts';
import type { BatchOptions, ResumeInput, ResumeOptions, ResumeResult } from './runtime.ts';

type DebtOutcome = Exclude<keyof ResumeResult, 'entities' | 'owed' | FanOutCount>;
type FanOutCount = 'fannedOut' | 'fanOutOwed';

const PAGE_LIMIT = 100;

/** Finishes what is owed, many entities at once; several resumes may run, each takes what it has claimed. */
export async function resume(
  context: RuntimeContext,
  input: ResumeInput,
  options: ResumeOptions = {},
): Promise<ResumeResult> {
  const query = { tenantId: parseTenantId(input.tenantId), prefix: parseText('prefix', input.prefix ?? '') };
  const refused = parseOneOf('refused', input.refused ?? 'leave', ['leave', 'retry']);
  const run = new ResumeRun(context, options);
  const visited = new Set<EntityKey>();
  for (const state of OWING_STATES) await run.payAll(statusesIn(context, { ...query, state }, visited), refused);
  await run.payAll(refusedMeanwhile(context, query, visited), refused);
  await run.payWaiting();
  await run.fanOutRest(() => fanOutsIn(context, query));
  return run.counts;
}

/** One run: its counts, and the debts that wait for a source which the same run may still slice. */
class ResumeRun {
  readonly counts = {
    entities: 0,
    owed: 0,
    settled: 0,
    leftRefused: 0,
    refused: 0,
    droppedArchived: 0,
    leftToOthers: 0,
    fannedOut: 0,
    fanOutOwed: 0,
  };
  readonly #context: RuntimeContext;
  readonly #options: ResumeOptions;
  #waiting: readonly Debt[] = [];
  /** Entities whose fan-out was tried, and is owed still. */
  readonly #fanOutOwed = new Set<EntityKey>();

  constructor(context: RuntimeContext, options: ResumeOptions) {
    this.#context = context;
    this.#options = options;
  }

  async payAll(statuses: AsyncIterable<StatusRecord>, refused: Debt['refused']): Promise<void> {
    const work: BatchWork<StatusRecord, PaidEntity> = {
      run: (status) => payEntity(this.#context, status, refused, this.#options.signal),
      laneOf: (status) => status.entityKey,
    };
    for await (const entity of runBatch(statuses, work, batchOptionsOf(this.#options))) {
      if (!entity.ok) throw entity.error;
      this.counts.entities += 1;
      const { entityKey, debts, fanOut } = entity.result;
      this.counts.owed += debts.length;
      if (fanOut !== null) this.#countFanOut(entityKey, fanOut);
      this.#count(debts);
    }
  }

  /** A join may read a slice that was owed as well: as long as others settle, what waited for them is tried again. */
  async payWaiting(): Promise<void> {
    const work: BatchWork<Debt, readonly PaidDebt[]> = {
      // What it waited for had it follow, if it is paid already.
      run: async (debt) => [await payDebt(this.#context, { ...debt, refused: 'retry', paidMeanwhile: 'settled' })],
      laneOf: ({ status }) => status.entityKey,
    };
    for (let settled = 0; this.#waiting.length > 0 && this.counts.settled > settled; ) {
      settled = this.counts.settled;
      const round = this.#waiting;
      this.#waiting = [];
      for await (const debt of runBatch(round, work, batchOptionsOf(this.#options))) {
        if (!debt.ok) throw debt.error;
        this.counts.refused -= 1;
        this.#count(debt.result);
      }
    }
  }

  /**
   * Whom another's fan-out sliced, or was refused by, before its turn had left its state by then for one that was
   * passed; its own fan-out is owed since, and so on along the chain. Whoever paid a debt of its own may have filled a
   * version by it, and owes its fan-out again.
   */
  async fanOutRest(owing: () => AsyncIterable<StatusRecord>): Promise<void> {
    const mayOweMore = this.counts.settled + this.counts.fannedOut + this.counts.fanOutOwed > 0;
    for (let before = -1; mayOweMore && this.counts.fannedOut > before; ) {
      before = this.counts.fannedOut;
      await this.#fanOutAll(owing());
    }
  }

  async #fanOutAll(statuses: AsyncIterable<StatusRecord>): Promise<void> {
    const work: BatchWork<StatusRecord, PaidEntity> = {
      run: async (status) => ({
        entityKey: status.entityKey,
        debts: [],
        fanOut: await payFanOut(this.#context, status, this.#options.signal),
      }),
      laneOf: (status) => status.entityKey,
    };
    for await (const entity of runBatch(statuses, work, batchOptionsOf(this.#options))) {
      if (!entity.ok) throw entity.error;
      const { entityKey, fanOut } = entity.result;
      if (fanOut === null) continue;
      // Those that were tried before were counted then.
      if (!this.#fanOutOwed.has(entityKey)) this.counts.entities += 1;
      this.#countFanOut(entityKey, fanOut);
      this.#options.onProgress?.({ ...this.counts });
    }
  }

  #countFanOut(entityKey: EntityKey, fanOut: FanOutCount): void {
    if (fanOut === 'fanOutOwed') this.#fanOutOwed.add(entityKey);
    else {
      this.#fanOutOwed.delete(entityKey);
      this.counts.fannedOut += 1;
    }
    this.counts.fanOutOwed = this.#fanOutOwed.size;
  }

  #count(paid: readonly PaidDebt[]): void {
    for (const { outcome } of paid) this.counts[outcome] += 1;
    const waiting = paid.filter(({ waitsForSource }) => waitsForSource).map(({ debt }) => debt);
    if (waiting.length > 0) this.#waiting = [...this.#waiting, ...waiting];
    this.#options.onProgress?.({ ...this.counts });
  }
}

interface PaidEntity {
  readonly entityKey: EntityKey;
  readonly debts: readonly PaidDebt[];
  /** `null`: none was owed. */
  readonly fanOut: FanOutCount | null;
}

interface PaidDebt {
  readonly debt: Debt;
  readonly outcome: DebtOutcome;
  /** Refused because a join's source was not there. */
  readonly waitsForSource: boolean;
}

function batchOptionsOf({ signal }: ResumeOptions): BatchOptions {
  return signal === undefined ? {} : { signal };
}

/** Its own slices first: others may join them. */
async function payEntity(
  context: RuntimeContext,
  status: StatusRecord,
  refused: Debt['refused'],
  signal: AbortSignal | undefined,
): Promise<PaidEntity> {
  const debts = await payDebts(context, status, refused, signal);
  ensureNotAborted(signal);
  return { entityKey: status.entityKey, debts, fanOut: await payFanOut(context, status, signal) };
}

async function payFanOut(
  context: RuntimeContext,
  status: StatusRecord,
  signal: AbortSignal | undefined,
): Promise<FanOutCount | null> {
  if (!owesFanOut(status)) return null;
  const { outcome } = await fanOutOwed(context, status, signal);
  return outcome === 'settled' ? 'fannedOut' : 'fanOutOwed';
}

async function payDebts(
  context: RuntimeContext,
  status: StatusRecord,
  refused: Debt['refused'],
  signal: AbortSignal | undefined,
): Promise<readonly PaidDebt[]> {
  const paid: PaidDebt[] = [];
  // One after the other: they settle in one status, and a race between them would only cost retries.
  for (const ruleSetRef of owedRefsOf(status)) {
    ensureNotAborted(signal);
    paid.push(await payDebt(context, { status, ruleSetRef, refused, paidMeanwhile: 'leftToOthers' }));
  }
  return paid;
}

interface OwingQuery {
  readonly tenantId: TenantId;
  readonly state: PipelineState;
  readonly prefix: string;
}

/** The page is read whole before its entities move to other states; what moves behind the cursor was just visited. */
async function* statusesIn(
  { store }: RuntimeContext,
  { tenantId, state, prefix }: OwingQuery,
  visited: Set<EntityKey>,
): AsyncGenerator<StatusRecord> {
  let after: string | undefined;
  do {
    const page = await store.range({
      range: 'by-state',
      tenantId,
      state,
      prefix,
      limit: PAGE_LIMIT,
      ...(after === undefined ? {} : { after }),
    });
    for (const status of page.items) {
      if (visited.has(status.entityKey)) continue;
      // One with a single debt leaves this state, or stays in one that was passed; only others can be met again.
      if (Object.keys(status.owed).length > 1) visited.add(status.entityKey);
      yield status;
    }
    after = page.next ?? undefined;
  } while (after !== undefined);
}

/**
 * Whom another's fan-out had refused under one rule set before its turn: it has left its state for one that was passed,
 * and what it owes under others still waits.
 */
async function* refusedMeanwhile(
  context: RuntimeContext,
  query: Omit<OwingQuery, 'state'>,
  visited: Set<EntityKey>,
): AsyncGenerator<StatusRecord> {
  for await (const status of statusesIn(context, { ...query, state: 'FAILED' }, visited)) {
    if (Object.values(status.owed).some(({ state }) => state !== 'FAILED')) yield status;
  }
}

/** The states in which an entity's own slicing is done, or refused, and its fan-out may be owed all the same. */
const FAN_OUT_STATES: readonly PipelineState[] = ['READY', 'FAILED'];

async function* fanOutsIn(context: RuntimeContext, query: Omit<OwingQuery, 'state'>): AsyncGenerator<StatusRecord> {
  for (const state of FAN_OUT_STATES) {
    for await (const status of statusesIn(context, { ...query, state }, new Set())) {
      if (owesFanOut(status)) yield status;
    }
  }
}

function owedRefsOf({ owed }: StatusRecord): readonly ContractRefText[] {
  // The record's keys are refs by its type; Object.keys widens them.
  return Object.keys(owed) as ContractRefText[];
}

interface Debt {
  readonly status: StatusRecord;
  readonly ruleSetRef: ContractRefText;
  readonly refused: 'leave' | 'retry';
  /** How it counts where it is owed no more. */
  readonly paidMeanwhile: 'leftToOthers' | 'settled';
}

const ATTEMPTS_MAX = 20;

/**
 * Not aborted half-way: what is claimed is finished, or it would wait for the claim to grow old. Whoever else writes the
 * status may be at another debt of the entity (this very run, too), and nobody at this one: it is looked at again.
 */
async function payDebt(context: RuntimeContext, debt: Debt): Promise<PaidDebt> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const paid = await tryToPay(context, debt);
    if (paid !== 'lost') return paid;
    await backOff(context.retry, attempt);
  }
  return { debt, outcome: 'leftToOthers', waitsForSource: false };
}

async function tryToPay(context: RuntimeContext, debt: Debt): Promise<PaidDebt | 'lost'> {
  const { tenantId, entityKey } = debt.status;
  const [status] = await context.store.batchGet([{ kind: 'status', tenantId, entityKey }]);
  const mark = status?.owed[debt.ruleSetRef];
  if (status === undefined || mark === undefined) return { debt, outcome: debt.paidMeanwhile, waitsForSource: false };
  const newest = { ...debt, status };
  return orRefused(context, newest, async () => {
    const ref = parseRef(debt.ruleSetRef);
    if (await context.contracts.isArchived(ref)) return dropDebt(context, newest);
    if (mark.state === 'FAILED' && debt.refused === 'leave') return 'leftRefused';
    const ruleSet = await context.contracts.ruleSet(ref);
    // Before the claim: a rule set that cannot run now is no refusal of the entity's.
    context.contracts.gate(ruleSet);
    await context.contracts.bind(ruleSet.contracts);
    const claimed = await claim(context, newest);
    if (claimed === 'lost') return 'lost';
    if (claimed === 'held') return 'leftToOthers';
    const { claimToken } = claimed;
    const { version } = status;
    const result = await followNewest(context, { tenantId, entityKey, version, ruleSet, claimToken });
    return result.settled ? 'settled' : 'leftToOthers';
  });
}

async function orRefused(
  { logger }: RuntimeContext,
  debt: Debt,
  pay: () => Promise<DebtOutcome | 'lost'>,
): Promise<PaidDebt | 'lost'> {
  try {
    const outcome = await pay();
    return outcome === 'lost' ? outcome : { debt, outcome, waitsForSource: false };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const { tenantId, entityKey, version } = debt.status;
    const { ruleSetRef } = debt;
    const decisionTraceId = slicingTraceIdOf({ tenantId, entityKey, version, ruleSetRef });
    logger.warn({ decisionTraceId, tenantId, entityKey, version, ruleSetRef, code: error.code }, 'resume refused');
    return { debt, outcome: 'refused', waitsForSource: hasCode(error, 'join.source_missing') };
  }
}

async function dropDebt(context: RuntimeContext, { status, ruleSetRef }: Debt): Promise<DebtOutcome | 'lost'> {
  const dropped = statusAfterDrop(status, { ruleSetRef, version: status.version, at: timestamp(context) });
  if (dropped === null) return 'leftToOthers';
  const outcome = await context.store.updateStatus(dropped, status.counter);
  return outcome === 'updated' ? 'droppedArchived' : 'lost';
}

type Claimed = { readonly claimToken: string } | 'held' | 'lost';

/** `held`: by somebody else. `lost`: the status moved, whatever for. */
async function claim(context: RuntimeContext, { status, ruleSetRef }: Debt): Promise<Claimed> {
  const claimToken = randomUUID();
  const takeOverBefore = new Date(context.clock.now() - context.claimTimeoutMs).toISOString();
  const change = { ruleSetRef, version: status.version, at: timestamp(context) };
  const claimed = statusAfterClaim(status, change, { token: claimToken, takeOverBefore });
  if (claimed === null) return 'held';
  if ((await context.store.updateStatus(claimed, status.counter)) === 'updated') return { claimToken };
  // The answer to a first try may have been lost: a claim with this token is our own.
  const { tenantId, entityKey } = status;
  const [current] = await context.store.batchGet([{ kind: 'status', tenantId, entityKey }]);
  const mark = current?.owed[ruleSetRef];
  return mark?.state === 'BUILDING' && mark.claimToken === claimToken ? { claimToken } : 'lost';
}
