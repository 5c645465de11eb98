import { z } from 'zod';
import type { JsonValue } from '../canonical/json-value.ts';
import { CONTRACT_ID_PATTERN, REF_PATTERN, readRef, SEMVER_PATTERN } from './contract-ref.ts';
import type { ContractKind } from './registered-contract.ts';

/** What the contract kinds share: the head and the spelling of names (design: contracts). */

export const ENTITY_TYPE_PATTERN = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
export const SLICE_TYPE_PATTERN = /^[A-Z][A-Z0-9_]{0,63}$/;
/** As a join's `source`: RawData, not a slice type. */
export const RAW_SOURCE = 'RAW';

const REF_EXPECTED = 'id@version with a SemVer version, such as product-core@1.3.0';
const OUTPUT_NAME_LENGTH_MAX = 256;

export const contractRef = z
  .string()
  .refine((text) => readRef(text) !== null, { error: REF_EXPECTED })
  .meta({ pattern: REF_PATTERN.source, description: 'A contract as id@version, one exact SemVer version.' });

export const entityType = z
  .string()
  .regex(ENTITY_TYPE_PATTERN, 'an entity type: a letter, then up to 63 letters, digits, `_`, `.` or `-`')
  .describe('The part of an entityKey in front of its `#`.');

export const sliceType = z
  .string()
  .regex(SLICE_TYPE_PATTERN, 'a slice type: a capital letter, then up to 63 capital letters, digits or `_`')
  .refine((type) => type !== RAW_SOURCE, { error: 'a slice type other than RAW, which names RawData' })
  .meta({ not: { const: RAW_SOURCE }, description: 'The name of a slice type, such as PRODUCT_CORE.' });

export const selectorText = z
  .string()
  .min(1, 'a path such as brand_id or variants[*].price')
  .describe('An RFC 9535 path of member names, [n] and [*]; brand_id is short for $.brand_id.');

export const outputName = z
  .string()
  .min(1, 'a member name')
  .max(OUTPUT_NAME_LENGTH_MAX, `a member name of at most ${OUTPUT_NAME_LENGTH_MAX} characters`)
  .describe('A literal member name of the output.');

export const shardCount = z
  .int()
  .min(1)
  .max(256)
  .default(1)
  .describe('How many partitions the index entries of one value are spread over; more for hot values.');

/** Any JSON value, as the document holds it: not copied, not checked again. */
export const anyJson = z.custom<JsonValue>((value) => value !== undefined, { error: 'a JSON value' });

/** The members that every contract has. */
export function headOf<Kind extends ContractKind>(kind: Kind) {
  return {
    kind: z.literal(kind).describe('What the contract is.'),
    id: z
      .string()
      .regex(CONTRACT_ID_PATTERN, 'an id: a letter, then up to 63 letters, digits, `_`, `.` or `-`')
      .describe('The name that its versions share.'),
    version: z
      .string()
      .regex(SEMVER_PATTERN, 'a SemVer version in quotes or with three numbers, such as 1.3.0')
      .max(64, 'a SemVer version of at most 64 characters')
      .describe('Its SemVer version; a published one never changes but for its status.'),
    status: z
      .enum(['DRAFT', 'ACTIVE', 'DEPRECATED', 'ARCHIVED'])
      .describe('Whether it runs: ACTIVE does, DEPRECATED where it is allowed, DRAFT and ARCHIVED never.'),
    description: z.string().optional().describe('For people.'),
    allowDeprecated: z.boolean().default(false).describe('Whether it may use contracts that are DEPRECATED.'),
  };
}
