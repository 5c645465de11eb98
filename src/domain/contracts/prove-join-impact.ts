import type { JoinRule, SliceRule } from './compiled-contracts.ts';
import type { ContractProblem } from './contract-problem.ts';
import { formatEntry } from './format-entry.ts';
import { type Gap, gapsIn, type Need } from './impact-gaps.ts';
import { formatSelector } from './selector.ts';
import { shapeSource } from './slice-shape.ts';

export interface JoinImpactClaim {
  readonly join: JoinRule;
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
export function proveJoinImpact({ join, slices, pointer }: JoinImpactClaim): readonly ContractProblem[] {
  const gaps = joinImpactGaps(join, slices);
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

/** The fewest entries that would make a join's impact sound. */
export function joinImpactGaps(join: JoinRule, slices: readonly SliceRule[]): readonly Gap[] {
  return gapsIn(join.joinImpact, projectionNeeds(join, slices), shapeSource(join));
}

/** For each slice type that uses a join, the places that the join projects from. */
export function projectionNeeds(join: JoinRule, slices: readonly SliceRule[]): readonly Need[] {
  const paths = join.projection.map((field) => field.selector.segments);
  return slices.filter((slice) => slice.joins.includes(join.name)).map(({ type }) => ({ sliceType: type, paths }));
}
