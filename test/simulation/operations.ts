/**
 * What clients do. Each kind of operation draws its particulars from the seed, as plain JSON, and says how they are
 * carried out; a client that fails softly or has died carries the same ones out again.
 */
import type { JsonObject } from '../../src/domain/canonical/json-value.ts';
import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import {
  BRAND_RULES,
  CORE_RULES,
  NEW_RULES,
  OLD_RULES,
  PAGE_RULES,
  VIEWED_RULES,
  viewRefOf,
} from './contract-models.ts';
import type { ContractStatus } from './moving-registry.ts';
import type { Oracle } from './oracle/oracle.ts';
import { TENANT } from './oracle/read-store.ts';
import { drawBrand, drawProduct, enlarged, type Payloads, withMark } from './payloads.ts';
import type { Profile } from './profiles.ts';
import type { RandomStream } from './random.ts';
import { ingest, newestVersion, type SentContent, type SentVersion, sendBatch, sendVersion } from './send-version.ts';

/** What an operation works with: one client's process, from its start until it dies. */
export interface Session {
  readonly runtime: Runtime;
  readonly oracle: Oracle;
  /** The step at which this attempt began. */
  readonly sinceStep: number;
  /** What the process remembers from one attempt to the next. */
  readonly memory: ProcessMemory;
  readonly moveContract: (ref: string, status: ContractStatus) => void;
}

export interface ProcessMemory {
  triedVersion?: number | undefined;
  isSent?: boolean;
}

/** What operations are drawn from. */
export interface World {
  readonly brands: readonly string[];
  readonly products: readonly string[];
  readonly payloads: Payloads;
  readonly profile: Profile;
}

/** The particulars of each kind of operation. */
interface Particulars {
  readonly ingest: SentVersion;
  readonly insertRawdata: SentVersion;
  readonly ingestBatch: { readonly sent: readonly SentContent[] };
  /** Of the newest version less `back`. */
  readonly slicing: SlicedEntity & { readonly back: number; readonly isFull: boolean };
  readonly createChangeSet: SlicedEntity & { readonly back: number };
  /** Of every version from the first, as one does for a rule set that is new. */
  readonly backfill: SlicedEntity & { readonly isFull: boolean };
  /** Publishes the new rule set, and fills it for every product beside the live writes. */
  readonly upgrade: { readonly entityKeys: readonly string[]; readonly isFull: boolean };
  readonly queryView: { readonly entityKey: string; readonly viewRef: string; readonly version: number | 'active' };
  /** From the newest version less `back`, or from the beginning; at times applied twice. */
  readonly fanOut: { readonly entityKeys: readonly string[]; readonly back: number; readonly times: 1 | 2 };
  readonly planFanOut: { readonly entityKey: string };
  readonly lookUpIndex: { readonly indexKey: string };
  readonly explain: SlicedEntity & { readonly sliceType: string };
  readonly resume: { readonly refused: 'leave' | 'retry' };
  readonly moveContract: { readonly ref: string; readonly status: ContractStatus };
  readonly collectPayloads: Collecting;
  readonly collectSlices: Collecting;
}

interface Collecting {
  readonly olderThanMs: number;
  /** How far the collector's clock is off; back is negative. */
  readonly clockAheadMs: number;
}

interface SlicedEntity {
  readonly entityKey: string;
  readonly ruleSetRef: string;
}

export type OperationName = keyof Particulars;
export type Operation = { [Name in OperationName]: { readonly call: Name } & Particulars[Name] }[OperationName];

interface OperationKind<Particular> {
  readonly readsOnly?: true;
  /** Whether it looks for entities by listing them. */
  readonly lists?: true;
  readonly draw: (random: RandomStream, world: World) => Particular;
  readonly perform: (session: Session, particulars: Particular) => Promise<void>;
}

/** Every kind of operation. */
const OPERATIONS: { readonly [Name in OperationName]: OperationKind<Particulars[Name]> } = {
  ingest: {
    draw: drawSentVersion,
    perform: (session, sent) => sendVersion(session, sent, (input) => ingest(session, input)),
  },
  insertRawdata: {
    draw: drawSentVersion,
    perform: (session, sent) => sendVersion(session, sent, (input) => session.runtime.insertRawdata(input)),
  },
  ingestBatch: {
    draw: (random, world) => ({
      // Nobody counts how often these are in: whoever sends a batch again sends all of it.
      sent: Array.from({ length: random.integer(2, 4) }, () => drawContent(random, { ...world, hasMarks: false })),
    }),
    perform: sendBatch,
  },
  slicing: {
    draw: (random, world) => ({
      ...drawSlicedEntity(random, world),
      back: random.pick([0, 0, 0, 1, 2]),
      isFull: random.isHit(0.5),
    }),
    perform: async (session, { entityKey, ruleSetRef, back, isFull }) => {
      const version = (await newestVersion(session.runtime, entityKey)) - back;
      if (version >= 1) await sliceVersion(session, { entityKey, version, ruleSetRef, isFull });
    },
  },
  createChangeSet: {
    draw: (random, world) => ({ ...drawSlicedEntity(random, world), back: random.integer(0, 2) }),
    perform: async ({ runtime }, { entityKey, ruleSetRef, back }) => {
      const toVersion = (await newestVersion(runtime, entityKey)) - back;
      if (toVersion < 1) return;
      await runtime.createChangeSet({ tenantId: TENANT, entityKey, fromVersion: toVersion - 1, toVersion, ruleSetRef });
    },
  },
  backfill: {
    draw: (random, { products }) => ({
      entityKey: random.pick(products),
      ruleSetRef: random.pick([NEW_RULES, NEW_RULES, CORE_RULES]),
      isFull: random.isHit(0.4),
    }),
    perform: fillVersions,
  },
  upgrade: {
    draw: (random, { products }) => ({ entityKeys: products, isFull: random.isHit(0.5) }),
    perform: async (session, { entityKeys, isFull }) => {
      session.moveContract(NEW_RULES, 'ACTIVE');
      for (const entityKey of entityKeys) await fillVersions(session, { entityKey, ruleSetRef: NEW_RULES, isFull });
    },
  },
  queryView: {
    readsOnly: true,
    draw: (random, { products }) => ({
      entityKey: random.pick(products),
      viewRef: viewRefOf(random.pick(VIEWED_RULES)),
      version: random.isHit(0.7) ? 'active' : random.integer(1, 3),
    }),
    perform: async ({ runtime, oracle, sinceStep }, { entityKey, viewRef, version }) => {
      const told = await runtime.queryView<JsonObject>({ tenantId: TENANT, entityKey, viewRef, version });
      // Whole or partial, it is the fields that there are.
      const seen = told.status === 'complete' ? told : { ...told, data: told.data as JsonObject };
      oracle.toldView(seen, { entityKey, version, sinceStep });
    },
  },
  fanOut: {
    draw: (random, { brands }) => ({
      entityKeys: random.isHit(0.7) ? [random.pick(brands)] : brands,
      back: random.pick([1, 1, 2, 99]),
      times: random.pick([1, 1, 2]),
    }),
    perform: async ({ runtime }, { entityKeys, back, times }) => {
      const changes = [];
      for (const entityKey of entityKeys) {
        const toVersion = await newestVersion(runtime, entityKey);
        if (toVersion > 0) changes.push({ entityKey, fromVersion: Math.max(0, toVersion - back), toVersion });
      }
      if (changes.length === 0) return;
      const plan = await runtime.planFanOuts({ tenantId: TENANT, changes });
      for (let time = 0; time < times; time += 1) await runtime.applyFanOut(JSON.parse(JSON.stringify(plan)));
    },
  },
  planFanOut: {
    readsOnly: true,
    draw: (random, { brands }) => ({ entityKey: random.pick(brands) }),
    perform: async ({ runtime }, { entityKey }) => {
      const toVersion = await newestVersion(runtime, entityKey);
      if (toVersion > 0) await runtime.planFanOut({ tenantId: TENANT, entityKey, fromVersion: 0, toVersion });
    },
  },
  lookUpIndex: {
    readsOnly: true,
    draw: (random, { brands }) => ({ indexKey: `IDX#${random.pick(brands)}#product` }),
    perform: async ({ runtime, oracle, sinceStep }, { indexKey }) => {
      const { items } = await runtime.lookUpIndex({ tenantId: TENANT, indexKey, limit: 100 });
      for (const item of items) oracle.toldIndexed(item, { indexKey, sinceStep });
    },
  },
  explain: {
    readsOnly: true,
    draw: (random, { products }) => ({
      entityKey: random.pick(products),
      ruleSetRef: random.pick(VIEWED_RULES),
      sliceType: 'PRICE',
    }),
    perform: async ({ runtime }, asked) => {
      await runtime.explain({ tenantId: TENANT, version: 'active', ...asked });
    },
  },
  resume: {
    lists: true,
    draw: (random) => ({ refused: random.pick(['leave', 'retry']) }),
    perform: async ({ runtime, oracle }, { refused }) => {
      oracle.toldResumed(await runtime.resume({ tenantId: TENANT, refused }));
    },
  },
  moveContract: {
    draw: (random) =>
      random.isHit(0.65) ? { ref: NEW_RULES, status: 'ACTIVE' } : { ref: OLD_RULES, status: 'ARCHIVED' },
    perform: async ({ moveContract }, { ref, status }) => moveContract(ref, status),
  },
  collectPayloads: {
    lists: true,
    draw: drawCollecting,
    perform: async ({ runtime, oracle }, { olderThanMs }) => {
      oracle.toldCollected(await runtime.collectPayloads({ tenantId: TENANT, olderThanMs }));
    },
  },
  collectSlices: {
    lists: true,
    draw: drawCollecting,
    perform: async ({ runtime, oracle }, { olderThanMs }) => {
      oracle.toldCollected(await runtime.collectSlices({ tenantId: TENANT, olderThanMs }));
    },
  },
};

/** An age that spares what is under way, one that spares nothing, and clocks for which neither holds. */
function drawCollecting(random: RandomStream): Collecting {
  return { olderThanMs: random.pick([0, 0, 100, 3_600_000]), clockAheadMs: random.pick([0, 0, 7_200_000, -7_200_000]) };
}

export function drawOperation(random: RandomStream, world: World): Operation {
  const { weights } = world.profile;
  // The record's keys are the names by its type; Object.keys widens them.
  const names = Object.keys(OPERATIONS) as OperationName[];
  const call = random.pickWeighted(names.map((name) => ({ weight: weights[name], choice: name })));
  // Each kind draws its own particulars; TypeScript does not follow that through the record.
  return { call, ...OPERATIONS[call].draw(random, world) } as Operation;
}

export function performOperation(session: Session, operation: Operation): Promise<void> {
  const { call, ...particulars } = operation;
  return kindOf(call).perform(session, particulars);
}

/** What an operation may do to the store. */
export interface Traits {
  readonly readsOnly: boolean;
  readonly lists: boolean;
  /** How far the clock of its process is off. */
  readonly clockAheadMs: number;
}

export function traitsOf(operation: Operation): Traits {
  const { readsOnly = false, lists = false } = kindOf(operation.call);
  return { readsOnly, lists, clockAheadMs: 'clockAheadMs' in operation ? operation.clockAheadMs : 0 };
}

/** A kind that takes what its own operations have. */
function kindOf(call: OperationName): OperationKind<unknown> {
  return OPERATIONS[call] as OperationKind<unknown>;
}

function drawSentVersion(random: RandomStream, world: World): SentVersion {
  return {
    ...drawContent(random, { ...world, hasMarks: true }),
    firstVersion: random.isHit(0.2) ? random.pick([1, 1, 2]) : null,
  };
}

function drawContent(random: RandomStream, world: World & { readonly hasMarks: boolean }): SentContent {
  const isBrand = random.isHit(world.profile.brandShare);
  const draw = isBrand ? drawBrand : drawProduct;
  const { deletedShares } = world.profile;
  const entityKey = random.pick(isBrand ? world.brands : world.products);
  if (random.isHit(isBrand ? deletedShares.brand : deletedShares.product)) return { entityKey, payload: null };
  const payload = draw(random, world.payloads);
  const { largeShare } = world.profile;
  if (largeShare > 0 && random.isHit(largeShare)) return { entityKey, payload: enlarged(random, payload) };
  return { entityKey, payload: world.hasMarks ? withMark(random, world.payloads, payload) : payload };
}

function drawSlicedEntity(random: RandomStream, { brands, products }: World): SlicedEntity {
  if (random.isHit(0.25)) return { entityKey: random.pick(brands), ruleSetRef: BRAND_RULES };
  const ruleSetRef = random.pick([CORE_RULES, CORE_RULES, PAGE_RULES, PAGE_RULES, NEW_RULES, OLD_RULES]);
  return { entityKey: random.pick(products), ruleSetRef };
}

async function fillVersions(session: Session, { isFull, ...sliced }: Particulars['backfill']): Promise<void> {
  const { entityKey } = sliced;
  const { items } = await session.runtime.listVersions({ tenantId: TENANT, entityKey, order: 'ascending' });
  for (const { version } of items) await sliceVersion(session, { ...sliced, version, isFull });
}

async function sliceVersion(
  { runtime, oracle }: Session,
  { isFull, ...sliced }: SlicedEntity & { readonly version: number; readonly isFull: boolean },
): Promise<void> {
  const request = { tenantId: TENANT, ...sliced };
  if (isFull || sliced.version === 1) {
    oracle.toldSliced(await runtime.slicing({ ...request, mode: 'FULL_REBUILD' }));
    return;
  }
  const { version: toVersion, entityKey, ruleSetRef } = sliced;
  const fromVersion = toVersion - 1;
  await runtime.createChangeSet({ tenantId: TENANT, entityKey, fromVersion, toVersion, ruleSetRef });
  oracle.toldSliced(await runtime.slicing({ ...request, mode: 'INCREMENTAL', fromVersion }));
}
