import { canonicalText } from '../../../src/domain/canonical/canonicalize.ts';
import type { PayloadStore } from '../../../src/ports/payload-store.ts';
import type { Store } from '../../../src/ports/store.ts';
import { refOf } from '../contract-models.ts';
import { Violation } from '../violation.ts';
import { withPayloads } from './collection-checks.ts';
import { checkCommits, checkHinted, checkSlicesThere } from './commit-checks.ts';
import { checkInputs, type Submissions } from './input-checks.ts';
import type { Ledger } from './ledger.ts';
import { entityAddress, readAll, readRawData, TENANT } from './read-store.ts';
import { recomputeFromPins, recomputeNow } from './recompute.ts';

/** What is looked at once all clients are done and a last resume has run to its end. */
export interface FinalState {
  readonly store: Store;
  readonly payloads: PayloadStore;
  readonly ledger: Ledger;
  readonly submissions: Submissions;
  readonly step: number;
}

type FinalCheck = (state: FinalState, entityKey: string) => Promise<void>;

/** Every one of them holds for every entity when a run has come to its end. */
const FINAL_CHECKS: readonly FinalCheck[] = [
  everythingIsAsItWas,
  onlyWhatIsStillRefusedIsOwed,
  headsAreAtTheNewest,
  everyChangeIsFollowed,
  noParentIsStale,
  everyCommitIsWhole,
];

export async function checkFinally(state: FinalState): Promise<void> {
  await checkListing(state);
  for (const entityKey of state.ledger.entityKeys) {
    for (const check of FINAL_CHECKS) await check(state, entityKey);
  }
}

async function checkListing({ store, ledger }: FinalState): Promise<void> {
  const listed = await readAll(store, { range: 'entities', tenantId: TENANT, limit: 1000 });
  const expected = [...ledger.entityKeys].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  if (listed.join('\n') !== expected.join('\n')) {
    throw new Violation('L7 entities are listed in the order of their bytes', listed.join(', '));
  }
}

/** Every step looked only at what it had touched. */
async function everythingIsAsItWas(
  { store, payloads, ledger, submissions, step }: FinalState,
  entityKey: string,
): Promise<void> {
  const moment = { step, sinceStep: step };
  const known = ledger.versionsOf(entityKey).length;
  const records = await withPayloads(payloads, await readRawData(store, entityKey));
  checkInputs(ledger, submissions, entityKey, records, moment);
  if (ledger.versionsOf(entityKey).length !== known) throw new Violation('L12 no version appears by itself', entityKey);
  for (const model of ledger.ruleSetsOf(entityKey)) {
    const ref = refOf(model);
    const count = ledger.manifestsOf(entityKey, ref).length;
    await checkCommits(store, ledger, { entityKey, ref }, moment);
    if (ledger.manifestsOf(entityKey, ref).length !== count) {
      throw new Violation('L5 no manifest appears by itself', `${entityKey} ${ref}`);
    }
  }
  const [status] = await store.batchGet([{ kind: 'status', ...entityAddress(entityKey) }]);
  if (canonicalText(status ?? null) !== canonicalText(ledger.statuses.get(entityKey) ?? null)) {
    throw new Violation('L6 no status moves by itself', entityKey);
  }
}

async function onlyWhatIsStillRefusedIsOwed({ ledger }: FinalState, entityKey: string): Promise<void> {
  const status = ledger.statuses.get(entityKey);
  for (const [ref, mark] of Object.entries(status?.owed ?? {})) {
    const name = `${entityKey} v${status?.version} under ${ref}: ${mark.state}`;
    if (mark.state !== 'FAILED') throw new Violation('L12 nothing is owed in the end', name);
    const sliced = { tenantId: TENANT, entityKey, model: ledger.ruleSet(ref), version: status?.version ?? 0 };
    if (recomputeNow(ledger, sliced) === 'refused') continue;
    throw new Violation('L12 what stays refused has a reason that is true', `${name}, ${mark.lastError.code}`);
  }
}

async function headsAreAtTheNewest({ ledger }: FinalState, entityKey: string): Promise<void> {
  const newest = ledger.versionsOf(entityKey).at(-1);
  if (newest === undefined) return;
  for (const ref of ledger.ruleSetsOf(entityKey).map(refOf)) {
    const isFailed = Object.keys(ledger.statuses.get(entityKey)?.owed ?? {}).includes(ref);
    if (isFailed || ledger.isExcused(ref, newest.sentAtStep)) continue;
    const head = ledger.headsOf(entityKey, ref).at(-1);
    if (head?.version === newest.version) continue;
    throw new Violation(
      'L12 heads are at the newest version',
      `${entityKey} ${ref}: v${head?.version ?? 'none'}, not v${newest.version}`,
    );
  }
}

async function everyChangeIsFollowed({ ledger }: FinalState, entityKey: string): Promise<void> {
  const status = ledger.statuses.get(entityKey);
  if (status === undefined || status.fannedOutTo === status.version) return;
  const name = `${entityKey} v${status.version}, followed up to v${status.fannedOutTo}`;
  throw new Violation('L12 every change is followed in the end', name);
}

/** What is settled at the newest version holds what its sources are now. */
async function noParentIsStale({ ledger }: FinalState, entityKey: string): Promise<void> {
  const newest = ledger.versionsOf(entityKey).at(-1);
  for (const model of ledger.ruleSetsOf(entityKey)) {
    const ref = refOf(model);
    const head = ledger.headsOf(entityKey, ref).at(-1);
    const isFailed = Object.keys(ledger.statuses.get(entityKey)?.owed ?? {}).includes(ref);
    if (newest === undefined || head?.version !== newest.version || isFailed) continue;
    // Nobody follows under a rule set that does not run.
    if (ledger.statusOf(ref) !== 'ACTIVE') continue;
    const now = recomputeNow(ledger, { tenantId: TENANT, entityKey, model, version: head.version });
    const manifest = ledger.manifestOf(entityKey, ref, head.version, head.revision);
    if (now !== 'refused' && canonicalText(now.slices) === canonicalText(manifest?.slices ?? {})) continue;
    const found = now === 'refused' ? 'would be refused now' : 'is not what its sources are now';
    throw new Violation(
      'L3 no parent is stale in the end',
      `${entityKey} ${ref} v${head.version}.${head.revision} ${found}`,
    );
  }
}

async function everyCommitIsWhole({ store, ledger }: FinalState, entityKey: string): Promise<void> {
  for (const model of ledger.ruleSetsOf(entityKey)) {
    const ref = refOf(model);
    const head = ledger.headsOf(entityKey, ref).at(-1);
    for (const manifest of ledger.manifestsOf(entityKey, ref)) {
      const sliced = { tenantId: TENANT, entityKey, model, version: manifest.version };
      const expected = recomputeFromPins(ledger, sliced, manifest.pins);
      if (expected === 'refused') continue;
      await checkSlicesThere(store, manifest, ref, expected);
      if (manifest.manifestHash === head?.manifestHash) await checkHinted(store, manifest, ref, expected);
    }
  }
}
