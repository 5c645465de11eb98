import type { ErrorReport } from '../../domain/errors.ts';
import type { IngestedRuleSet, IngestResult, InsertRawdataResult } from '../../flows/runtime/runtime.ts';

/** What became of one record of an input; exactly one of these for each (design law L12). */
export type RecordOutcome =
  | { readonly line: number; readonly outcome: DoneOutcome; readonly result: InsertRawdataResult | IngestResult }
  | {
      readonly line: number;
      /** `refused`: mend the record. `failed`: nothing is wrong with it, the same command again may succeed. */
      readonly outcome: 'refused' | 'failed';
      readonly error: ErrorReport;
      /** The record as it was read; `null` where it was too long to hold. */
      readonly bytes: Uint8Array | null;
    };

/**
 * `slicingRefused`: the version is in, but a rule set refused to slice it. `superseded`: it is in, and a newer one,
 * which is the one that gets sliced.
 */
export type DoneOutcome = 'inserted' | 'unchanged' | 'superseded' | 'slicingRefused';

/** Counts of a run; the six outcomes add up to `read`. What follows from them is counted beside. */
export interface IngestTally {
  readonly read: number;
  readonly inserted: number;
  readonly unchanged: number;
  readonly superseded: number;
  readonly slicingRefused: number;
  readonly refused: number;
  readonly failed: number;
  readonly reasons: {
    readonly refused: ReasonCounts;
    readonly failed: ReasonCounts;
    readonly slicingRefused: ReasonCounts;
  };
  /** Other entities, which join what came in: those that followed it, and those that could not. */
  readonly followed: number;
  readonly followersRefused: number;
  /** Records whose change others have still to follow. */
  readonly fanOutOwed: number;
}

/** Error code → for how many records. Several rule sets may refuse one record: each code counts once. */
export type ReasonCounts = Readonly<Record<string, number>>;

export const EMPTY_TALLY: IngestTally = {
  read: 0,
  inserted: 0,
  unchanged: 0,
  superseded: 0,
  slicingRefused: 0,
  refused: 0,
  failed: 0,
  reasons: { refused: {}, failed: {}, slicingRefused: {} },
  followed: 0,
  followersRefused: 0,
  fanOutOwed: 0,
};

export function addOutcome(tally: IngestTally, outcome: RecordOutcome): IngestTally {
  const read = { ...tally, read: tally.read + 1, [outcome.outcome]: tally[outcome.outcome] + 1 };
  const counted = 'error' in outcome ? read : addFollowers(read, outcome.result);
  const kind = 'error' in outcome ? outcome.outcome : 'slicingRefused';
  const errors = 'error' in outcome ? [outcome.error] : slicingRefusalsOf(outcome.result).map(({ error }) => error);
  if (errors.length === 0) return counted;
  return { ...counted, reasons: { ...tally.reasons, [kind]: addReasons(tally.reasons[kind], errors) } };
}

function addFollowers(tally: IngestTally, result: InsertRawdataResult | IngestResult): IngestTally {
  if (!('fanOut' in result)) return tally;
  const { outcome, revised, sliced, refused } = result.fanOut;
  return {
    ...tally,
    followed: tally.followed + revised + sliced,
    followersRefused: tally.followersRefused + refused,
    fanOutOwed: tally.fanOutOwed + (outcome === 'owed' ? 1 : 0),
  };
}

export function classifyResult(result: InsertRawdataResult | IngestResult): DoneOutcome {
  if ('slicing' in result && result.slicing === 'refused') return 'slicingRefused';
  // A version that was in before is unchanged, also where a newer one is in by now.
  if (result.outcome === 'unchanged' || !('slicing' in result)) return result.outcome;
  return result.slicing === 'superseded' ? 'superseded' : 'inserted';
}

type SlicingRefusal = Extract<IngestedRuleSet, { readonly outcome: 'refused' }>;

/** Which rule sets refused to slice a version that is in, and why. */
export function slicingRefusalsOf(result: InsertRawdataResult | IngestResult): readonly SlicingRefusal[] {
  if (!('ruleSets' in result)) return [];
  return result.ruleSets.filter((ruleSet) => ruleSet.outcome === 'refused');
}

function addReasons(reasons: ReasonCounts, errors: readonly ErrorReport[]): ReasonCounts {
  const added: Record<string, number> = { ...reasons };
  for (const code of new Set(errors.map((error) => error.code))) added[code] = (added[code] ?? 0) + 1;
  return added;
}
