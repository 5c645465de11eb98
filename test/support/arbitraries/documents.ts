/**
 * Documents of a schema model: drawn at random, edited, or written otherwise without meaning anything else. All are
 * as a caller would send them: sets in any order and with duplicates, keyed arrays in any order.
 */
import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../../src/domain/canonical/json-value.ts';
import { jsonInteger, jsonNumber, jsonString } from './json-scalars.ts';
import type { KeyedModel, ObjectModel, PlaceModel } from './schema-model.ts';

/** A document that fits the model's schema. */
export function documentOf(model: ObjectModel): fc.Arbitrary<JsonObject> {
  return objectOf(model);
}

/** The document with some places taken from another one, members that may go gone, items added: it still fits. */
export function editedOf(model: ObjectModel, document: JsonObject): fc.Arbitrary<JsonObject> {
  return fc
    .tuple(objectOf(model), fc.array(fc.nat(5), { minLength: 24, maxLength: 24 }))
    .map(([other, choices]) => mergeObjects(model, document, other, cycle(choices)));
}

/**
 * The same document for its schema: members and the items of sets and keyed arrays in another order, some items of
 * sets twice. The order of lists stays.
 */
export function reorderedOf(model: ObjectModel, document: JsonObject): fc.Arbitrary<JsonObject> {
  return fc
    .array(fc.nat(999), { minLength: 24, maxLength: 24 })
    .map((choices) => asObject(reorder(model, document, cycle(choices))));
}

/** What follows from a document through random edits: `states[0]` is any document, each other one an edit of the last. */
export function statesOf(model: ObjectModel, count: number): fc.Arbitrary<readonly JsonObject[]> {
  let states: fc.Arbitrary<readonly JsonObject[]> = documentOf(model).map((first) => [first]);
  for (let length = 1; length < count; length += 1) {
    states = states.chain((before) =>
      // Never empty: it starts with the first document.
      editedOf(model, before.at(-1) as JsonObject).map((next) => [...before, next]),
    );
  }
  return states;
}

function anyOf(model: PlaceModel): fc.Arbitrary<JsonValue> {
  const value = nonNullOf(model);
  return model.isNullable
    ? fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 3, arbitrary: value })
    : value;
}

function nonNullOf(model: PlaceModel): fc.Arbitrary<JsonValue> {
  switch (model.kind) {
    case 'string':
      return jsonString();
    case 'integer':
      return jsonInteger();
    case 'number':
      return jsonNumber();
    case 'boolean':
      return fc.boolean();
    case 'object':
      return objectOf(model);
    case 'list':
      return fc.array(anyOf(model.items), { maxLength: 4 });
    case 'set':
      return fc.array(anyOf(model.items), { maxLength: 5 });
    case 'keyed':
      return keyedOf(model);
  }
}

function objectOf(model: ObjectModel): fc.Arbitrary<JsonObject> {
  const members = model.members.map(({ name, isRequired, place }) =>
    (isRequired
      ? anyOf(place).map((value) => [value])
      : fc.option(anyOf(place)).map((value) => (value === null ? [] : [value]))
    ).map((values) => values.map((value): [string, JsonValue] => [name, value])),
  );
  const extras = model.isOpen ? extraMembers() : fc.constant([]);
  return fc.tuple(fc.tuple(...members), extras).map(([own, more]) => Object.fromEntries([...own.flat(), ...more]));
}

/** Members that no schema names: their names start with `x`, or are `__proto__`, which is an ordinary name here. */
function extraMembers(): fc.Arbitrary<[string, JsonValue][]> {
  const name = fc.oneof(
    jsonString().map((text) => `x${text}`),
    fc.constant('__proto__'),
  );
  const value = fc.oneof(
    jsonString(),
    jsonNumber(),
    fc.constant(null),
    fc.array(jsonInteger(), { maxLength: 3 }),
    fc.record({ n: jsonInteger(), s: jsonString() }, { requiredKeys: [] }).map((record): JsonObject => ({ ...record })),
  );
  return fc.uniqueArray(fc.tuple(name, value), { selector: ([unique]) => unique, maxLength: 2 });
}

function keyedOf(model: KeyedModel): fc.Arbitrary<JsonValue> {
  const item = fc.tuple(jsonString(), objectOf(model.item));
  return fc
    .uniqueArray(item, { selector: ([key]) => key, maxLength: 4 })
    .map((items) => items.map(([key, rest]) => ({ ...rest, ...keyMember(model, key) })));
}

function keyMember({ keyPath: [first, second] }: KeyedModel, key: string): JsonObject {
  return { [first]: second === undefined ? key : { [second]: key } };
}

function keyIn({ keyPath }: KeyedModel, item: JsonValue): string {
  let value: JsonValue = item;
  // Items of keyed documents are drawn with a string there.
  for (const token of keyPath) value = (value as JsonObject)[token] as JsonValue;
  return String(value);
}

function mergeValues(model: PlaceModel, mine: JsonValue, theirs: JsonValue, choose: () => number): JsonValue {
  const choice = choose();
  if (choice === 0) return theirs;
  if (choice >= 4 || mine === null || theirs === null) return mine;
  if (model.kind === 'object') return mergeObjects(model, asObject(mine), asObject(theirs), choose);
  if (model.kind === 'keyed') return mergeKeyed(model, asArray(mine), asArray(theirs), choose);
  if (model.kind !== 'list' && model.kind !== 'set') return theirs;
  return [...asArray(mine).slice(0, choose()), ...asArray(theirs).slice(0, choose())];
}

function mergeObjects(model: ObjectModel, mine: JsonObject, theirs: JsonObject, choose: () => number): JsonObject {
  const merged = new Map<string, JsonValue>();
  const declared = new Set(model.members.map(({ name }) => name));
  for (const { name, place } of model.members) {
    const [a, b] = [own(mine, name), own(theirs, name)];
    if (a !== undefined && b !== undefined) merged.set(name, mergeValues(place, a, b, choose));
    // Absent from one of them, so it is optional.
    else if (choose() > 2 && (a ?? b) !== undefined) merged.set(name, (a ?? b) as JsonValue);
  }
  for (const [name, value] of [...Object.entries(theirs), ...Object.entries(mine)]) {
    if (!declared.has(name) && choose() > 2) merged.set(name, value);
  }
  return Object.fromEntries(merged);
}

function mergeKeyed(
  model: KeyedModel,
  mine: readonly JsonValue[],
  theirs: readonly JsonValue[],
  choose: () => number,
): JsonValue {
  const merged = new Map<string, JsonValue>();
  for (const item of mine) if (choose() > 0) merged.set(keyIn(model, item), item);
  for (const item of theirs) {
    const key = keyIn(model, item);
    const old = merged.get(key);
    const rest = old === undefined ? asObject(item) : mergeObjects(model.item, asObject(old), asObject(item), choose);
    if (old !== undefined || choose() > 2) merged.set(key, { ...rest, ...keyMember(model, key) });
  }
  return [...merged.values()];
}

function reorder(model: PlaceModel, value: JsonValue, choose: () => number): JsonValue {
  if (value === null) return value;
  if (model.kind === 'object') {
    const places = new Map(model.members.map(({ name, place }) => [name, place]));
    const members = Object.entries(asObject(value)).map(([name, member]): [string, JsonValue] => {
      const place = places.get(name);
      return [name, place === undefined ? member : reorder(place, member, choose)];
    });
    return Object.fromEntries(shuffle(members, choose));
  }
  if (model.kind === 'list') return asArray(value).map((item) => reorder(model.items, item, choose));
  if (model.kind === 'keyed')
    return shuffle(
      asArray(value).map((item) => reorder(model.item, item, choose)),
      choose,
    );
  if (model.kind !== 'set') return value;
  const items = asArray(value).map((item) => reorder(model.items, item, choose));
  const doubled = items.filter(() => choose() % 4 === 0);
  return shuffle([...items, ...doubled], choose);
}

function shuffle<Item>(items: readonly Item[], choose: () => number): Item[] {
  const left = [...items];
  return items.flatMap(() => left.splice(choose() % left.length, 1));
}

function cycle(choices: readonly number[]): () => number {
  let at = 0;
  return () => choices[at++ % choices.length] ?? 0;
}

function own(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function asObject(value: JsonValue): JsonObject {
  // The model says that one is here.
  return value as JsonObject;
}

function asArray(value: JsonValue): readonly JsonValue[] {
  // The model says that one is here.
  return value as readonly JsonValue[];
}
