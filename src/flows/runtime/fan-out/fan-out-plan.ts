import { z } from 'zod';
import type { Origin } from '../../../domain/canonical/canonical-writer.ts';
import { hashCanonical } from '../../../domain/canonical/hash.ts';
import type { JsonValue } from '../../../domain/canonical/json-value.ts';
import { invariantViolation, validationError } from '../../../domain/errors.ts';
import type { FanOutPlan } from './fan-out-calls.ts';

/** What a plan's hash covers: all of it but the hash. */
export type FanOutPlanContent = Omit<FanOutPlan, 'planHash'>;

export function sealPlan(content: FanOutPlanContent): FanOutPlan {
  return { ...content, planHash: hashOf(content, 'made') };
}

function hashOf(content: FanOutPlanContent, origin: Origin) {
  // A plan is made of nothing but JSON.
  return hashCanonical(content as unknown as JsonValue, origin);
}

const key = z.strictObject({
  entityKey: z.string(),
  version: z.int(),
  sliceType: z.string(),
  ruleSetRef: z.string(),
});

const PLAN = z.strictObject({
  kind: z.literal('fan-out-plan'),
  format: z.literal(1),
  tenantId: z.string(),
  changes: z.array(
    z.strictObject({
      entityKey: z.string(),
      fromVersion: z.int(),
      toVersion: z.int(),
      settlesTo: z.int(),
      fills: z.int(),
    }),
  ),
  slices: z.array(
    z.union([
      key.extend({ because: z.enum(['own', 'owed']) }),
      key.extend({ because: z.literal('source'), sources: z.array(z.string()) }),
    ]),
  ),
  staleHints: z.array(
    z.strictObject({
      indexKey: z.string(),
      shard: z.int(),
      entityKey: z.string(),
      ruleSetRef: z.string(),
      sliceType: z.string(),
      version: z.int(),
      revision: z.int(),
    }),
  ),
  counts: z.strictObject({
    parents: z.int(),
    cutOff: z.int(),
    skippedArchived: z.int(),
  }),
  planHash: z.string(),
});

/**
 * A plan that was stored, reviewed or carried elsewhere.
 * @throws `fan_out.plan_invalid` where it is none, `fan_out.plan_altered` where it is not what was planned
 */
export function parsePlan(value: unknown): FanOutPlan {
  const parsed = PLAN.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw validationError(
      'fan_out.plan_invalid',
      `plan, ${issue?.path.length ? `at /${issue.path.join('/')}` : 'as a whole'}: expected a plan of planFanOut, format 1, found ${issue?.message ?? 'something else'}. ` +
        'Plan again.',
    );
  }
  // The schema says what the type says, but for the brands, which the hash vouches for.
  const plan = parsed.data as unknown as FanOutPlan;
  const { planHash, ...content } = plan;
  const found = hashOf(content, 'given');
  if (found === planHash) return plan;
  throw invariantViolation(
    'fan_out.plan_altered',
    `plan: expected the content of ${planHash}, found that of ${found}. A plan is applied as it was made: plan again.`,
    { expected: planHash, found },
  );
}
