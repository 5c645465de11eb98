import type { CompiledRuleSet } from '../../../domain/contracts/compiled-contracts.ts';
import { formatRef } from '../../../domain/contracts/contract-ref.ts';
import { conflict } from '../../../domain/errors.ts';
import { isSettled } from '../../../domain/pipeline-state.ts';
import type { EntityAddress, HeadRecord, StatusRecord } from '../../../domain/records.ts';
import { backOff } from '../../retry.ts';
import type { RuntimeContext } from '../context.ts';
import { followNewest } from '../follow-newest.ts';
import { followSources } from '../follow-sources.ts';
import { orRefuse } from '../or-refuse.ts';
import type { ProjectionHistory } from '../projection-history.ts';
import type { RevisingTask } from '../slicing-task.ts';

/** An entity that is to follow what it is made from, under one rule set. */
export interface Follower extends EntityAddress {
  readonly ruleSet: CompiledRuleSet;
}

export type Followed = 'revised' | 'sliced' | 'unchanged';

const ATTEMPTS_MAX = 20;

/**
 * Slices an entity's newest version where that is owed; else commits the next revision where a source of it moved.
 * Idempotent, and whoever races with it comes to the same.
 *
 * @throws what it is refused for; recorded as FAILED
 */
export async function followParent(
  context: RuntimeContext,
  follower: Follower,
  history: ProjectionHistory,
  signal?: AbortSignal,
): Promise<Followed> {
  const { tenantId, entityKey, ruleSet } = follower;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const [status, head] = await context.store.batchGet([
      { kind: 'status', tenantId, entityKey },
      { kind: 'head', tenantId, entityKey, ruleSet: ruleSet.ref },
    ]);
    if (status === undefined) return 'unchanged';
    if (!isSettled(status, formatRef(ruleSet.ref))) {
      await followNewest(context, { ...follower, version: status.version }, signal);
      return 'sliced';
    }
    // Under a rule set that never sliced it, or not yet: nothing follows there.
    if (head === undefined || head.version !== status.version) return 'unchanged';
    const followed = await revise(context, follower, { status, head }, history);
    if (followed !== 'again') return followed;
    await backOff(context.retry, attempt);
  }
  throw conflict(
    'fan_out.conflict',
    `${entityKey}, rule set ${formatRef(ruleSet.ref)}: expected to commit its revision within ${ATTEMPTS_MAX} attempts, ` +
      'found other writers ahead each time. Make the same call again.',
    { entityKey, ruleSetRef: formatRef(ruleSet.ref), attempts: ATTEMPTS_MAX },
  );
}

interface Sliced {
  readonly status: StatusRecord;
  readonly head: HeadRecord;
}

async function revise(
  context: RuntimeContext,
  follower: Follower,
  sliced: Sliced,
  history: ProjectionHistory,
): Promise<Followed | 'again'> {
  const { ruleSet } = follower;
  context.contracts.gate(ruleSet);
  await context.contracts.bind(ruleSet.contracts);
  const task = taskOf(follower, sliced);
  const followed = await orRefuse(context, task, () => followSources(context, task, sliced.head.manifest, history));
  if (followed === 'again' || followed === 'lost') return 'again';
  return followed === 'current' ? 'unchanged' : 'revised';
}

function taskOf(follower: Follower, { status, head }: Sliced): RevisingTask {
  return {
    request: { ...follower, version: status.version, fromVersion: null },
    status,
    head,
    committed: head.manifest,
    revision: head.revision,
    base: null,
    newChangeSet: null,
  };
}
