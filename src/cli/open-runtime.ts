import { createRuntime } from '../flows/runtime/create-runtime.ts';
import type { Runtime } from '../flows/runtime/runtime.ts';
import type { Invocation } from './invocation.ts';
import { openLogger } from './open-logger.ts';
import { withRegistry } from './open-registry.ts';
import { openStores } from './open-store.ts';

export interface RuntimeUse {
  /** Default `refuse`. */
  readonly whenStoreAbsent?: 'create' | 'refuse';
}

/** Opens what the global flags name, lends it to the work, and closes it whatever happens. */
export async function withRuntime<Result>(
  { settings }: Invocation,
  work: (runtime: Runtime) => Promise<Result>,
  { whenStoreAbsent = 'refuse' }: RuntimeUse = {},
): Promise<Result> {
  return withRegistry(settings, async (registry) => {
    const logger = await openLogger(settings.logLevel);
    const stores = await openStores(settings, whenStoreAbsent);
    const runtime = createRuntime({ ...stores, registry, logger });
    try {
      return await work(runtime);
    } finally {
      await runtime.close();
    }
  });
}
