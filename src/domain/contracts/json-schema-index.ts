/**
 * A JSON Schema's parts by place, checked for what ajv would let pass or would report without a place: unknown
 * keywords, refs that leave the document, array kinds where none can be. Expects what the 2020-12 meta-schema accepts.
 */
import { appendToken, parsePointer } from '../canonical/json-pointer.ts';
import { isPlainObject, type JsonObject, type JsonValue } from '../canonical/json-value.ts';
import { shortenText } from '../shown-value.ts';
import type { ArrayKind } from './compiled-contracts.ts';
import { ARRAY_KEYWORD, KEYWORD_CONTENT, NAME_MAPS, TESTING_KEYWORDS } from './json-schema-keywords.ts';
import { type SchemaSource, schemaInvalid } from './json-schema-refusal.ts';

export interface SchemaIndex {
  readonly root: JsonObject;
  readonly source: SchemaSource;
  /** Every schema object, in document order → its pointer from the schema's root. */
  readonly pointers: ReadonlyMap<JsonObject, string>;
  /** The schema that a `$ref` of this document names; `null` for `true` and `false`, which say nothing of places. */
  readonly resolve: (ref: string) => JsonObject | null;
}

interface Walk {
  readonly source: SchemaSource;
  readonly pointers: Map<JsonObject, string>;
  readonly byPointer: Map<string, JsonObject | null>;
  readonly anchors: Map<string, JsonObject>;
}

/** @throws `contract.schema_invalid` */
export function indexSchema(root: JsonObject, source: SchemaSource): SchemaIndex {
  const walk: Walk = { source, pointers: new Map(), byPointer: new Map(), anchors: new Map() };
  visit(root, '', walk);
  const resolve = (ref: string): JsonObject | null => findTarget(ref, walk) ?? null;
  const index = { root, source, pointers: walk.pointers, resolve };
  for (const [schema, pointer] of walk.pointers) checkRef(schema, pointer, walk);
  for (const schema of walk.pointers.keys()) checkThatItEnds(schema, index);
  return index;
}

/** The array kind that a schema object itself declares. Expects an indexed schema. */
export function declaredArrayKind(schema: JsonObject): ArrayKind | null {
  const value = schema[ARRAY_KEYWORD];
  if (value === undefined) return null;
  if (value === 'list' || value === 'set') return { kind: value };
  // Checked when the schema was indexed.
  return { kind: 'keyed', pointer: (value as { readonly keyed: string }).keyed };
}

/** The schemas that hold at the same place as this one: always (`certain`), or where a condition is met. */
export function schemasAtSamePlace(schema: JsonObject, index: SchemaIndex): { schema: JsonObject; certain: boolean }[] {
  const found: { schema: JsonObject; certain: boolean }[] = [];
  const add = (value: JsonValue | undefined, certain: boolean): void => {
    if (isSchemaObject(value)) found.push({ schema: value, certain });
  };
  if (typeof schema['$ref'] === 'string') add(index.resolve(schema['$ref']) ?? undefined, true);
  for (const part of listOf(schema['allOf'])) add(part, true);
  for (const keyword of ['anyOf', 'oneOf']) for (const part of listOf(schema[keyword])) add(part, false);
  for (const keyword of ['if', 'then', 'else']) add(schema[keyword], false);
  for (const [, part] of membersOf(schema['dependentSchemas'])) add(part, false);
  return found;
}

export function isSchemaObject(value: JsonValue | undefined): value is JsonObject {
  return isPlainObject(value);
}

/** The items of a keyword that holds a list; none where it is absent. */
export function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** The members of a keyword that holds an object; none where it is absent. */
export function membersOf(value: JsonValue | undefined): [string, JsonValue][] {
  return isSchemaObject(value) ? Object.entries(value) : [];
}

/** One member of a keyword that holds an object. */
export function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isSchemaObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function visit(schema: JsonValue, pointer: string, walk: Walk): void {
  if (!isSchemaObject(schema)) {
    walk.byPointer.set(pointer, null);
    return;
  }
  walk.byPointer.set(pointer, schema);
  if (!walk.pointers.has(schema)) walk.pointers.set(schema, pointer);
  for (const [keyword, value] of Object.entries(schema)) visitKeyword(keyword, value, pointer, walk);
  checkOwnKeywords(schema, pointer, walk);
}

function visitKeyword(keyword: string, value: JsonValue, pointer: string, walk: Walk): void {
  const place = appendToken(pointer, keyword);
  const content = KEYWORD_CONTENT.get(keyword);
  if (content === undefined) {
    throw schemaInvalid(walk.source, {
      pointer: place,
      expected: 'a keyword of JSON Schema 2020-12 or x-slicewise-array',
      found: JSON.stringify(keyword),
      advice: 'Mend the spelling, or move what is only a note into $comment.',
    });
  }
  if (NAME_MAPS.has(keyword)) refuseProtoName(value, place, walk);
  if (content === 'schema') visit(value, place, walk);
  if (content === 'schema-list') listOf(value).forEach((part, at) => void visit(part, appendToken(place, at), walk));
  if (content === 'schema-map')
    for (const [name, part] of membersOf(value)) visit(part, appendToken(place, name), walk);
}

function checkOwnKeywords(schema: JsonObject, pointer: string, walk: Walk): void {
  if (schema['$id'] !== undefined && pointer !== '') {
    throw schemaInvalid(walk.source, {
      pointer: appendToken(pointer, '$id'),
      expected: '$id at the root only, as a schema contract is one document',
      found: 'one inside it',
      advice: 'Use $defs with $ref "#/$defs/…", or $anchor.',
    });
  }
  if (typeof schema['$anchor'] === 'string') {
    if (walk.anchors.has(schema['$anchor'])) {
      throw schemaInvalid(walk.source, {
        pointer: appendToken(pointer, '$anchor'),
        expected: 'each $anchor once',
        found: `${JSON.stringify(schema['$anchor'])} a second time`,
        advice: 'Rename one of them.',
      });
    }
    walk.anchors.set(schema['$anchor'], schema);
  }
  if (typeof schema['pattern'] === 'string') checkPattern(schema['pattern'], appendToken(pointer, 'pattern'), walk);
  for (const [pattern] of membersOf(schema['patternProperties'])) {
    checkPattern(pattern, appendToken(appendToken(pointer, 'patternProperties'), pattern), walk);
  }
  if (schema[ARRAY_KEYWORD] !== undefined)
    checkArrayKind(schema[ARRAY_KEYWORD], appendToken(pointer, ARRAY_KEYWORD), walk);
}

function checkPattern(pattern: string, pointer: string, walk: Walk): void {
  try {
    new RegExp(pattern, 'u');
  } catch (error) {
    throw schemaInvalid(walk.source, {
      pointer,
      expected: 'a regular expression of ECMAScript (with its flag u)',
      found: error instanceof Error ? error.message : showJson(pattern),
      advice: 'Mend the pattern; with the flag u, only characters that need it may be escaped.',
    });
  }
}

function checkArrayKind(value: JsonValue, pointer: string, walk: Walk): void {
  const keyword = testAround(pointer, walk);
  if (keyword !== undefined) {
    throw schemaInvalid(walk.source, {
      pointer,
      expected: 'an array kind where the schema describes a place',
      found: `one inside ${keyword}, which only tests a value`,
      advice: 'Write it beside the array that it is about.',
    });
  }
  if (value === 'list' || value === 'set' || isKeyedKind(value)) return;
  throw schemaInvalid(walk.source, {
    pointer,
    expected: 'list, set or { keyed: <JSON Pointer from an item to its key, such as /sku> }',
    found: showJson(value),
    advice: 'Say how the items of this array are told apart; leave it out for a list.',
  });
}

function isKeyedKind(value: JsonValue): boolean {
  if (!isSchemaObject(value) || Object.keys(value).length !== 1) return false;
  const pointer = value['keyed'];
  return typeof pointer === 'string' && /^(?:\/(?:[^~/]|~[01])*)+$/u.test(pointer);
}

/** The keyword around a place that only tests, if there is one; a property may have such a name too. */
function testAround(pointer: string, walk: Walk): string | undefined {
  let outer = '';
  return parsePointer(pointer).find((token) => {
    const isKeyword = walk.byPointer.has(outer);
    outer = appendToken(outer, token);
    return isKeyword && TESTING_KEYWORDS.has(token);
  });
}

function refuseProtoName(value: JsonValue, pointer: string, walk: Walk): void {
  if (!isSchemaObject(value) || !Object.hasOwn(value, '__proto__')) return;
  throw schemaInvalid(walk.source, {
    pointer: appendToken(pointer, '__proto__'),
    expected: 'member names that the validator can check',
    found: '"__proto__", which it passes over',
    advice: 'Leave the member out, or match it with patternProperties.',
  });
}

function checkRef(schema: JsonObject, pointer: string, walk: Walk): void {
  const ref = schema['$ref'];
  if (typeof ref !== 'string' || findTarget(ref, walk) !== undefined) return;
  const isLocal = ref.startsWith('#');
  throw schemaInvalid(walk.source, {
    pointer: appendToken(pointer, '$ref'),
    expected: 'a ref to a schema of the same document (#/…, or # and an $anchor)',
    found: isLocal ? `${showJson(ref)}, where no schema is` : `${showJson(ref)}, which leads out of it`,
    advice: isLocal ? 'Mend the ref, or add what it names under $defs.' : 'Copy what it names under $defs.',
  });
}

/** `undefined` where the ref names no schema of this document. */
function findTarget(ref: string, walk: Walk): JsonObject | null | undefined {
  if (!ref.startsWith('#')) return undefined;
  const fragment = decodeFragment(ref.slice(1));
  if (fragment === undefined) return undefined;
  return fragment === '' || fragment.startsWith('/') ? walk.byPointer.get(fragment) : walk.anchors.get(fragment);
}

/** The text of a URI fragment; `undefined` where its escapes are malformed. */
export function decodeFragment(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A schema that refers to itself without going into the value would be checked for ever. */
function checkThatItEnds(start: JsonObject, index: SchemaIndex): void {
  const seen = new Set<JsonObject>();
  const ahead = [start];
  for (let schema = ahead.pop(); schema !== undefined; schema = ahead.pop()) {
    const next = [...schemasAtSamePlace(schema, index).map((part) => part.schema)];
    if (isSchemaObject(schema['not'])) next.push(schema['not']);
    for (const part of next) {
      if (part === start) throw endless(start, index);
      if (!seen.has(part)) {
        seen.add(part);
        ahead.push(part);
      }
    }
  }
}

function endless(schema: JsonObject, index: SchemaIndex) {
  return schemaInvalid(index.source, {
    pointer: index.pointers.get(schema) ?? '',
    expected: 'a schema that ends',
    found: 'one that refers back to itself at the same place',
    advice: 'Refer to it from a property or an item instead.',
  });
}

function showJson(value: JsonValue): string {
  return shortenText(JSON.stringify(value));
}
