import { sortedUniqueUtf8 } from './canonical/key-order.ts';
import type { ContractRefText } from './contracts/contract-ref.ts';
import type { ErrorReport } from './errors.ts';
import type { Version } from './identity.ts';
import type { OwedMark, PipelineState, RawDataRecord, StatusRecord } from './records.ts';

/**
 * What a status says is owed, and how each event moves it. Every function answers the next status, or `null` where the
 * event changes nothing; storing it is a compare-and-set on the counter that was read.
 */

type MarkState = OwedMark['state'] | 'NONE';
export type PipelineEvent = 'mark' | 'claim' | 'reopen' | 'settle' | 'fail' | 'drop';

/** Event × what is owed under a rule set → what is owed then. `null`: the event changes nothing there. */
const TRANSITIONS: Readonly<Record<PipelineEvent, Readonly<Record<MarkState, MarkState | null>>>> = {
  mark: { NONE: 'IDLE', IDLE: null, BUILDING: null, FAILED: null },
  claim: { NONE: null, IDLE: 'BUILDING', BUILDING: 'BUILDING', FAILED: 'BUILDING' },
  reopen: { NONE: null, IDLE: null, BUILDING: null, FAILED: 'IDLE' },
  settle: { NONE: null, IDLE: 'NONE', BUILDING: 'NONE', FAILED: 'NONE' },
  fail: { NONE: null, IDLE: 'FAILED', BUILDING: 'FAILED', FAILED: 'FAILED' },
  drop: { NONE: null, IDLE: 'NONE', BUILDING: 'NONE', FAILED: 'NONE' },
};

/** Of an entity's rule sets, the first state that any of them is in counts. */
const STATE_ORDER: readonly Exclude<PipelineState, 'READY' | 'ACTIVE'>[] = ['FAILED', 'BUILDING', 'IDLE'];

/** The states in which something is owed, ordered so that what a pass over one leaves behind is in none that follows. */
export const OWING_STATES: readonly PipelineState[] = ['READY', 'FAILED', 'BUILDING', 'IDLE'];

type OwedMarks = StatusRecord['owed'];

/** All of a status that decides on its state. */
type Debts = Pick<StatusRecord, 'owed' | 'version' | 'fannedOutTo'>;

function stateOf(debts: Debts): PipelineState {
  const marks = Object.values(debts.owed);
  const marked = STATE_ORDER.find((state) => marks.some((mark) => mark.state === state));
  return marked ?? (owesFanOut(debts) ? 'READY' : 'ACTIVE');
}

/** Whether somebody may still have to follow this entity's changes. */
export function owesFanOut({ version, fannedOutTo }: Pick<StatusRecord, 'version' | 'fannedOutTo'>): boolean {
  return fannedOutTo < version;
}

/**
 * Every rule set that is to follow the new version owes its slicing; what was owed before is owed for the new one, and
 * so is the fan-out, from the version up to which it is done.
 * @param ruleSets sorted
 * @param isJoined whether any rule set joins entities of this type; if none does, there is nothing to follow
 */
export function statusAfterInsert(
  previous: StatusRecord | undefined,
  inserted: RawDataRecord,
  ruleSets: readonly ContractRefText[],
  isJoined: boolean,
): StatusRecord {
  const owedBefore = refsOf(previous?.owed ?? {});
  const refs = owedBefore.length === 0 ? ruleSets : sortedUniqueUtf8([...owedBefore, ...ruleSets]);
  const owed: OwedMarks = Object.fromEntries(refs.map((ref): [ContractRefText, OwedMark] => [ref, { state: 'IDLE' }]));
  const { version } = inserted;
  const fannedOutTo = fannedOutAfterInsert(previous, version, isJoined);
  const state = stateOf({ owed, version, fannedOutTo });
  return {
    kind: 'status',
    tenantId: inserted.tenantId,
    entityKey: inserted.entityKey,
    version,
    rawHash: inserted.rawHash,
    schema: inserted.schema,
    isDeleted: inserted.body.kind === 'deleted',
    counter: (previous?.counter ?? 0) + 1,
    state,
    owed,
    fannedOutTo,
    fills: previous?.fills ?? 0,
    lastDeployedAt: state === 'ACTIVE' ? inserted.ingestedAt : (previous?.lastDeployedAt ?? null),
    updatedAt: inserted.ingestedAt,
  };
}

/** A debt from before stays, whoever joins today: somebody did when it was made, and may have to be looked for. */
function fannedOutAfterInsert(previous: StatusRecord | undefined, version: Version, isJoined: boolean): Version | 0 {
  const owedBefore = previous !== undefined && owesFanOut(previous);
  return isJoined || owedBefore ? (previous?.fannedOutTo ?? 0) : version;
}

export interface StatusChange {
  readonly ruleSetRef: ContractRefText;
  /** The version that the event speaks of; an event about an older one changes nothing. */
  readonly version: number;
  /** ISO 8601. */
  readonly at: string;
}

/** Owes a rule set's slicing that no insert marked, so that a refusal has a mark to compare with. */
export function statusAfterMark(status: StatusRecord, change: StatusChange): StatusRecord | null {
  return move(status, 'mark', change, { state: 'IDLE' });
}

export interface Claim {
  readonly token: string;
  /** ISO 8601; a claim that was made before it may be taken over. */
  readonly takeOverBefore: string;
}

export function statusAfterClaim(status: StatusRecord, change: StatusChange, claim: Claim): StatusRecord | null {
  const mark = status.owed[change.ruleSetRef];
  if (mark?.state === 'BUILDING' && mark.claimedAt >= claim.takeOverBefore) return null;
  return move(status, 'claim', change, { state: 'BUILDING', claimToken: claim.token, claimedAt: change.at });
}

/**
 * A refused rule set whose slicing is committed after all owes no more than its settling: nobody but `resume` looks for
 * that, and `resume` leaves alone what is refused.
 */
export function statusAfterReopen(status: StatusRecord, change: StatusChange): StatusRecord | null {
  return move(status, 'reopen', change, { state: 'IDLE' });
}

/** @param claimToken the claim under which it was built, if any: one that was taken over settles nothing */
export function statusAfterSettle(
  status: StatusRecord,
  change: StatusChange,
  claimToken?: string,
): StatusRecord | null {
  return isTakenOver(status, change, claimToken) ? null : move(status, 'settle', change, null);
}

export function statusAfterFail(
  status: StatusRecord,
  change: StatusChange & { readonly lastError: ErrorReport },
  claimToken?: string,
): StatusRecord | null {
  if (isTakenOver(status, change, claimToken)) return null;
  return move(status, 'fail', change, { state: 'FAILED', lastError: change.lastError });
}

/** Drops what is owed under a rule set that does not run any more. */
export function statusAfterDrop(status: StatusRecord, change: StatusChange): StatusRecord | null {
  return move(status, 'drop', change, null);
}

/** A fan-out that is done: all that follows from the changes behind `from`, up to `to`. */
export interface FanOutDone {
  /** The mark from which it was planned. */
  readonly from: Version | 0;
  readonly to: Version;
  /** The status' `fills` when it was planned. */
  readonly fills: number;
  /** ISO 8601. */
  readonly at: string;
}

/**
 * Moves the mark that a fan-out began at; one that began elsewhere, or before a fill, knows nothing of what lies
 * between.
 */
export function statusAfterFanOut(status: StatusRecord, { from, to, fills, at }: FanOutDone): StatusRecord | null {
  const isFromTheMark = status.fannedOutTo === from && status.fills === fills;
  const isForward = from < to && to <= status.version;
  return isFromTheMark && isForward ? advance(status, { owed: status.owed, fannedOutTo: to }, at) : null;
}

/** A first commit of a version that fan-outs have passed, or may be about to, under a rule set whose slices are joined. */
export interface Fill {
  readonly version: Version;
  /** ISO 8601. */
  readonly at: string;
}

/**
 * Owes the fan-out from the filled version again: whoever asked for its slice before found none. One that is under way
 * may have asked before as well, so it settles nothing any more.
 */
export function statusAfterFill(status: StatusRecord, { version, at }: Fill): StatusRecord {
  // Versions begin at 1, so the one before is a version or 0.
  const fannedOutTo = Math.min(status.fannedOutTo, version - 1) as Version | 0;
  return { ...advance(status, { owed: status.owed, fannedOutTo }, at), fills: status.fills + 1 };
}

export function isSettled(status: StatusRecord, ruleSetRef: ContractRefText): boolean {
  return status.owed[ruleSetRef] === undefined;
}

function isTakenOver(status: StatusRecord, change: StatusChange, claimToken: string | undefined): boolean {
  if (claimToken === undefined) return false;
  const mark = status.owed[change.ruleSetRef];
  return mark?.state !== 'BUILDING' || mark.claimToken !== claimToken;
}

function move(
  status: StatusRecord,
  event: PipelineEvent,
  change: StatusChange,
  mark: OwedMark | null,
): StatusRecord | null {
  if (change.version < status.version) return null;
  const next = TRANSITIONS[event][status.owed[change.ruleSetRef]?.state ?? 'NONE'];
  if (next === null) return null;
  const { [change.ruleSetRef]: _moved, ...others } = status.owed;
  const owed = mark === null ? others : { ...others, [change.ruleSetRef]: mark };
  return advance(status, { owed, fannedOutTo: status.fannedOutTo }, change.at);
}

/** @param at ISO 8601 */
function advance(status: StatusRecord, debts: Pick<StatusRecord, 'owed' | 'fannedOutTo'>, at: string): StatusRecord {
  const state = stateOf({ ...debts, version: status.version });
  return {
    ...status,
    ...debts,
    counter: status.counter + 1,
    state,
    lastDeployedAt: state === 'ACTIVE' ? at : status.lastDeployedAt,
    updatedAt: at,
  };
}

function refsOf(owed: OwedMarks): readonly ContractRefText[] {
  // The record's keys are refs by its type; Object.keys widens them.
  return Object.keys(owed) as ContractRefText[];
}
