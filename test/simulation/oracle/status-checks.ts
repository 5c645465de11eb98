import { canonicalText } from '../../../src/domain/canonical/canonicalize.ts';
import type { OwedMark, StatusRecord } from '../../../src/domain/records.ts';
import { refOf } from '../contract-models.ts';
import { Violation } from '../violation.ts';
import type { Ledger } from './ledger.ts';

type MarkState = OwedMark['state'] | 'NONE';

/** What one update may make of what is owed under one rule set; to `NONE` only where it was paid or is nobody's any more. */
const MARK_MOVES: Readonly<Record<MarkState, readonly MarkState[]>> = {
  NONE: ['IDLE'],
  IDLE: ['BUILDING', 'FAILED', 'NONE'],
  BUILDING: ['BUILDING', 'FAILED', 'NONE'],
  FAILED: ['BUILDING', 'FAILED', 'IDLE', 'NONE'],
};

/** Demands on a status that one store call has left behind. */
export function checkStatus(ledger: Ledger, after: StatusRecord): void {
  const before = ledger.statuses.get(after.entityKey);
  if (before !== undefined && before.counter === after.counter) {
    if (canonicalText(before) === canonicalText(after)) return;
    throw new Violation('L6 a status only moves with its counter', describe(before, after));
  }
  checkGoesUp(before, after);
  checkSpeaksOfNewest(ledger, after);
  if (before !== undefined && before.version === after.version) checkOneEvent(ledger, before, after);
  if (before !== undefined && before.version < after.version) checkDebtsKept(ledger, before, after);
}

/** L12: under every rule set that follows the entity, the newest version is sliced or owed. */
export function checkVisibleOrOwed(ledger: Ledger, entityKey: string): void {
  const status = ledger.statuses.get(entityKey);
  const newest = ledger.versionsOf(entityKey).at(-1);
  if (status === undefined || newest === undefined) return;
  for (const model of ledger.ruleSetsOf(entityKey)) {
    const ref = refOf(model);
    const isSliced = (ledger.headsOf(entityKey, ref).at(-1)?.version ?? 0) >= newest.version;
    if (isSliced || markOf(status, ref) !== 'NONE' || ledger.isExcused(ref, newest.sentAtStep)) continue;
    throw new Violation('L12 what is in is visible or owed', `${entityKey} v${newest.version} under ${ref}: neither`);
  }
}

function checkGoesUp(before: StatusRecord | undefined, after: StatusRecord): void {
  const isNext = after.counter === (before?.counter ?? 0) + 1;
  if (!isNext) throw new Violation('L6 every update raises the counter it met by one', describe(before, after));
  // Only a slice that comes in late takes the mark back.
  const isFilled = after.fills === (before?.fills ?? 0) + 1;
  const isMarkKept =
    isFilled || (after.fills === (before?.fills ?? 0) && after.fannedOutTo >= (before?.fannedOutTo ?? 0));
  if (after.version >= (before?.version ?? 0) && isMarkKept) return;
  throw new Violation('L6 versions only go up', describe(before, after));
}

function checkSpeaksOfNewest(ledger: Ledger, after: StatusRecord): void {
  const newest = ledger.versionsOf(after.entityKey).at(-1);
  const isTrue =
    newest?.version === after.version &&
    newest.rawHash === after.rawHash &&
    (newest.payload === null) === after.isDeleted &&
    isStateOf(after);
  if (!isTrue) throw new Violation('L5 a status tells the newest version', describe(undefined, after));
}

function isStateOf({ state, owed }: StatusRecord): boolean {
  const states = Object.values(owed).map((mark) => mark.state);
  const first = (['FAILED', 'BUILDING', 'IDLE'] as const).find((candidate) => states.includes(candidate));
  // With no slicing owed, fan-out may be.
  return first === undefined ? state === 'ACTIVE' || state === 'READY' : state === first;
}

function checkOneEvent(ledger: Ledger, before: StatusRecord, after: StatusRecord): void {
  const refs = [...new Set([...Object.keys(before.owed), ...Object.keys(after.owed)])];
  const moved = refs.filter((ref) => JSON.stringify(markOf(before, ref)) !== JSON.stringify(markOf(after, ref)));
  if (moved.length > 1) throw new Violation('L12 an update speaks of one rule set', describe(before, after));
  for (const ref of moved) {
    const [from, to] = [markOf(before, ref), markOf(after, ref)];
    if (!MARK_MOVES[from].includes(to))
      throw new Violation(`L12 no update makes ${to} of ${from}`, describe(before, after));
    if (isPaid(ledger, ref, after)) continue;
    if (from === 'FAILED' && to === 'IDLE')
      throw new Violation('L12 what is refused is reopened by its commit', `${ref}: ${describe(before, after)}`);
    if (to !== 'NONE' || ledger.statusOf(ref) === 'ARCHIVED') continue;
    throw new Violation('L12 a debt ends when it is paid', `${ref}: ${describe(before, after)}`);
  }
}

/** Unless they are paid in the same step. */
function checkDebtsKept(ledger: Ledger, before: StatusRecord, after: StatusRecord): void {
  const isKept = Object.keys(before.owed).every((ref) => markOf(after, ref) !== 'NONE' || isPaid(ledger, ref, after));
  const isNew = Object.values(after.owed).every(({ state }) => state === 'IDLE');
  if (!isKept || !isNew) throw new Violation('L12 a new version keeps what is owed', describe(before, after));
}

function isPaid(ledger: Ledger, ref: string, { entityKey, version }: StatusRecord): boolean {
  return (ledger.headsOf(entityKey, ref).at(-1)?.version ?? 0) >= version;
}

function markOf({ owed }: StatusRecord, ref: string): MarkState {
  return Object.entries(owed).find(([known]) => known === ref)?.[1].state ?? 'NONE';
}

function describe(before: StatusRecord | undefined, after: StatusRecord): string {
  const tell = ({ version, counter, state, owed }: StatusRecord) =>
    `v${version} counter ${counter} ${state} owed {${Object.entries(owed)
      .map(([ref, mark]) => `${ref}: ${mark.state}`)
      .join(', ')}}`;
  return `${after.entityKey}: ${before === undefined ? 'nothing' : tell(before)} → ${tell(after)}`;
}
