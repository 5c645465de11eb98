/** The ChangeSet of two consecutive versions: a canonical diff, and what it means under a rule set (rfc-v4-001 §8). */
import { type ContentHash, hashChangeSet } from '../canonical/hash.ts';
import { parsePointer } from '../canonical/json-pointer.ts';
import type { JsonObject } from '../canonical/json-value.ts';
import { sortedUniqueUtf8 } from '../canonical/key-order.ts';
import { memberNamesOf } from '../canonical/member-order.ts';
import type { CompiledRuleSet } from '../contracts/compiled-contracts.ts';
import { type SlicewiseError, versionGap } from '../errors.ts';
import type { EntityKey, Version } from '../identity.ts';
import type { ChangeType } from '../records.ts';
import { type DiffOp, diffPayloads, encodeDiffOps } from './diff.ts';
import { impactOf } from './impact-map.ts';

/** Bytes of canonical ops above which a record keeps `null` for them; they are computed again when asked for. */
export const CHANGESET_OPS_BYTES_MAX = 350_000;

export interface ChangeSetInput {
  readonly entityKey: EntityKey;
  /** 0: nothing before; then `toVersion` is the entity's first version, whatever its number. */
  readonly fromVersion: Version | 0;
  readonly toVersion: Version;
  /** As the rule set's schema reads it (`payloadAsSeenBy`); `null` where `fromVersion` is 0 or a deleted version. */
  readonly before: JsonObject | null;
  /** Likewise; `null` where `toVersion` is a deleted version. */
  readonly after: JsonObject | null;
  /** Of `after`, canonical, where they are at hand: a payload that appears as a whole is not written again. */
  readonly afterBytes?: Uint8Array | undefined;
  readonly ruleSet: CompiledRuleSet;
}

export interface ChangeSet {
  /** Sorted by path. */
  readonly ops: readonly DiffOp[];
  /** Canonical; all of them, however many. */
  readonly opsBytes: Uint8Array;
  readonly changesetHash: ContentHash;
  /** A deleted version after another, or as the first one, is `deleted` too, with no ops. */
  readonly changeType: ChangeType;
  /** Pointers, sorted. */
  readonly changedPaths: readonly string[];
  /** Top-level members, sorted: all of the payload's where the whole payload came or went. */
  readonly changedKeys: readonly string[];
  /** Sorted. */
  readonly impactedSlices: readonly string[];
  /** Slice type → the changed paths that concern it. */
  readonly impact: ReadonlyMap<string, readonly string[]>;
}

/** What a ChangeSet leads from and to. */
export type VersionPair = Pick<ChangeSetInput, 'entityKey' | 'fromVersion' | 'toVersion'>;

/**
 * Before anything is loaded. Whether `toVersion` is the entity's first is not known here: who knows it throws `notConsecutive`.
 * @throws `changeset.version_gap` unless `toVersion` follows `fromVersion`, or that is 0 (rfc-v4-002 §6)
 */
export function assertConsecutive(pair: VersionPair): void {
  if (pair.fromVersion !== 0 && pair.toVersion !== pair.fromVersion + 1) throw notConsecutive(pair);
}

export function notConsecutive({ entityKey, fromVersion, toVersion }: VersionPair): SlicewiseError {
  return versionGap(
    'changeset.version_gap',
    `${entityKey}: expected a ChangeSet of two consecutive versions (or from 0 to the entity's first), ` +
      `found ${fromVersion} to ${toVersion}. Create one for each step.`,
    { entityKey, fromVersion, toVersion },
  );
}

/**
 * @throws `changeset.version_gap` unless `toVersion` follows `fromVersion` (rfc-v4-002 §6)
 * @throws `changeset.no_match` under `onNoMatch: FAIL_CLOSED`
 */
export function buildChangeSet(input: ChangeSetInput): ChangeSet {
  const { fromVersion, toVersion, before, after, afterBytes, ruleSet } = input;
  assertConsecutive(input);
  const ops = diffPayloads(before, after, ruleSet.schema.shape);
  const opsBytes = encodeDiffOps(ops, afterBytes);
  const changedPaths = ops.map(({ path }) => path);
  const impact = impactOf(changedPaths, ruleSet);
  return {
    ops,
    opsBytes,
    changesetHash: hashChangeSet(opsBytes, fromVersion, toVersion, ruleSet.ref),
    changeType: changeTypeOf(input),
    changedPaths,
    changedKeys: changedKeysOf(changedPaths, after ?? before),
    impactedSlices: impact.sliceTypes,
    impact: impact.reasons,
  };
}

function changeTypeOf({ fromVersion, before, after }: ChangeSetInput): ChangeType {
  if (after === null) return 'deleted';
  if (before !== null) return 'updated';
  return fromVersion === 0 ? 'created' : 'restored';
}

function changedKeysOf(changedPaths: readonly string[], payload: JsonObject | null): readonly string[] {
  const keys = changedPaths.flatMap((path) => {
    const [key] = parsePointer(path);
    return key === undefined ? memberNamesOf(payload ?? {}) : [key];
  });
  return sortedUniqueUtf8(keys);
}
