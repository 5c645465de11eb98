import { type ContractModels, drawContracts } from './contract-models.ts';
import { OPERATIONS, type Operation, type World } from './operations.ts';
import type { Dice, RandomStream } from './random.ts';

export interface PlannedOperation extends Operation {
  /** E.g. `b3`: the third of client b. */
  readonly id: string;
}

export interface PlannedClient {
  readonly name: string;
  readonly operations: readonly PlannedOperation[];
}

/** All that a seed decides before anything runs. */
export interface Workload {
  readonly contracts: ContractModels;
  readonly clients: readonly PlannedClient[];
}

/** Of all clients together: enough for a run of some hundred store calls. */
const OPERATIONS_MIN = 26;
const CLIENTS = ['a', 'b', 'c', 'd'];
/** Ids whose order by UTF-16 units and by bytes differ among them. */
const PRODUCT_IDS = ['P1', '\u{1F600}', '\uFB01', 'P2', 'P3'];

export function drawWorkload(dice: Dice): Workload {
  const random = dice.stream('workload');
  const contracts = drawContracts(random);
  const brandIds = ['B1', 'B2', 'B3'].slice(0, random.integer(2, 3));
  const world: World = {
    contracts,
    brands: brandIds.map((id) => `brand#${id}`),
    products: PRODUCT_IDS.slice(0, random.integer(2, 4)).map((id) => `product#${id}`),
    payloads: { brandIds, names: ['Acme', 'Bolt'], marks: 0 },
  };
  const clients = CLIENTS.slice(0, random.integer(2, CLIENTS.length));
  const each = Math.ceil(OPERATIONS_MIN / clients.length);
  return { contracts, clients: clients.map((name) => ({ name, operations: drawOperations(random, world, name, each) })) };
}

function drawOperations(
  random: RandomStream,
  world: World,
  client: string,
  least: number,
): readonly PlannedOperation[] {
  return Array.from({ length: random.integer(least, least + 3) }, (_, index) => ({
    id: `${client}${index + 1}`,
    ...random.pickWeighted(OPERATIONS)(random, world),
  }));
}
