import { erasedSlice, manifestWithErasedSlices } from '../../../domain/erasure.ts';
import type { EntityKey } from '../../../domain/identity.ts';
import type { EntityAddress, HeadRecord, SliceRecord } from '../../../domain/records.ts';
import { unreferencedAmong } from '../collection/slice-references.ts';
import { ensureNotAborted, type RuntimeContext } from '../context.ts';
import { walkDirectory } from '../directory.ts';
import { pagesOf } from '../range-pages.ts';
import { deleteEntries } from './delete-entries.ts';
import type { ErasureProgress } from './erasure-calls.ts';
import { copiesUnder, indexedCopies, type JoinedCopies } from './joined-copies.ts';
import { raiseEpoch } from './raise-epoch.ts';

export interface ErasedCopies {
  readonly slices: number;
  readonly hints: number;
  readonly parents: number;
}

export interface CopiesToErase {
  readonly isDryRun: boolean;
  readonly onProgress?: ((progress: ErasureProgress) => void) | undefined;
}

const SLICES_MAX = 100;
const SUMMARIES_MAX = 1_000;

/**
 * Takes out what others have copied from an entity: every version and revision that joined it while it held something.
 * Who joins it now has followed its deletion. The whole directory is walked, for an index forgets who joined it once.
 */
export async function eraseCopies(
  context: RuntimeContext,
  source: EntityAddress,
  { isDryRun, onProgress }: CopiesToErase,
  signal?: AbortSignal,
): Promise<ErasedCopies> {
  const { tenantId } = source;
  const erased = { slices: 0, hints: 0, parents: 0 };
  let entities = 0;
  for await (const { entityKeys } of walkDirectory(context, { tenantId, prefix: '' }, signal)) {
    for (const entityKey of entityKeys) {
      if (entityKey === source.entityKey) continue;
      const found = await eraseCopiesOf(context, { tenantId, entityKey }, source.entityKey, isDryRun, signal);
      erased.slices += found.slices;
      erased.hints += found.hints;
      erased.parents += Math.min(found.slices, 1);
    }
    entities += entityKeys.length;
    onProgress?.({ entities, parents: erased.parents });
  }
  return erased;
}

type EntityCopies = Omit<ErasedCopies, 'parents'>;

async function eraseCopiesOf(
  context: RuntimeContext,
  parent: EntityAddress,
  source: EntityKey,
  isDryRun: boolean,
  signal: AbortSignal | undefined,
): Promise<EntityCopies> {
  const erased = { slices: 0, hints: 0 };
  for await (const heads of pagesOf(context, { range: 'heads', ...parent, limit: SLICES_MAX }, signal)) {
    for (const head of heads) {
      const copies = await copiesUnder(context, head, source, signal);
      if (copies.slices.length === 0) continue;
      erased.slices += copies.slices.length;
      if (!isDryRun) erased.hints += await eraseCopiesUnder(context, head, source, copies, signal);
    }
  }
  return erased;
}

/**
 * First no one may share the copies, then no one who shared them before may commit; then what was committed in between
 * is found as well.
 * @returns how many index entries went
 */
async function eraseCopiesUnder(
  context: RuntimeContext,
  head: HeadRecord,
  source: EntityKey,
  found: JoinedCopies,
  signal: AbortSignal | undefined,
): Promise<number> {
  await keepFromSharing(context, head, found);
  const raised = (await raiseEpoch(context, head)) ?? head;
  const copies = await copiesUnder(context, raised, source, signal);
  await keepFromSharing(context, raised, copies);
  let hints = 0;
  for (let start = 0; start < copies.slices.length; start += SLICES_MAX) {
    ensureNotAborted(signal);
    const records = await context.store.batchGet(copies.slices.slice(start, start + SLICES_MAX));
    const slices = records.filter((slice) => slice !== undefined && slice.payload !== null && !slice.isTombstone);
    const present = slices as readonly SliceRecord[];
    const entries = await indexedCopies(context, raised, present);
    // Before the slices, which tell where they are.
    hints += await deleteEntries(context, { ...raised, entries }, signal);
    await context.store.erase(present.map((slice) => withoutPayload(slice, raised.gcEpoch - 1)));
  }
  await deleteUncommitted(context, raised, signal);
  return hints;
}

async function keepFromSharing(context: RuntimeContext, head: HeadRecord, { manifests }: JoinedCopies): Promise<void> {
  const open = manifests.filter(({ meta }) => meta.hasErasedSlices !== true);
  if (open.length === 0) return;
  const isOpen = open.some(({ version, revision }) => version === head.version && revision === head.revision);
  const marked = { ...head, manifest: manifestWithErasedSlices(head.manifest) };
  await context.store.erase([...open.map(manifestWithErasedSlices), ...(isOpen ? [marked] : [])]);
}

/** What attempts left that never committed is nobody's; it may be a copy as well. */
async function deleteUncommitted(context: RuntimeContext, head: HeadRecord, signal: AbortSignal | undefined) {
  const { tenantId, entityKey, ruleSet } = head;
  const query = { range: 'slices', tenantId, entityKey, limit: SUMMARIES_MAX } as const;
  for await (const page of pagesOf(context, query, signal)) {
    const own = page.filter((slice) => slice.ruleSet.id === ruleSet.id && slice.ruleSet.version === ruleSet.version);
    for (const slice of await unreferencedAmong(context, head, own, signal)) {
      await context.store.deleteSlice({ kind: 'slice', ...slice }, head.gcEpoch);
    }
  }
}

function withoutPayload({ kind, payload, ...slice }: SliceRecord, gcEpoch: number) {
  return erasedSlice({ ...slice, isErased: false }, gcEpoch);
}
