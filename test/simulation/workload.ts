import { type ContractChoices, drawContracts } from './contract-models.ts';
import { drawOperation, type Operation, type World } from './operations.ts';
import type { Dice, RandomStream, Weighted } from './random.ts';

/** All that a seed decides before anything runs; plain JSON. */
export interface Workload {
  readonly contracts: ContractChoices;
  readonly conditions: Conditions;
  readonly clients: readonly PlannedClient[];
}

/** What a run is up against. */
export interface Conditions {
  /** The share of store calls that meet a fault. */
  readonly faultShare: number;
  /** Of one store call, in the flows; what fails as often reaches the clients. */
  readonly maxAttempts: number;
  /** Whether the store has the capability of the embedded one, or is as weak as a store may be. */
  readonly isWritingTogether: boolean;
}

/** Some runs are calm, so that their races are nobody's fault but the flows'. */
const FAULT_SHARES: readonly Weighted<number>[] = [
  { weight: 3, choice: 0 },
  { weight: 5, choice: 0.03 },
  { weight: 2, choice: 0.1 },
];

export interface PlannedClient {
  readonly name: string;
  readonly operations: readonly PlannedOperation[];
}

/** `id`: e.g. `b3`, the third of client b. */
export type PlannedOperation = { readonly id: string } & Operation;

/** Of all clients together: enough for some hundred store calls. */
const OPERATIONS_MIN = 30;
const CLIENTS = ['a', 'b', 'c', 'd'];
const BRAND_IDS = ['B1', 'B2', 'B3'];
/** Ids whose order by UTF-16 units and by bytes differ among them. */
const PRODUCT_IDS = ['P1', '\u{1F600}', '\uFB01', 'P2', 'P3'];

export function drawWorkload(dice: Dice): Workload {
  const random = dice.stream('workload');
  const brandIds = BRAND_IDS.slice(0, random.integer(1, 3));
  const world: World = {
    brands: brandIds.map((id) => `brand#${id}`),
    products: PRODUCT_IDS.slice(0, random.integer(1, 4)).map((id) => `product#${id}`),
    payloads: { brandIds, names: ['Acme', 'Bolt'], marks: 0 },
  };
  const names = CLIENTS.slice(0, random.integer(2, CLIENTS.length));
  const least = Math.ceil(OPERATIONS_MIN / names.length);
  return {
    contracts: drawContracts(random),
    conditions: {
      faultShare: random.pickWeighted(FAULT_SHARES),
      maxAttempts: random.pick([1, 2, 5]),
      isWritingTogether: random.isHit(0.4),
    },
    clients: names.map((name) => ({ name, operations: drawOperations(random, world, name, least) })),
  };
}

function drawOperations(random: RandomStream, world: World, client: string, least: number) {
  return Array.from({ length: random.integer(least, least + 3) }, (_, index) => ({
    id: `${client}${index + 1}`,
    ...drawOperation(random, world),
  }));
}
