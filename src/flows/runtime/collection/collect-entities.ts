import { parseTenantId } from '../../../domain/identity.ts';
import type { EntityAddress } from '../../../domain/records.ts';
import { ensureNotAborted, type RuntimeContext } from '../context.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { walkDirectory } from '../directory.ts';
import { parseNumberFrom } from '../parse-input.ts';
import type { CollectInput, CollectOptions } from './collection-calls.ts';

/** A day is longer than any slicing or insert takes. */
const DEFAULT_OLDER_THAN_MS = 24 * 60 * 60 * 1_000;

/** What a collection goes by; parsed once. */
export interface CollectionRules {
  readonly isDryRun: boolean;
  /** ISO 8601: what was stored before it is old enough. */
  readonly storedBefore: string;
}

type Counts = Readonly<Record<string, number>>;

export interface EntityCollection<Found extends Counts> {
  readonly what: 'payloads' | 'slices';
  readonly nothing: Found;
  collect(address: EntityAddress, rules: CollectionRules, signal: AbortSignal | undefined): Promise<Found>;
}

type Collected<Found> = Found & { readonly entities: number; readonly cursor: string | null };

/** Collects entity by entity in key order, so that a cursor is all that a stopped collection has to remember. */
export async function collectEntities<Found extends Counts>(
  context: RuntimeContext,
  input: CollectInput,
  { what, nothing, collect }: EntityCollection<Found>,
  { signal, onProgress }: CollectOptions<Collected<Found>> = {},
): Promise<Collected<Found>> {
  ensureNotAborted(signal);
  const tenantId = parseTenantId(input.tenantId);
  const rules = rulesOf(context, input);
  const listing = { collect: what, tenantId };
  const after = input.cursor === undefined ? null : decodeCursor(listing, input.cursor);
  let progress: Collected<Found> = { ...nothing, entities: 0, cursor: input.cursor ?? null };
  for await (const { entityKeys, next } of walkDirectory(context, { tenantId, prefix: '', after }, signal)) {
    for (const [index, entityKey] of entityKeys.entries()) {
      ensureNotAborted(signal);
      const found = await collect({ tenantId, entityKey }, rules, signal);
      const isPageDone = index === entityKeys.length - 1;
      const cursor = isPageDone ? next && encodeCursor(listing, next) : progress.cursor;
      progress = { ...sumOf(progress, found), entities: progress.entities + 1, cursor };
      onProgress?.(progress);
    }
  }
  return { ...progress, cursor: null };
}

/** @throws `input.invalid` */
function rulesOf({ clock }: RuntimeContext, { dryRun, olderThanMs }: CollectInput): CollectionRules {
  const ageMs = parseNumberFrom('olderThanMs', olderThanMs ?? DEFAULT_OLDER_THAN_MS, 0);
  return { isDryRun: dryRun === true, storedBefore: isoAt(clock.now() - ageMs) };
}

/** An age beyond all times leaves everything alone. */
function isoAt(ms: number): string {
  return new Date(Math.max(ms, 0)).toISOString();
}

function sumOf<Found extends Counts>(total: Collected<Found>, found: Found): Collected<Found> {
  const sums = Object.entries(found).map(([name, count]) => [name, (total[name] ?? 0) + count]);
  // The same members, each a number.
  return { ...total, ...Object.fromEntries(sums) };
}
