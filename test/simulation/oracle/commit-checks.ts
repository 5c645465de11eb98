import { canonicalText } from '../../../src/domain/canonical/canonicalize.ts';
import { formatRef } from '../../../src/domain/contracts/contract-ref.ts';
import type { HeadRecord, ManifestRecord, SliceRecord } from '../../../src/domain/records.ts';
import type { Store } from '../../../src/ports/store.ts';
import { canonicalTextOf } from '../../laws/support/oracle-values.ts';
import { Violation } from '../violation.ts';
import { checkPinsAreFresh } from './fresh-pins.ts';
import { checkLateSliceIsOwed } from './late-slice-checks.ts';
import type { HeadMove, Ledger } from './ledger.ts';
import { readHead, readHints, readManifests, ruleSetAddress, TENANT } from './read-store.ts';
import { type ExpectedSlices, manifestHashOf, recomputeFromPins, type SlicedVersion } from './recompute.ts';

/** When something was seen, and since when whoever did it had been at it. */
export interface Moment {
  readonly step: number;
  readonly sinceStep: number;
}

/** Demands on the head and the manifests of an entity under one rule set, as one store call has left them. */
export async function checkCommits(
  store: Store,
  ledger: Ledger,
  address: { readonly entityKey: string; readonly ref: string },
  moment: Moment,
): Promise<void> {
  const { entityKey, ref } = address;
  const manifests = await readManifests(store, entityKey, ref);
  checkNothingLost(ledger, entityKey, ref, manifests);
  const head = await readHead(store, entityKey, ref);
  checkHead(ledger.headsOf(entityKey, ref).at(-1), head, manifests, ref);
  for (const manifest of manifests) {
    const known = ledger.manifestOf(entityKey, ref, manifest.version, manifest.revision);
    if (known !== undefined) checkUnchanged(known, manifest);
    else await checkNewManifest(store, ledger, { manifest, ref, moment, isHead: isAt(head, manifest) });
  }
  rememberHead(ledger, head, ref, moment);
}

function isAt(head: HeadRecord | undefined, { version, revision }: ManifestRecord): boolean {
  return head?.version === version && head.revision === revision;
}

function rememberHead(ledger: Ledger, head: HeadRecord | undefined, ref: string, { step }: Moment): void {
  if (head === undefined) return;
  const { entityKey, version, revision, manifest } = head;
  const last = ledger.headsOf(entityKey, ref).at(-1);
  if (last?.version === version && last.revision === revision) return;
  ledger.rememberHead(entityKey, ref, { atStep: step, version, revision, manifestHash: manifest.manifestHash });
}

function checkNothingLost(ledger: Ledger, entityKey: string, ref: string, found: readonly ManifestRecord[]): void {
  for (const { version, revision } of ledger.manifestsOf(entityKey, ref)) {
    if (found.some((manifest) => manifest.version === version && manifest.revision === revision)) continue;
    throw new Violation('L4 a manifest stays', `${entityKey} ${ref} v${version}.${revision} is gone`);
  }
}

function checkHead(
  before: HeadMove | undefined,
  head: HeadRecord | undefined,
  manifests: readonly ManifestRecord[],
  ref: string,
): void {
  if (head === undefined) {
    if (before !== undefined) throw new Violation('L6 no head goes back', `a head of ${ref} is gone`);
    return;
  }
  const name = `${head.entityKey} ${ref} v${head.version}.${head.revision}`;
  const isBack =
    before !== undefined &&
    (head.version < before.version || (head.version === before.version && head.revision < before.revision));
  if (isBack) throw new Violation('L6 no head goes back', `${name} after v${before.version}.${before.revision}`);
  const named = manifests.find((manifest) => isAt(head, manifest));
  if (named === undefined) throw new Violation('L5 a head names a manifest that is there', name);
  if (canonicalText(named) !== canonicalText(head.manifest)) throw new Violation('L5 a head shows its manifest', name);
}

function checkUnchanged(known: ManifestRecord, found: ManifestRecord): void {
  if (canonicalText(known) === canonicalText(found)) return;
  const { entityKey, ruleSet, version, revision } = found;
  throw new Violation('L2 a manifest never changes', `${entityKey} ${formatRef(ruleSet)} v${version}.${revision}`);
}

interface NewManifest {
  readonly manifest: ManifestRecord;
  readonly ref: string;
  readonly moment: Moment;
  /** Whether it is what the head shows. */
  readonly isHead: boolean;
}

async function checkNewManifest(
  store: Store,
  ledger: Ledger,
  { manifest, ref, moment, isHead }: NewManifest,
): Promise<void> {
  const { entityKey, version, revision } = manifest;
  const name = `${entityKey} ${ref} v${version}.${revision}`;
  if (revision > 0 && ledger.manifestOf(entityKey, ref, version, revision - 1) === undefined) {
    throw new Violation('L6 revisions are contiguous', name);
  }
  const sliced = { tenantId: TENANT, entityKey, model: ledger.ruleSet(ref), version };
  const expected = recomputeFromPins(ledger, sliced, manifest.pins);
  if (expected === 'refused') throw new Violation('L9 a join that demands its source refuses without it', name);
  compareManifest(ledger, sliced, manifest, expected);
  checkPinsAreFresh(ledger, sliced, manifest.pins, moment);
  await checkSlicesThere(store, manifest, ref, expected);
  if (isHead) await checkHinted(store, manifest, ref, expected);
  await checkLateSliceIsOwed(store, ledger, ref, manifest);
  for (const [sliceType, payload] of expected.payloads) {
    ledger.rememberSlice({ entityKey, ref, sliceType, hash: manifest.slices[sliceType] ?? '', payload });
  }
  ledger.rememberManifest(ref, manifest, moment.step);
}

/** L3, L4: however it was built, it is what a FULL from its RawData and its pins gives. */
function compareManifest(
  ledger: Ledger,
  sliced: SlicedVersion,
  manifest: ManifestRecord,
  expected: ExpectedSlices,
): void {
  const name = `${sliced.entityKey} ${formatRef(manifest.ruleSet)} v${manifest.version}.${manifest.revision}`;
  if (canonicalText(manifest.pins) !== canonicalText(expected.pins)) {
    throw new Violation(
      'L4 pins tell what was joined',
      `${name}: ${canonicalText(manifest.pins)}, not ${canonicalText(expected.pins)}`,
    );
  }
  if (canonicalText(manifest.slices) !== canonicalText(expected.slices)) {
    const differing = Object.keys(expected.slices).filter((type) => manifest.slices[type] !== expected.slices[type]);
    throw new Violation(
      'L3 slices are those of a FULL',
      `${name} (${manifest.meta.mode}): ${differing.join(', ') || 'others'}`,
    );
  }
  if (manifest.manifestHash !== manifestHashOf(sliced, manifest.revision, expected)) {
    throw new Violation('L2 a manifest has the hash of its content', name);
  }
  if (manifest.meta.rawHash === ledger.versionOf(sliced.entityKey, sliced.version)?.rawHash) return;
  throw new Violation('L4 a manifest tells the RawData that it was built from', name);
}

/** L5: what a manifest names is there, and is what its hash says. */
export async function checkSlicesThere(
  store: Store,
  manifest: ManifestRecord,
  ref: string,
  { payloads }: Pick<ExpectedSlices, 'payloads'>,
): Promise<void> {
  const address = ruleSetAddress(manifest.entityKey, ref);
  const named = Object.entries(manifest.slices);
  const found: readonly (SliceRecord | undefined)[] = await store.batchGet(
    named.map(([sliceType, sliceHash]) => ({ kind: 'slice', ...address, sliceType, sliceHash }) as const),
  );
  for (const [index, [sliceType]] of named.entries()) {
    const name = `${manifest.entityKey} ${ref} v${manifest.version}.${manifest.revision} ${sliceType}`;
    const slice = found[index];
    if (slice === undefined) throw new Violation('L5 every slice that a manifest names is there', name);
    const payload = payloads.get(sliceType) ?? null;
    if (slice.payload === null) throw new Violation('nothing is erased unasked', name);
    const isSame = Buffer.from(slice.payload).toString() === canonicalTextOf(payload);
    if (!isSame || slice.isTombstone !== (payload === null))
      throw new Violation('L2 a slice has the content of its hash', name);
  }
}

/** Whoever looks for what a head holds finds a hint of it. */
export async function checkHinted(
  store: Store,
  manifest: ManifestRecord,
  ref: string,
  { indexKeys }: Pick<ExpectedSlices, 'indexKeys'>,
): Promise<void> {
  for (const indexKey of indexKeys) {
    const hints = await readHints(store, indexKey, manifest.entityKey, ref);
    if (hints.length > 0) continue;
    const name = `${manifest.entityKey} ${ref} v${manifest.version}.${manifest.revision}`;
    throw new Violation('L3 hints are there before the commit', `${name}: none under ${indexKey}`);
  }
}
