import type { JoinRule, SchemaShape, SliceRule } from './compiled-contracts.ts';
import type { ContractProblem } from './contract-problem.ts';
import { formatEntry } from './coverage.ts';
import { entryPathsOf, isCoveredIn, mergeGaps } from './prove-impact-map.ts';
import { formatSelector } from './selector.ts';

export interface JoinImpactClaim {
  readonly join: JoinRule;
  /** Of the source that the join projects from. */
  readonly sourceShape: SchemaShape | null;
  readonly slices: readonly SliceRule[];
  /** Of the join in its document. */
  readonly pointer: string;
}

/**
 * Proves that no change of a source escapes its parents (design: joins): for each slice type that uses the join, every
 * projected path is covered by entries that name the type. What is not projected concerns nobody.
 *
 * @returns nothing where that holds, else `contract.join_impact_unsound` with the entries to add.
 */
export function proveJoinImpact({ join, sourceShape, slices, pointer }: JoinImpactClaim): readonly ContractProblem[] {
  const users = slices.filter((slice) => slice.joins.includes(join.name));
  const gaps = mergeGaps(
    users.flatMap(({ type }) => {
      const entries = entryPathsOf(join.joinImpact, type);
      return join.projection
        .map((field) => field.selector.segments)
        .filter((path) => !isCoveredIn(path, sourceShape, entries))
        .map((path) => ({ path, slices: [type] }));
    }),
  );
  if (gaps.length === 0) return [];
  const entries = gaps.map((gap) => formatEntry(gap.path, gap.slices));
  return [
    {
      code: 'contract.join_impact_unsound',
      pointer: `${pointer}/joinImpact`,
      expected: 'an entry that names every slice type of the join for every path that it projects',
      found: `none for ${gaps.map((gap) => formatSelector(gap.path)).join(', ')}`,
      advice: `Add to joinImpact of ${join.name}:\n    ${entries.join('\n    ')}`,
    },
  ];
}
