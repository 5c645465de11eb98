import type { CollectingRecord, EntityAddress } from '../../../domain/records.ts';
import type { StoredPayload } from '../../../ports/payload-store.ts';
import { ensureNotAborted, type RuntimeContext, timestamp } from '../context.ts';
import { type CollectionRules, collectEntities } from './collect-entities.ts';
import type { CollectInput, CollectOptions, CollectPayloadsResult } from './collection-calls.ts';
import { placeOf, referencedAmong } from './payload-references.ts';

/** Payloads that are judged together; as many records as the store takes in one round trip. */
const PAGE_LIMIT = 100;

type PayloadCounts = Omit<CollectPayloadsResult, 'entities' | 'cursor'>;

const NOTHING: PayloadCounts = { examined: 0, referenced: 0, young: 0, collected: 0, collectedBytes: 0, left: 0 };

/**
 * Deletes the payloads that no version refers to: what inserts left behind that failed, and what was erased. May run at
 * any time, beside writers and other collections (design: collection).
 */
export function collectPayloads(
  context: RuntimeContext,
  input: CollectInput,
  options?: CollectOptions<CollectPayloadsResult>,
): Promise<CollectPayloadsResult> {
  const collection = {
    what: 'payloads',
    nothing: { ...NOTHING },
    collect: (address: EntityAddress, rules: CollectionRules, signal: AbortSignal | undefined) =>
      collectPayloadsOf(context, address, rules, signal),
  } as const;
  return collectEntities(context, input, collection, options);
}

/** The same of one entity. */
export async function collectPayloadsOf(
  context: RuntimeContext,
  address: EntityAddress,
  rules: CollectionRules,
  signal?: AbortSignal,
): Promise<PayloadCounts & Record<string, number>> {
  const counts = { ...NOTHING };
  for (let after: string | undefined; ; ) {
    ensureNotAborted(signal);
    const page = await context.payloads.list({ ...address, limit: PAGE_LIMIT, ...(after !== undefined && { after }) });
    const found = await collectPage(context, address, { ...rules, payloads: page.items }, signal);
    counts.examined += page.items.length;
    counts.referenced += found.referenced;
    counts.young += found.young;
    counts.collected += found.collected.length;
    counts.collectedBytes += found.collected.reduce((sum, { payloadBytes }) => sum + payloadBytes, 0);
    if (page.next === null) return counts;
    after = page.next;
  }
}

interface PageToCollect extends CollectionRules {
  readonly payloads: readonly StoredPayload[];
}

interface CollectedPage {
  readonly referenced: number;
  readonly young: number;
  readonly collected: readonly StoredPayload[];
}

async function collectPage(
  context: RuntimeContext,
  address: EntityAddress,
  { payloads, storedBefore, isDryRun }: PageToCollect,
  signal: AbortSignal | undefined,
): Promise<CollectedPage> {
  const orphans = await unreferenced(context, address, payloads, signal);
  const old = orphans.filter(({ storedAt }) => storedAt < storedBefore);
  const young = orphans.length - old.length;
  const collected = isDryRun || old.length === 0 ? old : await collectOrphans(context, address, old, signal);
  return { referenced: payloads.length - young - collected.length, young, collected };
}

/**
 * First the records, then the references: an insert that commits behind a record meets it, and goes to the next
 * generation; one that committed before is seen. So nobody refers to what is deleted here, however late that is.
 */
async function collectOrphans(
  context: RuntimeContext,
  address: EntityAddress,
  payloads: readonly StoredPayload[],
  signal: AbortSignal | undefined,
): Promise<readonly StoredPayload[]> {
  const startedAt = timestamp(context);
  await context.store.putOnce(
    payloads.map(({ location }): CollectingRecord => ({ kind: 'collecting', ...location, startedAt })),
  );
  const orphans = await unreferenced(context, address, payloads, signal);
  for (const { location } of orphans) {
    ensureNotAborted(signal);
    await context.payloads.delete(location);
  }
  return orphans;
}

async function unreferenced(
  context: RuntimeContext,
  address: EntityAddress,
  payloads: readonly StoredPayload[],
  signal: AbortSignal | undefined,
): Promise<readonly StoredPayload[]> {
  const locations = payloads.map(({ location }) => location);
  const referenced = await referencedAmong(context, address, locations, signal);
  return payloads.filter(({ location }) => !referenced.has(placeOf(location)));
}
