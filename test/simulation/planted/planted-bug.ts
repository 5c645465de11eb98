import type { Alteration } from '../alteration.ts';

/** A bug that a careless store, flow or client could have. The simulator has to see it. */
export interface PlantedBug extends Alteration {
  readonly name: string;
  /** The demand that it breaks. */
  readonly breaks: RegExp;
}
