import { randomUUID } from 'node:crypto';
import { type ContractRefText, formatRef, parseRef } from '../../domain/contracts/contract-ref.ts';
import { isSlicewiseError } from '../../domain/errors.ts';
import { parseTenantId } from '../../domain/identity.ts';
import { OWING_STATES, statusAfterClaim, statusAfterDrop } from '../../domain/pipeline-state.ts';
import type { PipelineState, StatusRecord } from '../../domain/records.ts';
import { ensureNotAborted, type RuntimeContext, timestamp } from './context.ts';
import { followNewest } from './follow-newest.ts';
import type { ResumeInput, ResumeOptions, ResumeResult } from './runtime.ts';

type DebtOutcome = Exclude<keyof ResumeResult, 'entities' | 'owed'>;

const PAGE_LIMIT = 100;

/** Finishes what is owed, entity by entity in key order; several may run at once, each takes what it has claimed. */
export async function resume(
  context: RuntimeContext,
  input: ResumeInput,
  options: ResumeOptions = {},
): Promise<ResumeResult> {
  const tenantId = parseTenantId(input.tenantId);
  const counts = { entities: 0, owed: 0, settled: 0, leftRefused: 0, refused: 0, droppedArchived: 0, leftToOthers: 0 };
  for (const state of OWING_STATES) {
    for await (const status of statusesIn(context, tenantId, state)) {
      if (input.prefix !== undefined && !status.entityKey.startsWith(input.prefix)) continue;
      counts.entities++;
      for (const ruleSetRef of owedRefsOf(status)) {
        ensureNotAborted(options.signal);
        counts.owed++;
        counts[await payDebt(context, status, ruleSetRef, options.signal)]++;
      }
      options.onProgress?.({ ...counts });
    }
  }
  return counts;
}

/** The page is read whole before its entities move to other states; what moves behind the cursor was just visited. */
async function* statusesIn(
  { store }: RuntimeContext,
  tenantId: StatusRecord['tenantId'],
  state: PipelineState,
): AsyncGenerator<StatusRecord> {
  let after: string | undefined;
  do {
    const page = await store.range({
      range: 'by-state',
      tenantId,
      state,
      limit: PAGE_LIMIT,
      ...(after === undefined ? {} : { after }),
    });
    yield* page.items;
    after = page.next ?? undefined;
  } while (after !== undefined);
}

function owedRefsOf({ owed }: StatusRecord): readonly ContractRefText[] {
  // The record's keys are refs by its type; Object.keys widens them.
  return Object.keys(owed) as ContractRefText[];
}

async function payDebt(
  context: RuntimeContext,
  { tenantId, entityKey }: StatusRecord,
  ruleSetRef: ContractRefText,
  signal: AbortSignal | undefined,
): Promise<DebtOutcome> {
  const [status] = await context.store.batchGet([{ kind: 'status', tenantId, entityKey }]);
  const mark = status?.owed[ruleSetRef];
  if (status === undefined || mark === undefined) return 'leftToOthers';
  if (await context.contracts.isArchived(parseRef(ruleSetRef))) return dropDebt(context, status, ruleSetRef);
  if (mark.state === 'FAILED') return 'leftRefused';
  const claimed = await claim(context, status, ruleSetRef);
  return claimed === undefined ? 'leftToOthers' : sliceClaimed(context, status, ruleSetRef, claimed, signal);
}

async function dropDebt(
  context: RuntimeContext,
  status: StatusRecord,
  ruleSetRef: ContractRefText,
): Promise<DebtOutcome> {
  const dropped = statusAfterDrop(status, { ruleSetRef, version: status.version, at: timestamp(context) });
  if (dropped === null) return 'leftToOthers';
  const outcome = await context.store.updateStatus(dropped, status.counter);
  return outcome === 'updated' ? 'droppedArchived' : 'leftToOthers';
}

async function claim(
  context: RuntimeContext,
  status: StatusRecord,
  ruleSetRef: ContractRefText,
): Promise<string | undefined> {
  const token = randomUUID();
  const takeOverBefore = new Date(context.clock.now() - context.claimTimeoutMs).toISOString();
  const change = { ruleSetRef, version: status.version, at: timestamp(context) };
  const claimed = statusAfterClaim(status, change, { token, takeOverBefore });
  if (claimed === null) return undefined;
  return (await context.store.updateStatus(claimed, status.counter)) === 'updated' ? token : undefined;
}

async function sliceClaimed(
  context: RuntimeContext,
  { tenantId, entityKey, version }: StatusRecord,
  ruleSetRef: ContractRefText,
  claimToken: string,
  signal: AbortSignal | undefined,
): Promise<DebtOutcome> {
  try {
    const ruleSet = await context.contracts.ruleSet(parseRef(ruleSetRef));
    const result = await followNewest(context, { tenantId, entityKey, version, ruleSet, claimToken }, signal);
    return result.settled ? 'settled' : 'leftToOthers';
  } catch (error) {
    if (!isSlicewiseError(error) || error.retryable || error.category === 'Aborted') throw error;
    context.logger.warn(
      { tenantId, entityKey, version, ruleSetRef: formatRef(parseRef(ruleSetRef)), code: error.code },
      'resume refused',
    );
    return 'refused';
  }
}
