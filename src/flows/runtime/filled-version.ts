import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { statusAfterFill } from '../../domain/pipeline-state.ts';
import type { StatusRecord } from '../../domain/records.ts';
import { type RuntimeContext, timestamp } from './context.ts';
import type { RevisingTask } from './slicing-task.ts';

/**
 * The status that goes with a commit which owes the fan-out of its version again: others join slices of its rule set,
 * and may have asked for this one in vain (ADR 0035). `null` for every other commit.
 * @throws `contract.*` where a rule set that joins the entity's type does not load: who follows is never guessed
 */
export async function statusWhenFilled(context: RuntimeContext, task: RevisingTask): Promise<StatusRecord | null> {
  if (!mayBePassed(task) || !(await isJoined(context, task))) return null;
  return statusAfterFill(task.status, { version: task.request.version, at: timestamp(context) });
}

/**
 * A fan-out settles no further than the head of the slices that it followed. So what is committed above the head is
 * passed only where the mark is there already: the rule set, or who joins it, is newer than the version. Below the head
 * a fan-out that is under way may have looked, and may be about to settle. Revisions share what others can join.
 */
function mayBePassed({ request: { version }, status, head, revision }: RevisingTask): boolean {
  const isBelowHead = head !== undefined && version < head.version;
  return revision === 0 && (isBelowHead || version <= status.fannedOutTo);
}

async function isJoined({ contracts }: RuntimeContext, { request: { ruleSet } }: RevisingTask): Promise<boolean> {
  const ref = formatRef(ruleSet.ref);
  const joins = await contracts.joinsOf(ruleSet.entityType);
  return joins.some(({ join: { source } }) => source.kind === 'SLICE' && formatRef(source.ruleSet.ref) === ref);
}
