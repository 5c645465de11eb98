import { formatRef } from '../../../domain/contracts/contract-ref.ts';
import { erasedSlice, manifestWithErasedSlices } from '../../../domain/erasure.ts';
import type { EntityKey } from '../../../domain/identity.ts';
import type { HeadRecord, SliceRecord } from '../../../domain/records.ts';
import type { KeyOf, RuleSetAddress } from '../../../ports/store.ts';
import { ensureNotAborted, type RuntimeContext } from '../context.ts';
import { indexEntities } from '../inverted-index/index-entities.ts';
import { deleteEntries } from './delete-entries.ts';
import { type Fence, fenceAbove, fenceAttempts } from './fence-attempts.ts';
import { copiesUnder, indexedCopies, type JoinedCopies } from './joined-copies.ts';
import { storedSlicesOf } from './stored-slices.ts';

export interface CopiesUnder extends RuleSetAddress {
  readonly head: HeadRecord | undefined;
  readonly source: EntityKey;
  /** As they were found; looked for again once nobody makes more of them. */
  readonly copies: JoinedCopies;
}

const SLICES_MAX = 100;

/**
 * First no one may share the copies, then no one who shared or made them before may commit; then what was committed in
 * between is found as well.
 * @returns how many index entries went
 */
export async function eraseCopiesUnder(
  context: RuntimeContext,
  { tenantId, entityKey, ruleSet, source, head, copies: found }: CopiesUnder,
  signal: AbortSignal | undefined,
): Promise<number> {
  const address = { tenantId, entityKey, ruleSet };
  await keepFromSharing(context, head, found);
  const fence = await fenceAbove(context, address, found.uncommitted);
  const ref = formatRef(ruleSet);
  const stored = (await storedSlicesOf(context, address, signal)).filter((slice) => formatRef(slice.ruleSet) === ref);
  const copies = await copiesUnder(context, address, source, stored, signal);
  await keepFromSharing(context, fence.head, copies);
  const emptying = { ...address, head: fence.head };
  const erased = await emptySlices(context, emptying, copies.slices, signal, async (slices) =>
    context.store.erase(slices.filter(holdsContent).map((slice) => withoutPayload(slice, fence.epoch - 1))),
  );
  const uncommitted = copies.uncommitted.map((slice) => ({ kind: 'slice', ...slice }) as const);
  const deleted = await emptySlices(context, emptying, uncommitted, signal, async (slices) => {
    // Who reads the fence has put its own again, and it stays.
    for (const slice of slices) await context.store.deleteSlice(slice, fence.epoch);
  });
  if (erased + deleted > 0) await restoreEntries(context, address, fence);
  return erased + deleted;
}

async function keepFromSharing(
  context: RuntimeContext,
  head: HeadRecord | undefined,
  { manifests }: JoinedCopies,
): Promise<void> {
  const open = manifests.filter(({ meta }) => meta.hasErasedSlices !== true);
  if (open.length === 0) return;
  const isOpen = open.some(({ version, revision }) => version === head?.version && revision === head.revision);
  const marked = head !== undefined && isOpen ? [{ ...head, manifest: manifestWithErasedSlices(head.manifest) }] : [];
  await context.store.erase([...open.map(manifestWithErasedSlices), ...marked]);
}

type Emptying = RuleSetAddress & Pick<CopiesUnder, 'head'>;

/**
 * Deletes the index entries that only some slices give before the slices, which tell where they are.
 * @returns how many entries went
 */
async function emptySlices(
  context: RuntimeContext,
  { head, ...address }: Emptying,
  keys: readonly KeyOf<'slice'>[],
  signal: AbortSignal | undefined,
  empty: (slices: readonly SliceRecord[]) => Promise<void>,
): Promise<number> {
  let hints = 0;
  for (let start = 0; start < keys.length; start += SLICES_MAX) {
    ensureNotAborted(signal);
    const records = await context.store.batchGet(keys.slice(start, start + SLICES_MAX));
    const present = records.filter((slice) => slice !== undefined);
    const entries = await indexedCopies(context, address, head, present);
    hints += await deleteEntries(context, { ...address, entries }, signal);
    await empty(present);
  }
  return hints;
}

/**
 * Whoever read the fence may have met an entry that went, put none, and counted on it. One that has not committed is kept
 * from it, and puts the entry again; what is committed gets it back.
 */
async function restoreEntries(context: RuntimeContext, address: RuleSetAddress, before: Fence): Promise<void> {
  const { head } = await fenceAttempts(context, address);
  if (head === undefined || isSame(head, before.head)) return;
  const ruleSet = await context.contracts.ruleSet(address.ruleSet);
  await indexEntities(context, { tenantId: address.tenantId, ruleSet, entityKeys: [address.entityKey] });
}

function isSame(head: HeadRecord, before: HeadRecord | undefined): boolean {
  return head.version === before?.version && head.revision === before.revision;
}

function holdsContent({ payload, isTombstone }: SliceRecord): boolean {
  return payload !== null && !isTombstone;
}

function withoutPayload({ kind, payload, ...slice }: SliceRecord, gcEpoch: number) {
  return erasedSlice({ ...slice, isErased: false }, gcEpoch);
}
