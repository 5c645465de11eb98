import { type ContractRef, type ContractRefText, formatRef } from '../../../domain/contracts/contract-ref.ts';
import type { EntityKey } from '../../../domain/identity.ts';
import type { EntityAddress, HeadRecord, StoredSliceSummary } from '../../../domain/records.ts';
import type { RuntimeContext } from '../context.ts';
import { walkDirectory } from '../directory.ts';
import { pagesOf } from '../range-pages.ts';
import { eraseCopiesUnder } from './erase-copies-under.ts';
import type { ErasureProgress } from './erasure-calls.ts';
import { copiesUnder } from './joined-copies.ts';
import { storedSlicesOf } from './stored-slices.ts';

export interface ErasedCopies {
  readonly slices: number;
  readonly hints: number;
  readonly parents: number;
}

export interface CopiesToErase {
  readonly isDryRun: boolean;
  readonly onProgress?: ((progress: ErasureProgress) => void) | undefined;
}

const HEADS_MAX = 100;

/**
 * Takes out what others have copied from an entity: every version and revision that joined it while it held something,
 * and what attempts left that never committed. Who joins it now has followed its deletion. The whole directory is walked,
 * for an index forgets who joined it once.
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
  for (const { ruleSet, head, stored } of await standingsOf(context, parent, signal)) {
    const address = { ...parent, ruleSet };
    const copies = await copiesUnder(context, address, source, stored, signal);
    erased.slices += copies.slices.length;
    if (isDryRun || copies.slices.length + copies.uncommitted.length === 0) continue;
    erased.hints += await eraseCopiesUnder(context, { ...address, head, source, copies }, signal);
  }
  return erased;
}

/** What an entity has under one rule set; without a head nothing of it is committed. */
interface Standing {
  readonly ruleSet: ContractRef;
  readonly head: HeadRecord | undefined;
  readonly stored: StoredSliceSummary[];
}

/** By rule set, but for those that have no join. */
async function standingsOf(
  context: RuntimeContext,
  parent: EntityAddress,
  signal: AbortSignal | undefined,
): Promise<readonly Standing[]> {
  const [heads, slices] = await Promise.all([
    headsOf(context, parent, signal),
    storedSlicesOf(context, parent, signal),
  ]);
  const standings = new Map<ContractRefText, Standing>(
    heads.map((head) => [formatRef(head.ruleSet), { ruleSet: head.ruleSet, head, stored: [] }]),
  );
  for (const slice of slices) {
    const ref = formatRef(slice.ruleSet);
    const standing = standings.get(ref) ?? { ruleSet: slice.ruleSet, head: undefined, stored: [] };
    standing.stored.push(slice);
    standings.set(ref, standing);
  }
  return [...standings.values()].filter(({ head }) => head === undefined || hasJoins(head));
}

/** A rule set pins every join that it has. */
function hasJoins({ manifest }: HeadRecord): boolean {
  return Object.keys(manifest.pins).length > 0;
}

async function headsOf(
  context: RuntimeContext,
  parent: EntityAddress,
  signal: AbortSignal | undefined,
): Promise<readonly HeadRecord[]> {
  const found: HeadRecord[] = [];
  const query = { range: 'heads', ...parent, limit: HEADS_MAX } as const;
  for await (const heads of pagesOf(context, query, signal)) found.push(...heads);
  return found;
}
