import { hasCode } from '../../domain/errors.ts';
import { parseEntityKey } from '../../domain/identity.ts';
import { rawDataMissing } from '../../flows/runtime/create-change-set.ts';
import type { FanOutPlan } from '../../flows/runtime/fan-out/fan-out-calls.ts';
import type { Runtime } from '../../flows/runtime/runtime.ts';

const ATTEMPTS_MAX = 20;

interface Entity {
  readonly tenantId: string;
  readonly entityKey: string;
}

/**
 * The plan of what an entity's status says is owed; `null` where nothing is. A version that comes in between is followed
 * as well: nobody has asked for the one before it.
 * @throws `rawdata.missing`, as `planFanOut`
 */
export async function planOwed(
  runtime: Pick<Runtime, 'getStatus' | 'planFanOut'>,
  entity: Entity,
  signal: AbortSignal,
): Promise<FanOutPlan | null> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await planNewest(runtime, entity, signal);
    } catch (error) {
      if (!hasCode(error, 'fan_out.superseded') || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

async function planNewest(
  runtime: Pick<Runtime, 'getStatus' | 'planFanOut'>,
  entity: Entity,
  signal: AbortSignal,
): Promise<FanOutPlan | null> {
  const status = await runtime.getStatus(entity, { signal });
  if (status === null) throw rawDataMissing(parseEntityKey(entity.entityKey), 'newest');
  const { fannedOutTo: fromVersion, version: toVersion } = status;
  return fromVersion >= toVersion ? null : runtime.planFanOut({ ...entity, fromVersion, toVersion }, { signal });
}
