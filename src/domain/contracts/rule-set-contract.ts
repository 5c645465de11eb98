import { z } from 'zod';
import type { JsonValue } from '../canonical/json-value.ts';
import { VERSION_MAX } from '../identity.ts';
import {
  anyJson,
  contractRef,
  ENTITY_TYPE_PATTERN,
  entityType,
  headOf,
  outputName,
  RAW_SOURCE,
  SLICE_TYPE_PATTERN,
  selectorText,
  shardCount,
  sliceType,
} from './contract-head.ts';

/** What a slice type's `when` says: exactly one of these (design: words, tombstone). */
export interface ConditionDefinition {
  readonly exists?: string | undefined;
  readonly equals?: { readonly path: string; readonly value: JsonValue } | undefined;
  readonly in?: { readonly path: string; readonly values: readonly JsonValue[] } | undefined;
  readonly not?: ConditionDefinition | undefined;
  readonly all?: readonly ConditionDefinition[] | undefined;
  readonly any?: readonly ConditionDefinition[] | undefined;
}

const condition: z.ZodType<ConditionDefinition> = z
  .strictObject({
    exists: selectorText.optional().describe('True where the path selects something, be it null.'),
    equals: z
      .strictObject({ path: selectorText, value: anyJson.describe('A JSON value, compared as canonical JSON.') })
      .optional()
      .describe('True where a selected value is this one.'),
    in: z
      .strictObject({ path: selectorText, values: z.array(anyJson).min(1).describe('JSON values.') })
      .optional()
      .describe('True where a selected value is one of these.'),
    get not() {
      return condition.optional().describe('True where the condition is not.');
    },
    get all() {
      return z.array(condition).min(1).optional().describe('True where every condition is.');
    },
    get any() {
      return z.array(condition).min(1).optional().describe('True where some condition is.');
    },
  })
  .refine((tests) => Object.values(tests).filter((test) => test !== undefined).length === 1, {
    error: 'exactly one of exists, equals, in, not, all, any',
  })
  .meta({ id: 'condition', minProperties: 1, maxProperties: 1 });

const outputFields = z.record(outputName, selectorText);

const slice = z.strictObject({
  type: sliceType,
  when: condition.optional().describe('When the slice exists; where it is false, the slice is a tombstone.'),
  fields: outputFields.default({}).describe('Output member → path in the payload.'),
  joins: z.array(z.string()).default([]).describe('Names of the joins whose projections the slice holds.'),
});

const impactEntry = z.strictObject({
  path: selectorText.describe('A change of this place, or of what holds it or lies in it, …'),
  slices: z.array(sliceType).describe('… concerns these slice types; none, where it is `[]` on purpose.'),
});

const missingPolicy = z.enum(['FAIL_CLOSED', 'NULL_FIELDS', 'TOMBSTONE']);
const onIndexMissing = z.enum(['FAIL_CLOSED', 'FULL_REBUILD']);

const pinnedVersion = z.int().min(1).max(VERSION_MAX).describe('One data version of the source, for ever.');

const versionRule = z
  .union([z.enum(['SAME_VERSION', 'LATEST']), z.strictObject({ PINNED: pinnedVersion })], {
    error: `SAME_VERSION, LATEST or { PINNED: n } with a data version from 1 to ${VERSION_MAX}`,
  })
  .default('SAME_VERSION');

const joinSources = z.strictObject({
  entityType: entityType.describe('The entity type of the source.'),
  source: z
    .string()
    .regex(SLICE_TYPE_PATTERN, 'RAW, or the name of a slice type of `ruleSetRef`')
    .default(RAW_SOURCE)
    .describe('What is read: RAW, or a slice type that has no joins itself.'),
  schemaRef: contractRef.optional().describe('With RAW: the Schema that the source is seen through.'),
  ruleSetRef: contractRef.optional().describe('With a slice type: the RuleSet that builds it.'),
  keyResolver: z
    .strictObject({
      path: selectorText.describe('Where the payload names its source; singular.'),
      format: z.string().describe('The source\'s entityKey around {value}, such as "brand#{value}".'),
    })
    .describe('Which entity is the source.'),
  versionRule: versionRule.describe('Which version of the source is read.'),
});

const join = z.strictObject({
  name: z
    .string()
    .regex(ENTITY_TYPE_PATTERN, 'a name: a letter, then up to 63 letters, digits, `_`, `.` or `-`')
    .describe('What slices call it, in their `joins`, and manifests, in their pins.'),
  cardinality: z.enum(['MANY_TO_ONE', 'ONE_TO_ONE']).describe('Never more than one source (rfc-v4-001 §10-1).'),
  joinSources: joinSources.describe('What is joined, and how it is found.'),
  joinProjection: outputFields
    .refine((fields) => Object.keys(fields).length > 0, { error: 'at least one field to project' })
    .describe('Output member → path in the source.'),
  missing: missingPolicy
    .default('FAIL_CLOSED')
    .describe('What to do where the source is absent, deleted or a tombstone.'),
  keyAbsent: missingPolicy
    .optional()
    .describe('What to do where the payload names no source; as `missing` by default.'),
  joinImpact: z.array(impactEntry).describe('Which slice types a change of the source concerns.'),
  maxFanout: z.int().min(1).max(10_000_000).default(10_000).describe('The most parents that one plan may name.'),
  shards: shardCount,
  onIndexMissing: onIndexMissing
    .default('FAIL_CLOSED')
    .describe('What fan-out does where the join-implied index is incomplete.'),
});

const index = z.strictObject({
  type: z
    .string()
    .regex(ENTITY_TYPE_PATTERN, 'an index type: a letter, then up to 63 letters, digits, `_`, `.` or `-`')
    .describe('The name of the index, first in its keys.'),
  fromSlice: sliceType.describe('The slice type whose contents are indexed.'),
  selector: z
    .strictObject({ path: selectorText.describe('Into the slice; starts at one of its output members.') })
    .describe('Which values of the slice are indexed.'),
  indexKey: z
    .strictObject({ format: z.string().describe('IDX#{index type}#{value}#{entity type} (rfc-v4-001 §17-3).') })
    .describe('The key under which a value is found.'),
  normalize: z.enum(['none', 'nfc', 'nfc-lowercase']).default('none').describe('How text values are normalised.'),
  shards: shardCount,
});

/** A `RuleSet` contract: how one entity type's payloads become slices (rfc-v4-001 §9-2, §10-2, §17-5). */
export const ruleSetContract = z.strictObject({
  ...headOf('RuleSet'),
  entityType: entityType.describe('Whose payloads it slices.'),
  schemaRef: contractRef.describe('The Schema that every payload is seen through.'),
  slices: z.array(slice).min(1).describe('The slice types that it builds.'),
  joins: z.array(join).default([]).describe('Light joins: at slice build only, one hop, read only.'),
  impactMap: z.array(impactEntry).describe('Which slice types a changed path concerns; proved sound when loaded.'),
  onNoMatch: z
    .enum(['FAIL_CLOSED', 'FULL_REBUILD', 'IGNORE'])
    .default('FAIL_CLOSED')
    .describe('What to do with a changed path that no entry matches.'),
  indexes: z.array(index).default([]).describe('Inverted index entries from slice contents (rfc-v4-001 §17-5).'),
});

export type RuleSetDefinition = z.infer<typeof ruleSetContract>;
export type SliceDefinition = RuleSetDefinition['slices'][number];
export type JoinDefinition = RuleSetDefinition['joins'][number];
export type IndexDefinition = RuleSetDefinition['indexes'][number];
export type ImpactDefinition = RuleSetDefinition['impactMap'][number];
