import { type CanonicalMembers, cutMembers } from '../canonical/canonical-members.ts';
import { CANONICAL_NULL } from '../canonical/canonicalize.ts';
import { type ContentHash, canonicalSlice, type HashedBytes, hashSlice } from '../canonical/hash.ts';
import type { JsonObject, JsonValue } from '../canonical/json-value.ts';
import type { CompiledRuleSet, FieldRule, MissingPolicy, SliceRule } from '../contracts/compiled-contracts.ts';
import { missing, validationError } from '../errors.ts';
import { holds } from './condition.ts';
import { projectFields, type ResolvedJoin, type ResolvedJoins } from './light-join.ts';

/**
 * What one version of an entity is sliced from: its payload (`null`: deleted) and the sources of its joins, both parsed
 * from stored or checked JSON.
 */
export interface SlicingSubject {
  readonly ruleSet: CompiledRuleSet;
  readonly payload: JsonObject | null;
  readonly joins: ResolvedJoins;
  /** Of the payload, where they are at hand: slices are then cut from its bytes and not written again. */
  readonly members?: CanonicalMembers | undefined;
}

export interface BuiltSlice {
  readonly sliceType: string;
  readonly isTombstone: boolean;
  /** Canonical bytes; those of `null` for a tombstone (rfc-v4-002 §5-2). */
  readonly payload: Uint8Array;
  readonly value: JsonObject | null;
  readonly sliceHash: ContentHash;
}

/** Canonical bytes; every adapter keeps a slice in one record (DynamoDB's holds 400 KB). */
export const SLICE_BYTES_MAX = 350_000;

/**
 * Builds the slices of the given rules, in their order (rfc-v4-001 §9-3).
 * @throws `slice.too_large`; `join.source_missing`, `join.key_absent` where a live slice needs a source that its join demands.
 */
export function buildSlices(subject: SlicingSubject, rules: readonly SliceRule[]): readonly BuiltSlice[] {
  return rules.map((rule) => sliceOf(subject, rule, slicePayloadOf(subject, rule)));
}

/** A version whose sources moved, by the slices that it has. */
export interface RevisedSubject {
  readonly ruleSet: CompiledRuleSet;
  readonly joins: ResolvedJoins;
  /** Slice type → its payload in the revision before; a tombstone does not say what it would hold. */
  readonly before: ReadonlyMap<string, JsonObject>;
}

/**
 * The same slices as `buildSlices` gives, from those of the revision before: what they hold of the payload is what it
 * was, and what was joined is joined anew.
 */
export function reviseSlices(subject: RevisedSubject, rules: readonly SliceRule[]): readonly BuiltSlice[] {
  return rules.map((rule) => sliceOf(subject, rule, revisedPayloadOf(subject, rule)));
}

type Sliced = Pick<SlicingSubject, 'ruleSet' | 'members'>;

function sliceOf(subject: Sliced, rule: SliceRule, value: JsonObject | null): BuiltSlice {
  if (value === null) {
    return {
      sliceType: rule.type,
      isTombstone: true,
      payload: CANONICAL_NULL,
      value,
      sliceHash: hashSlice(CANONICAL_NULL, subject.ruleSet.ref),
    };
  }
  const { bytes, hash } = canonicalFormOf(subject, rule, value);
  if (bytes.length > SLICE_BYTES_MAX) throw sliceTooLarge(rule, bytes.length);
  return { sliceType: rule.type, isTombstone: false, payload: bytes, value, sliceHash: hash };
}

function canonicalFormOf({ ruleSet, members }: Sliced, rule: SliceRule, value: JsonObject): HashedBytes {
  const wanted = members === undefined ? null : wholeMembersOf(rule);
  if (members === undefined || wanted === null) return canonicalSlice(value, ruleSet.ref, 'made');
  const bytes = cutMembers(members, wanted);
  return { bytes, hash: hashSlice(bytes, ruleSet.ref) };
}

const wholeMembers = new WeakMap<SliceRule, readonly string[] | null>();

/** The members of the payload that such a slice consists of, in canonical order; `null` where it holds anything else. */
function wholeMembersOf(rule: SliceRule): readonly string[] | null {
  const known = wholeMembers.get(rule);
  if (known !== undefined) return known;
  const isWhole = rule.joins.length === 0 && rule.fields.every(isWholeMember);
  const names = isWhole ? rule.fields.map((field) => field.name).sort() : null;
  wholeMembers.set(rule, names);
  return names;
}

function isWholeMember({ name, selector: { segments } }: FieldRule): boolean {
  const [first, ...deeper] = segments;
  return first?.kind === 'name' && first.name === name && deeper.length === 0;
}

function slicePayloadOf(subject: SlicingSubject, rule: SliceRule): JsonObject | null {
  const { payload } = subject;
  if (payload === null) return null;
  if (rule.when !== null && !holds(rule.when, payload)) return null;
  const joined = rule.joins.length === 0 ? NOTHING_JOINED : joinedFieldsOf(subject.joins, rule);
  if (joined === null) return null;
  const own = projectFields(rule.fields, payload);
  return orTombstone(joined === NOTHING_JOINED ? own : { ...own, ...joined });
}

function revisedPayloadOf({ ruleSet, joins, before }: RevisedSubject, rule: SliceRule): JsonObject | null {
  const joined = joinedFieldsOf(joins, rule);
  if (joined === null) return null;
  const names = joinedNamesOf(ruleSet, rule);
  const own = Object.entries(before.get(rule.type) ?? {}).filter(([name]) => !names.has(name));
  return orTombstone({ ...Object.fromEntries(own), ...joined });
}

/** No output member of a slice is written twice, so what a join writes is nothing of the payload's. */
function joinedNamesOf({ joins }: CompiledRuleSet, rule: SliceRule): ReadonlySet<string> {
  const writing = joins.filter((join) => rule.joins.includes(join.name));
  return new Set(writing.flatMap((join) => join.projection.map(({ name }) => name)));
}

function orTombstone(value: JsonObject): JsonObject | null {
  return Object.keys(value).length === 0 ? null : value;
}

const NOTHING_JOINED: JsonObject = {};

/** The joined members of a live slice; `null` where a join's policy makes it a tombstone. */
function joinedFieldsOf(joins: ResolvedJoins, rule: SliceRule): JsonObject | null {
  const resolved = rule.joins.flatMap((name) => joins.get(name) ?? []);
  const policies = resolved.map((join) => demandedPolicyOf(join, rule));
  if (policies.includes('TOMBSTONE')) return null;
  return Object.fromEntries(resolved.flatMap((join) => Object.entries(join.projection ?? nullFieldsOf(join))));
}

/** What the contract says to do for this slice: `null` where there is a projection. */
function demandedPolicyOf(resolved: ResolvedJoin, rule: SliceRule): MissingPolicy | null {
  if (resolved.projection !== null) return null;
  const { join, pin } = resolved;
  const policy = pin.entityKey === null ? join.keyAbsent : join.missing;
  if (policy !== 'FAIL_CLOSED') return policy;
  if (pin.entityKey === null) throw keyAbsent(resolved, rule);
  throw sourceMissing(resolved, rule);
}

function nullFieldsOf(resolved: ResolvedJoin): JsonObject {
  return Object.fromEntries(resolved.join.projection.map((field): [string, JsonValue] => [field.name, null]));
}

function sliceTooLarge(rule: SliceRule, bytes: number) {
  return validationError(
    'slice.too_large',
    `slice ${rule.type}: expected at most ${SLICE_BYTES_MAX} canonical bytes, found ${bytes}. ` +
      'Cut it into several slice types, or leave the large member out.',
    { sliceType: rule.type, bytes },
  );
}

function keyAbsent({ join }: ResolvedJoin, rule: SliceRule) {
  return missing(
    'join.key_absent',
    `slice ${rule.type}, join ${join.name}: expected the payload to name a ${join.entityType} at ${join.keyPath.text}, ` +
      'found nothing there. Give the payload a key, or set `keyAbsent: NULL_FIELDS` or `TOMBSTONE` in the rule set.',
    { sliceType: rule.type, join: join.name, path: join.keyPath.text },
  );
}

function sourceMissing({ join, pin }: ResolvedJoin, rule: SliceRule) {
  const found = pin.version === null ? 'nothing there' : `version ${pin.version}, which is deleted or a tombstone`;
  return missing(
    'join.source_missing',
    `slice ${rule.type}, join ${join.name}: expected the source ${pin.entityKey} (${join.versionRule.rule}), found ${found}. ` +
      'Insert the source and slice again, or set `missing: NULL_FIELDS` or `TOMBSTONE` in the rule set.',
    { sliceType: rule.type, join: join.name, source: pin.entityKey, sourceVersion: pin.version },
  );
}
