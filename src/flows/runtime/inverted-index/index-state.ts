import { randomUUID } from 'node:crypto';
import { type ContractRef, formatRef } from '../../../domain/contracts/contract-ref.ts';
import { conflict } from '../../../domain/errors.ts';
import type { TenantId } from '../../../domain/identity.ts';
import type { IndexStateRecord } from '../../../domain/records.ts';
import { backOff } from '../../retry.ts';
import { type RuntimeContext, timestamp } from '../context.ts';

/** Whose index it is. */
export interface IndexAddress {
  readonly tenantId: TenantId;
  readonly ruleSet: ContractRef;
}

const ATTEMPTS_MAX = 20;

/**
 * Says that an index is not complete; whoever is rebuilding it finds out, and does not say otherwise.
 * @param cursorOf where a rebuild goes on, by what is there
 * @throws `index.conflict`
 */
export async function markIncomplete(
  context: RuntimeContext,
  address: IndexAddress,
  cursorOf: (there: IndexStateRecord | undefined) => string | null,
): Promise<IndexStateRecord> {
  const writerToken = randomUUID();
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const [there] = await context.store.batchGet([{ kind: 'index-state', ...address }]);
    const marked: IndexStateRecord = {
      kind: 'index-state',
      ...address,
      state: 'INCOMPLETE',
      counter: (there?.counter ?? 0) + 1,
      writerToken,
      rebuildCursor: cursorOf(there),
      changedAt: timestamp(context),
    };
    if (await replace(context, marked, there?.counter ?? null)) return marked;
    await backOff(context.retry, attempt);
  }
  throw conflict(
    'index.conflict',
    `${describe(address)}: expected to mark it within ${ATTEMPTS_MAX} attempts, found other writers ahead each time. ` +
      'Make the same call again.',
    { tenantId: address.tenantId, ruleSetRef: formatRef(address.ruleSet), attempts: ATTEMPTS_MAX },
  );
}

/** What a rebuild says of the index when it has come as far as it says. */
export type Reached = Pick<IndexStateRecord, 'state' | 'rebuildCursor'>;

/** Moves what this rebuild wrote last. @throws `index.overtaken` where somebody marked the index since */
export async function moveOn(
  context: RuntimeContext,
  mine: IndexStateRecord,
  reached: Reached,
): Promise<IndexStateRecord> {
  const next = { ...mine, ...reached, counter: mine.counter + 1, changedAt: timestamp(context) };
  if (await replace(context, next, mine.counter)) return next;
  throw conflict(
    'index.overtaken',
    `${describe(mine)}: expected to be the only one who rebuilds it, found that somebody marked it since. What was put ` +
      'stays; leave the rest to the other, or rebuild it again once that has ended.',
    { tenantId: mine.tenantId, ruleSetRef: formatRef(mine.ruleSet) },
  );
}

async function replace(
  { store }: RuntimeContext,
  next: IndexStateRecord,
  expectedCounter: number | null,
): Promise<boolean> {
  if ((await store.updateIndexState(next, expectedCounter)) === 'updated') return true;
  // The answer to a first try may have been lost.
  const { tenantId, ruleSet } = next;
  const [there] = await store.batchGet([{ kind: 'index-state', tenantId, ruleSet }]);
  return there?.writerToken === next.writerToken && there.counter === next.counter;
}

function describe({ tenantId, ruleSet }: IndexAddress): string {
  return `index of RuleSet ${formatRef(ruleSet)}, tenant ${tenantId}`;
}
