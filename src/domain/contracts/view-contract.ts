import { z } from 'zod';
import { anyJson, contractRef, headOf, outputName, sliceType } from './contract-head.ts';

const viewField = z.strictObject({
  from: z
    .string()
    .min(1, 'a slice type and a field of it, such as PRODUCT_CORE.title')
    .describe('A slice type and a path into it, such as PRODUCT_CORE.title.'),
  to: outputName.describe('The member of the result that holds it.'),
  default: anyJson.optional().describe('Stands in where the slice is left out; needs `fallbackPolicy: DEFAULT_VALUE`.'),
});

/** A `View` contract: a virtual join of slices, read only (rfc-v4-001 §12). */
export const viewContract = z.strictObject({
  ...headOf('View'),
  ruleSetRef: contractRef.describe('The RuleSet whose slices it reads.'),
  requiredSlices: z.array(sliceType).default([]).describe('Slice types that it cannot do without.'),
  optionalSlices: z.array(sliceType).default([]).describe('Slice types that may be left out under PARTIAL_ALLOWED.'),
  missingPolicy: z
    .enum(['FAIL_CLOSED', 'PARTIAL_ALLOWED'])
    .default('FAIL_CLOSED')
    .describe('What a tombstone of a slice type means to it.'),
  partialPolicy: z
    .strictObject({ optionalOnly: z.boolean().default(true).describe('Whether only optional slices may be left out.') })
    .default({ optionalOnly: true })
    .describe('What PARTIAL_ALLOWED allows.'),
  fallbackPolicy: z
    .enum(['NONE', 'DEFAULT_VALUE'])
    .default('NONE')
    .describe('Whether the `default` of a field stands in for a slice that is left out.'),
  fields: z.array(viewField).min(1).describe('What the result holds.'),
});

export type ViewDefinition = z.infer<typeof viewContract>;
