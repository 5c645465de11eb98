import type { CompiledRuleSet } from '../../../domain/contracts/compiled-contracts.ts';
import { formatRef } from '../../../domain/contracts/contract-ref.ts';
import { isRefusal } from '../../../domain/errors.ts';
import { entityTypeOf, parseVersion } from '../../../domain/identity.ts';
import type { EntityAddress, StatusRecord } from '../../../domain/records.ts';
import type { RuntimeContext } from '../context.ts';
import type { FollowedChange } from '../fan-out/fan-out-calls.ts';
import { followNewest } from '../follow-newest.ts';
import { ingest } from '../ingest.ts';
import { insertRawdata } from '../insert-rawdata.ts';
import { pagesOf } from '../range-pages.ts';
import { ungated } from './ungated-contracts.ts';

const HEADS_MAX = 100;

export interface Deletion {
  /** The deleted version; the newest one. */
  readonly version: number;
  readonly followed: FollowedChange;
}

/**
 * Inserts the deleted version, or finishes what follows from the one that is there: under every rule set that ever
 * sliced the entity, so that nobody who joins a slice of it is left with what is to be erased; then those that join it
 * follow. No contract's status stands in the way of either.
 */
export async function deleteEntity(
  context: RuntimeContext,
  { tenantId, entityKey, version: newest, schema, isDeleted }: StatusRecord,
  signal: AbortSignal | undefined,
): Promise<Deletion> {
  const options = signal === undefined ? {} : { signal };
  const deleting = { ...context, contracts: ungated(context.contracts) };
  const deletion = { tenantId, entityKey, schemaRef: formatRef(schema), deleted: true } as const;
  const requested = isDeleted ? newest : 'next';
  const { version } = await insertRawdata(deleting, { ...deletion, version: requested }, options);
  for (const ruleSet of await ruleSetsOf(context, { tenantId, entityKey }, signal)) {
    await orRefused(() =>
      followNewest(deleting, { tenantId, entityKey, version: parseVersion(version), ruleSet }, signal),
    );
  }
  const ingested = await ingest(deleting, { ...deletion, version }, options);
  return { version, followed: ingested.fanOut };
}

/** Those that are ACTIVE, and those that have a commit of it. */
async function ruleSetsOf(
  { contracts, store }: RuntimeContext,
  address: EntityAddress,
  signal: AbortSignal | undefined,
): Promise<readonly CompiledRuleSet[]> {
  const found = new Map<string, CompiledRuleSet>();
  for (const ruleSet of await contracts.activeRuleSets(entityTypeOf(address.entityKey))) {
    found.set(formatRef(ruleSet.ref), ruleSet);
  }
  for await (const heads of pagesOf({ store }, { range: 'heads', ...address, limit: HEADS_MAX }, signal)) {
    for (const { ruleSet } of heads) found.set(formatRef(ruleSet), await contracts.ruleSet(ruleSet));
  }
  return [...found.values()];
}

/** What is damaged cannot be followed, and is erased all the same; the status says why. */
async function orRefused(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
}
