import { parseJson } from '../../domain/canonical/parse-json.ts';
import { isSlicewiseError, SlicewiseError } from '../../domain/errors.ts';
import type { FanOutPlan } from '../../flows/runtime/fan-out/fan-out-calls.ts';
import { parsePlan } from '../../flows/runtime/fan-out/fan-out-plan.ts';
import { readWholeInput, STANDARD_INPUT } from '../input/open-input.ts';
import { formatJsonPretty } from '../output/format-json.ts';
import { usageError } from '../output/usage-error.ts';
import { writeWholeFile } from '../output/write-whole-file.ts';

/** Columns of a plan that is written down to be reviewed. */
const PLAN_COLUMNS = 120;
const PLAN_BYTES_MAX = 512 * 1024 * 1024;

export function writePlanFile(path: string, plan: FanOutPlan): Promise<void> {
  return writeWholeFile(path, `${formatJsonPretty(plan, PLAN_COLUMNS)}\n`);
}

/**
 * A plan as it was written down; `-` for standard input.
 * @throws `input.*`, `json.*`, `fan_out.plan_invalid`, `fan_out.plan_altered`, each with the file; `cli.usage` where it
 * is another tenant's
 */
export async function readPlanFile(path: string, tenantId: string): Promise<FanOutPlan> {
  const bytes = await readWholeInput(path, PLAN_BYTES_MAX);
  const plan = namingSource(path, () => parsePlan(parseJson(bytes)));
  if (plan.tenantId === tenantId) return plan;
  throw usageError(
    `--plan ${path}: expected a plan of tenant ${tenantId}, found one of ${plan.tenantId}. ` +
      'Whose data may be changed is said by the command, never by the plan: give --tenant.',
  );
}

function namingSource<Value>(path: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    const source = path === STANDARD_INPUT ? 'stdin' : path;
    const { category, code, message, details } = error;
    throw new SlicewiseError({ category, code, message: `${source}: ${message}`, details: { ...details, source } });
  }
}
