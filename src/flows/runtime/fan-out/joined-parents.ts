import { type ContractRefText, formatRef } from '../../../domain/contracts/contract-ref.ts';
import { missing } from '../../../domain/errors.ts';
import type { TenantId } from '../../../domain/identity.ts';
import type { RuntimeContext } from '../context.ts';
import { enumeratedParentsOf } from './enumerated-parents.ts';
import { firstRefusal, type HintedParents, hintedParentsOf } from './hinted-parents.ts';
import { isConcerned, type JoinRange } from './source-range.ts';

/**
 * Who may have joined some changed sources: by the index where it is complete, and where it is not, as each join's
 * `onIndexMissing` says (rfc-v4-001 §17-9).
 * @param changes per change, what it means for each join
 * @param incomplete rule sets whose index may lack entries
 * @returns of one rule set all or none, and why: `index.missing`, `fan_out.too_large`
 * @throws `contract.unknown`
 */
export async function joinedParentsOf(
  context: RuntimeContext,
  tenantId: TenantId,
  changes: readonly (readonly JoinRange[])[],
  incomplete: ReadonlySet<ContractRefText>,
  signal?: AbortSignal,
): Promise<HintedParents> {
  const unindexed = changes
    .flat()
    .filter((range) => isConcerned(range) && incomplete.has(formatRef(range.ruleSet.ref)));
  const closed = unindexed.filter(({ join }) => join.onIndexMissing === 'FAIL_CLOSED').map(refusedFor);
  const isClosed = ({ ruleSet }: JoinRange) => closed.some(({ ref }) => ref === formatRef(ruleSet.ref));
  const hinted = await Promise.all(changes.map((ranges) => hintedParentsOf(context, ranges, incomplete)));
  const enumerated = await enumeratedParentsOf(
    context,
    tenantId,
    unindexed.filter((range) => !isClosed(range)),
    signal,
  );
  return {
    parents: [...hinted.flatMap(({ parents }) => parents), ...enumerated.parents],
    staleHints: hinted.flatMap(({ staleHints }) => staleHints),
    refusal: firstRefusal([...closed, ...hinted, enumerated]),
    skippedArchived: hinted.reduce((sum, { skippedArchived }) => sum + skippedArchived, 0),
  };
}

function refusedFor(range: JoinRange) {
  return { ref: formatRef(range.ruleSet.ref), refusal: indexMissing(range) };
}

function indexMissing({ change: { tenantId, entityKey }, join, ruleSet }: JoinRange) {
  const ruleSetRef = formatRef(ruleSet.ref);
  return missing(
    'index.missing',
    `${entityKey}, join ${join.name} of RuleSet ${ruleSetRef}: expected the index of tenant ${tenantId} to name everybody ` +
      'who joined it, found that it is not complete. They stay owed: rebuild it (`reindex`, or `slicewise admin reindex ' +
      `${ruleSetRef} --tenant ${tenantId}\`), then resume.`,
    { tenantId, entityKey, join: join.name, ruleSetRef },
  );
}
