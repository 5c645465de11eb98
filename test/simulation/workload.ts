import { type ContractChoices, drawContracts } from './contract-models.ts';
import type { Climate } from './faults.ts';
import { drawOperation, type Operation, type World } from './operations.ts';
import { PROFILES, type Profile } from './profiles.ts';
import type { Dice, RandomStream } from './random.ts';

/** All that a seed decides before anything runs; plain JSON. */
export interface Workload {
  readonly contracts: ContractChoices;
  readonly conditions: Conditions;
  readonly clients: readonly PlannedClient[];
}

/** What a run is up against. */
export interface Conditions extends Climate {
  /** Of one store call, in the flows; what fails as often reaches the clients. */
  readonly maxAttempts: number;
  /** Whether the store has the capability of the embedded one, or is as weak as a store may be. */
  readonly isWritingTogether: boolean;
  /** The longest that a client rests between two operations: the others have settled by then, or have not. */
  readonly pauseMs: number;
}

export interface PlannedClient {
  readonly name: string;
  readonly operations: readonly PlannedOperation[];
}

/** `id`: e.g. `b3`, the third of client b. */
export type PlannedOperation = { readonly id: string } & Operation;

const CLIENTS = ['a', 'b', 'c', 'd'];
const BRAND_IDS = ['B1', 'B2', 'B3'];
/** Ids whose order by UTF-16 units and by bytes differ among them. */
const PRODUCT_IDS = ['P1', '\u{1F600}', '\uFB01', 'P2', 'P3'];

export function drawWorkload(dice: Dice): Workload {
  const random = dice.stream('workload');
  const profile = random.pickWeighted(PROFILES);
  const world = drawWorld(random, profile);
  const names = CLIENTS.slice(0, random.integer(2, CLIENTS.length));
  const least = Math.ceil(profile.operationsMin / names.length);
  return {
    contracts: drawContracts(random, profile.joins),
    conditions: {
      faultShare: random.pickWeighted(profile.faultShares),
      maxAttempts: random.pick([1, 2, 5]),
      isWritingTogether: random.isHit(profile.writingTogetherShare),
      pauseMs: random.pick(profile.pausesMs),
      pace: random.pick(profile.paces),
      slowCalls: Array.from({ length: random.pick(profile.slowCallsCounts) }, () => random.pick(profile.slowCalls)),
      slowShare: random.pick(profile.slowShares),
      crashBehindCommitShare: random.pick(profile.crashBehindCommitShares),
    },
    clients: names.map((name) => ({ name, operations: drawOperations(random, world, name, least) })),
  };
}

function drawWorld(random: RandomStream, profile: Profile): World {
  const brandIds = BRAND_IDS.slice(0, random.integer(1, profile.brandsMax));
  return {
    brands: brandIds.map((id) => `brand#${id}`),
    products: PRODUCT_IDS.slice(0, random.integer(1, profile.productsMax)).map((id) => `product#${id}`),
    payloads: { brandIds, names: ['Acme', 'Bolt'], marks: 0 },
    profile,
  };
}

function drawOperations(random: RandomStream, world: World, client: string, least: number) {
  return Array.from({ length: random.integer(least, least + 3) }, (_, index) => ({
    id: `${client}${index + 1}`,
    ...drawOperation(random, world),
  }));
}
