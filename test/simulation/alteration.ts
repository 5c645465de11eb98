import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import type { PayloadStore } from '../../src/ports/payload-store.ts';
import type { Store } from '../../src/ports/store.ts';

export interface InnerStores {
  readonly store: Store;
  readonly payloads: PayloadStore;
}

/** What a run is altered by on purpose, a test plants bugs so. */
export interface Alteration {
  /** Between the runtime and the simulated store: the calls that it makes are steps like all others. */
  readonly alterStore?: (store: Store) => Store;
  /** Beneath the simulation: what all clients share. */
  readonly alterInner?: (inner: InnerStores) => InnerStores;
  /** Between the client and the runtime. */
  readonly alterRuntime?: (runtime: Runtime) => Runtime;
}
