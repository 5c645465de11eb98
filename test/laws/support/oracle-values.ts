/**
 * What the specifications say of values, the naive way: canonical text with the `canonicalize` package, hashes with
 * `node:crypto`, selectors by walking. Shares nothing with the product but the shape of JSON. Casts here follow the
 * model: a document that was drawn from it has at each place what the model says.
 */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { JsonObject, JsonValue } from '../../../src/domain/canonical/json-value.ts';
import type { Path } from '../../support/arbitraries/rule-places.ts';
import type { ConditionModel, FieldModel } from '../../support/arbitraries/rule-sets.ts';
import type { KeyedModel, PlaceModel } from '../../support/arbitraries/schema-model.ts';

export function canonicalTextOf(value: JsonValue): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('expected a JSON value');
  return text;
}

/** @param parts what is hashed, in order, with nothing between (rfc-v4-002 §2-2) */
export function sha256Of(...parts: readonly string[]): string {
  return `sha256:${createHash('sha256').update(parts.join(''), 'utf8').digest('hex')}`;
}

export function compareAsBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

export function sortAsBytes<Text extends string>(texts: Iterable<Text>): readonly Text[] {
  return [...texts].sort(compareAsBytes);
}

/** A payload in canonical form: sets sorted by canonical bytes and without duplicates, keyed arrays sorted by key. */
export function canonicalFormOf(model: PlaceModel, payload: JsonObject): JsonObject {
  // Through text and back: what 0 and -0, 1 and 1.0 have in common is their text.
  return JSON.parse(canonicalTextOf(normalised(model, payload))) as JsonObject;
}

function normalised(model: PlaceModel | undefined, value: JsonValue): JsonValue {
  if (model === undefined || value === null) return value;
  switch (model.kind) {
    case 'object':
      return normalisedMembers(model, value as JsonObject);
    case 'list':
      return (value as readonly JsonValue[]).map((item) => normalised(model.items, item));
    case 'set': {
      const items = (value as readonly JsonValue[]).map((item) => canonicalTextOf(normalised(model.items, item)));
      return sortAsBytes(new Set(items)).map((text): JsonValue => JSON.parse(text));
    }
    case 'keyed':
      return (value as readonly JsonObject[])
        .map((item) => normalisedMembers(model.item, item))
        .sort((left, right) => compareAsBytes(keyOf(model, left), keyOf(model, right)));
    default:
      return value;
  }
}

function normalisedMembers(model: Extract<PlaceModel, { kind: 'object' }>, value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]): [string, JsonValue] => [
      name,
      normalised(model.members.find((known) => known.name === name)?.place, inner),
    ]),
  );
}

function keyOf({ keyPath: [first, second] }: KeyedModel, item: JsonObject): string {
  const holder = item[first];
  return String(second === undefined ? holder : (holder as JsonObject)[second]);
}

/** Every value that a path selects, in order. */
export function selectAll(path: Path, value: JsonValue): readonly JsonValue[] {
  const [segment, ...rest] = path;
  if (segment === undefined) return [value];
  if (typeof value !== 'object' || value === null) return [];
  const children = childrenOf(value, segment);
  return children.flatMap((child) => selectAll(rest, child).map((node) => [node])).map(([node]) => node as JsonValue);
}

function childrenOf(value: JsonObject | readonly JsonValue[], segment: Path[number]): readonly JsonValue[] {
  const isList = Array.isArray(value);
  if (segment.kind === 'wildcard') return isList ? value : membersInOrder(value as JsonObject);
  if (segment.kind === 'index')
    return isList && segment.index < value.length ? [value[segment.index] as JsonValue] : [];
  const entry = isList ? undefined : Object.entries(value).find(([name]) => name === segment.name);
  return entry === undefined ? [] : [entry[1] as JsonValue];
}

/** RFC 8785 sorts members by UTF-16 units, as JavaScript's own sort does. */
function membersInOrder(value: JsonObject): readonly JsonValue[] {
  return Object.keys(value)
    .sort()
    .map((name) => Object.getOwnPropertyDescriptor(value, name)?.value as JsonValue);
}

/** The fields that are there: one value, or all that a path with `[*]` selects if the place in front of it is there. */
export function fieldValuesOf(fields: readonly FieldModel[], value: JsonValue): readonly [string, JsonValue][] {
  return fields.flatMap(({ name, path }): [string, JsonValue][] => {
    const wildcardAt = path.findIndex((segment) => segment.kind === 'wildcard');
    const isThere = selectAll(wildcardAt < 0 ? path : path.slice(0, wildcardAt), value).length > 0;
    if (!isThere) return [];
    const nodes = selectAll(path, value);
    return [[name, wildcardAt < 0 ? (nodes[0] as JsonValue) : nodes]];
  });
}

export function conditionHolds(condition: ConditionModel, payload: JsonObject): boolean {
  switch (condition.test) {
    case 'exists':
      return selectAll(condition.path, payload).length > 0;
    case 'equals':
      return selectAll(condition.path, payload).some((node) => isEqual(node, condition.value));
    case 'in':
      return selectAll(condition.path, payload).some((node) => condition.values.some((value) => isEqual(node, value)));
    case 'not':
      return !conditionHolds(condition.inner, payload);
    case 'all':
      return condition.inner.every((inner) => conditionHolds(inner, payload));
    case 'any':
      return condition.inner.some((inner) => conditionHolds(inner, payload));
  }
}

function isEqual(left: JsonValue, right: JsonValue): boolean {
  return canonicalTextOf(left) === canonicalTextOf(right);
}
