import { createFilePayloadStore, createFileRegistry } from './adapters/files/index.ts';
import { openSqliteStore } from './adapters/sqlite/index.ts';
import { createRuntime } from './flows/runtime/create-runtime.ts';
import type { Runtime } from './flows/runtime/runtime.ts';
import type { CreateRuntimeOptions } from './flows/runtime/runtime-options.ts';

/** The embedded default put together: SQLite for records, files for contracts and large payloads. */
export interface OpenEmbeddedOptions extends Omit<CreateRuntimeOptions, 'store' | 'registry' | 'payloadStore'> {
  /** The database file; made with its folder where there is none. Large payloads lie in `{path}.payloads` beside it. */
  readonly path: string;
  /** The folder of the contracts. */
  readonly contracts: string;
}

/**
 * Opens a runtime with nothing to install or start.
 * @throws `store.format_newer`, `store.format_older`, `store.corrupt`, `store.unavailable`
 */
export async function openEmbedded({ path, contracts, ...options }: OpenEmbeddedOptions): Promise<Runtime> {
  return createRuntime({
    ...options,
    store: await openSqliteStore({ path }),
    registry: createFileRegistry({ dir: contracts }),
    payloadStore: createFilePayloadStore({ dir: `${path}.payloads` }),
  });
}
