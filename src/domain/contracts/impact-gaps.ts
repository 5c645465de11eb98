import { compareUtf8, sortedUniqueUtf8 } from '../canonical/key-order.ts';
import type { ImpactEntry, SchemaShape } from './compiled-contracts.ts';
import { isCovered, withoutTrailingWildcards } from './coverage.ts';
import { shapesAt } from './read-selector.ts';
import { formatSelector, patternContains } from './selector.ts';
import type { SelectorSegment } from './selector-model.ts';

/** What entries fail to notice, and the fewest entries that would: for the proofs and for what `derive` proposes. */

type Path = readonly SelectorSegment[];

/** A place and the slice types that no entry names for it. */
export interface Gap {
  readonly path: Path;
  /** Sorted; empty where the place concerns no slice. */
  readonly slices: readonly string[];
}

/** Every place whose changes a slice type must hear of. */
export interface Need {
  readonly sliceType: string;
  readonly paths: readonly Path[];
}

/** One gap a place, sorted; an entry for each would close them all, and none of their slice types could be left out. */
export function gapsIn(
  entries: readonly ImpactEntry[],
  needs: readonly Need[],
  shape: SchemaShape | null,
): readonly Gap[] {
  const gaps = needs.flatMap(({ sliceType, paths }) => {
    const own = entryPathsOf(entries, sliceType);
    const unnoticed = paths.filter((path) => !isCoveredIn(path, shape, own));
    const isEnough = (more: readonly Path[]): boolean =>
      unnoticed.every((path) => isCoveredIn(path, shape, [...own, ...more]));
    return withoutSuperfluous(unnoticed, isEnough).map((path): Gap => ({ path, slices: [sliceType] }));
  });
  return mergeGaps(gaps);
}

/** Whether entries notice every change that concerns a slice type. */
export function isNoticed(entries: readonly ImpactEntry[], need: Need, shape: SchemaShape | null): boolean {
  const own = entryPathsOf(entries, need.sliceType);
  return need.paths.every((path) => isCoveredIn(path, shape, own));
}

/**
 * Paths as entries, without those that the others make superfluous: the longest go first, so that what holds others
 * stays.
 */
export function withoutSuperfluous(
  paths: readonly Path[],
  isEnough: (paths: readonly Path[]) => boolean,
): readonly Path[] {
  let kept = paths.map(withoutTrailingWildcards);
  const longestFirst = [...kept].sort(
    (left, right) => right.length - left.length || compareUtf8(formatSelector(right), formatSelector(left)),
  );
  for (const path of longestFirst) {
    const others = kept.filter((other) => other !== path);
    // Most places have nothing to do with each other, and the question is a costly one.
    if (others.some((other) => canMeet(other, path)) && isEnough(others)) kept = others;
  }
  return kept;
}

/** Whether one path may name a place in, at or above what the other names. */
function canMeet(left: Path, right: Path): boolean {
  const shared = Math.min(left.length, right.length);
  return left.slice(0, shared).every((_, index) => {
    const [one, other] = [left.slice(index, index + 1), right.slice(index, index + 1)];
    return patternContains(one, other) || patternContains(other, one);
  });
}

/** Sorted, as entries are proposed. */
export function sortGaps(gaps: readonly Gap[]): readonly Gap[] {
  return [...gaps].sort((left, right) => compareUtf8(formatSelector(left.path), formatSelector(right.path)));
}

function mergeGaps(gaps: readonly Gap[]): readonly Gap[] {
  const byPlace = new Map<string, Gap>();
  for (const { path, slices } of gaps) {
    const place = formatSelector(path);
    byPlace.set(place, { path, slices: sortedUniqueUtf8([...(byPlace.get(place)?.slices ?? []), ...slices]) });
  }
  return sortGaps([...byPlace.values()]);
}

/** Entries' paths for one slice type, as coverage sees them. */
function entryPathsOf(entries: readonly ImpactEntry[], sliceType: string): readonly Path[] {
  return entries
    .filter((entry) => entry.slices.includes(sliceType))
    .map((entry) => withoutTrailingWildcards(entry.selector.segments));
}

/** Whether entries notice every change of a place, whichever of its possible shapes it has. */
function isCoveredIn(path: Path, shape: SchemaShape | null, entries: readonly Path[]): boolean {
  return shapesAt(path, shape).every((place) => isCovered(path, place, entries));
}
