/** What must be so behind a race, whoever won: found out from what the writers were told and what the store holds. */
import { expect } from 'vitest';
import { canonicalRawData } from '../../../src/domain/canonical/hash.ts';
import { parseRef } from '../../../src/domain/contracts/contract-ref.ts';
import type { Runtime } from '../../../src/flows/runtime/runtime.ts';
import type { Store } from '../../../src/ports/store.ts';
import { BRAND_RULES, PRODUCT_RULES } from '../product-catalogue.ts';
import { openRuntime } from '../runtime-fixture.ts';
import type { RaceOutcome } from './race-outcome.ts';
import {
  contendersOf,
  payloadOf,
  RACED_ENTITIES,
  RACING_CONTRACTS,
  RACING_TENANT,
  type RacingInput,
} from './racing-work.ts';

/** One winner a version; who had its content was told so, who had other content got a typed error. */
export async function checkOutcomes(runtime: Runtime, outcomes: readonly RaceOutcome[]): Promise<void> {
  const winners = await winnersOf(runtime);
  const final = outcomes.filter(({ isRetryable }) => !isRetryable);
  for (const told of final) {
    const winner = winners.find((input) => isSameKey(input, told));
    const expected = winner?.variant === told.variant ? ['inserted', 'unchanged'] : ['rawdata.content_conflict'];
    expect(expected, `${told.entityKey} version ${told.version}, writer ${told.writer}`).toContain(told.outcome);
  }
  for (const winner of winners) {
    const inserted = outcomes.filter((told) => isSameKey(winner, told) && told.outcome === 'inserted');
    expect(inserted.length, `inserts of ${winner.entityKey} version ${winner.version}`).toBeLessThanOrEqual(1);
  }
}

/**
 * Where nobody was killed, each version that is in was told to somebody as inserted. A soft error of the same content may
 * stand in its place: the insert was done, and what came behind it was not.
 */
export async function checkEachIsTold(runtime: Runtime, outcomes: readonly RaceOutcome[]): Promise<void> {
  for (const winner of await winnersOf(runtime)) {
    const told = outcomes.filter((each) => isSameKey(winner, each) && each.variant === winner.variant);
    const isUnsettled = told.some(({ isRetryable }) => isRetryable);
    const inserted = told.filter(({ outcome }) => outcome === 'inserted').length;
    const expected = isUnsettled ? [0, 1] : [1];
    expect(expected, `inserts of ${winner.entityKey} version ${winner.version}`).toContain(inserted);
  }
}

/** Nothing is owed; every version is whole; what is newest is what a single writer of the same versions comes to. */
export async function checkState(store: Store): Promise<void> {
  const runtime = openRuntime(RACING_CONTRACTS, { store });
  await runtime.resume({ tenantId: RACING_TENANT, refused: 'retry' });
  const winners = await winnersOf(runtime);
  const alone = openRuntime(RACING_CONTRACTS);
  for (const input of winners) await alone.ingest(addressed(input));
  for (const { entityKey, version } of winners) {
    const address = { tenantId: RACING_TENANT, entityKey, ruleSetRef: rulesOf(entityKey) };
    const again = await runtime.slicing({ ...address, version, mode: 'FULL_REBUILD' });
    expect(again.outcome, `${entityKey} version ${version}`).toBe('unchanged');
  }
  for (const entityKey of new Set(winners.map((winner) => winner.entityKey))) {
    expect(await newestOf(runtime, entityKey), entityKey).toEqual(await newestOf(alone, entityKey));
  }
}

async function newestOf(runtime: Runtime, entityKey: string) {
  const address = { tenantId: RACING_TENANT, entityKey, ruleSetRef: rulesOf(entityKey) };
  const [status, manifests] = await Promise.all([
    runtime.getStatus(address),
    runtime.listManifests({ ...address, order: 'descending', limit: 1 }),
  ]);
  return { state: status?.state, version: manifests.items[0]?.version, slices: manifests.items[0]?.slices };
}

/** The content that is in, of every version, versions upwards and sources first. */
async function winnersOf(runtime: Runtime): Promise<readonly RacingInput[]> {
  const found = await Promise.all(RACED_ENTITIES.map((entityKey) => winnersAmong(runtime, entityKey)));
  return found.flat().sort((left, right) => left.version - right.version);
}

async function winnersAmong(runtime: Runtime, entityKey: string): Promise<readonly RacingInput[]> {
  const { items } = await runtime.listVersions({ tenantId: RACING_TENANT, entityKey });
  return items.map(({ version, rawHash }) => {
    const winner = contendersOf(entityKey, version).find((input) => rawHashOf(input) === rawHash);
    if (winner === undefined) throw new Error(`${entityKey} version ${version}: expected one of two contents.`);
    return winner;
  });
}

function rawHashOf(input: RacingInput): string {
  const schema = input.entityKey.startsWith('brand#') ? 'brand@1.0.0' : 'product@2.1.0';
  return canonicalRawData(payloadOf(input), parseRef(schema)).hash;
}

function addressed(input: RacingInput) {
  const { entityKey, version } = input;
  return { tenantId: RACING_TENANT, entityKey, version, payload: payloadOf(input) };
}

function isSameKey(
  left: Pick<RacingInput, 'entityKey' | 'version'>,
  right: Pick<RacingInput, 'entityKey' | 'version'>,
) {
  return left.entityKey === right.entityKey && left.version === right.version;
}

function rulesOf(entityKey: string): string {
  return entityKey.startsWith('brand#') ? BRAND_RULES : PRODUCT_RULES;
}
