import fc from 'fast-check';
import { formatSelector } from '../../../src/domain/contracts/selector.ts';
import type { SelectorSegment } from '../../../src/domain/contracts/selector-model.ts';
import type { ObjectModel, PlaceModel } from '../../support/arbitraries/schema-model.ts';

export type Path = readonly SelectorSegment[];

const ANY: SelectorSegment = { kind: 'wildcard' };

/** All places of a model, inner ones after those that hold them; items of arrays as `[*]`. */
export function placesOf(model: PlaceModel, path: Path = []): readonly Path[] {
  const own = path.length === 0 ? [] : [path];
  switch (model.kind) {
    case 'object':
      return [...own, ...membersOf(model, path)];
    case 'keyed':
      return [
        ...own,
        [...path, ANY],
        ...membersOf(model.item, [...path, ANY]),
        [...path, ANY, nameOf(model.keyPath[0])],
      ];
    case 'list':
    case 'set':
      return [...own, ...placesOf(model.items, [...path, ANY])];
    default:
      return own;
  }
}

/** A path that a rule set over the model may read or speak of: a place, one below it, or one with a `[*]` more. */
export function pathIn(model: ObjectModel): fc.Arbitrary<Path> {
  const place = fc.constantFrom(...placesOf(model));
  const widened = place.chain((path) =>
    fc.nat(path.length - 1).map((at): Path => path.map((segment, index) => (index === at ? ANY : segment))),
  );
  const extended = place.map((path): Path => [...path, ANY]);
  const indexed = place.map((path): Path => [...path, { kind: 'index', index: 0 }]);
  return fc.oneof({ weight: 6, arbitrary: place }, widened, extended, indexed);
}

/** What some slice types read, and the entries that a contract has for it: enough of them or not. */
export interface Claim {
  readonly reads: readonly string[];
  /** The path of a condition. */
  readonly condition: string;
  readonly entries: readonly Entry[];
}

export function claimOver(model: ObjectModel, types: readonly string[]): fc.Arbitrary<Claim> {
  return fc.oneof(scatteredClaim(model, types), innerClaim(model, types));
}

/** Anything is read, and there are entries for anything. */
function scatteredClaim(model: ObjectModel, types: readonly string[]): fc.Arbitrary<Claim> {
  const path = pathIn(model).map(formatSelector);
  const slices = fc.subarray([...types]);
  return fc.record({
    reads: fc.array(path, { minLength: 1, maxLength: 3 }),
    condition: path,
    entries: fc.array(fc.record({ path, slices }), { maxLength: 8 }),
  });
}

/** One place is read as a whole, and entries speak of what lies directly in it: all of that, or all but one. */
function innerClaim(model: ObjectModel, types: readonly string[]): fc.Arbitrary<Claim> {
  const places = placesOf(model);
  const isInside = (inner: Path, outer: Path): boolean =>
    inner.length > outer.length && outer.every((segment, index) => inner[index] === segment);
  const directly = (outer: Path): readonly Path[] =>
    places.filter(
      (inner) => isInside(inner, outer) && !places.some((other) => isInside(other, outer) && isInside(inner, other)),
    );
  const withInside = places.filter((place) => directly(place).length > 0);
  if (withInside.length === 0) return scatteredClaim(model, types);
  return fc.constantFrom(...withInside).chain((place) => {
    const inside = directly(place).flatMap((inner) => (inner.at(-1)?.kind === 'wildcard' ? directly(inner) : [inner]));
    return fc.nat(inside.length * 2).map((left) => ({
      reads: [formatSelector(place)],
      condition: formatSelector(place),
      entries: inside
        .filter((_, index) => index !== left)
        .map((path) => ({ path: formatSelector(path), slices: types })),
    }));
  });
}

export interface Entry {
  readonly path: string;
  readonly slices: readonly string[];
}

function membersOf(model: ObjectModel, path: Path): readonly Path[] {
  return model.members.flatMap(({ name, place }) => placesOf(place, [...path, nameOf(name)]));
}

function nameOf(name: string): SelectorSegment {
  return { kind: 'name', name };
}
