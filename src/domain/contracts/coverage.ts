import type { SchemaShape } from './compiled-contracts.ts';
import { patternContains } from './selector.ts';
import type { SelectorSegment } from './selector-model.ts';

/**
 * When do the entries of an impact map notice every change of a place? A change matches an entry when either contains
 * the other (design: impact), so a place P is covered
 * - by an entry that contains P: whatever changes at, above or below P is at, above or below the entry, or
 * - by deeper entries together, where the schema leaves no gap between them: P is closed, each of its declared members
 *   is covered and, if it is a keyed array, its items are. (Other arrays change as a whole, which any deeper entry
 *   notices.)
 * Neither follows a recursive schema below the longest entry, so both end.
 */

type Path = readonly SelectorSegment[];

const ANY_ITEM: SelectorSegment = { kind: 'wildcard' };

/** An entry's path as coverage sees it: `a[*]` matches the same changes as `a`. */
export function withoutTrailingWildcards(path: Path): Path {
  let end = path.length;
  while (end > 0 && path[end - 1]?.kind === 'wildcard') end -= 1;
  return path.slice(0, end);
}

/** Whether the entries notice every change of a place. */
export function isCovered(path: Path, shape: SchemaShape | null, entries: readonly Path[]): boolean {
  if (entries.some((entry) => patternContains(entry, path))) return true;
  if (shape === null || shape.isOpen) return false;
  const deeper = deeperThan(path, entries);
  if (deeper.length === 0) return false;
  return innerPlaces(path, shape).every((inner) => isCovered(inner.path, inner.shape, deeper));
}

/**
 * The declared places that no entry speaks of. Undeclared members of open objects are left to `onNoMatch`; what is
 * declared in them is not.
 */
export function forgottenPlaces(path: Path, shape: SchemaShape | null, entries: readonly Path[]): readonly Path[] {
  if (entries.some((entry) => patternContains(entry, path))) return [];
  const deeper = deeperThan(path, entries);
  const inner = shape === null ? [] : innerPlaces(path, shape);
  const isRoot = path.length === 0;
  if (inner.length > 0 && (isRoot || deeper.length > 0)) {
    return inner.flatMap((place) => forgottenPlaces(place.path, place.shape, deeper));
  }
  const isNoticedWhole = isRoot || (deeper.length > 0 && shape !== null && !shape.isOpen);
  return isNoticedWhole ? [] : [path];
}

interface Place {
  readonly path: Path;
  readonly shape: SchemaShape | null;
}

function innerPlaces(path: Path, shape: SchemaShape): readonly Place[] {
  const members = [...shape.properties].map(
    ([name, property]): Place => ({ path: [...path, { kind: 'name', name }], shape: property }),
  );
  if (shape.array.kind !== 'keyed') return members;
  return [...members, { path: [...path, ANY_ITEM], shape: shape.items }];
}

/** The entries that lie below a place, for all values that the place can name. */
function deeperThan(path: Path, entries: readonly Path[]): readonly Path[] {
  return entries.filter((entry) => entry.length > path.length && patternContains(entry.slice(0, path.length), path));
}
