import { hashCanonical } from '../../../domain/canonical/hash.ts';
import { validationError } from '../../../domain/errors.ts';
import { parseEntityKey, parseTenantId, parseVersion } from '../../../domain/identity.ts';
import type { EntityAddress, ErasureCounts, ErasureRecord } from '../../../domain/records.ts';
import { ensureNotAborted, type RuntimeContext, timestamp } from '../context.ts';
import { rawDataMissing } from '../create-change-set.ts';
import { parseText } from '../parse-input.ts';
import { deleteEntity } from './delete-entity.ts';
import { eraseCopies } from './erase-copies.ts';
import { eraseOwnRecords } from './erase-own-records.ts';
import type { EraseEntityInput, EraseEntityOptions, EraseEntityResult } from './erasure-calls.ts';

/**
 * Takes personal data out of every record of an entity, and out of what others copied from it; keys, hashes and times
 * stay, so that what was committed can still be told. First the entity is deleted, so that views and followers lose it
 * as they lose any other. May be made again at any time, and goes on where it was stopped (design: erasure).
 * @throws `rawdata.missing` where the entity is not known, `payload_store.absent`
 */
export async function eraseEntity(
  context: RuntimeContext,
  input: EraseEntityInput,
  { signal, onProgress }: EraseEntityOptions = {},
): Promise<EraseEntityResult> {
  ensureNotAborted(signal);
  const address = { tenantId: parseTenantId(input.tenantId), entityKey: parseEntityKey(input.entityKey) };
  const [by, reason] = [parseStatement('by', input.by), parseStatement('reason', input.reason)];
  const isDryRun = input.dryRun === true;
  const [status] = await context.store.batchGet([{ kind: 'status', ...address }]);
  if (status === undefined) throw rawDataMissing(address.entityKey, 'newest');
  const { version, followed } = isDryRun
    ? { version: status.version, followed: null }
    : await deleteEntity(context, status, signal);
  const upTo = parseVersion(version);
  const copies = await eraseCopies(context, address, { isDryRun, onProgress }, signal);
  const own = await eraseOwnRecords(context, address, { isDryRun, upTo }, signal);
  // What was remembered of it is not to be answered any more.
  if (!isDryRun) context.cache.forget();
  const counts: ErasureCounts = {
    ...own,
    slices: own.slices + copies.slices,
    hints: own.hints + copies.hints,
    parents: copies.parents,
  };
  const erasure = erasureOf(context, address, { version: upTo, by, reason, counts });
  const record = isDryRun ? null : await recordErasure(context, erasure);
  context.logger.info({ ...address, version, erasureHash: erasure.erasureHash, counts, isDryRun }, 'entity erased');
  const deletion = status.isDeleted ? 'there' : 'inserted';
  return { ...address, version, deletion, followed, counts, record };
}

function erasureOf(
  context: RuntimeContext,
  address: EntityAddress,
  { version, by, reason, counts }: Pick<ErasureRecord, 'version' | 'by' | 'reason' | 'counts'>,
): ErasureRecord {
  const erasureHash = hashCanonical({ ...address, version, by, reason });
  return { kind: 'erasure', ...address, version, erasureHash, by, reason, counts, erasedAt: timestamp(context) };
}

async function recordErasure({ store }: RuntimeContext, erasure: ErasureRecord): Promise<'stored' | 'exists'> {
  const [put] = await store.putOnce([erasure]);
  return put?.outcome ?? 'stored';
}

/** @throws `input.invalid` */
function parseStatement(name: string, value: string): string {
  const text = parseText(name, value).trim();
  if (text !== '') return text;
  throw validationError('input.invalid', `${name}: expected a text, found an empty one. Say it; it is recorded.`, {
    name,
  });
}
