import type { CompiledRuleSet } from '../../../domain/contracts/compiled-contracts.ts';
import { formatRef } from '../../../domain/contracts/contract-ref.ts';
import { isRefusal } from '../../../domain/errors.ts';
import { isSettled } from '../../../domain/pipeline-state.ts';
import type { HeadRecord, StatusRecord } from '../../../domain/records.ts';
import { type JoinKey, joinKeysOf } from '../../../domain/slice/light-join.ts';
import type { RuntimeContext } from '../context.ts';
import { payloadFor } from '../create-change-set.ts';
import { loadRawData } from '../raw-payload.ts';

/** An entity under a rule set as it stands: what is committed, and what is owed. */
export interface Standing {
  readonly status: StatusRecord | undefined;
  readonly head: HeadRecord | undefined;
}

/**
 * The sources that an owed version names, as its slicing puts them into the index before it resolves the first of them;
 * none where nothing is owed, or where the head is of that very version and has pinned them.
 * @returns `unreadable`: no slicing gets so far as to name a source
 */
export async function owedJoinKeys(
  context: RuntimeContext,
  ruleSet: CompiledRuleSet,
  { status, head }: Standing,
): Promise<readonly JoinKey[] | 'unreadable'> {
  if (status === undefined || isSettled(status, formatRef(ruleSet.ref))) return [];
  if (head?.version === status.version || ruleSet.joins.length === 0) return [];
  const { tenantId, entityKey, version } = status;
  const [record] = await context.store.batchGet([{ kind: 'raw-data', tenantId, entityKey, version }]);
  if (record === undefined) return 'unreadable';
  try {
    return joinKeysOf(ruleSet, payloadFor(ruleSet, await loadRawData(context, record)));
  } catch (error) {
    if (isRefusal(error)) return 'unreadable';
    throw error;
  }
}
