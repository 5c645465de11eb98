import type { Condition, ImpactEntry, JoinRule, SchemaShape, SliceRule } from './compiled-contracts.ts';
import type { ContractProblem } from './contract-problem.ts';
import { forgottenPlaces, withoutTrailingWildcards } from './coverage.ts';
import { formatEntry } from './format-entry.ts';
import { type Gap, gapsIn, type Need, sortGaps, withoutSuperfluous } from './impact-gaps.ts';
import { formatSelector } from './selector.ts';
import type { SelectorSegment } from './selector-model.ts';

export interface ImpactMapClaim {
  readonly shape: SchemaShape | null;
  readonly slices: readonly SliceRule[];
  readonly joins: readonly JoinRule[];
  readonly impactMap: readonly ImpactEntry[];
}

/** What an impact map does not notice. */
export interface ImpactMapGaps {
  /** Places that a slice type reads. */
  readonly unread: readonly Gap[];
  /** Declared properties that no entry speaks of, once `unread` has its entries. */
  readonly forgotten: readonly Gap[];
}

/**
 * Proves that no change escapes the impact map (design: impact): every path that a slice type reads is covered by
 * entries that name the type, and every property that the schema declares by any entry.
 *
 * @returns nothing where that holds, else what is unsound (`contract.impact_map_unsound`) and what is forgotten
 * (`contract.impact_map_incomplete`), with the entries to add.
 */
export function proveImpactMap(claim: ImpactMapClaim): readonly ContractProblem[] {
  const { unread, forgotten } = impactMapGaps(claim);
  return [
    ...gapProblem(unread, {
      code: 'contract.impact_map_unsound',
      expected: 'an entry that names the slice type for every path that it reads',
    }),
    ...gapProblem(forgotten, {
      code: 'contract.impact_map_incomplete',
      expected: 'an entry for every property that the schema declares, `slices: []` where it concerns none',
    }),
  ];
}

/** The fewest entries that would make an impact map sound. */
export function impactMapGaps({ shape, slices, joins, impactMap }: ImpactMapClaim): ImpactMapGaps {
  const unread = gapsIn(
    impactMap,
    slices.map((slice) => readingOf(slice, joins)),
    shape,
  );
  const entries = [
    ...impactMap.map((entry) => withoutTrailingWildcards(entry.selector.segments)),
    ...unread.map((gap) => gap.path),
  ];
  const forgotten = withoutSuperfluous(
    forgottenPlaces([], shape, entries),
    (more) => forgottenPlaces([], shape, [...entries, ...more]).length === 0,
  );
  return { unread, forgotten: sortGaps(forgotten.map((path) => ({ path, slices: [] }))) };
}

/** The places that a slice type reads: fields, condition, the keys of its joins (design: impact). */
export function readingOf(slice: SliceRule, joins: readonly JoinRule[]): Need {
  const paths = [
    ...slice.fields.map((field) => field.selector.segments),
    ...(slice.when === null ? [] : conditionPaths(slice.when)),
    ...joins.filter((join) => slice.joins.includes(join.name)).map((join) => join.keyPath.segments),
  ];
  return { sliceType: slice.type, paths };
}

function conditionPaths(condition: Condition): readonly (readonly SelectorSegment[])[] {
  switch (condition.test) {
    case 'not':
      return conditionPaths(condition.condition);
    case 'all':
    case 'any':
      return condition.conditions.flatMap(conditionPaths);
    default:
      return [condition.selector.segments];
  }
}

function gapProblem(
  gaps: readonly Gap[],
  problem: { readonly code: string; readonly expected: string },
): readonly ContractProblem[] {
  if (gaps.length === 0) return [];
  const entries = gaps.map((gap) => formatEntry(gap.path, gap.slices));
  return [
    {
      ...problem,
      pointer: '/impactMap',
      found: `none for ${gaps.map((gap) => formatSelector(gap.path)).join(', ')}`,
      advice: `Add to impactMap:\n    ${entries.join('\n    ')}`,
    },
  ];
}
