import { compareUtf8, sortedUniqueUtf8 } from '../canonical/key-order.ts';
import type { Condition, ImpactEntry, JoinRule, SchemaShape, SliceRule } from './compiled-contracts.ts';
import type { ContractProblem } from './contract-problem.ts';
import { forgottenPlaces, formatEntry, isCovered, withoutTrailingWildcards } from './coverage.ts';
import { shapesAt } from './read-selector.ts';
import { formatSelector, patternContains } from './selector.ts';
import type { SelectorSegment } from './selector-model.ts';

export interface ImpactMapClaim {
  readonly shape: SchemaShape | null;
  readonly slices: readonly SliceRule[];
  readonly joins: readonly JoinRule[];
  readonly impactMap: readonly ImpactEntry[];
}

/** A place and the slice types that no entry names for it. */
interface Gap {
  readonly path: readonly SelectorSegment[];
  readonly slices: readonly string[];
}

/**
 * Proves that no change escapes the impact map (design: impact): every path that a slice type reads is covered by
 * entries that name the type, and every property that the schema declares by any entry.
 *
 * @returns nothing where that holds, else what is unsound (`contract.impact_map_unsound`) and what is forgotten
 * (`contract.impact_map_incomplete`), with the entries to add.
 */
export function proveImpactMap(claim: ImpactMapClaim): readonly ContractProblem[] {
  const unsound = unreadPaths(claim);
  const entries = [
    ...claim.impactMap.map((entry) => withoutTrailingWildcards(entry.selector.segments)),
    ...unsound.map((gap) => withoutTrailingWildcards(gap.path)),
  ];
  const forgotten = forgottenPlaces([], claim.shape, entries).map((path): Gap => ({ path, slices: [] }));
  return [
    ...gapProblem(unsound, {
      code: 'contract.impact_map_unsound',
      expected: 'an entry that names the slice type for every path that it reads',
    }),
    ...gapProblem(forgotten, {
      code: 'contract.impact_map_incomplete',
      expected: 'an entry for every property that the schema declares, `slices: []` where it concerns none',
    }),
  ];
}

/** The places that a slice type reads: fields, condition, the keys of its joins (design: impact). */
export function readPathsOf(slice: SliceRule, joins: readonly JoinRule[]): readonly (readonly SelectorSegment[])[] {
  return [
    ...slice.fields.map((field) => field.selector.segments),
    ...(slice.when === null ? [] : conditionPaths(slice.when)),
    ...joins.filter((join) => slice.joins.includes(join.name)).map((join) => join.keyPath.segments),
  ];
}

/** Entries' paths for one slice type, as coverage sees them. */
export function entryPathsOf(
  entries: readonly ImpactEntry[],
  sliceType: string,
): readonly (readonly SelectorSegment[])[] {
  return entries
    .filter((entry) => entry.slices.includes(sliceType))
    .map((entry) => withoutTrailingWildcards(entry.selector.segments));
}

/** Whether entries notice every change of a place, whichever of its possible shapes it has. */
export function isCoveredIn(
  path: readonly SelectorSegment[],
  shape: SchemaShape | null,
  entries: readonly (readonly SelectorSegment[])[],
): boolean {
  return shapesAt(path, shape).every((place) => isCovered(path, place, entries));
}

/** One entry a place, without those that another one holds already. */
export function mergeGaps(gaps: readonly Gap[]): readonly Gap[] {
  const byText = new Map<string, Gap>();
  for (const gap of gaps) {
    const text = formatSelector(gap.path);
    byText.set(text, {
      path: gap.path,
      slices: sortedUniqueUtf8([...(byText.get(text)?.slices ?? []), ...gap.slices]),
    });
  }
  const merged = [...byText.values()];
  const isHeld = (gap: Gap): boolean =>
    merged.some(
      (other) =>
        other !== gap &&
        patternContains(other.path, gap.path) &&
        gap.slices.every((sliceType) => other.slices.includes(sliceType)),
    );
  return merged
    .filter((gap) => !isHeld(gap))
    .sort((left, right) => compareUtf8(formatSelector(left.path), formatSelector(right.path)));
}

function unreadPaths({ shape, slices, joins, impactMap }: ImpactMapClaim): readonly Gap[] {
  const gaps = slices.flatMap((slice) => {
    const entries = entryPathsOf(impactMap, slice.type);
    return readPathsOf(slice, joins)
      .filter((path) => !isCoveredIn(path, shape, entries))
      .map((path): Gap => ({ path, slices: [slice.type] }));
  });
  return mergeGaps(gaps);
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
