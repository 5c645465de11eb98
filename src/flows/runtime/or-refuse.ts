import { isRefusal } from '../../domain/errors.ts';
import { storeNewChangeSet } from './commit-slicing.ts';
import type { RuntimeContext } from './context.ts';
import { logRefusal, recordRefusal } from './settle.ts';
import type { RevisingTask } from './slicing-task.ts';

/**
 * Records what the newest version is refused for.
 * @param overtaken what to go on with where a newer version is in; without it, the refusal stands
 * @returns `again`: the status moved, or the debt had to be marked first; the sources are to be resolved once more
 */
export async function orRefuse<Computed>(
  context: RuntimeContext,
  task: RevisingTask,
  compute: () => Promise<Computed>,
  overtaken?: Computed,
): Promise<Computed | 'again'> {
  try {
    return await compute();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // What changed is known, whether it can be sliced or not; another attempt reads it from the store.
    await storeNewChangeSet(context, task);
    const recorded = await recordRefusal(context, task, error);
    if (recorded === 'again') return 'again';
    if (recorded === 'not_newest' && overtaken !== undefined) return overtaken;
    logRefusal(context, task.request, error);
    throw error;
  }
}
