import { parseEntityKey, parseTenantId, parseVersion } from '../../../domain/identity.ts';
import type { EntityAddress, ErasureCounts } from '../../../domain/records.ts';
import { ensureNotAborted, type RuntimeContext } from '../context.ts';
import { rawDataMissing } from '../create-change-set.ts';
import { parseStatement } from '../parse-input.ts';
import { deleteEntity } from './delete-entity.ts';
import { eraseCopies } from './erase-copies.ts';
import { eraseOwnRecords, type OwnErasure } from './erase-own-records.ts';
import type { EraseEntityInput, EraseEntityOptions, EraseEntityResult } from './erasure-calls.ts';
import { completeOrder, recordOrder } from './erasure-orders.ts';

type OnProgress = EraseEntityOptions['onProgress'];

/**
 * Takes personal data out of every record of an entity, and out of what others copied from it; keys, hashes and times
 * stay, so that what was committed can still be told. First the order is recorded; then the entity is deleted, so that
 * views and followers lose it as they lose any other. May be made again at any time, and goes on where it was stopped
 * (design: erasure).
 * @throws `rawdata.missing` where the entity is not known, `payload_store.absent`
 */
export async function eraseEntity(
  context: RuntimeContext,
  input: EraseEntityInput,
  { signal, onProgress }: EraseEntityOptions = {},
): Promise<EraseEntityResult> {
  ensureNotAborted(signal);
  const address = { tenantId: parseTenantId(input.tenantId), entityKey: parseEntityKey(input.entityKey) };
  const order = { by: parseStatement('by', input.by), reason: parseStatement('reason', input.reason) };
  const [status] = await context.store.batchGet([{ kind: 'status', ...address }]);
  if (status === undefined) throw rawDataMissing(address.entityKey, 'newest');
  const deletion = status.isDeleted ? 'there' : 'inserted';
  if (input.dryRun === true) {
    const { version } = status;
    const counts = await eraseContents(context, address, { isDryRun: true, upTo: version }, onProgress, signal);
    return { ...address, version, deletion, followed: null, counts, order: null };
  }
  const erasure = await recordOrder(context, address, order);
  const { version, followed } = await deleteEntity(context, status, signal);
  const upTo = parseVersion(version);
  const counts = await eraseContents(context, address, { isDryRun: false, upTo }, onProgress, signal);
  // What was remembered of it is not to be answered any more.
  context.cache.forget();
  await completeOrder(context, erasure, { version: upTo, counts });
  const { number, erasureHash } = erasure;
  context.logger.info({ ...address, version, order: number, erasureHash, counts }, 'entity erased');
  return { ...address, version, deletion, followed, counts, order: number };
}

async function eraseContents(
  context: RuntimeContext,
  address: EntityAddress,
  erasing: OwnErasure,
  onProgress: OnProgress,
  signal: AbortSignal | undefined,
): Promise<ErasureCounts> {
  const { isDryRun } = erasing;
  const copies = await eraseCopies(context, address, { isDryRun, onProgress }, signal);
  const own = await eraseOwnRecords(context, address, erasing, signal);
  return { ...own, slices: own.slices + copies.slices, hints: own.hints + copies.hints, parents: copies.parents };
}
