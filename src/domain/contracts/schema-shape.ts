/**
 * What a JSON Schema says about the places of a document: which arrays are sets or keyed, which members can be there.
 * A kind that is declared anywhere for a place holds at that place, whichever branch of the schema applies; two
 * different ones are refused, because canonical form must not depend on which branch matched (rfc-v4-002 §1-1).
 */
import { appendToken } from '../canonical/json-pointer.ts';
import type { JsonObject, JsonValue } from '../canonical/json-value.ts';
import type { ArrayKind, SchemaShape } from './compiled-contracts.ts';
import {
  declaredArrayKind,
  isSchemaObject,
  listOf,
  memberOf,
  membersOf,
  type SchemaIndex,
  schemasAtSamePlace,
} from './json-schema-index.ts';
import { ARRAY_KEYWORD } from './json-schema-keywords.ts';
import { arrayKindConflict, contractPointer, schemaInvalid } from './json-schema-refusal.ts';
import { shapesSorted } from './schema-normaliser.ts';

/** Combinations of schemas for one place; real ones have one for each property. */
const PLACES_MAX = 20_000;

const LIST: ArrayKind = { kind: 'list' };

/** Schema objects that hold at one place; `true` where they hold for every value there, else only in some branch. */
type Parts = ReadonlyMap<JsonObject, boolean>;

interface ShapeNode {
  array: ArrayKind;
  items: ShapeNode | null;
  properties: Map<string, ShapeNode | null>;
  others: ShapeNode | null;
  isOpen: boolean;
}

/** Places that one shape stands for although the schema tells them apart. */
interface MergedPlaces {
  readonly shape: ShapeNode;
  readonly pointer: string;
}

interface Builder {
  readonly index: SchemaIndex;
  readonly ids: ReadonlyMap<JsonObject, number>;
  readonly nodes: Map<string, ShapeNode>;
  readonly queue: { readonly node: ShapeNode; readonly parts: Parts }[];
  readonly merged: MergedPlaces[];
}

/**
 * The shape of a document's root; `null` where the schema says nothing at all.
 * @throws `contract.schema_invalid`, `contract.array_kind_conflict`
 */
export function shapeSchema(index: SchemaIndex): SchemaShape | null {
  const ids = new Map([...index.pointers.keys()].map((schema, id) => [schema, id]));
  const builder: Builder = { index, ids, nodes: new Map(), queue: [], merged: [] };
  const root = requestNode([[index.root, true]], builder);
  for (let next = builder.queue.pop(); next !== undefined; next = builder.queue.pop())
    fillNode(next.node, next.parts, builder);
  const sorted = shapesSorted(builder.nodes.values());
  for (const { shape, pointer } of builder.merged) if (sorted.has(shape)) throw unclearPlaces(pointer, index);
  return dropSilentNodes(root, builder);
}

/** The node of a place, made once for each combination of schemas; filled later, so that cycles end. */
function requestNode(starts: Iterable<readonly [JsonObject, boolean]>, builder: Builder): ShapeNode | null {
  const parts = closeOverPlace(starts, builder.index);
  if (parts.size === 0) return null;
  const key = [...parts]
    .map(([schema, certain]) => `${builder.ids.get(schema)}${certain ? '!' : '?'}`)
    .sort()
    .join();
  const known = builder.nodes.get(key);
  if (known) return known;
  if (builder.nodes.size === PLACES_MAX) {
    throw schemaInvalid(builder.index.source, {
      pointer: '',
      expected: `at most ${PLACES_MAX} combinations of schemas`,
      found: 'more',
      advice: 'Nest fewer alternatives inside recursive definitions.',
    });
  }
  const node: ShapeNode = { array: LIST, items: null, properties: new Map(), others: null, isOpen: true };
  builder.nodes.set(key, node);
  builder.queue.push({ node, parts });
  return node;
}

/** All schemas that hold at a place, by `$ref`, `allOf` and the like; a certain way to one wins. */
function closeOverPlace(starts: Iterable<readonly [JsonObject, boolean]>, index: SchemaIndex): Parts {
  const parts = new Map<JsonObject, boolean>();
  const ahead = [...starts];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    const [schema, certain] = next;
    const known = parts.get(schema);
    if (known === true || known === certain) continue;
    parts.set(schema, certain);
    for (const part of schemasAtSamePlace(schema, index)) ahead.push([part.schema, certain && part.certain]);
  }
  return parts;
}

function fillNode(node: ShapeNode, parts: Parts, builder: Builder): void {
  const types = certainTypes(parts);
  node.array = arrayKindOf(parts, types, builder);
  node.items = itemsOf(parts, builder);
  for (const name of namesOf(parts)) node.properties.set(name, requestNode(schemasOfMember(name, parts), builder));
  node.isOpen = (types === null || types.has('object')) && !isClosed(parts);
  if (node.isOpen) node.others = othersOf(parts, builder);
  if (node.array.kind === 'keyed') checkKeyedItems(parts, builder.index);
}

/** The types that every value of a place has one of; `null`: no schema says. */
function certainTypes(parts: Parts): ReadonlySet<string> | null {
  const declared = [...parts]
    .filter(([schema, certain]) => certain && schema['type'] !== undefined)
    .map(([schema]) => [schema['type']].flat().map(String));
  const [first, ...rest] = declared;
  return first === undefined ? null : new Set(first.filter((type) => rest.every((types) => types.includes(type))));
}

function arrayKindOf(parts: Parts, types: ReadonlySet<string> | null, { index, ids }: Builder): ArrayKind {
  let chosen: { readonly kind: ArrayKind; readonly schema: JsonObject } | null = null;
  for (const schema of inDocumentOrder(parts, ids)) {
    const kind = declaredArrayKind(schema);
    if (kind === null) continue;
    if (types !== null && !types.has('array')) {
      throw schemaInvalid(index.source, {
        pointer: pointerOfKind(schema, index),
        expected: 'an array kind where an array can be',
        found: `a place of type ${[...types].join(' or ')}`,
        advice: 'Move it to the array that it is about, or add array to the type.',
      });
    }
    if (chosen !== null && formatKind(chosen.kind) !== formatKind(kind)) {
      throw arrayKindConflict(index.source, {
        pointer: pointerOfKind(schema, index),
        expected: `${formatKind(chosen.kind)}, as at ${contractPointer(pointerOfKind(chosen.schema, index))} for the same place`,
        found: formatKind(kind),
        advice: 'Give the place one kind: what is hashed must not depend on the branch that matched.',
      });
    }
    chosen ??= { kind, schema };
  }
  return chosen?.kind ?? LIST;
}

function itemsOf(parts: Parts, builder: Builder): ShapeNode | null {
  const found: [JsonObject, boolean][] = [];
  let positions = 0;
  let isTailClosed = false;
  let prefixed: JsonObject | null = null;
  for (const [schema, certain] of parts) {
    const prefix = listOf(schema['prefixItems']);
    if (prefix.length > 0) prefixed ??= schema;
    positions = Math.max(positions, prefix.length);
    if (certain && prefix.length > 0 && schema['items'] === false) isTailClosed = true;
    for (const item of prefix) if (isSchemaObject(item)) found.push([item, false]);
    if (isSchemaObject(schema['items'])) found.push([schema['items'], certain && prefix.length === 0]);
    if (isSchemaObject(schema['unevaluatedItems'])) found.push([schema['unevaluatedItems'], false]);
  }
  const node = requestNode(prefixed === null ? found : found.map(([item]) => [item, false]), builder);
  const groups = positions + (isTailClosed ? 0 : 1);
  if (node !== null && prefixed !== null && groups > 1) noteMerged(node, prefixed, 'prefixItems', builder);
  return node;
}

function namesOf(parts: Parts): ReadonlySet<string> {
  const names = new Set<string>();
  for (const schema of parts.keys()) for (const [name] of membersOf(schema['properties'])) names.add(name);
  return names;
}

function* schemasOfMember(name: string, parts: Parts): Generator<readonly [JsonObject, boolean]> {
  for (const [schema, certain] of parts) {
    const own = memberOf(schema['properties'], name);
    let isEvaluated = own !== undefined;
    if (isSchemaObject(own)) yield [own, certain];
    for (const [pattern, part] of membersOf(schema['patternProperties'])) {
      if (!new RegExp(pattern, 'u').test(name)) continue;
      isEvaluated = true;
      if (isSchemaObject(part)) yield [part, certain];
    }
    if (!isEvaluated && isSchemaObject(schema['additionalProperties'])) yield [schema['additionalProperties'], certain];
  }
}

/** What holds for members that no `properties` names. */
function othersOf(parts: Parts, builder: Builder): ShapeNode | null {
  const found: [JsonObject, boolean][] = [];
  let patterned: JsonObject | null = null;
  let groups = 0;
  let isRestClosed = false;
  for (const [schema, certain] of parts) {
    const patterns = membersOf(schema['patternProperties']);
    groups += patterns.length;
    if (patterns.length > 0) patterned ??= schema;
    if (certain && schema['additionalProperties'] === false) isRestClosed = true;
    for (const [, part] of patterns) if (isSchemaObject(part)) found.push([part, false]);
    for (const keyword of ['additionalProperties', 'unevaluatedProperties']) {
      const part: JsonValue | undefined = schema[keyword];
      if (isSchemaObject(part))
        found.push([part, certain && keyword === 'additionalProperties' && patterns.length === 0]);
    }
  }
  if (!isRestClosed) groups += 1;
  const node = requestNode(patterned === null ? found : found.map(([part]) => [part, false]), builder);
  if (node !== null && patterned !== null && groups > 1) noteMerged(node, patterned, 'patternProperties', builder);
  return node;
}

/** Whether no member beside the named ones can be there, for certain. */
function isClosed(parts: Parts): boolean {
  const schemas = [...parts.keys()];
  const hasPatterns = (schema: JsonObject): boolean => membersOf(schema['patternProperties']).length > 0;
  const evaluatesOthers = (schema: JsonObject): boolean =>
    hasPatterns(schema) ||
    (schema['additionalProperties'] !== undefined && schema['additionalProperties'] !== false) ||
    (schema['unevaluatedProperties'] !== undefined && schema['unevaluatedProperties'] !== false);
  return schemas.some((schema) => {
    if (parts.get(schema) !== true) return false;
    if (schema['additionalProperties'] === false && !hasPatterns(schema)) return true;
    return schema['unevaluatedProperties'] === false && !schemas.some(evaluatesOthers);
  });
}

function checkKeyedItems(parts: Parts, index: SchemaIndex): void {
  for (const schema of parts.keys()) {
    const items = schema['items'];
    if (!isSchemaObject(items)) continue;
    const types = certainTypes(closeOverPlace([[items, true]], index));
    if (types === null || types.has('object')) continue;
    throw schemaInvalid(index.source, {
      pointer: appendToken(index.pointers.get(items) ?? '', 'type'),
      expected: 'objects, as the array is keyed by a member of each item',
      found: `items of type ${[...types].join(' or ')}`,
      advice: 'Make the array a set, or its items objects.',
    });
  }
}

function noteMerged(shape: ShapeNode, schema: JsonObject, keyword: string, builder: Builder): void {
  builder.merged.push({ shape, pointer: appendToken(builder.index.pointers.get(schema) ?? '', keyword) });
}

function unclearPlaces(pointer: string, index: SchemaIndex) {
  return arrayKindConflict(index.source, {
    pointer,
    expected: 'the same array kinds at all the places that it describes',
    found: 'a set or keyed array at some of them',
    advice: 'Name the members in properties, or use one pattern with additionalProperties: false.',
  });
}

/** A node that says nothing, here and below, becomes `null`. */
function dropSilentNodes(root: ShapeNode | null, builder: Builder): ShapeNode | null {
  const nodes = [...builder.nodes.values()];
  const telling = new Set(
    nodes.filter((node) => node.array.kind !== 'list' || node.properties.size > 0 || !node.isOpen),
  );
  for (let size = -1; size !== telling.size; ) {
    size = telling.size;
    for (const node of nodes) {
      if ((node.items && telling.has(node.items)) || (node.others && telling.has(node.others))) telling.add(node);
    }
  }
  const keep = (node: ShapeNode | null): ShapeNode | null => (node && telling.has(node) ? node : null);
  for (const node of telling) {
    node.items = keep(node.items);
    node.others = keep(node.others);
    for (const [name, member] of node.properties) node.properties.set(name, keep(member));
  }
  return keep(root);
}

function inDocumentOrder(parts: Parts, ids: ReadonlyMap<JsonObject, number>): JsonObject[] {
  return [...parts.keys()].sort((a, b) => (ids.get(a) ?? 0) - (ids.get(b) ?? 0));
}

function pointerOfKind(schema: JsonObject, index: SchemaIndex): string {
  return appendToken(index.pointers.get(schema) ?? '', ARRAY_KEYWORD);
}

function formatKind(kind: ArrayKind): string {
  return kind.kind === 'keyed' ? `keyed by ${kind.pointer}` : kind.kind;
}
