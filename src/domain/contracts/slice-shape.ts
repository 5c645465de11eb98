import type { FieldRule, JoinRule, SchemaShape, SliceRule } from './compiled-contracts.ts';
import { shapesAt } from './read-selector.ts';

/** What a slice type's payload holds, from what its fields and joins select: nothing but their names can be there. */
export function shapeSlice(slice: SliceRule, payload: SchemaShape | null, joins: readonly JoinRule[]): SchemaShape {
  const properties = new Map(shapeFields(slice.fields, payload));
  for (const join of joins) {
    if (!slice.joins.includes(join.name)) continue;
    // A projection may be null where the source is missing; that its inside is closed still holds for the rest.
    for (const [name, shape] of shapeFields(join.projection, shapeSource(join))) properties.set(name, shape);
  }
  return { array: { kind: 'list' }, items: null, properties, others: null, isOpen: false };
}

/** What a join projects from: the source's payload, or that of its slice type. */
export function shapeSource({ source }: JoinRule): SchemaShape | null {
  if (source.kind === 'RAW') return source.schema.shape;
  const { ruleSet, sliceType } = source;
  const slice = ruleSet.slices.find((rule) => rule.type === sliceType);
  return slice === undefined ? null : shapeSlice(slice, ruleSet.schema.shape, ruleSet.joins);
}

function shapeFields(
  fields: readonly FieldRule[],
  payload: SchemaShape | null,
): readonly (readonly [string, SchemaShape | null])[] {
  return fields.map((field) => {
    const [shape = null, ...others] = field.selector.isSingular ? shapesAt(field.selector.segments, payload) : [];
    return [field.name, others.length === 0 ? shape : null];
  });
}
