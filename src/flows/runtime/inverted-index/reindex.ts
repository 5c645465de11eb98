import type { CompiledRuleSet } from '../../../domain/contracts/compiled-contracts.ts';
import { formatRef, parseRef } from '../../../domain/contracts/contract-ref.ts';
import { parseTenantId, type TenantId } from '../../../domain/identity.ts';
import { ensureNotAborted, type RuntimeContext } from '../context.ts';
import { walkDirectory } from '../directory.ts';
import { gatheringStore } from '../gathered-reads.ts';
import { parseOneOf } from '../parse-input.ts';
import type { ReindexOptions } from '../runtime.ts';
import { indexEntities } from './index-entities.ts';
import { markIncomplete, moveOn } from './index-state.ts';
import type { IndexInput, MarkedIndex, ReindexCounts, ReindexInput, ReindexResult } from './reindex-calls.ts';

/**
 * Says that a tenant's index of a rule set may lack entries: until it is rebuilt, fan-outs do without it, or fail
 * closed, as each join's `onIndexMissing` says.
 * @throws `contract.unknown`, `contract.content_changed`
 */
export async function markIndexIncomplete(
  context: RuntimeContext,
  input: IndexInput,
  signal?: AbortSignal,
): Promise<MarkedIndex> {
  ensureNotAborted(signal);
  const { tenantId, ruleSet } = await targetOf(context, input);
  await markIncomplete(context, { tenantId, ruleSet: ruleSet.ref }, () => null);
  return { tenantId, ruleSetRef: formatRef(ruleSet.ref) };
}

/**
 * Puts every entry of a rule set into a tenant's index again, from the heads and from what is owed, beside whoever goes
 * on writing; the index is not trusted until it is done.
 * @throws `index.overtaken` where somebody marked the index meanwhile, `contract.unknown`, `contract.content_changed`
 */
export async function reindex(
  single: RuntimeContext,
  input: ReindexInput,
  { signal, onProgress }: ReindexOptions = {},
): Promise<ReindexResult> {
  ensureNotAborted(signal);
  const from = parseOneOf('from', input.from ?? 'start', ['start', 'where_stopped']);
  const context = { ...single, store: gatheringStore(single.store) };
  const { tenantId, ruleSet } = await targetOf(context, input);
  let state = await markIncomplete(context, { tenantId, ruleSet: ruleSet.ref }, (there) =>
    from === 'where_stopped' ? (there?.rebuildCursor ?? null) : null,
  );
  let counts: ReindexCounts = { entities: 0, entries: 0, unreadable: 0 };
  const walk = { tenantId, prefix: `${ruleSet.entityType}#`, after: state.rebuildCursor };
  for await (const { entityKeys, next } of walkDirectory(context, walk, signal)) {
    counts = sumOf(counts, await indexEntities(context, { tenantId, ruleSet, entityKeys }));
    state = await moveOn(context, state, { state: next === null ? 'COMPLETE' : 'INCOMPLETE', rebuildCursor: next });
    onProgress?.(counts);
  }
  return { tenantId, ruleSetRef: formatRef(ruleSet.ref), ...counts };
}

interface Target {
  readonly tenantId: TenantId;
  readonly ruleSet: CompiledRuleSet;
}

/** A rule set that was never used here is left free to change. */
async function targetOf(context: RuntimeContext, { tenantId, ruleSetRef }: IndexInput): Promise<Target> {
  const target = {
    tenantId: parseTenantId(tenantId),
    ruleSet: await context.contracts.ruleSet(parseRef(ruleSetRef, 'ruleSetRef')),
  };
  const { ref, contracts } = target.ruleSet;
  const [binding] = await context.store.batchGet([{ kind: 'contract-binding', contractKind: 'RuleSet', ref }]);
  if (binding !== undefined) await context.contracts.bind(contracts);
  return target;
}

function sumOf(left: ReindexCounts, right: ReindexCounts): ReindexCounts {
  return {
    entities: left.entities + right.entities,
    entries: left.entries + right.entries,
    unreadable: left.unreadable + right.unreadable,
  };
}
