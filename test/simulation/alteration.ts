import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import type { Store } from '../../src/ports/store.ts';

/** What a run is altered by on purpose, per client process; a test plants bugs so. */
export interface Alteration {
  /** Between the runtime and the simulated store: the calls that it makes are steps like all others. */
  readonly alterStore?: (store: Store) => Store;
  /** Between the client and the runtime. */
  readonly alterRuntime?: (runtime: Runtime) => Runtime;
}
