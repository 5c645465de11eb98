/** The places of a schema model that a contract's selectors can name, and how they are written. */
import type { ArrayModel, KeyedModel, ObjectModel, PlaceModel } from './schema-model.ts';

export type Segment =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'wildcard' };

export type Path = readonly Segment[];

/** A place with what a document has there; `null`: the members of an object, which differ. */
export interface Place {
  readonly path: Path;
  readonly model: PlaceModel | null;
}

const ANY: Segment = { kind: 'wildcard' };

export function member(name: string): Segment {
  return { kind: 'name', name };
}

/** RFC 9535 in its longest form, which takes every name. */
export function selectorText(path: Path): string {
  return `$${path.map(segmentText).join('')}`;
}

/** Every place below the root that a selector may name, in document order. */
export function placesOf(model: ObjectModel): readonly Place[] {
  return below({ path: [], model });
}

/** Whether one path may name a place in, at or above what the other names. */
export function overlap(left: Path, right: Path): boolean {
  return left.every((segment, index) => {
    const other = right[index];
    if (other === undefined || segment.kind === 'wildcard' || other.kind === 'wildcard') return true;
    if (segment.kind === 'name') return other.kind === 'name' && other.name === segment.name;
    return other.kind === 'index' && other.index === segment.index;
  });
}

/** The members of a place that a schema declares and that no other one can join: where an impact map may go deeper. */
export function closedInnerPlaces({ path, model }: Place): readonly Place[] {
  if (model === null) return [];
  if (model.kind === 'object') return model.isOpen ? [] : membersOf(path, model);
  if (model.kind === 'keyed') return model.item.isOpen ? [] : keyedItemPlaces(path, model);
  return [];
}

function below(place: Place): readonly Place[] {
  const inner = innerPlaces(place);
  return inner.flatMap((child) => [child, ...below(child)]);
}

function innerPlaces({ path, model }: Place): readonly Place[] {
  if (model === null) return [];
  switch (model.kind) {
    case 'object':
      return path.length === 0
        ? membersOf(path, model)
        : [...membersOf(path, model), { path: [...path, ANY], model: null }];
    case 'list':
      return [itemsOf(path, model, ANY), itemsOf(path, model, { kind: 'index', index: 0 })];
    case 'set':
      return [itemsOf(path, model, ANY)];
    case 'keyed':
      return [{ path: [...path, ANY], model: model.item }];
    default:
      return [];
  }
}

function membersOf(path: Path, model: ObjectModel): readonly Place[] {
  return model.members.map(({ name, place }) => ({ path: [...path, member(name)], model: place }));
}

function itemsOf(path: Path, { items }: ArrayModel, segment: Segment): Place {
  return { path: [...path, segment], model: items };
}

function keyedItemPlaces(path: Path, { item, keyPath }: KeyedModel): readonly Place[] {
  return [{ path: [...path, ANY, member(keyPath[0])], model: null }, ...membersOf([...path, ANY], item)];
}

function segmentText(segment: Segment): string {
  if (segment.kind === 'wildcard') return '[*]';
  return segment.kind === 'index' ? `[${segment.index}]` : `[${JSON.stringify(segment.name)}]`;
}
