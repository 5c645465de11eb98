/**
 * What clients do. Each kind of operation draws its particulars from the seed and says how it is carried out; a client
 * that fails softly or has died carries the same one out again.
 */
import type { JsonObject } from '../../src/domain/canonical/json-value.ts';
import { hasCode, isSlicewiseError } from '../../src/domain/errors.ts';
import type { InsertRawdataInput, InsertRawdataResult, Runtime } from '../../src/flows/runtime/runtime.ts';
import { BRAND_RULES, CORE_RULES, type ContractModels, NEW_RULES, OLD_RULES, PAGE_RULES } from './contract-models.ts';
import type { ContractStatus } from './moving-registry.ts';
import type { Oracle } from './oracle/oracle.ts';
import { TENANT } from './oracle/read-store.ts';
import { drawBrand, drawProduct, type Payloads } from './payloads.ts';
import type { RandomStream, Weighted } from './random.ts';

/** What an operation works with: one client's process, from its start until it dies. */
export interface Session {
  readonly runtime: Runtime;
  readonly oracle: Oracle;
  /** The step at which this attempt began. */
  readonly sinceStep: number;
  /** What the process remembers from one attempt to the next. */
  readonly memory: { triedVersion?: number | undefined; isSent?: boolean };
  readonly moveContract: (ref: string, status: ContractStatus) => void;
}

export interface Operation {
  /** For traces. */
  readonly text: string;
  readonly readsOnly: boolean;
  readonly perform: (session: Session) => Promise<void>;
}

/** What operations are drawn from. */
export interface World {
  readonly contracts: ContractModels;
  readonly brands: readonly string[];
  readonly products: readonly string[];
  readonly payloads: Payloads;
}

type DrawOperation = (random: RandomStream, world: World) => Operation;

/** Every kind of operation, with how often it is drawn. */
export const OPERATIONS: readonly Weighted<DrawOperation>[] = [
  { weight: 40, choice: drawIngest },
  { weight: 12, choice: drawInsert },
  { weight: 10, choice: drawSlicing },
  { weight: 6, choice: drawChangeSet },
  { weight: 6, choice: drawBackfill },
  { weight: 10, choice: drawView },
  { weight: 9, choice: drawResume },
  { weight: 5, choice: drawContractMove },
];

function drawIngest(random: RandomStream, world: World): Operation {
  const sent = drawSent(random, world);
  return {
    text: `ingest ${sent.text}`,
    readsOnly: false,
    perform: (session) => send(session, sent, (input) => session.runtime.ingest(input)),
  };
}

function drawInsert(random: RandomStream, world: World): Operation {
  const sent = drawSent(random, world);
  return {
    text: `insertRawdata ${sent.text}`,
    readsOnly: false,
    perform: (session) => send(session, sent, (input) => session.runtime.insertRawdata(input)),
  };
}

interface Sent {
  readonly text: string;
  readonly entityKey: string;
  readonly payload: JsonObject | null;
  /** Whether the client counts the versions itself. */
  readonly isNumbered: boolean;
}

function drawSent(random: RandomStream, world: World): Sent {
  // Sources move about as often as what joins them, so that every product sees several versions of its brands.
  const isBrand = random.isHit(0.45);
  const entityKey = random.pick(isBrand ? world.brands : world.products);
  const draw = isBrand ? drawBrand : drawProduct;
  const payload = random.isHit(0.12) ? null : draw(random, world.payloads);
  const isNumbered = random.isHit(0.2);
  const version = isNumbered ? 'the version after the newest' : 'next';
  return { text: `${entityKey} ${version} ${JSON.stringify(payload)}`, entityKey, payload, isNumbered };
}

async function send(
  session: Session,
  { entityKey, payload, isNumbered }: Sent,
  call: (input: InsertRawdataInput) => Promise<InsertRawdataResult>,
): Promise<void> {
  const { memory, oracle, runtime } = session;
  if (!memory.isSent) oracle.submit(entityKey, payload);
  memory.isSent = true;
  if (isNumbered) memory.triedVersion ??= (await newestVersion(runtime, entityKey)) + 1;
  const version: number | 'next' = memory.triedVersion ?? 'next';
  const input = { tenantId: TENANT, entityKey, version };
  try {
    oracle.toldInserted(await call(payload === null ? { ...input, deleted: true } : { ...input, payload }), payload);
  } catch (error) {
    // A call whose outcome is not known names what it tried, and is repeated with that; once the version turns out to be
    // another's, the client knows that its own is not in.
    const tried = isSlicewiseError(error) && error.retryable ? error.details['triedVersion'] : undefined;
    if (typeof tried === 'number') memory.triedVersion = tried;
    const isTaken = hasCode(error, 'rawdata.content_conflict') && !isNumbered && version !== 'next';
    if (!isTaken) throw error;
    memory.triedVersion = undefined;
    await send(session, { text: '', entityKey, payload, isNumbered }, call);
  }
}

async function newestVersion(runtime: Runtime, entityKey: string): Promise<number> {
  const { items } = await runtime.listVersions({ tenantId: TENANT, entityKey, limit: 1 });
  return items[0]?.version ?? 0;
}

function drawSlicing(random: RandomStream, world: World): Operation {
  const { entityKey, ruleSetRef } = drawSliced(random, world);
  const back = random.pickWeighted([
    { weight: 6, choice: 0 },
    { weight: 2, choice: 1 },
    { weight: 1, choice: 2 },
  ]);
  const isFull = random.isHit(0.5);
  return {
    text: `slicing ${entityKey} ${ruleSetRef} ${isFull ? 'FULL' : 'INCREMENTAL'} of the newest less ${back}`,
    readsOnly: false,
    perform: async ({ runtime, oracle }) => {
      const version = (await newestVersion(runtime, entityKey)) - back;
      if (version >= 1) await slice({ runtime, oracle }, { entityKey, version, ruleSetRef, isFull });
    },
  };
}

function drawSliced(random: RandomStream, { brands, products }: World) {
  if (random.isHit(0.25)) return { entityKey: random.pick(brands), ruleSetRef: BRAND_RULES };
  const ruleSetRef = random.pick([CORE_RULES, CORE_RULES, PAGE_RULES, PAGE_RULES, NEW_RULES, OLD_RULES]);
  return { entityKey: random.pick(products), ruleSetRef };
}

interface SlicedVersion {
  readonly entityKey: string;
  readonly version: number;
  readonly ruleSetRef: string;
  readonly isFull: boolean;
}

async function slice(
  { runtime, oracle }: Pick<Session, 'runtime' | 'oracle'>,
  { entityKey, version, ruleSetRef, isFull }: SlicedVersion,
): Promise<void> {
  const request = { tenantId: TENANT, entityKey, version, ruleSetRef };
  if (isFull || version === 1) {
    oracle.toldSliced(await runtime.slicing({ ...request, mode: 'FULL_REBUILD' }));
    return;
  }
  const fromVersion = version - 1;
  await runtime.createChangeSet({ tenantId: TENANT, entityKey, fromVersion, toVersion: version, ruleSetRef });
  oracle.toldSliced(await runtime.slicing({ ...request, mode: 'INCREMENTAL', fromVersion }));
}

function drawChangeSet(random: RandomStream, world: World): Operation {
  const { entityKey, ruleSetRef } = drawSliced(random, world);
  const back = random.integer(0, 2);
  return {
    text: `createChangeSet ${entityKey} ${ruleSetRef} to the newest less ${back}`,
    readsOnly: false,
    perform: async ({ runtime }) => {
      const toVersion = (await newestVersion(runtime, entityKey)) - back;
      if (toVersion < 1) return;
      const fromVersion = toVersion - 1;
      await runtime.createChangeSet({ tenantId: TENANT, entityKey, fromVersion, toVersion, ruleSetRef });
    },
  };
}

/** Slices every version from the first, as one does for a rule set that is new. */
function drawBackfill(random: RandomStream, { products }: World): Operation {
  const entityKey = random.pick(products);
  const ruleSetRef = random.pick([NEW_RULES, NEW_RULES, CORE_RULES]);
  const isFull = random.isHit(0.4);
  return {
    text: `backfill ${entityKey} ${ruleSetRef} ${isFull ? 'FULL' : 'INCREMENTAL'}`,
    readsOnly: false,
    perform: async ({ runtime, oracle }) => {
      const { items } = await runtime.listVersions({ tenantId: TENANT, entityKey, order: 'ascending' });
      for (const { version } of items) await slice({ runtime, oracle }, { entityKey, version, ruleSetRef, isFull });
    },
  };
}

function drawView(random: RandomStream, { products, contracts }: World): Operation {
  const entityKey = random.pick(products);
  const { ref: viewRef } = random.pick(contracts.views);
  const version = random.pickWeighted<number | 'active'>([
    { weight: 7, choice: 'active' },
    { weight: 3, choice: random.integer(1, 3) },
  ]);
  return {
    text: `queryView ${viewRef} of ${entityKey} at ${version}`,
    readsOnly: true,
    perform: async ({ runtime, oracle, sinceStep }) => {
      const told = await runtime.queryView<JsonObject>({ tenantId: TENANT, entityKey, viewRef, version });
      // Whole or partial, it is the fields that there are.
      const seen = told.status === 'complete' ? told : { ...told, data: told.data as JsonObject };
      oracle.toldView(seen, { entityKey, version, sinceStep });
    },
  };
}

function drawResume(random: RandomStream): Operation {
  const refused = random.isHit(0.5) ? 'retry' : 'leave';
  return {
    text: `resume, what was refused: ${refused}`,
    readsOnly: false,
    perform: async ({ runtime }) => {
      await runtime.resume({ tenantId: TENANT, refused });
    },
  };
}

function drawContractMove(random: RandomStream): Operation {
  const [ref, status] = random.pick([
    [NEW_RULES, 'ACTIVE'],
    [NEW_RULES, 'ACTIVE'],
    [OLD_RULES, 'ARCHIVED'],
  ] as const);
  return {
    text: `${ref} becomes ${status}`,
    readsOnly: false,
    perform: async ({ moveContract }) => moveContract(ref, status),
  };
}
